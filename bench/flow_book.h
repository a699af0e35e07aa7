// Book mode: the exchange's own book and order pool, without accounts, rules and events, as other
// projects time theirs. What is traded, added and cancelled is counted.
//
// An order is found as the gateway's commands find it: the flow's id gives an OrderId (inside the
// timing), whose slot and generation are checked.
//
// Threads: one.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "bench/flow_file.h"
#include "bench/id_index.h"
#include "bench/measure.h"
#include "engine/exchange/book.h"

namespace carbonx::bench {

template <template <class> class Index>
class FlowBook {
public:
    static constexpr uint64_t look_ahead = 16;  // by measurement
    static constexpr uint64_t near = 6;         // records from the order's prefetch to its turn

    explicit FlowBook(const Flow& flow)
        : records_(flow.records.data()),
          large_(flow.header.live_max > 5'000),
          price_base_(flow.header.price_min),
          levels_each_(static_cast<uint32_t>(flow.header.price_max - price_base_ + 1)),
          ids_(flow.header),
          orders_(flow.header.live_max + 1),
          levels_(std::size_t{levels_each_} * flow.header.instruments),
          words_(LevelBits::words(levels_each_) * flow.header.instruments) {
        levels_.grow(levels_.capacity());
        words_.grow(words_.capacity());
        for (std::size_t symbol = 0; symbol < flow.header.instruments; ++symbol) {
            books_.emplace_back(levels_.data() + symbol * levels_each_,
                                words_.data() + symbol * LevelBits::words(levels_each_),
                                levels_each_);
        }
    }

    void prepare(uint64_t i) {
        if (!large_) return;
        ids_.prefetch(records_[i].id);
        if (i < look_ahead) return;
        const FlowRecord& record = records_[i - look_ahead + near];
        // For every operation alike; what a new order does not have is fetched for nothing.
        orders_.prefetch(ids_.find(record.id));
        books_[record.symbol].prefetch(level_of(record));
    }

    void step(uint64_t i) {
        const FlowRecord& record = records_[i];
        Book& book = books_[record.symbol];
        if (record.operation == FlowOperation::add) return add(book, record);
        if (record.operation == FlowOperation::cancel) {
            const uint32_t slot = found(ids_.take(record.id));
            book.remove(orders_, slot);
            orders_.give_back(slot);
            ++cancelled_;
        } else {
            const uint32_t slot = found(ids_.find(record.id));
            book.remove(orders_, slot);
            orders_[slot].leaves.value = record.quantity;
            orders_[slot].level = level_of(record);
            book.add(orders_, slot);
        }
    }

    Totals totals() const {
        Totals totals = traded_;
        totals.live = added_ - filled_ - cancelled_;
        return totals;
    }

private:
    uint32_t level_of(const FlowRecord& record) const {
        return static_cast<uint32_t>(record.price - price_base_);
    }
    uint32_t found(OrderId id) const {
        const uint32_t slot = orders_.find(id);
        CARBONX_CHECK(slot != no_slot);
        return slot;
    }

    void add(Book& book, const FlowRecord& record) {
        const Side side = static_cast<Side>(record.side);
        const uint32_t level = level_of(record);
        Quantity leaves{record.quantity};
        ++added_;
        while (book.crosses(side, level)) {
            const uint32_t maker_slot = book.first(opposite(side));
            Order& maker = orders_[maker_slot];
            const Quantity traded = std::min(leaves, maker.leaves);
            traded_.trade(price_base_ + maker.level, traded.value);
            maker.leaves -= traded;
            leaves -= traded;
            if (maker.leaves.value == 0) {
                book.remove(orders_, maker_slot);
                if constexpr (Index<OrderId>::forgets) ids_.take(flow_id(maker_slot));
                orders_.give_back(maker_slot);
                ++filled_;
            }
            if (leaves.value == 0) {
                ++filled_;
                return;
            }
        }
        CARBONX_CHECK(!orders_.full());
        const uint32_t slot = orders_.take();
        Order& order = orders_[slot];
        order.leaves = leaves;
        order.level = level;
        order.terms.side = side;
        if constexpr (Index<OrderId>::forgets) set_flow_id(slot, record.id);
        ids_.put(record.id, orders_.id(slot));
        book.add(orders_, slot);
    }
    // The order keeps its owner's name for it, as in the exchange.
    uint64_t flow_id(uint32_t slot) const {
        uint64_t id = 0;
        std::memcpy(&id, orders_[slot].client_id.bytes.data(), sizeof(id));
        return id;
    }
    void set_flow_id(uint32_t slot, uint64_t id) {
        std::memcpy(orders_[slot].client_id.bytes.data(), &id, sizeof(id));
    }

    const FlowRecord* const records_;
    const bool large_;
    const int64_t price_base_;  // of each book's level 0
    const uint32_t levels_each_;
    Index<OrderId> ids_;
    Orders orders_;
    Table<Level> levels_;
    Table<uint64_t> words_;
    std::vector<Book> books_;
    Totals traded_;
    uint64_t added_ = 0;
    uint64_t filled_ = 0;
    uint64_t cancelled_ = 0;
};

}  // namespace carbonx::bench
