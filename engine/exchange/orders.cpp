#include "engine/exchange/orders.h"

#include "engine/exchange/state.h"

namespace carbonx {

template <class Visit>
void Orders::state(Visit& visit) {
    auto used = static_cast<uint32_t>(table_.size());
    visit(used);
    visit.require(used <= table_.capacity(), "more order slots than there are");
    for (uint32_t slot = 0; slot < used; ++slot) {
        if constexpr (Visit::reads) table_.add();
        Order& order = table_[slot];
        visit(order.generation);
        visit(order.live);
        visit.require(order.generation != 0, "an order slot in use that never was");
        if (!order.live) continue;
        visit(order.price);
        visit(order.leaves);
        visit(order.quantity);
        visit(order.account);
        visit(order.counter);
        visit(order.session);
        visit(order.participant);
        visit(order.group);
        visit(order.fee_ppm);
        visit(order.terms);
        visit(order.client_id);
        if constexpr (Visit::reads) {
            order.level = no_slot;
            ++live_count_;
        }
    }
    free_slots(visit);
}

// The free list, the next one to be taken first, closed by no_slot.
template <class Visit>
void Orders::free_slots(Visit& visit) {
    if constexpr (Visit::reads) {
        uint32_t left = 0;  // that belong on it
        for (const Order& order : table_) left += !order.live && order.generation != UINT32_MAX;
        uint32_t slot = no_slot;
        uint32_t* link = &free_;
        for (visit(slot); slot != no_slot; visit(slot)) {
            visit.require(slot < table_.size(), "a free order slot that does not exist");
            Order& order = table_[slot];
            const bool fresh = !order.live && order.generation != UINT32_MAX && order.level == 0;
            visit.require(fresh, "a free order slot that is not free, or twice");
            order.level = no_slot;
            *link = slot;
            link = &order.next;
            --left;
        }
        visit.require(left == 0, "an order slot that is neither live nor free");
    } else {
        for (uint32_t slot = free_; slot != no_slot; slot = table_[slot].next) visit(slot);
        visit(no_slot);
    }
}
CARBONX_STATE(Orders);

}  // namespace carbonx
