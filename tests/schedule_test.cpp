// The gateway's calendar: opening hours and the time of the daily reset, by the venue's clock.
#include "gateway/schedule.h"

#include <catch2/catch.hpp>
#include <chrono>

using namespace carbonx;
using carbonx::gateway::Schedule;

namespace {

constexpr int32_t hong_kong = 480;
constexpr uint8_t weekdays = 0x1F;

// A time at the venue, as utc_ns.
uint64_t at(const char* text, int32_t utc_offset_minutes = hong_kong) {
    std::tm date{};
    REQUIRE(::strptime(text, "%Y-%m-%d %H:%M:%S", &date) != nullptr);
    return static_cast<uint64_t>(::timegm(&date) - utc_offset_minutes * 60) * 1'000'000'000;
}

ScheduleSettings hours(uint32_t open, uint32_t close, uint8_t days = 0x7F) {
    return {open * 60, close * 60, days, {}};
}

}  // namespace

TEST_CASE("schedule: without one it is always open and nothing is reset") {
    const Schedule schedule(ScheduleSettings{}, hong_kong);
    for (const char* time : {"2026-03-02 00:00:00", "2026-03-07 12:00:00", "2026-03-08 23:59:59"}) {
        CHECK(schedule.is_open(at(time)));
        CHECK(schedule.reset_day(at(time)) == 0);
    }
}

TEST_CASE("schedule: it is open from the first second of the open to the last before the close") {
    const Schedule schedule(hours(8, 18, weekdays), hong_kong);
    CHECK_FALSE(schedule.is_open(at("2026-03-02 07:59:59")));  // a Monday
    CHECK(schedule.is_open(at("2026-03-02 08:00:00")));
    CHECK(schedule.is_open(at("2026-03-06 17:59:59")));
    CHECK_FALSE(schedule.is_open(at("2026-03-06 18:00:00")));
    CHECK_FALSE(schedule.is_open(at("2026-03-07 12:00:00")));  // a Saturday
}

TEST_CASE("schedule: a close that is not after the open is of the next day") {
    const Schedule schedule(hours(22, 6, weekdays), hong_kong);
    CHECK_FALSE(schedule.is_open(at("2026-03-02 05:00:00")));  // of Sunday's, which does not open
    CHECK_FALSE(schedule.is_open(at("2026-03-02 21:59:59")));
    CHECK(schedule.is_open(at("2026-03-02 22:00:00")));
    CHECK(schedule.is_open(at("2026-03-07 05:59:59")));  // Saturday, of Friday's
    CHECK_FALSE(schedule.is_open(at("2026-03-07 06:00:00")));
    CHECK_FALSE(schedule.is_open(at("2026-03-07 22:00:00")));
}

TEST_CASE("schedule: closed, it says when to come, by the venue's clock") {
    const Schedule schedule(hours(8, 18, weekdays), hong_kong);
    CHECK(schedule.next_opening(at("2026-03-02 07:59:59")) == "Mon 2026-03-02 08:00 (UTC+08:00)");
    CHECK(schedule.next_opening(at("2026-03-02 18:00:00")) == "Tue 2026-03-03 08:00 (UTC+08:00)");
    CHECK(schedule.next_opening(at("2026-03-06 20:00:00")) == "Mon 2026-03-09 08:00 (UTC+08:00)");
    CHECK(schedule.next_opening(at("2028-02-28 20:00:00")) == "Tue 2028-02-29 08:00 (UTC+08:00)");

    const Schedule elsewhere(hours(8, 18, 1U << 6), -210);
    CHECK(elsewhere.next_opening(at("2026-03-01 18:00:00", -210)) ==
          "Sun 2026-03-08 08:00 (UTC-03:30)");
}

TEST_CASE("schedule: a day of reset begins at its time at the venue") {
    ScheduleSettings settings;
    settings.reset_minute = 4 * 60 + 30;
    const Schedule schedule(settings, hong_kong);
    const uint32_t monday = 20514;  // 2026-03-02
    CHECK(schedule.reset_day(at("2026-03-02 04:29:59")) == monday - 1);
    CHECK(schedule.reset_day(at("2026-03-02 04:30:00")) == monday);
    CHECK(schedule.reset_day(at("2026-03-02 23:59:59")) == monday);
    CHECK(schedule.reset_day(at("2026-03-03 04:29:59")) == monday);
    CHECK(schedule.reset_day(at("2026-03-03 04:30:00")) == monday + 1);
}
