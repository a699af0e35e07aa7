// UTCTimestamp, to the millisecond: YYYYMMDD-HH:MM:SS.sss, from and to nanoseconds since 1970.
//
// Threads: one an object: it keeps the last text and writes only what has changed.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string_view>

namespace carbonx::gateway {

class Timestamp {
public:
    static constexpr std::size_t size = 21;

    // Holds until the next call.
    std::string_view text(uint64_t utc_ns) {
        const uint64_t ms = utc_ns / 1'000'000;
        if (ms != ms_) write(ms);
        return {text_.data(), size};
    }

private:
    static constexpr uint64_t day_ms = 86'400'000;

    void put(std::size_t at, uint64_t value, std::size_t digits) {
        for (std::size_t i = digits; i > 0; --i, value /= 10) {
            text_[at + i - 1] = static_cast<char>('0' + value % 10);
        }
    }

    void write(uint64_t ms) {
        using namespace std::chrono;
        if (ms_ == UINT64_MAX || ms / day_ms != ms_ / day_ms) {
            const year_month_day date(sys_days(days(ms / day_ms)));
            put(0, static_cast<uint64_t>(static_cast<int>(date.year())), 4);
            put(4, static_cast<unsigned>(date.month()), 2);
            put(6, static_cast<unsigned>(date.day()), 2);
        }
        const uint64_t in_day = ms % day_ms;
        put(9, in_day / 3'600'000, 2);
        put(12, in_day / 60'000 % 60, 2);
        put(15, in_day / 1'000 % 60, 2);
        put(18, in_day % 1'000, 3);
        ms_ = ms;
    }

    std::array<char, size> text_{'0', '0', '0', '0', '0', '0', '0', '0', '-', '0', '0',
                                 ':', '0', '0', ':', '0', '0', '.', '0', '0', '0'};
    uint64_t ms_ = UINT64_MAX;
};

// Milliseconds since 1970; with or without its own milliseconds. Empty when it is no UTCTimestamp.
inline std::optional<uint64_t> parse_timestamp(std::string_view text) {
    using namespace std::chrono;
    static constexpr std::string_view form = "00000000-00:00:00.000";
    if (text.size() != form.size() && text.size() != 17) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == '0' ? !is_digit : text[i] != form[i]) return std::nullopt;
    }
    const auto number = [text](std::size_t at, std::size_t digits) {
        unsigned value = 0;
        for (std::size_t i = at; i < at + digits; ++i) {
            value = value * 10 + static_cast<unsigned>(text[i] - '0');
        }
        return value;
    };
    const year_month_day date(year(static_cast<int>(number(0, 4))), month(number(4, 2)),
                              day(number(6, 2)));
    const unsigned h = number(9, 2);
    const unsigned m = number(12, 2);
    const unsigned s = number(15, 2);
    if (!date.ok() || date.year() < year(1970) || h > 23 || m > 59 || s > 59) return std::nullopt;
    const auto day_count = static_cast<uint64_t>(sys_days(date).time_since_epoch().count());
    const uint64_t milliseconds = text.size() == 17 ? 0 : number(18, 3);
    return ((day_count * 24 + h) * 60 + m) * 60'000 + s * 1'000 + milliseconds;
}

}  // namespace carbonx::gateway
