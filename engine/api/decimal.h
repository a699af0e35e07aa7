// Decimal text to ten-thousandths (prices, money) and back, exactly: the one place for both.
//
// Threads: any. Always: parse_decimal(decimal_text(value)) is value; nothing goes through a
// floating-point number, and what cannot be kept exactly is refused.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carbonx {

// "10.05" gives 100'500. Digits with at most one point and a leading minus; zeros may follow the
// fourth decimal, nothing else. Empty when it is anything else, or too large.
inline std::optional<int64_t> parse_decimal(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    int64_t value = 0;  // of the negative number: that range is the longer one
    int decimals = 0;
    bool has_point = false;
    bool has_digit = false;
    const auto shift_in = [&value](int digit) {
        return !__builtin_mul_overflow(value, 10, &value) &&
               !__builtin_sub_overflow(value, digit, &value);
    };
    for (const char c : text) {
        if (c == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (c < '0' || c > '9') return std::nullopt;
        has_digit = true;
        if (decimals == 4) {
            if (c != '0') return std::nullopt;
            continue;
        }
        if (has_point) ++decimals;
        if (!shift_in(c - '0')) return std::nullopt;
    }
    if (!has_digit) return std::nullopt;
    for (; decimals < 4; ++decimals) {
        if (!shift_in(0)) return std::nullopt;
    }
    if (negative) return value;
    if (value == INT64_MIN) return std::nullopt;
    return -value;
}

constexpr std::size_t decimal_chars_max = 24;

// 100'500 gives "10.05": two decimals, or as many more as there are. Returns how many characters.
inline std::size_t decimal_chars(int64_t value, char (&text)[decimal_chars_max]) {
    const uint64_t size =
        value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    char* at = text;
    if (value < 0) *at++ = '-';
    at = std::to_chars(at, text + decimal_chars_max, size / 10'000).ptr;
    *at++ = '.';
    auto decimals = static_cast<unsigned>(size % 10'000);
    for (unsigned unit = 1'000; unit >= 100 || decimals > 0; unit /= 10) {
        *at++ = static_cast<char>('0' + decimals / unit);
        decimals %= unit;
    }
    return static_cast<std::size_t>(at - text);
}

inline std::string decimal_text(int64_t value) {
    char text[decimal_chars_max];
    return {text, decimal_chars(value, text)};
}

}  // namespace carbonx
