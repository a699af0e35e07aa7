// The open orders as events tell them: see order_mirror.h.
#include "tools/order_mirror.h"

#include <algorithm>
#include <tuple>
#include <vector>

namespace carbonx::tools {

bool is_about(const EventHead& event, OrderId id) {
    switch (event.type) {
        case EventType::accepted:
            return as_event<Accepted>(event).order_id == id;
        case EventType::rejected:
            return as_event<Rejected>(event).order_id == id;
        case EventType::trade:
            return as_event<Trade>(event).maker == id || as_event<Trade>(event).taker == id;
        case EventType::rested:
            return as_event<Rested>(event).order_id == id;
        case EventType::cancelled:
            return as_event<Cancelled>(event).order_id == id;
        case EventType::replaced:
            return as_event<Replaced>(event).order_id == id;
        case EventType::order_state:
            return as_event<OrderState>(event).order_id == id;
        case EventType::restated:
            return as_event<Restated>(event).order_id == id;
        default:
            return false;
    }
}

void OrderMirror::apply(uint64_t sequence, const EventHead& event) {
    const uint64_t reference = (event.flags & flag_resting) != 0 ? sequence : 0;
    switch (event.type) {
        case EventType::accepted: {
            const auto& e = as_event<Accepted>(event);
            orders_[e.order_id] = {event.counter, event.terms.side, e.price, e.quantity, reference};
            break;
        }
        case EventType::restated: {
            const auto& e = as_event<Restated>(event);
            orders_[e.order_id] = {event.counter, event.terms.side, e.price, e.leaves, reference};
            break;
        }
        case EventType::rested: {
            const auto& e = as_event<Rested>(event);
            orders_[e.order_id] = {event.counter, event.terms.side, e.price, e.leaves, sequence};
            break;
        }
        case EventType::replaced: {
            const auto& e = as_event<Replaced>(event);
            Order& order = orders_[e.order_id];
            order.price = e.price;
            order.leaves = e.leaves;
            if ((event.flags & flag_priority_kept) == 0) order.reference = reference;
            break;
        }
        case EventType::trade: {
            const auto& e = as_event<Trade>(event);
            trade(e.maker, e.quantity);
            trade(e.taker, e.quantity);
            break;
        }
        case EventType::cancelled:
            orders_.erase(as_event<Cancelled>(event).order_id);
            break;
        default:
            break;
    }
}

void OrderMirror::trade(OrderId id, Quantity quantity) {
    const auto found = orders_.find(id);
    if (found == orders_.end()) return;
    found->second.leaves -= quantity;
    if (found->second.leaves.value == 0) orders_.erase(found);
}

void OrderMirror::print(std::ostream& out, const Names& names) const {
    std::vector<std::tuple<std::string_view, Side, int64_t, uint64_t, const Order*>> rows;
    for (const auto& [id, order] : orders_) {
        if (order.reference == 0) continue;
        const int64_t rank =
            order.side == Side::buy ? -int64_t{order.price.value} : int64_t{order.price.value};
        rows.emplace_back(names.name(order.counter), order.side, rank, order.reference, &order);
    }
    std::sort(rows.begin(), rows.end());
    for (const auto& [symbol, side, rank, reference, order] : rows) {
        const std::string decimals = std::to_string(10'000 + order->price.value % 10'000).substr(1);
        out << symbol << (side == Side::buy ? " B " : " S ") << order->price.value / 10'000 << '.'
            << decimals << ' ' << order->leaves.value << ' ' << reference << '\n';
    }
}

}  // namespace carbonx::tools
