// How the reference makes its events. Included by its sources only.
#pragma once

#include <cstring>

#include "tests/reference.h"

namespace carbonx::tests {

// About the command: its session and counter.
template <class E>
E Reference::event() const {
    E made{};
    made.head.command = sequence_;
    made.head.time_ns = command_->time_ns;
    made.head.type = E::type;
    made.head.slots = (sizeof(E) / limits::slot_bytes) & 15;
    made.head.session = command_->session;
    made.head.counter = command_->counter;
    return made;
}

// About an order: its session, counter and terms.
template <class E>
E Reference::event_of(const Order& order) const {
    E made = event<E>();
    made.head.session = order.session;
    made.head.counter = order.counter;
    made.head.terms = order.terms;
    return made;
}

template <class E>
void Reference::emit(const E& made) {
    Event room{};
    std::memcpy(static_cast<void*>(&room), &made, sizeof made);
    events_.push_back(room);
}

template <class Belongs>
uint32_t Reference::cancel_all(CancelReason reason, Belongs belongs) {
    std::vector<OrderId> ids;  // in order of slot
    for (const auto& [slot, order] : orders_) {
        if (belongs(order)) ids.push_back(order.id);
    }
    for (const OrderId id : ids) cancel(id, reason);
    return static_cast<uint32_t>(ids.size());
}

}  // namespace carbonx::tests
