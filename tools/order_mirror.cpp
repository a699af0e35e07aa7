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
            at(e.order_id) = {e.order_id,    event.session, event.counter, e.account, event.terms,
                              e.price,       e.quantity,    e.quantity,    reference, sequence,
                              event.command, event.time_ns, e.client_id};
            break;
        }
        case EventType::restated: {
            const auto& e = as_event<Restated>(event);
            Order& order = at(e.order_id);
            if (order.id != e.order_id) {  // its beginning was not seen
                order = Order{};
                order.id = e.order_id;
                order.session = event.session;
                order.counter = event.counter;
                order.account = e.account;
                order.terms = event.terms;
                order.price = e.price;
                order.quantity = e.leaves;
                order.client_id = e.client_id;
            }
            order.leaves = e.leaves;
            order.reference = reference;
            break;
        }
        case EventType::rested: {
            const auto& e = as_event<Rested>(event);
            at(e.order_id).reference = sequence;
            break;
        }
        case EventType::replaced: {
            const auto& e = as_event<Replaced>(event);
            Order& order = at(e.order_id);
            order.price = e.price;
            order.quantity = e.quantity;
            order.leaves = e.leaves;
            order.client_id = e.client_id;
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
            at(as_event<Cancelled>(event).order_id).leaves = Quantity{};
            break;
        default:
            break;
    }
}

OrderMirror::Order& OrderMirror::at(OrderId id) {
    if (slot_of(id) >= orders_.size()) orders_.resize(slot_of(id) + std::size_t{1});
    return orders_[slot_of(id)];
}

void OrderMirror::trade(OrderId id, Quantity quantity) {
    if (is_open(id)) at(id).leaves -= quantity;
}

void OrderMirror::print(std::ostream& out, const Names& names) const {
    std::vector<std::tuple<std::string_view, Side, int64_t, uint64_t, const Order*>> rows;
    for (const Order& order : orders_) {
        if (order.leaves.value == 0 || order.reference == 0) continue;
        const int64_t rank = order.terms.side == Side::buy ? -int64_t{order.price.value}
                                                           : int64_t{order.price.value};
        rows.emplace_back(names.name(order.counter), order.terms.side, rank, order.reference,
                          &order);
    }
    std::sort(rows.begin(), rows.end());
    for (const auto& [symbol, side, rank, reference, order] : rows) {
        const std::string decimals = std::to_string(10'000 + order->price.value % 10'000).substr(1);
        out << symbol << (side == Side::buy ? " B " : " S ") << order->price.value / 10'000 << '.'
            << decimals << ' ' << order->leaves.value << ' ' << reference << '\n';
    }
}

}  // namespace carbonx::tools
