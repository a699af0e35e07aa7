// CRC32C (Castagnoli), the checksum of every frame that the exchange writes to a disk.
//
// Threads: any.
// Always: the result is the same with and without the processor's instruction, and
// crc32c(b, n, crc32c(a, m)) is the checksum of a followed by b.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace carbonx {
namespace detail {

constexpr std::array<uint32_t, 256> crc32c_table = [] {
    std::array<uint32_t, 256> table{};
    for (uint32_t byte = 0; byte < 256; ++byte) {
        uint32_t remainder = byte;
        for (int bit = 0; bit < 8; ++bit) {
            remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? 0x82F63B78U : 0U);
        }
        table[byte] = remainder;
    }
    return table;
}();

inline uint32_t crc32c_portable(const void* data, std::size_t size, uint32_t crc) {
    const auto* bytes = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < size; ++i) {
        // The analyzer does not see that callers fill what they pass.
        // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult)
        crc = crc32c_table[(crc ^ bytes[i]) & 0xFF] ^ (crc >> 8);
    }
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) inline uint32_t crc32c_sse42(const void* data, std::size_t size,
                                                               uint32_t crc) {
    const auto* bytes = static_cast<const unsigned char*>(data);
    uint64_t wide = crc;
    for (; size >= 8; size -= 8, bytes += 8) {
        uint64_t word;
        std::memcpy(&word, bytes, sizeof word);
        wide = _mm_crc32_u64(wide, word);
    }
    crc = static_cast<uint32_t>(wide);
    for (; size > 0; --size, ++bytes) crc = _mm_crc32_u8(crc, *bytes);
    return crc;
}
#endif

}  // namespace detail

// The CRC32C of `size` bytes at `data`. seed: the checksum of the bytes before them, 0 for none.
inline uint32_t crc32c(const void* data, std::size_t size, uint32_t seed = 0) {
#if defined(__x86_64__)
    static const bool has_sse42 = __builtin_cpu_supports("sse4.2");
    if (has_sse42) return ~detail::crc32c_sse42(data, size, ~seed);
#endif
    return ~detail::crc32c_portable(data, size, ~seed);
}

}  // namespace carbonx
