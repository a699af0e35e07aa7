// The open orders as events tell them, each with its public reference: what a replay shows.
//
// Threads: one. Always: after the events up to a sequence, the books as they were then; at one
// price, a smaller reference has priority.
#pragma once

#include <ostream>
#include <unordered_map>

#include "engine/api/event.h"
#include "engine/text/names.h"

namespace carbonx::tools {

// Whether the event is about this order, as a trade is about its maker and its taker.
bool is_about(const EventHead& event, OrderId id);

class OrderMirror {
public:
    void apply(uint64_t sequence, const EventHead& event);

    bool is_open(OrderId id) const { return orders_.contains(id); }
    // All that rests, a line an order: `SYMBOL B|S PRICE QUANTITY REFERENCE`, by symbol, buys
    // first, in order of priority.
    void print(std::ostream& out, const Names& names) const;

private:
    struct Order {
        CounterId counter{};
        Side side{};
        Price price;
        Quantity leaves;
        uint64_t reference = 0;  // 0 while it does not rest
    };
    void trade(OrderId id, Quantity quantity);

    std::unordered_map<OrderId, Order> orders_;
};

}  // namespace carbonx::tools
