#include "gateway/orders.h"

namespace carbonx::gateway {

void Orders::apply(uint64_t sequence, const EventHead& event) {
    switch (event.type) {
        case EventType::accepted:
            accept(sequence, as_event<Accepted>(event));
            break;
        case EventType::rejected: {
            const auto& rejected = as_event<Rejected>(event);
            // A query's id is not a ClOrdID.
            if (rejected.command == CommandType::order_status) break;
            if (rejected.command == CommandType::account_query) break;
            note(event.session, rejected.client_id, rejected.order_id);
            break;
        }
        case EventType::trade: {
            const auto& trade = as_event<Trade>(event);
            execute(trade.maker, trade);
            execute(trade.taker, trade);
            break;
        }
        case EventType::rested:
            if (Order* order = at(as_event<Rested>(event).order_id)) order->reference = sequence;
            break;
        case EventType::cancelled: {
            const auto& cancelled = as_event<Cancelled>(event);
            Order* order = at(cancelled.order_id);
            if (order == nullptr) break;
            const bool expired = cancelled.reason == CancelReason::expired;
            order->state = expired ? Order::State::expired : Order::State::cancelled;
            // A mass cancel's id is noted once, with its own event.
            if (cancelled.reason != CancelReason::requested) break;
            note(order->session, cancelled.client_id, order->id);
            break;
        }
        case EventType::replaced: {
            const auto& replaced = as_event<Replaced>(event);
            Order* order = at(replaced.order_id);
            if (order == nullptr) break;
            order->price = replaced.price;
            order->quantity = replaced.quantity;
            order->client_id = replaced.client_id;
            if ((event.flags & flag_priority_kept) == 0) {
                order->reference = (event.flags & flag_resting) != 0 ? sequence : 0;
            }
            note(order->session, replaced.client_id, order->id);
            break;
        }
        case EventType::restated:
            if (Order* order = at(as_event<Restated>(event).order_id)) order->reference = sequence;
            break;
        case EventType::mass_cancelled:
            note(event.session, as_event<MassCancelled>(event).client_id, OrderId{});
            break;
        case EventType::phase_changed:
            if (as_event<PhaseChanged>(event).trading_day == trading_day_) break;
            trading_day_ = as_event<PhaseChanged>(event).trading_day;
            begin_day();
            break;
        default:
            break;
    }
}

void Orders::accept(uint64_t sequence, const Accepted& event) {
    Order& order = orders_[event.order_id];
    order.id = event.order_id;
    order.account = event.account;
    order.session = event.head.session;
    order.counter = event.head.counter;
    order.terms = event.head.terms;
    order.price = event.price;
    order.quantity = event.quantity;
    order.reference = (event.head.flags & flag_resting) != 0 ? sequence : 0;
    order.client_id = event.client_id;
    note(order.session, order.client_id, order.id);
}

void Orders::execute(OrderId id, const Trade& event) {
    Order* order = at(id);
    if (order == nullptr) return;
    order->executed += event.quantity;
    order->notional += int64_t{event.price.value} * int64_t{event.quantity.value};
    if (order->executed == order->quantity) order->state = Order::State::filled;
}

// The ClOrdIDs of yesterday are free again, but for those of orders that still work.
void Orders::begin_day() {
    std::erase_if(orders_, [](const auto& entry) { return !entry.second.is_open(); });
    std::erase_if(uses_, [this](const auto& entry) {
        return entry.second.kind == ClientIdUse::Kind::known && at(entry.second.order) == nullptr;
    });
}

const Order* Orders::find(OrderId id) const {
    const auto found = orders_.find(id);
    return found == orders_.end() ? nullptr : &found->second;
}

Order* Orders::at(OrderId id) {
    const auto found = orders_.find(id);
    return found == orders_.end() ? nullptr : &found->second;
}

ClientIdUse Orders::use(SessionId session, const ClientId& client_id) const {
    const auto found = uses_.find({client_id, session});
    return found == uses_.end() ? ClientIdUse{} : found->second;
}

void Orders::note(SessionId session, const ClientId& client_id, OrderId order) {
    if (client_id.bytes[0] == '\0') return;
    uses_[{client_id, session}] = {ClientIdUse::Kind::known, order};
}

void Orders::begin_request(SessionId session, const ClientId& client_id) {
    uses_[{client_id, session}] = {ClientIdUse::Kind::in_flight, OrderId{}};
}

void Orders::forget_requests() {
    std::erase_if(
        uses_, [](const auto& entry) { return entry.second.kind == ClientIdUse::Kind::in_flight; });
}

}  // namespace carbonx::gateway
