// The time of a simulation. While one runs, the whole process has no other: whoever asks the system
// for the time (QuickFIX does) is answered from here.
//
// Threads: one. Always: it stands still but for pass(), jump() and set().
#pragma once

#include <cstdint>

namespace carbonx::tests {

class SimulatedClock {
public:
    // time_of_day: a test's own deadlines run on the real monotonic clock.
    enum class Scope { all, time_of_day };
    explicit SimulatedClock(Scope scope = Scope::all);
    ~SimulatedClock();  // the system's time again
    SimulatedClock(const SimulatedClock&) = delete;
    SimulatedClock& operator=(const SimulatedClock&) = delete;

    static uint64_t utc();
    static uint64_t monotonic();
    static void pass(uint64_t ns);
    // Only the time of day jumps.
    static void jump(int64_t ns);
    static void set(uint64_t new_utc_ns);
};

}  // namespace carbonx::tests
