#include "tests/simulate_clock.h"

#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

namespace carbonx::tests {
namespace {

bool day_simulated = false;
bool monotonic_simulated = false;
uint64_t utc_ns = 0;
uint64_t monotonic_ns = 0;

uint64_t system_ns(clockid_t clock) {
    timespec time{};
    ::syscall(SYS_clock_gettime, clock, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

uint64_t now(clockid_t clock) {
    const bool of_day = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
    if (of_day) return day_simulated ? utc_ns : system_ns(clock);
    return monotonic_simulated ? monotonic_ns : system_ns(clock);
}

}  // namespace

SimulatedClock::SimulatedClock(Scope scope) {
    utc_ns = 1'772'410'000'000'000'000;
    monotonic_ns = 1'000'000'000'000;
    day_simulated = true;
    monotonic_simulated = scope == Scope::all;
}

SimulatedClock::~SimulatedClock() { day_simulated = monotonic_simulated = false; }

uint64_t SimulatedClock::utc() { return utc_ns; }
uint64_t SimulatedClock::monotonic() { return monotonic_ns; }

void SimulatedClock::pass(uint64_t ns) {
    utc_ns += ns;
    monotonic_ns += ns;
}

void SimulatedClock::jump(int64_t ns) { utc_ns += static_cast<uint64_t>(ns); }
void SimulatedClock::set(uint64_t new_utc_ns) { utc_ns = new_utc_ns; }

}  // namespace carbonx::tests

// In the place of the C library's, for every library of the process.
extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
    const uint64_t ns = carbonx::tests::now(clock);
    *time = {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
    return 0;
}

int gettimeofday(timeval* time, void*) noexcept {
    const uint64_t us = carbonx::tests::now(CLOCK_REALTIME) / 1'000;
    *time = {static_cast<time_t>(us / 1'000'000), static_cast<suseconds_t>(us % 1'000'000)};
    return 0;
}

time_t time(time_t* result) noexcept {
    const auto seconds = static_cast<time_t>(carbonx::tests::now(CLOCK_REALTIME) / 1'000'000'000);
    if (result != nullptr) *result = seconds;
    return seconds;
}

}  // extern "C"
