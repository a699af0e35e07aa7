// FIX text as a simulated broker reads and writes it; by itself, without the gateway's code.
//
// Threads: any; pure but for the simulated time.
#pragma once

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>

#include "tests/simulate_clock.h"

namespace carbonx::tests {

constexpr char soh = '\x01';

inline std::string field(const std::string& message, int tag) {
    const std::string key = soh + std::to_string(tag) + "=";
    const std::size_t at = message.find(key);
    if (at == std::string::npos) return "";
    const std::size_t begin = at + key.size();
    return message.substr(begin, message.find(soh, begin) - begin);
}

inline uint64_t number(const std::string& text) { return text.empty() ? 0 : std::stoull(text); }

// "10.05" -> 100500
inline int64_t decimal(const std::string& text) {
    const std::size_t point = text.find('.');
    std::string digits = text.substr(0, point);
    std::string fraction = point == std::string::npos ? "" : text.substr(point + 1);
    fraction.resize(4, '0');
    return std::stoll(digits + fraction);
}

inline std::string now() {
    const uint64_t ns = SimulatedClock::utc();
    const auto seconds = static_cast<time_t>(ns / 1'000'000'000);
    tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[40];
    const std::size_t size = ::strftime(text, sizeof text, "%Y%m%d-%H:%M:%S", &parts);
    std::snprintf(text + size, sizeof text - size, ".%03d",
                  static_cast<int>(ns / 1'000'000 % 1'000));
    return text;
}

inline std::string readable(std::string message) {
    std::replace(message.begin(), message.end(), soh, '|');
    return message;
}

// Without the fields of these tags.
inline std::string without(std::initializer_list<std::string_view> tags,
                           const std::string& message) {
    std::string kept;
    for (std::size_t begin = 0; begin < message.size();) {
        const std::size_t end = message.find(soh, begin);
        const std::string one = message.substr(begin, end - begin);
        const std::string tag = one.substr(0, one.find('='));
        if (std::find(tags.begin(), tags.end(), tag) == tags.end()) kept += one + soh;
        begin = end + 1;
    }
    return kept;
}

// What does not change when it is sent again.
inline std::string essence(const std::string& message) {
    return without({"8", "9", "34", "43", "52", "97", "122", "10"}, message);
}

}  // namespace carbonx::tests
