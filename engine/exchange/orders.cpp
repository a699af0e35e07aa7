#include "engine/exchange/orders.h"

namespace carbonx {

void Orders::hash(Hash& hash) const {
    hash.add(live_count_);
    for (uint32_t slot = free_; slot != no_slot; slot = table_[slot].next) hash.add(slot);
    for (const Order& order : table_) {
        hash.add(order.generation);
        hash.add(order.live);
        if (!order.live) continue;
        hash.add(order.price.value);
        hash.add(order.leaves.value);
        hash.add(order.quantity.value);
        hash.add(order.account);
        hash.add(order.counter);
        hash.add(order.session);
        hash.add(order.participant);
        hash.add(order.group);
        hash.add(order.fee_ppm);
        hash.add(order.terms.type);
        hash.add(order.terms.side);
        hash.add(order.terms.time_in_force);
        hash.add(order.terms.post_only);
        hash.add(order.client_id.view());
    }
}

}  // namespace carbonx
