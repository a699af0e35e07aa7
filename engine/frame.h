// A frame of the journal: a batch of whole commands with its checksums, and its place in the chain
// of hashes. engine/README.md has the format as a table.
//
// Threads: any; a Hasher belongs to one.
// Always: the hash of a frame depends on every byte of history up to it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/api/ring.h"

extern "C" {
struct evp_md_ctx_st;
struct evp_md_st;
}

namespace carbonx::journal {

constexpr std::size_t block_bytes = 4096;  // frames are padded to this
constexpr uint32_t frame_slots_max = 1023;

using Hash = std::array<unsigned char, 32>;
std::string to_text(const Hash& hash);  // 64 hexadecimal digits

// A place between two frames, and the history before it.
struct Position {
    uint64_t next = 1;  // sequence of the command behind it
    Hash hash{};        // of the frame before it; zeros before the first
    bool operator==(const Position&) const = default;
};

struct FrameHead {
    uint64_t magic = magic_value;
    uint32_t version = version_value;
    uint32_t slots = 0;        // that follow, 1..frame_slots_max: whole commands
    uint64_t first = 0;        // sequence of the first command
    uint32_t payload_crc = 0;  // CRC32C of the slots
    Hash hash{};  // SHA-256 of the hash of the frame before, the fields before this one, the slots
    uint32_t head_crc = 0;  // CRC32C of all before it

    static constexpr uint64_t magic_value = 0x4c4e524a58424143;  // "CABXJRNL"
    static constexpr uint32_t version_value = 2;
};
static_assert(sizeof(FrameHead) == 64);

constexpr std::size_t frame_bytes(uint32_t slots) {
    return (sizeof(FrameHead) + slots * sizeof(Slot) + block_bytes - 1) / block_bytes * block_bytes;
}
constexpr std::size_t frame_bytes_max = frame_bytes(frame_slots_max);
static_assert(frame_bytes_max == 65536);

// CRC32C of a head, its own field excluded.
uint32_t head_crc(const FrameHead& head);
// Requires: bytes hold a frame head.
FrameHead head_at(const unsigned char* bytes);
// Whether this is a frame that was written whole, its padding included. It may still be one of
// another place, or of the file's earlier use: see first and hash.
bool valid_frame(const unsigned char* bytes, std::size_t size);
// Whether this is the whole frame that begins with this command, but for one bit: not what a write
// leaves that was cut short.
bool one_bit_off(const unsigned char* bytes, std::size_t size, uint64_t first);

class Hasher {
public:
    Hasher();
    // The hash of a frame. Its hash and head_crc are not looked at.
    Hash operator()(const Hash& previous, const FrameHead& head, const void* slots);

private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const;
        void operator()(evp_md_st* digest) const;
    };
    const std::unique_ptr<evp_md_st, Free> digest_;
    const std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace carbonx::journal
