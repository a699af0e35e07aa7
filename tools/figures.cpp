// Figures as people read them: see figures.h.
#include "tools/figures.h"

#include <cstdio>
#include <ctime>

#include "engine/api/decimal.h"

namespace carbonx::tools {
namespace {

// "2026-11-24 01:30:00.500", or without the date; zeros behind the milliseconds are left out.
std::string time_text(uint64_t time_ns, bool with_date) {
    const auto seconds = static_cast<std::time_t>(time_ns / 1'000'000'000);
    std::tm date{};
    ::gmtime_r(&seconds, &date);
    char text[32];
    std::strftime(text, sizeof text, with_date ? "%Y-%m-%d %H:%M:%S" : "%H:%M:%S", &date);
    char fraction[16];
    std::snprintf(fraction, sizeof fraction, ".%09u",
                  static_cast<unsigned>(time_ns % 1'000'000'000));
    std::string result = std::string(text) + fraction;
    for (int zeros = 0; zeros < 6 && result.back() == '0'; ++zeros) result.pop_back();
    return result;
}

std::string separated(const std::string& digits) {
    std::string result;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) result += ',';
        result += digits[i];
    }
    return result;
}

}  // namespace

std::string count_figure(uint64_t value) { return separated(std::to_string(value)); }

std::string money_figure(int64_t value) {
    const std::string text = decimal_text(value);
    const std::size_t from = value < 0 ? 1 : 0;
    const std::size_t point = text.find('.');
    return text.substr(0, from) + separated(text.substr(from, point - from)) + text.substr(point);
}

std::string time_figure(uint64_t time_ns, int32_t utc_offset_minutes) {
    const int64_t offset = int64_t{utc_offset_minutes} * 60'000'000'000;
    const auto local = static_cast<uint64_t>(static_cast<int64_t>(time_ns) + offset);
    return time_text(time_ns, true) + " UTC (" + time_text(local, false) + " at the venue)";
}

std::string duration_figure(double seconds) {
    const auto whole = static_cast<unsigned long>(seconds < 0 ? 0 : seconds);
    char text[40];
    if (whole >= 3600) {
        std::snprintf(text, sizeof text, "%lu h %02lu min", whole / 3600, whole / 60 % 60);
    } else if (whole >= 60) {
        std::snprintf(text, sizeof text, "%lu min %02lu s", whole / 60, whole % 60);
    } else {
        std::snprintf(text, sizeof text, "%lu s", whole);
    }
    return text;
}

std::string_view currency_name(Currency currency) {
    return currency == Currency::hkd ? "HKD" : "CNH";
}

}  // namespace carbonx::tools
