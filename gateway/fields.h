// Values of FIX fields that stand for prices and quantities: from and to text.
//
// Threads: any; pure functions.
// Always: numbers become text and back by integer arithmetic, never through a floating-point
// number.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "engine/api/decimal.h"
#include "engine/api/limits.h"

namespace carbonx::gateway {

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
