// What the benchmarks measure with: totals to check, the processor's clock, percentiles.
//
// Threads: one.
#pragma once

#include <x86intrin.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace carbonx::bench {

// What an engine traded, and how many orders rest in it.
struct Totals {
    uint64_t trades = 0;
    uint64_t quantity = 0;
    uint64_t notional = 0;  // sum of price x quantity, modulo 2^64
    uint64_t live = 0;
    bool operator==(const Totals&) const = default;

    void trade(int64_t price, uint64_t traded) {
        ++trades;
        quantity += traded;
        notional += static_cast<uint64_t>(price) * traded;
    }
};

// Cycles of the processor's clock in a nanosecond; measured once.
double cycles_per_ns();
inline uint64_t cycles() { return __rdtsc(); }

// Processor time of the calling thread: what a neighbour on the same core takes is not in it. On a
// quiet machine it is the time that passes.
uint64_t thread_time_ns();

// Memory of this process that is in RAM: of an engine, and of the client beside it.
uint64_t resident_mib();

double median(std::vector<double> values);

// Every duration since the last clear, in steps of 8 cycles; small enough to stay in the nearest
// cache where the durations fall.
class Latencies {
public:
    Latencies() : counts_(step_count) {}
    void add(uint64_t duration) {
        ++counts_[std::min<uint64_t>(duration / step, step_count - 1)];
        max_ = std::max(max_, duration);
        ++count_;
    }
    uint64_t count() const { return count_; }
    // Nanoseconds that this share of the durations does not exceed; share from 0 to 1.
    uint64_t quantile_ns(double share) const;
    uint64_t max_ns() const {
        return static_cast<uint64_t>(static_cast<double>(max_) / cycles_per_ns());
    }
    // Some lines for a person: how many durations below each of a row of bounds.
    std::string histogram() const;

private:
    static constexpr uint64_t step = 8;
    static constexpr uint64_t step_count = 1U << 17;  // up to 400 us
    std::vector<uint32_t> counts_;
    uint64_t max_ = 0;
    uint64_t count_ = 0;
};

}  // namespace carbonx::bench
