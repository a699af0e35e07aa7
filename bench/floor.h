// The floor: the smallest book that passes the same check. No accounts, no rules, no events: what
// it costs to keep price-time queues and nothing else. Every figure of carbonx-bench is also a
// ratio to it, taken in the same run, because absolute figures differ from machine to machine.
//
// Orders and price levels are nodes of one array, sixteen bytes each. A level is the head of a
// circular list, so linking and unlinking have no branches; a bitmap finds the next level in use,
// and a bit that is always set at either end of an instrument's levels stops every search.
//
// Threads: one. Always: best bid < best ask; a level's bit is set when its list is not empty.
#pragma once

#include <algorithm>

#include "bench/flow_file.h"
#include "bench/id_index.h"
#include "bench/measure.h"
#include "engine/api/check.h"

namespace carbonx::bench {

template <template <class> class Index>
class Floor {
public:
    static constexpr uint64_t look_ahead = 16;  // by measurement

    explicit Floor(const Flow& flow) : Floor(flow.header, flow.records.data()) {}

    // Brings what a coming record needs towards the processor: its place in the index. It pays only
    // where the index is larger than the near caches.
    void prepare(uint64_t i) {
        if (large_) slots_.prefetch(records_[i].id);
    }
    void step(uint64_t i) { apply(records_[i]); }
    const Totals& totals() const { return totals_; }

private:
    struct Node {
        uint32_t next;
        uint32_t previous;
        uint32_t quantity;
        uint32_t level;
    };
    struct Book {
        uint32_t first;  // of its levels
        uint32_t
            best[2];  // level of the best bid and the best ask; its end levels when there is none
    };

    Floor(const FlowHeader& header, const FlowRecord* records)
        : records_(records),
          large_(header.live_max > 50'000),
          price_base_(header.price_min - 1),
          levels_each_((static_cast<uint32_t>(header.price_max - price_base_ + 2) + 63) / 64 * 64),
          level_count_(levels_each_ * header.instruments),
          slots_(header),
          nodes_(level_count_ + header.live_max + 1),
          ids_(header.live_max + 1),
          bits_(level_count_ / 64),
          books_(header.instruments) {
        for (uint32_t level = 0; level < level_count_; ++level)
            nodes_[level] = {level, level, 0, 0};
        for (uint32_t node = level_count_; node < nodes_.size(); ++node)
            nodes_[node].next = node + 1;
        free_ = level_count_;
        for (uint32_t symbol = 0; symbol < header.instruments; ++symbol) {
            Book& book = books_[symbol];
            book.first = symbol * levels_each_;
            book.best[0] = book.first;
            book.best[1] = book.first + levels_each_ - 1;
            set(book.best[0]);
            set(book.best[1]);
        }
    }

    void apply(const FlowRecord& record) {
        switch (record.operation) {
            case FlowOperation::add:
                record.side == FlowSide::buy ? add<FlowSide::buy>(record)
                                             : add<FlowSide::sell>(record);
                break;
            case FlowOperation::cancel: {
                const uint32_t node = slots_.take(record.id);
                unlink(books_[record.symbol], node);
                nodes_[node].next = free_;
                free_ = node;
                --totals_.live;
                break;
            }
            case FlowOperation::modify: {
                const uint32_t node = slots_.find(record.id);
                Book& book = books_[record.symbol];
                unlink(book, node);
                nodes_[node].quantity = record.quantity;
                link(book, node, level_of(book, record), record.side);
                break;
            }
        }
    }

    uint32_t level_of(const Book& book, const FlowRecord& record) const {
        return book.first + static_cast<uint32_t>(record.price - price_base_);
    }
    void set(uint32_t level) { bits_[level >> 6] |= uint64_t{1} << (level & 63); }
    uint32_t next_below(uint32_t level) const {
        uint32_t word = level >> 6;
        uint64_t bits = bits_[word] & ((uint64_t{1} << (level & 63)) - 1);
        while (bits == 0) bits = bits_[--word];
        return word * 64 + 63 - static_cast<uint32_t>(std::countl_zero(bits));
    }
    uint32_t next_above(uint32_t level) const {
        uint32_t word = level >> 6;
        uint64_t bits = bits_[word] & (~uint64_t{0} << (level & 63) << 1);
        while (bits == 0) bits = bits_[++word];
        return word * 64 + static_cast<uint32_t>(std::countr_zero(bits));
    }

    void link(Book& book, uint32_t node, uint32_t level, FlowSide side) {
        Node& order = nodes_[node];
        Node& head = nodes_[level];
        order.level = level;
        order.next = level;
        order.previous = head.previous;
        nodes_[head.previous].next = node;
        head.previous = node;
        set(level);
        uint32_t& best = book.best[static_cast<uint8_t>(side)];
        best = side == FlowSide::buy ? std::max(best, level) : std::min(best, level);
    }
    void unlink(Book& book, uint32_t node) {
        const Node order = nodes_[node];
        nodes_[order.previous].next = order.next;
        nodes_[order.next].previous = order.previous;
        if (order.previous == order.next) close(book, order.level);
    }
    void close(Book& book, uint32_t level) {
        bits_[level >> 6] &= ~(uint64_t{1} << (level & 63));
        if (level == book.best[0]) book.best[0] = next_below(level);
        if (level == book.best[1]) book.best[1] = next_above(level);
    }

    template <FlowSide side>
    void add(const FlowRecord& record) {
        Book& book = books_[record.symbol];
        const uint32_t level = level_of(book, record);
        uint32_t quantity = record.quantity;
        const uint32_t& opposite = book.best[side == FlowSide::buy ? 1 : 0];
        while (side == FlowSide::buy ? opposite <= level : opposite >= level) {
            const uint32_t maker = nodes_[opposite].next;
            const uint32_t traded = std::min(quantity, nodes_[maker].quantity);
            totals_.trade(price_base_ + (opposite - book.first), traded);
            nodes_[maker].quantity -= traded;
            quantity -= traded;
            if (nodes_[maker].quantity == 0) fill(book, maker);
            if (quantity == 0) return;
        }
        const uint32_t node = free_;
        CARBONX_CHECK(node < nodes_.size());  // else the header's live_max is wrong
        free_ = nodes_[node].next;
        nodes_[node].quantity = quantity;
        if constexpr (Index<uint32_t>::forgets) ids_[node - level_count_] = record.id;
        slots_.put(record.id, node);
        link(book, node, level, side);
        ++totals_.live;
    }
    void fill(Book& book, uint32_t node) {
        unlink(book, node);
        if constexpr (Index<uint32_t>::forgets) slots_.take(ids_[node - level_count_]);
        nodes_[node].next = free_;
        free_ = node;
        --totals_.live;
    }

    const FlowRecord* const records_;
    const bool large_;
    const int64_t price_base_;  // of an instrument's first level, which stays empty
    const uint32_t levels_each_;
    const uint32_t level_count_;
    Index<uint32_t> slots_;
    std::vector<Node> nodes_;    // the levels, then the orders
    std::vector<uint64_t> ids_;  // of the orders, for the hashed index
    std::vector<uint64_t> bits_;
    std::vector<Book> books_;
    uint32_t free_ = 0;
    Totals totals_;
};

}  // namespace carbonx::bench
