// Finds the place of a record (records.h) by the hash of its key: open addressing, eight bytes an
// entry, which hold the place and enough of the hash to grow without the key.
//
// Threads: the gateway thread only.
// Always: at most half of the entries are taken, so a search is short. It grows in 1,024 parts,
// each on its own: of five million records some five thousand move at once. Nothing is taken out
// but all of it, so there are no tombstones.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <utility>

namespace carbonx::gateway {

// Spreads 128 bits over 64: the two halves of their product. With a seed that nobody outside knows,
// nobody can choose keys that meet in one place.
inline uint64_t mixed(uint64_t a, uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

class HashIndex {
public:
    static constexpr uint32_t none = UINT32_MAX;

    // The place that was added with this hash and for which is_it(place) is true, or none.
    template <class IsIt>
    uint32_t find(uint64_t hash, IsIt is_it) const {
        const Part& part = parts_[hash >> part_shift];
        if (part.age != age_) return none;
        const auto tag = static_cast<uint32_t>(hash);
        for (uint32_t at = tag & part.mask;; at = (at + 1) & part.mask) {
            const Entry& entry = part.entries[at];
            if (entry.place == none) return none;
            if (entry.tag == tag && is_it(entry.place)) return entry.place;
        }
    }

    // Requires: place is not none, and find() does not find the record.
    void add(uint64_t hash, uint32_t place) {
        Part& part = parts_[hash >> part_shift];
        if (part.age != age_) empty(part);
        if (2 * (part.count + 1) > part.mask + 1) grow(part);
        put(part, {static_cast<uint32_t>(hash), place});
        ++part.count;
    }

    // Of a search that comes soon.
    void prefetch(uint64_t hash) const {
        const Part& part = parts_[hash >> part_shift];
        if (part.age == age_) __builtin_prefetch(&part.entries[hash & part.mask]);
    }

    // Its memory stays, and each part is emptied when it is next added to.
    void clear() { ++age_; }

private:
    static constexpr int part_shift = 54;
    static constexpr uint32_t first_entries = 16;

    struct Entry {
        uint32_t tag = 0;
        uint32_t place = none;  // none: free
    };
    struct Part {
        std::unique_ptr<Entry[]> entries;
        uint32_t mask = 0;
        uint32_t count = 0;
        uint32_t age = 0;  // that of the index when it was last emptied; 0: it has no entries
    };

    static void put(Part& part, Entry entry) {
        uint32_t at = entry.tag & part.mask;
        while (part.entries[at].place != none) at = (at + 1) & part.mask;
        part.entries[at] = entry;
    }

    void empty(Part& part) const {
        if (part.entries == nullptr) {
            part.entries = std::make_unique<Entry[]>(first_entries);
            part.mask = first_entries - 1;
        } else {
            std::fill_n(part.entries.get(), part.mask + 1, Entry{});
        }
        part.count = 0;
        part.age = age_;
    }

    static void grow(Part& part) {
        const uint32_t size = part.mask + 1;
        const auto old = std::exchange(part.entries, std::make_unique<Entry[]>(2 * size));
        part.mask = 2 * size - 1;
        for (uint32_t i = 0; i < size; ++i) {
            if (old[i].place != none) put(part, old[i]);
        }
    }

    std::array<Part, (uint64_t{1} << (64 - part_shift))> parts_;
    uint32_t age_ = 1;
};

}  // namespace carbonx::gateway
