// Latencies of one kind, all of them kept, and what is told of them.
//
// Threads: one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace carbonx::tools {

class Percentiles {
public:
    void add(uint64_t latency_ns) { latencies_ns_.push_back(latency_ns); }
    std::size_t count() const { return latencies_ns_.size(); }

    // The least latency that this share of all does not exceed; 0 when there are none.
    uint64_t at(double share) {
        if (latencies_ns_.empty()) return 0;
        const auto last = static_cast<double>(latencies_ns_.size() - 1);
        const auto place = latencies_ns_.begin() + static_cast<std::ptrdiff_t>(share * last);
        std::nth_element(latencies_ns_.begin(), place, latencies_ns_.end());
        return *place;
    }

    // p50=… p99=… p99.9=… max=…, in microseconds.
    std::string text() {
        const auto us = [](uint64_t ns) {
            const uint64_t tenths = (ns + 50) / 100;
            return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + "us";
        };
        return "p50=" + us(at(0.5)) + " p99=" + us(at(0.99)) + " p99.9=" + us(at(0.999)) +
               " max=" + us(at(1));
    }

private:
    std::vector<uint64_t> latencies_ns_;
};

}  // namespace carbonx::tools
