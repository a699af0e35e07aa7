// Finds orders by reference: an open-addressed table from references to slots.
//
// Threads: one.
// Always: entries of one hash stand together, without a free place between where one belongs and
// where it is; at least half of the places are free.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace carbonx::marketdata {

class OrderIndex {
public:
    std::optional<uint32_t> find(uint64_t reference) const {
        for (std::size_t i = home(reference); entries_[i].used; i = (i + 1) & mask()) {
            if (entries_[i].reference == reference) return entries_[i].slot;
        }
        return std::nullopt;
    }

    // Requires: the reference is not there.
    void insert(uint64_t reference, uint32_t slot) {
        if (2 * ++count_ > entries_.size()) grow();
        place({reference, slot, true});
    }

    // Requires: the reference is there. Those behind it that it had pushed away move up.
    void erase(uint64_t reference) {
        std::size_t free = home(reference);
        while (entries_[free].reference != reference || !entries_[free].used) {
            free = (free + 1) & mask();
        }
        for (std::size_t i = (free + 1) & mask(); entries_[i].used; i = (i + 1) & mask()) {
            const std::size_t pushed = (i - home(entries_[i].reference)) & mask();
            if (pushed < ((i - free) & mask())) continue;
            entries_[free] = entries_[i];
            free = i;
        }
        entries_[free].used = false;
        --count_;
    }

private:
    struct Entry {
        uint64_t reference = 0;
        uint32_t slot = 0;
        bool used = false;
    };

    std::size_t mask() const { return entries_.size() - 1; }
    // References count up: the multiplication spreads neighbours, the high bits are the good ones.
    std::size_t home(uint64_t reference) const {
        return (reference * 0x9E3779B97F4A7C15) >> shift_;
    }
    void place(const Entry& entry) {
        std::size_t i = home(entry.reference);
        while (entries_[i].used) i = (i + 1) & mask();
        entries_[i] = entry;
    }
    void grow() {
        const std::vector<Entry> old = std::move(entries_);
        entries_.assign(2 * old.size(), {});
        --shift_;
        for (const Entry& entry : old) {
            if (entry.used) place(entry);
        }
    }

    std::vector<Entry> entries_ = std::vector<Entry>(16);  // a power of two
    int shift_ = 60;                                       // 64 less its exponent
    std::size_t count_ = 0;
};

}  // namespace carbonx::marketdata
