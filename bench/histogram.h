// How often each value came, to four thousandths of it: percentiles of any number of values in
// memory that does not grow.
//
// Threads: one.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace carbonx::bench {

class Histogram {
public:
    Histogram() : counts_(place(UINT64_MAX) + 1) {}
    void add(uint64_t value) {
        ++counts_[place(value)];
        ++count_;
        max_ = std::max(max_, value);
    }
    void clear() { *this = Histogram(); }
    uint64_t count() const { return count_; }
    uint64_t max() const { return max_; }
    // The value that this share of all does not exceed; share from 0 to 1.
    uint64_t quantile(double share) const {
        const auto wanted = static_cast<uint64_t>(share * static_cast<double>(count_));
        uint64_t seen = 0;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            seen += counts_[i];
            if (seen > wanted) return value_at(i);
        }
        return max_;
    }

private:
    // Values below 512 have a place each; above, each doubling has 256.
    static std::size_t place(uint64_t value) {
        const int shift = std::max(static_cast<int>(std::bit_width(value)) - 9, 0);
        return static_cast<std::size_t>(shift) * 256 + (value >> shift);
    }
    static uint64_t value_at(std::size_t place) {
        if (place < 512) return place;
        const std::size_t shift = place / 256 - 1;
        return (place % 256 + 256) << shift;
    }

    std::vector<uint64_t> counts_;
    uint64_t count_ = 0;
    uint64_t max_ = 0;
};

}  // namespace carbonx::bench
