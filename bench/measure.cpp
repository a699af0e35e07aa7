#include "bench/measure.h"

#include <time.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "engine/api/process.h"

namespace carbonx::bench {

double cycles_per_ns() {
    static const double measured = [] {
        const uint64_t ns = monotonic_ns();
        const uint64_t start = cycles();
        while (monotonic_ns() < ns + 20'000'000) {
        }
        const uint64_t end_ns = monotonic_ns();
        return static_cast<double>(cycles() - start) / static_cast<double>(end_ns - ns);
    }();
    return measured;
}

uint64_t thread_time_ns() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

uint64_t resident_mib() {
    std::ifstream file("/proc/self/status");
    std::string line;
    while (std::getline(file, line)) {
        if (line.starts_with("VmRSS:")) return std::stoull(line.substr(6)) >> 10;
    }
    return 0;
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

uint64_t Latencies::quantile_ns(double share) const {
    const auto wanted = static_cast<uint64_t>(share * static_cast<double>(count_));
    uint64_t seen = 0;
    for (uint64_t i = 0; i < step_count; ++i) {
        seen += counts_[i];
        if (seen > wanted || seen == count_) {
            return static_cast<uint64_t>(static_cast<double>(i * step + step / 2) /
                                         cycles_per_ns());
        }
    }
    return max_ns();
}

std::string Latencies::histogram() const {
    std::string lines;
    uint64_t seen = 0;
    uint64_t at = 0;
    for (uint64_t bound_ns = 16; seen < count_ && at < step_count; bound_ns *= 2) {
        uint64_t below = 0;
        const auto bound =
            static_cast<uint64_t>(static_cast<double>(bound_ns) * cycles_per_ns()) / step;
        for (; at < std::min(bound, step_count); ++at) below += counts_[at];
        seen += below;
        if (below == 0) continue;
        char line[96];
        std::snprintf(line, sizeof(line), "  below %7lu ns %10lu  %6.2f %%\n", bound_ns, below,
                      100.0 * static_cast<double>(below) / static_cast<double>(count_));
        lines += line;
    }
    return lines;
}

}  // namespace carbonx::bench
