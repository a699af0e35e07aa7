#include "engine/frame.h"

#include <openssl/evp.h>

#include <bit>
#include <cstddef>
#include <cstring>

#include "engine/api/check.h"
#include "engine/api/checksum.h"

namespace carbonx::journal {
namespace {

constexpr std::size_t sector_bytes = 512;  // what a disk writes whole or not at all

// Requires: at least one byte.
bool zeros(const unsigned char* from, const unsigned char* to) {
    return *from == 0 && std::memcmp(from, from + 1, static_cast<std::size_t>(to - from - 1)) == 0;
}

// Whether a head is right, and the whole frame lies in size bytes.
bool valid_head(const FrameHead& head, std::size_t size) {
    return head.magic == FrameHead::magic_value && head.version == FrameHead::version_value &&
           head.head_crc == head_crc(head) && head.slots >= 1 && head.slots <= frame_slots_max &&
           frame_bytes(head.slots) <= size;
}

// The byte in which one flipped bit makes the difference between two checksums of so many bytes;
// size when there is none.
std::size_t flipped_byte(uint32_t difference, std::size_t size) {
    uint32_t effect[8];  // on the checksum, of each bit of a byte
    for (unsigned bit = 0; bit < 8; ++bit) effect[bit] = detail::crc32c_table[1U << bit];
    for (std::size_t at = size; at-- > 0;) {
        for (uint32_t& value : effect) {
            if (value == difference) return at;
            value = detail::crc32c_table[value & 0xFF] ^ (value >> 8);
        }
    }
    return size;
}

}  // namespace

std::string to_text(const Hash& hash) {
    std::string text;
    for (const unsigned char byte : hash) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

uint32_t head_crc(const FrameHead& head) { return crc32c(&head, offsetof(FrameHead, head_crc)); }

FrameHead head_at(const unsigned char* bytes) {
    FrameHead head;
    std::memcpy(static_cast<void*>(&head), bytes, sizeof head);
    return head;
}

bool valid_frame(const unsigned char* bytes, std::size_t size) {
    if (size < sizeof(FrameHead)) return false;
    const FrameHead head = head_at(bytes);
    if (!valid_head(head, size)) return false;
    const std::size_t payload = head.slots * sizeof(Slot);
    const unsigned char* const padding = bytes + sizeof head + payload;
    const unsigned char* const end = bytes + frame_bytes(head.slots);
    return head.payload_crc == crc32c(bytes + sizeof head, payload) &&
           (padding == end || zeros(padding, end));
}

bool one_bit_off(const unsigned char* bytes, std::size_t size, uint64_t first) {
    if (size < sizeof(FrameHead)) return false;
    const FrameHead found = head_at(bytes);
    if (!valid_head(found, size)) {
        for (std::size_t bit = 0; bit < 8 * sizeof found; ++bit) {
            FrameHead head = found;
            reinterpret_cast<unsigned char*>(&head)[bit / 8] ^=
                static_cast<unsigned char>(1U << bit % 8);
            if (valid_head(head, size) && head.first == first &&
                head.payload_crc == crc32c(bytes + sizeof head, head.slots * sizeof(Slot)))
                return true;
        }
        return false;
    }
    if (found.first != first) return false;
    const unsigned char* const payload = bytes + sizeof found;
    const std::size_t payload_bytes = found.slots * sizeof(Slot);
    const uint32_t difference = found.payload_crc ^ crc32c(payload, payload_bytes);
    if (difference == 0) {
        // Then it is in the padding; more than one there are of the file's earlier use, in sectors
        // that a write which was cut short has not reached.
        const unsigned char* const end = bytes + frame_bytes(found.slots);
        int bits = 0;
        for (const unsigned char* byte = payload + payload_bytes; byte < end; ++byte)
            bits += std::popcount(*byte);
        return bits == 1;
    }
    const std::size_t at = sizeof found + flipped_byte(difference, payload_bytes);
    if (at == sizeof found + payload_bytes) return false;
    // A sector without anything was not written, though it lacks no more than one bit.
    const std::size_t sector = at / sector_bytes * sector_bytes;
    return !zeros(bytes + sector, bytes + sector + sector_bytes);
}

void Hasher::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }
void Hasher::Free::operator()(evp_md_st* digest) const { EVP_MD_free(digest); }

Hasher::Hasher() : digest_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
    CARBONX_CHECK(digest_ != nullptr && context_ != nullptr);
}

Hash Hasher::operator()(const Hash& previous, const FrameHead& head, const void* slots) {
    unsigned char begin[sizeof(Hash) + offsetof(FrameHead, hash)];
    std::memcpy(begin, previous.data(), sizeof previous);
    std::memcpy(begin + sizeof previous, &head, offsetof(FrameHead, hash));
    Hash hash;
    CARBONX_CHECK(EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr) == 1);
    CARBONX_CHECK(EVP_DigestUpdate(context_.get(), begin, sizeof begin) == 1);
    CARBONX_CHECK(EVP_DigestUpdate(context_.get(), slots, head.slots * sizeof(Slot)) == 1);
    CARBONX_CHECK(EVP_DigestFinal_ex(context_.get(), hash.data(), nullptr) == 1);
    return hash;
}

}  // namespace carbonx::journal
