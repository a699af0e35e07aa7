#include "gateway/schedule.h"

#include <chrono>
#include <cstdio>

#include "engine/api/check.h"

namespace carbonx::gateway {
namespace {

constexpr uint64_t minute_ns = 60'000'000'000;
constexpr int64_t day_minutes = 1440;

constexpr int64_t weekday(int64_t day) { return (day + 3) % 7; }  // 1970-01-01 was a Thursday

}  // namespace

int64_t Schedule::local_minutes(uint64_t utc_ns) const {
    return static_cast<int64_t>(utc_ns / minute_ns) + utc_offset_minutes_;
}

bool Schedule::opens_on(int64_t day) const { return (settings_.days >> weekday(day) & 1) != 0; }

bool Schedule::is_open(uint64_t utc_ns) const {
    const int64_t now = local_minutes(utc_ns);
    const int64_t day = now / day_minutes;
    const int64_t minute = now % day_minutes;
    const bool has_opened = opens_on(day) && minute >= settings_.open_minute;
    if (settings_.close_minute > settings_.open_minute) {
        return has_opened && minute < settings_.close_minute;
    }
    return has_opened || (opens_on(day - 1) && minute < settings_.close_minute);
}

std::string Schedule::next_opening(uint64_t utc_ns) const {
    CARBONX_CHECK(settings_.days != 0);
    const int64_t now = local_minutes(utc_ns);
    int64_t day = now / day_minutes;
    while (!opens_on(day) || day * day_minutes + settings_.open_minute <= now) ++day;

    constexpr const char* names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
    const int32_t offset = utc_offset_minutes_ < 0 ? -utc_offset_minutes_ : utc_offset_minutes_;
    char text[64];
    std::snprintf(text, sizeof text, "%s %04d-%02u-%02u %02u:%02u (UTC%c%02d:%02d)",
                  names[weekday(day)], static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  settings_.open_minute / 60, settings_.open_minute % 60,
                  utc_offset_minutes_ < 0 ? '-' : '+', offset / 60, offset % 60);
    return text;
}

uint32_t Schedule::reset_day(uint64_t utc_ns) const {
    if (!settings_.reset_minute) return 0;
    const int64_t since_reset = local_minutes(utc_ns) - *settings_.reset_minute;
    return since_reset < 0 ? 0 : static_cast<uint32_t>(since_reset / day_minutes);
}

}  // namespace carbonx::gateway
