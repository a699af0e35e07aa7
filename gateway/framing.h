// Where FIX messages begin and end in a stream of bytes: 8=FIX...|9=length|...|10=ddd|.
//
// Threads: any; pure functions.
// Always: whatever the bytes, no read outside the buffer, and the work is in proportion to them.
// Garbage is skipped to the next thing that looks like a message. The checksum is not looked at.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace carbonx::gateway {

struct Frame {
    enum class Kind { message, incomplete, too_large };
    Kind kind;
    std::size_t skipped;  // bytes before it that may be forgotten
    std::size_t size;     // of the message, after those
};

// What BeginString, BodyLength and CheckSum add to a body, at most.
constexpr std::size_t frame_overhead_max = 64;

namespace detail {

constexpr char soh = '\x01';
constexpr std::string_view frame_start = "8=FIX";
constexpr std::size_t begin_string_max = 16;
constexpr std::size_t trailer_bytes = 7;  // 10=ddd|

struct Attempt {
    enum class Kind { message, incomplete, too_large, garbage };
    Kind kind;
    std::size_t size = 0;
};

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Requires: the bytes start with frame_start.
inline Attempt try_frame(std::string_view bytes, std::size_t body_bytes_max) {
    using Kind = Attempt::Kind;
    const std::size_t begin_end = bytes.substr(0, begin_string_max).find(soh);
    if (begin_end == std::string_view::npos) {
        return {bytes.size() < begin_string_max ? Kind::incomplete : Kind::garbage};
    }
    const std::string_view length = bytes.substr(begin_end + 1);
    if (!length.starts_with(std::string_view("9=").substr(0, length.size()))) {
        return {Kind::garbage};
    }
    std::size_t at = 2;
    std::size_t body = 0;
    for (; at < length.size() && is_digit(length[at]); ++at) {
        body = body * 10 + static_cast<std::size_t>(length[at] - '0');
        if (body > body_bytes_max) return {Kind::too_large};
        if (at > 10) return {Kind::garbage};  // zero after zero
    }
    if (at >= length.size()) return {Kind::incomplete};
    if (length[at] != soh || at == 2) return {Kind::garbage};

    const std::size_t trailer_at = begin_end + 1 + at + 1 + body;
    if (bytes.size() < trailer_at + trailer_bytes) return {Kind::incomplete};
    const std::string_view trailer = bytes.substr(trailer_at, trailer_bytes);
    const bool whole = bytes[trailer_at - 1] == soh && trailer.starts_with("10=") &&
                       is_digit(trailer[3]) && is_digit(trailer[4]) && is_digit(trailer[5]) &&
                       trailer[6] == soh;
    if (!whole) return {Kind::garbage};
    return {Kind::message, trailer_at + trailer_bytes};
}

}  // namespace detail

// The first message in the buffer, or how far there is none.
inline Frame next_frame(std::string_view buffer, std::size_t body_bytes_max) {
    using Attempt = detail::Attempt;
    std::size_t start = buffer.find(detail::frame_start);
    for (; start != std::string_view::npos; start = buffer.find(detail::frame_start, start + 1)) {
        const Attempt attempt = detail::try_frame(buffer.substr(start), body_bytes_max);
        if (attempt.kind == Attempt::Kind::garbage) continue;
        if (attempt.kind == Attempt::Kind::too_large) return {Frame::Kind::too_large, start, 0};
        if (attempt.kind == Attempt::Kind::incomplete) return {Frame::Kind::incomplete, start, 0};
        return {Frame::Kind::message, start, attempt.size};
    }
    // The last bytes may be the first of a frame_start that is still coming.
    const std::size_t kept = std::min(buffer.size(), detail::frame_start.size() - 1);
    for (std::size_t length = kept; length > 0; --length) {
        if (buffer.ends_with(detail::frame_start.substr(0, length))) {
            return {Frame::Kind::incomplete, buffer.size() - length, 0};
        }
    }
    return {Frame::Kind::incomplete, buffer.size(), 0};
}

// CheckSum (10) of these bytes. One byte wide all along, so that many are added at once.
inline uint8_t sum_of_bytes(std::string_view bytes) {
    uint8_t sum = 0;
    for (const char byte : bytes) sum = static_cast<uint8_t>(sum + static_cast<uint8_t>(byte));
    return sum;
}

// The value of the first field that starts with `tag` ("35="), read without a dictionary.
inline std::optional<std::string_view> find_field(std::string_view message, std::string_view tag) {
    for (std::size_t at = message.find(tag); at != std::string_view::npos;
         at = message.find(tag, at + 1)) {
        if (at > 0 && message[at - 1] != detail::soh) continue;
        const std::size_t begin = at + tag.size();
        return message.substr(begin, message.find(detail::soh, begin) - begin);
    }
    return std::nullopt;
}

inline std::optional<int> find_number(std::string_view message, std::string_view tag) {
    const auto value = find_field(message, tag);
    int number = 0;
    if (!value || value->empty()) return std::nullopt;
    const char* const end = value->data() + value->size();
    const auto [stopped, error] = std::from_chars(value->data(), end, number);
    if (error != std::errc() || stopped != end) return std::nullopt;
    return number;
}

}  // namespace carbonx::gateway
