// The books' orders and price levels, lean: no allocation for an order, few cache lines for a
// message.
//
// Threads: one.
// Always: a level has at least one order; within it they stand in order of priority.
#pragma once

#include <cstdint>
#include <vector>

#include "marketdata/receiver/order_index.h"

namespace carbonx::marketdata {

struct BookOrder {
    uint64_t reference = 0;
    uint32_t quantity = 0;
    uint32_t price = 0;
    uint16_t locate = 0;
    uint16_t side = 0;   // 0 buys, 1 sells
    uint32_t ahead = 0;  // slots of its neighbours in the level; Orders::none at the ends
    uint32_t behind = 0;
};

struct BookLevel {
    uint32_t price = 0;
    uint32_t order_count = 0;
    uint64_t quantity = 0;
    uint32_t first = 0, last = 0;  // slots of its orders
};

// One side of a book: its levels, the best first.
class BookSide {
public:
    explicit BookSide(bool buys) : flip_(buys ? 0 : UINT32_MAX) {}

    bool empty() const { return levels_.empty(); }
    std::size_t size() const { return levels_.size(); }
    auto begin() const { return levels_.rbegin(); }
    auto end() const { return levels_.rend(); }
    const BookLevel& operator[](std::size_t depth) const {
        return begin()[static_cast<long>(depth)];
    }

private:
    friend class Orders;
    std::vector<BookLevel>::iterator find(uint32_t price);

    uint32_t flip_;                  // makes a better price a higher number
    std::vector<BookLevel> levels_;  // the best last, for most changes are near it
};

class Orders {
public:
    static constexpr uint32_t none = UINT32_MAX;

    // Good until the next change; nullptr: there is none.
    const BookOrder* find(uint64_t reference) const;
    // The first order of a level, and the one behind another; nullptr at the end.
    const BookOrder* first(const BookLevel& level) const { return at(level.first); }
    const BookOrder* behind(const BookOrder& order) const { return at(order.behind); }

    // Last at its price. Requires: the reference is not there; the side is its own.
    void add(BookOrder order, BookSide& side);
    // Requires: the order is on this side and has that much; at 0 it is gone.
    void reduce(const BookOrder& order, uint32_t quantity, BookSide& side);

private:
    const BookOrder* at(uint32_t slot) const { return slot == none ? nullptr : &slots_[slot]; }
    void unlink(uint32_t slot, BookLevel& level);

    std::vector<BookOrder> slots_;
    uint32_t free_ = none;  // the first free slot; the next is its behind
    OrderIndex index_;
};

}  // namespace carbonx::marketdata
