// What no message may have in any field, by its bytes alone: tags that a reader of numbers would
// take for others, control characters, and text that is not UTF-8.
//
// QuickFIX reads a tag as a number that wraps around and may begin with zeros, and takes any byte
// of a value; so this is looked at first.
//
// Threads: any; pure functions.
// Always: the words never repeat a value, which may be a password.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carbonx::gateway {

struct Flaw {
    int reason;        // SessionRejectReason (373)
    int tag;           // 0: it is no tag
    std::string text;  // 58
};

inline bool is_control(char c) { return (c >= 0 && c < ' ') || c == 0x7F; }
inline bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), is_control);
}
inline bool is_printable_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

namespace detail {

// Of the character at the front, by the table of well-formed sequences of Unicode; 0: there is
// none. Requires: not empty.
inline std::size_t utf8_size(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<uint8_t>(text[i]); };
    const uint8_t first = byte(0);
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4) return 0;
    const std::size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (text.size() < size) return 0;
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
    }
    // Longer than it need be, a surrogate, or above the last character.
    const bool is_out = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F) ||
                        (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F);
    return is_out ? 0 : size;
}

}  // namespace detail

inline bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t size = detail::utf8_size(text);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

// Nothing where the text is no tag: 1 to 9 digits, which an int holds, without a leading zero.
inline std::optional<int> tag_of(std::string_view text) {
    constexpr std::size_t digits_max = 9;
    if (text.empty() || text.size() > digits_max || text.front() == '0') return std::nullopt;
    int tag = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        tag = tag * 10 + (c - '0');
    }
    return tag;
}

// Of the first field that has one.
inline std::optional<Flaw> flaw_of(std::string_view message) {
    constexpr int invalid_tag = 0;
    constexpr int incorrect_format = 6;
    while (!message.empty()) {
        const std::size_t end = std::min(message.find('\x01'), message.size());
        const std::string_view field = message.substr(0, end);
        message.remove_prefix(std::min(end + 1, message.size()));
        const std::size_t sign = std::min(field.find('='), field.size());
        const std::optional<int> tag = tag_of(field.substr(0, sign));
        if (!tag) return Flaw{invalid_tag, 0, "a tag is 1 to 9 digits without a leading zero"};
        const std::string_view value = field.substr(std::min(sign + 1, field.size()));
        if (has_control(value)) {
            return Flaw{incorrect_format, *tag, std::to_string(*tag) + " has a control character"};
        }
        if (!is_utf8(value)) {
            return Flaw{incorrect_format, *tag, std::to_string(*tag) + " is not UTF-8"};
        }
    }
    return std::nullopt;
}

}  // namespace carbonx::gateway
