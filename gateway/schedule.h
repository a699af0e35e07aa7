// When brokers may be logged on, and when their sequence numbers begin anew: the venue's calendar.
//
// Threads: any; it only calculates.
// Always: a function of the time that it is given, which may go back. Days are the venue's, counted
// from 1970-01-01; all times are utc_ns since 1970.
#pragma once

#include <cstdint>
#include <string>

#include "engine/api/settings.h"

namespace carbonx::gateway {

class Schedule {
public:
    explicit Schedule(const ScheduleSettings& settings, int32_t utc_offset_minutes)
        : settings_(settings), utc_offset_minutes_(utc_offset_minutes) {}

    bool is_open(uint64_t utc_ns) const;
    // When it opens next, for a person: "Tue 2026-11-24 08:00 (UTC+08:00)". Requires: not open.
    std::string next_opening(uint64_t utc_ns) const;
    // The day of the last time of reset; 0 where there is none.
    uint32_t reset_day(uint64_t utc_ns) const;

private:
    int64_t local_minutes(uint64_t utc_ns) const;
    bool opens_on(int64_t day) const;

    ScheduleSettings settings_;
    int32_t utc_offset_minutes_;
};

}  // namespace carbonx::gateway
