#include "gateway/orders.h"

#include "engine/api/process.h"

namespace carbonx::gateway {

Orders::Orders() : seed_(random_number()), odd_(random_number() | 1) {}

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
            note_known(event.session, rejected.client_id, place_of(rejected.order_id));
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
            note_known(order->session, cancelled.client_id, place_of(order->id));
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
            note_known(order->session, replaced.client_id, place_of(order->id));
            break;
        }
        case EventType::restated:
            if (Order* order = at(as_event<Restated>(event).order_id)) order->reference = sequence;
            break;
        case EventType::mass_cancelled:
            note_known(event.session, as_event<MassCancelled>(event).client_id, none);
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
    Order order;
    order.id = event.order_id;
    order.account = event.account;
    order.session = event.head.session;
    order.counter = event.head.counter;
    order.terms = event.head.terms;
    order.price = event.price;
    order.quantity = event.quantity;
    order.reference = (event.head.flags & flag_resting) != 0 ? sequence : 0;
    order.client_id = event.client_id;
    const uint32_t place = orders_.add(order);
    note_place(order.id, place);
    note_known(order.session, order.client_id, place);
}

void Orders::execute(OrderId id, const Trade& event) {
    Order* order = at(id);
    if (order == nullptr) return;
    order->executed += event.quantity;
    order->notional += int64_t{event.price.value} * int64_t{event.quantity.value};
    if (order->executed == order->quantity) order->state = Order::State::filled;
}

// The ClOrdIDs of yesterday are free again, but for those of orders that still work. Once a day, in
// one go: some 20 ns an order of the last day.
void Orders::begin_day() {
    keep_uses([this](const Use& use) {
        return use.kind == ClientIdUse::Kind::in_flight || is_open(use.order);
    });
    std::vector<uint32_t> moved(orders_.size(), none);
    earlier_.clear();
    for (uint32_t slot = 0; slot < latest_.size(); ++slot) latest_[slot] = none;
    uint32_t kept = 0;
    for (uint32_t place = 0; place < orders_.size(); ++place) {
        if (!orders_[place].is_open()) continue;
        orders_[kept] = orders_[place];
        note_place(orders_[kept].id, kept);
        moved[place] = kept++;
    }
    orders_.shrink(kept);
    for (uint32_t i = 0; i < uses_.size(); ++i) {
        if (uses_[i].order != none) uses_[i].order = moved[uses_[i].order];
    }
}

template <class Keep>
void Orders::keep_uses(Keep keep) {
    uses_by_id_.clear();
    uint32_t kept = 0;
    for (uint32_t place = 0; place < uses_.size(); ++place) {
        if (!keep(uses_[place])) continue;
        uses_[kept] = uses_[place];
        uses_by_id_.add(hash(uses_[kept].session, uses_[kept].client_id), kept);
        ++kept;
    }
    uses_.shrink(kept);
}

// The engine gives slots densely, and an order that is open is the last that had its slot: what is
// asked for often is found without a search.
uint32_t Orders::place_of(OrderId id) const {
    const uint32_t slot = slot_of(id);
    const uint32_t latest = slot < latest_.size() ? latest_[slot] : none;
    if (latest == none || orders_[latest].id == id) return latest;
    return earlier_.find(hash(id), [&](uint32_t place) { return orders_[place].id == id; });
}

void Orders::note_place(OrderId id, uint32_t place) {
    const uint32_t slot = slot_of(id);
    while (latest_.size() <= slot) latest_.add(none);
    if (latest_[slot] != none) earlier_.add(hash(orders_[latest_[slot]].id), latest_[slot]);
    latest_[slot] = place;
}

const Order* Orders::find(OrderId id) const {
    const uint32_t place = place_of(id);
    return place == none ? nullptr : &orders_[place];
}

Order* Orders::at(OrderId id) {
    const uint32_t place = place_of(id);
    return place == none ? nullptr : &orders_[place];
}

uint32_t Orders::place_of(SessionId session, const ClientId& client_id, uint64_t hash) const {
    return uses_by_id_.find(hash, [&](uint32_t place) {
        const Use& use = uses_[place];
        return use.session == session && use.client_id.bytes == client_id.bytes;
    });
}

ClientIdUse Orders::use(SessionId session, const ClientId& client_id) const {
    const uint32_t place = place_of(session, client_id, hash(session, client_id));
    if (place == none) return {};
    const Use& use = uses_[place];
    return {use.kind, use.order == none ? OrderId{} : orders_[use.order].id};
}

void Orders::note(SessionId session, const ClientId& client_id, ClientIdUse::Kind kind,
                  uint32_t order) {
    const uint64_t key = hash(session, client_id);
    uint32_t place = place_of(session, client_id, key);
    if (place == none) {
        place = uses_.add({client_id, session, kind, order});
        uses_by_id_.add(key, place);
        return;
    }
    uses_[place].kind = kind;
    uses_[place].order = order;
}

void Orders::note_known(SessionId session, const ClientId& client_id, uint32_t order) {
    if (client_id.bytes[0] == '\0') return;
    note(session, client_id, ClientIdUse::Kind::known, order);
}

void Orders::begin_request(SessionId session, const ClientId& client_id) {
    note(session, client_id, ClientIdUse::Kind::in_flight, none);
}

void Orders::forget_requests() {
    keep_uses([](const Use& use) { return use.kind != ClientIdUse::Kind::in_flight; });
}

}  // namespace carbonx::gateway
