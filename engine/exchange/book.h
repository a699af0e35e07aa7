// One counter's book: a queue of resting orders at each price, and the best price of each side.
//
// The static band bounds the prices, so the levels are one array of all ticks inside it: a price
// outside never gets here. Both sides share the array, because the best bid is always below the
// best ask; a bitmap of the levels in use finds the next one in a few instructions.
//
// Threads: one. Always: best bid < best ask; the bit of a level is set when its queue is not empty.
#pragma once

#include <bit>

#include "engine/exchange/orders.h"

namespace carbonx {

// The first and last order at one price.
struct Level {
    uint32_t first = no_slot;
    uint32_t last = no_slot;
};

// Which of up to 2^20 levels are in use: three layers, each bit for a word of the layer below that
// is not 0.
class LevelBits {
public:
    static constexpr std::size_t words(uint32_t levels) {
        const uint32_t low = levels / 64 + 1, middle = low / 64 + 1;
        return low + middle + middle / 64 + 1;
    }

    LevelBits() = default;
    // Over zeroed memory of words(levels).
    LevelBits(uint64_t* words, uint32_t levels)
        : low_(words),
          middle_(low_ + levels / 64 + 1),
          high_(middle_ + (levels / 64 + 1) / 64 + 1),
          high_count_((levels / 64 + 1) / 64 / 64 + 1) {}

    void set(uint32_t i) {
        low_[i >> 6] |= bit(i);
        middle_[i >> 12] |= bit(i >> 6);
        high_[i >> 18] |= bit(i >> 12);
    }
    void clear(uint32_t i) {
        if ((low_[i >> 6] &= ~bit(i)) != 0) return;
        if ((middle_[i >> 12] &= ~bit(i >> 6)) != 0) return;
        high_[i >> 18] &= ~bit(i >> 12);
    }
    // The nearest set bit above i, or no_slot.
    uint32_t above(uint32_t i) const {
        if (const uint64_t w = low_[i >> 6] & high_part(i)) return lowest(i >> 6, w);
        const uint32_t m = i >> 6;
        if (const uint64_t w = middle_[m >> 6] & high_part(m))
            return lowest_below(lowest(m >> 6, w));
        uint32_t h = m >> 6;
        uint64_t w = high_[h >> 6] & high_part(h);
        for (h >>= 6; w == 0; w = high_[h]) {
            if (++h >= high_count_) return no_slot;
        }
        const uint32_t middle = lowest(h, w);
        return lowest_below(lowest(middle, middle_[middle]));
    }
    // The nearest set bit below i, or no_slot.
    uint32_t below(uint32_t i) const {
        if (const uint64_t w = low_[i >> 6] & low_part(i)) return highest(i >> 6, w);
        const uint32_t m = i >> 6;
        if (const uint64_t w = middle_[m >> 6] & low_part(m))
            return highest_below(highest(m >> 6, w));
        uint32_t h = m >> 6;
        uint64_t w = high_[h >> 6] & low_part(h);
        for (h >>= 6; w == 0; w = high_[h]) {
            if (h-- == 0) return no_slot;
        }
        const uint32_t middle = highest(h, w);
        return highest_below(highest(middle, middle_[middle]));
    }

private:
    static uint64_t bit(uint32_t i) { return uint64_t{1} << (i & 63); }
    static uint64_t low_part(uint32_t i) { return bit(i) - 1; }
    static uint64_t high_part(uint32_t i) { return ~low_part(i) & ~bit(i); }
    static uint32_t lowest(uint32_t word, uint64_t w) {
        return word * 64 + static_cast<uint32_t>(std::countr_zero(w));
    }
    static uint32_t highest(uint32_t word, uint64_t w) {
        return word * 64 + 63 - static_cast<uint32_t>(std::countl_zero(w));
    }
    uint32_t lowest_below(uint32_t word) const { return lowest(word, low_[word]); }
    uint32_t highest_below(uint32_t word) const { return highest(word, low_[word]); }

    uint64_t* low_ = nullptr;
    uint64_t* middle_ = nullptr;
    uint64_t* high_ = nullptr;
    uint32_t high_count_ = 0;
};

class Book {
public:
    Book() = default;
    // Over these levels, all empty, and zeroed words for their bits.
    Book(Level* levels, uint64_t* words, uint32_t level_count)
        : levels_(levels), bits_(words, level_count), level_count_(level_count) {}

    uint32_t level_count() const { return level_count_; }
    bool has(Side side) const { return best(side) != no_slot; }
    // Level of the best price of a side, or no_slot.
    uint32_t best(Side side) const { return best_[index(side)]; }
    // Whether an order of this side at this level would trade with what rests.
    bool crosses(Side side, uint32_t level) const {
        const uint32_t other = best(opposite(side));
        if (other == no_slot) return false;
        return side == Side::buy ? other <= level : other >= level;
    }
    // The order that trades next on this side. Requires: has(side).
    uint32_t first(Side side) const { return levels_[best(side)].first; }
    // The first order at the next worse price of a side behind this level, or no_slot.
    uint32_t first_behind(Side side, uint32_t level) const {
        const uint32_t next = side == Side::buy ? bits_.below(level) : bits_.above(level);
        return next == no_slot ? no_slot : levels_[next].first;
    }

    // Puts the order last at its level. Requires: it does not cross.
    void add(Orders& orders, uint32_t slot) {
        Order& order = orders[slot];
        Level& level = levels_[order.level];
        order.next = no_slot;
        order.previous = level.last;
        if (level.last != no_slot) {
            orders[level.last].next = slot;
        } else {
            level.first = slot;
            open(order.terms.side, order.level);
        }
        level.last = slot;
    }

    // Takes the order out of its level. Requires: it is there.
    void remove(Orders& orders, uint32_t slot) {
        const Order& order = orders[slot];
        Level& level = levels_[order.level];
        if (order.next != no_slot) {
            orders[order.next].previous = order.previous;
        } else {
            level.last = order.previous;
        }
        if (order.previous != no_slot) {
            orders[order.previous].next = order.next;
        } else {
            level.first = order.next;
        }
        if (level.first == no_slot) close(order.terms.side, order.level);
    }

    void prefetch(uint32_t level) const {
        if (level < level_count_) __builtin_prefetch(&levels_[level], 1);
    }

private:
    void open(Side side, uint32_t level) {
        bits_.set(level);
        uint32_t& best = best_[index(side)];
        if (best == no_slot || (side == Side::buy ? level > best : level < best)) best = level;
    }
    void close(Side side, uint32_t level) {
        bits_.clear(level);
        uint32_t& best = best_[index(side)];
        if (best != level) return;
        // Behind the best bid there are only bids, behind the best ask only asks.
        best = side == Side::buy ? bits_.below(level) : bits_.above(level);
    }

    Level* levels_ = nullptr;
    LevelBits bits_;
    uint32_t level_count_ = 0;
    uint32_t best_[2] = {no_slot, no_slot};  // by side
};

}  // namespace carbonx
