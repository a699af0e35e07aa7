// The pool of open orders: every order's place, and the ids that find them.
//
// Threads: one. Always: a slot is either live or on the free list; its generation counts its uses,
// so an id of an order that is gone never finds another.
#pragma once

#include "engine/api/limits.h"
#include "engine/exchange/table.h"

namespace carbonx {

constexpr uint32_t no_slot = UINT32_MAX;

struct alignas(limits::slot_bytes) Order {  // one cache line
    Price price;
    Quantity leaves;
    uint32_t next = no_slot;  // behind it at its price; on the free list, the slot freed before it
    uint32_t previous = no_slot;  // before it at its price
    uint32_t level = 0;           // of its book
    AccountId account{};
    uint16_t group = 0;  // of owners that never trade with each other
    CounterId counter{};
    uint32_t generation = 0;
    Quantity quantity;  // total; executed is quantity less leaves
    SessionId session{};
    ParticipantId participant{};
    OrderTerms terms;
    bool live = false;
    uint16_t fee_ppm = 0;  // of its counter, less its participant's discount
    ClientId client_id;
};
static_assert(sizeof(Order) == 64);

class Orders {
public:
    explicit Orders(std::size_t capacity, Populate populate = Populate::now)
        : table_(capacity, populate) {}

    bool full() const { return free_ == no_slot && table_.full(); }
    uint32_t live_count() const { return live_count_; }
    // Slots that have been used; live orders stand below this.
    uint32_t used_count() const { return static_cast<uint32_t>(table_.size()); }

    Order& operator[](uint32_t slot) { return table_[slot]; }
    const Order& operator[](uint32_t slot) const { return table_[slot]; }
    OrderId id(uint32_t slot) const { return order_id(slot, table_[slot].generation); }

    // The slot of a live order, or no_slot.
    uint32_t find(OrderId id) const {
        const uint32_t slot = slot_of(id);
        if (slot >= table_.size()) return no_slot;
        const Order& order = table_[slot];
        return order.live && order.generation == generation_of(id) ? slot : no_slot;
    }

    // A live order in the slot freed last, or else in one never used. Requires: not full.
    uint32_t take() {
        uint32_t slot = free_;
        if (slot != no_slot) {
            free_ = table_[slot].next;
        } else {
            slot = static_cast<uint32_t>(table_.size());
            table_.add();
        }
        Order& order = table_[slot];
        ++order.generation;
        order.live = true;
        ++live_count_;
        return slot;
    }
    void give_back(uint32_t slot) {
        Order& order = table_[slot];
        order.live = false;
        --live_count_;
        if (order.generation == UINT32_MAX) return;  // used up: its ids would begin again
        order.next = free_;
        free_ = slot;
    }

    void prefetch(OrderId id) const {
        if (slot_of(id) < table_.size()) __builtin_prefetch(&table_[slot_of(id)], 1);
    }
    // Slots and orders, but for the books' queues. Read, a live order's level is no_slot until it
    // stands in its book.
    template <class Visit>
    void state(Visit& visit);

private:
    template <class Visit>
    void free_slots(Visit& visit);

    Table<Order> table_;
    uint32_t free_ = no_slot;
    uint32_t live_count_ = 0;
};

}  // namespace carbonx
