// Values of FIX fields: from and to text.
//
// Threads: any; pure functions.
// Always: numbers become text and back by integer arithmetic, never through a floating-point
// number.
#pragma once

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "engine/api/decimal.h"
#include "engine/api/limits.h"
#include "gateway/quickfix.h"

namespace carbonx::gateway {

// Empty where the field is not there; FIX has no empty values.
inline std::string_view field(const FIX::FieldMap& fields, int tag) {
    return fields.isSetField(tag) ? std::string_view(fields.getField(tag)) : std::string_view();
}

inline void set(FIX::FieldMap& fields, int tag, std::string_view value) {
    fields.setField(tag, std::string(value));
}
inline void set(FIX::FieldMap& fields, int tag, char value) {
    fields.setField(tag, std::string(1, value));
}
template <class Integer>
requires std::is_integral_v<Integer> &&
    (!std::is_same_v<Integer, char>)void set(FIX::FieldMap& fields, int tag, Integer value) {
    fields.setField(tag, std::to_string(value));
}

inline FIX::Message make_message(const char* msg_type) {
    FIX::Message message;
    message.getHeader().setField(FIX::MsgType(msg_type));
    return message;
}

inline std::string_view msg_type(const FIX::Message& message) {
    return field(message.getHeader(), FIX::FIELD::MsgType);
}

// UTCTimestamp, to the millisecond.
inline std::string timestamp_text(uint64_t utc_ns) {
    using namespace std::chrono;
    const sys_time<milliseconds> time{milliseconds(utc_ns / 1'000'000)};
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(time - day);
    char text[32];
    std::snprintf(
        text, sizeof text, "%04d%02u%02u-%02d:%02d:%02d.%03d", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return text;
}

inline std::optional<Price> parse_price(std::string_view text) {
    const auto value = parse_decimal(text);
    if (!value || *value > limits::price_max.value || *value < -limits::price_max.value) {
        return std::nullopt;
    }
    return Price{static_cast<int32_t>(*value)};
}
// Whole tonnes: "100", "100.0".
inline std::optional<Quantity> parse_quantity(std::string_view text) {
    const auto value = parse_decimal(text);
    if (!value || *value < 0 || *value % 10'000 != 0) return std::nullopt;
    if (*value / 10'000 > limits::quantity_max.value) return std::nullopt;
    return Quantity{static_cast<uint32_t>(*value / 10'000)};
}

inline std::string price_text(Price price) { return decimal_text(price.value); }

// AvgPx (6): notional by quantity, to eight decimals, half a unit of the last one up; at least four
// decimals are written. "0" when nothing was executed.
inline std::string average_price_text(int64_t notional, Quantity executed) {
    if (executed.value == 0) return "0";
    __extension__ using Wide = unsigned __int128;
    const Wide scaled = static_cast<Wide>(notional) * 10'000;
    const auto units = static_cast<uint64_t>((scaled + executed.value / 2) / executed.value);
    char text[40];
    std::snprintf(text, sizeof text, "%llu.%08llu",
                  static_cast<unsigned long long>(units / 100'000'000),
                  static_cast<unsigned long long>(units % 100'000'000));
    std::string result(text);
    for (int i = 0; i < 4 && result.back() == '0'; ++i) result.pop_back();
    return result;
}

}  // namespace carbonx::gateway
