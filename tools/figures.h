// Figures as people read them: thousands separated, prices and money with decimals, times with
// dates.
//
// Threads: any; pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "engine/api/types.h"

namespace carbonx::tools {

// 1234567 gives "1,234,567".
std::string count_figure(uint64_t value);
// Ten-thousandths: 12'345'678'900 gives "1,234,567.89"; two decimals, or as many more as there are.
std::string money_figure(int64_t value);
// Nanoseconds since 1970 gives "2026-11-24 01:30:00.500 UTC (09:30:00.500 at the venue)".
std::string time_figure(uint64_t time_ns, int32_t utc_offset_minutes);
// "1 h 02 min", "3 min 05 s" or "7 s".
std::string duration_figure(double seconds);

std::string_view currency_name(Currency currency);  // "HKD"

}  // namespace carbonx::tools
