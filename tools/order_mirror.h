// The open orders as events tell them, each with its public reference: what a replay shows.
//
// Threads: one. Always: after the events up to a sequence, the orders as they were then; at one
// price, a smaller reference has priority.
#pragma once

#include <ostream>
#include <vector>

#include "engine/api/event.h"
#include "engine/text/names.h"

namespace carbonx::tools {

// Whether the event is about this order, as a trade is about its maker and its taker.
bool is_about(const EventHead& event, OrderId id);

class OrderMirror {
public:
    struct Order {
        OrderId id{};
        SessionId session{};
        CounterId counter{};
        AccountId account{};
        OrderTerms terms;
        Price price;
        Quantity quantity;       // total
        Quantity leaves;         // 0: it is not open
        uint64_t reference = 0;  // 0 while it does not rest
        uint64_t entered = 0;    // sequence of the event that accepted it
        uint64_t command = 0;    // that it came with
        uint64_t entered_ns = 0;
        ClientId client_id;
    };

    void apply(uint64_t sequence, const EventHead& event);

    // The order if it is open, or was filled by the event before; else nullptr.
    const Order* find(OrderId id) const {
        if (slot_of(id) >= orders_.size() || orders_[slot_of(id)].id != id) return nullptr;
        return &orders_[slot_of(id)];
    }
    bool is_open(OrderId id) const {
        const Order* order = find(id);
        return order != nullptr && order->leaves.value > 0;
    }
    // All places, used or not: those that are open have leaves.
    const std::vector<Order>& orders() const { return orders_; }
    // All that rests, a line an order: `SYMBOL B|S PRICE QUANTITY REFERENCE`, by symbol, buys
    // first, in order of priority.
    void print(std::ostream& out, const Names& names) const;

private:
    Order& at(OrderId id);
    void trade(OrderId id, Quantity quantity);

    std::vector<Order> orders_;  // by slot of their id
};

}  // namespace carbonx::tools
