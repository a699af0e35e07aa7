// From a flow's order id to what an engine knows the order by: the two indexes that the drivers and
// the floor share, so that what turns an id into an order costs the same in each.
//
// Threads: one. Always: after construction no allocation.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "bench/flow_file.h"

namespace carbonx::bench {

// Their common shape: put, find, take, prefetch; `forgets` tells whether an id must be taken out
// when its order is gone.

// For ids 1, 2, 3, ...: an array by id. Nothing is ever taken out; an id is never used twice.
template <class Value>
class DenseIndex {
public:
    static constexpr bool forgets = false;

    explicit DenseIndex(const FlowHeader& header) : values_(header.count + 1) {}

    void put(uint64_t id, Value value) { values_[id] = value; }
    // The value if there is one yet, else Value{}.
    Value find(uint64_t id) const { return values_[id]; }
    // The same, and the id will not be asked for again.
    Value take(uint64_t id) { return values_[id]; }
    void prefetch(uint64_t id) const { __builtin_prefetch(&values_[id]); }

private:
    std::vector<Value> values_;
};

// For ids that are spread over 64 bits: open addressing with linear probes, sized to the live
// orders. What is taken out leaves no tombstone: those behind it move up.
template <class Value>
class HashedIndex {
public:
    static constexpr bool forgets = true;

    explicit HashedIndex(const FlowHeader& header)
        : shift_(64 - static_cast<int>(std::bit_width(header.live_max * 2))),
          mask_((uint64_t{1} << (64 - shift_)) - 1),
          entries_(mask_ + 1) {}

    // Requires: the id is not 0; at most live_max ids are in.
    void put(uint64_t id, Value value) { entries_[place(id)] = {id, value}; }
    // The value if the id is in, else Value{}.
    Value find(uint64_t id) const { return entries_[place(id)].value; }
    // The same, and takes it out.
    Value take(uint64_t id) {
        uint64_t hole = place(id);
        if (entries_[hole].id == 0) return Value{};
        const Value value = entries_[hole].value;
        for (uint64_t at = (hole + 1) & mask_; entries_[at].id != 0; at = (at + 1) & mask_) {
            const uint64_t distance = (at - home(entries_[at].id)) & mask_;
            if (distance < ((at - hole) & mask_))
                continue;  // it stands between its home and the hole
            entries_[hole] = entries_[at];
            hole = at;
        }
        entries_[hole] = {};
        return value;
    }
    void prefetch(uint64_t id) const { __builtin_prefetch(&entries_[home(id)]); }

private:
    struct Entry {
        uint64_t id = 0;  // 0: free
        Value value{};
    };

    // The high bits of a product: neither dense nor structured ids cluster.
    uint64_t home(uint64_t id) const { return (id * 0x9E3779B97F4A7C15) >> shift_; }
    // Where the id is, or the free place where its search ends.
    uint64_t place(uint64_t id) const {
        uint64_t at = home(id);
        while (entries_[at].id != id && entries_[at].id != 0) at = (at + 1) & mask_;
        return at;
    }

    const int shift_;
    const uint64_t mask_;
    std::vector<Entry> entries_;
};

}  // namespace carbonx::bench
