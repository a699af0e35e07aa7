// Exchange mode: a flow through Exchange::apply, with every rule and the ledger on and the events
// written to an event window of the size that a venue has.
//
// The driver does what the sequencer does with its ring (prefetches for the commands that wait,
// publishes in batches) and what a gateway does to follow its orders (keeps the flow's id, the
// exchange's order id and what is open), all of it inside the timing.
//
// Threads: one.
#pragma once

#include <vector>

#include "bench/flow_market.h"
#include "bench/id_index.h"
#include "bench/measure.h"
#include "engine/exchange/exchange.h"

namespace carbonx::bench {

// What exchange mode needs besides the exchange itself; made once for all rounds.
struct FlowVenue {
    FlowVenue(const Flow& flow, Memory event_window)
        : market(make_market(flow.header)),
          commands(make_commands(flow, market)),
          window(std::move(event_window)) {
        event_log::format(window, window_slots, 1);
        for (const FlowRecord& record : flow.records) flow_ids.push_back(record.id);
    }

    static constexpr std::size_t window_bytes() { return event_log::bytes(window_slots); }
    static constexpr uint32_t window_slots = 1U << 20;  // as in EngineSettings
    const FlowMarket market;
    const std::vector<FlowCommand> commands;
    std::vector<uint64_t> flow_ids;  // of each command's order
    const Memory window;
};

template <template <class> class Index>
class FlowExchange {
public:
    // By measurement; the sequencer's are the same.
    static constexpr uint64_t look_ahead = 16;  // to the index
    static constexpr uint64_t order_ahead = 8;  // to the order and its account
    static constexpr uint64_t level_ahead = 4;  // to what those refer to
    static constexpr uint64_t publish_every = 16;

    FlowExchange(const Flow& flow, FlowVenue& venue)
        : flow_ids_(venue.flow_ids.data()),
          commands_(venue.commands.data()),
          slots_(event_log::slots(venue.window)),
          first_sequence_(venue.market.next_sequence),
          ids_(flow.header),
          mirror_(venue.market.capacities.orders),
          exchange_(venue.market.capacities),
          events_(venue.window, true) {
        uint64_t sequence = 1;
        for (const Command& command : venue.market.opening) {
            const uint64_t event = events_.next();
            exchange_.apply(sequence, command.head, events_);
            sequence += command.head.slots;
            if (event_at(event).type == EventType::refused) ++refused_;
        }
    }
    ~FlowExchange() { events_.publish(); }  // the next round continues there
    FlowExchange(const FlowExchange&) = delete;
    FlowExchange& operator=(const FlowExchange&) = delete;

    void prepare(uint64_t i) {
        ids_.prefetch(flow_ids_[i]);
        if (i >= look_ahead - order_ahead) translate(i - (look_ahead - order_ahead));
        if (i >= look_ahead - level_ahead) {
            exchange_.prefetch_level(waiting(i - (look_ahead - level_ahead)).head);
        }
    }

    void step(uint64_t i) {
        FlowCommand& command = waiting(i);
        if (translated_ == i) translate(i);  // the flow's last commands: nothing follows them
        if (command.head.type != CommandType::new_order) finish(i, command);
        const uint64_t first = events_.next();
        exchange_.apply(first_sequence_ + i, command.head, events_);
        if (i % publish_every == 0) events_.publish();
        follow(i, first);
    }

    // What step(i) gave to the exchange, for a journal of the flow. Valid until prepare(i +
    // look_ahead) fills its place again.
    const CommandHead& command(uint64_t i) { return waiting(i).head; }

    Totals totals() const {
        Totals totals = totals_;
        if (refused_ > 0 || exchange_.open_order_count() != totals.live) totals.live = UINT64_MAX;
        return totals;
    }
    uint64_t state_hash() const { return exchange_.state_hash(); }

private:
    // What a gateway knows of an open order, by slot.
    struct Mirror {
        uint64_t flow_id = 0;
        Quantity leaves;
        Quantity executed;
    };

    FlowCommand& waiting(uint64_t i) { return waiting_[i % look_ahead]; }
    const EventHead& event_at(uint64_t sequence) const {
        return *reinterpret_cast<const EventHead*>(
            &slots_[sequence & (FlowVenue::window_slots - 1)]);
    }

    // Copies the command as into a ring, with the exchange's order id if the order is known
    // already.
    void translate(uint64_t i) {
        FlowCommand& command = waiting(i);
        command = commands_[i];
        if (command.head.type != CommandType::new_order) {
            command.cancel.order_id = ids_.find(flow_ids_[i]);
        }
        exchange_.prefetch_order(command.head);
        translated_ = i + 1;
    }

    // An order that was new when its cancel or replace was translated has its id now; and the total
    // is known.
    void finish(uint64_t i, FlowCommand& command) {
        OrderId& id = command.cancel.order_id;
        if (id == OrderId{}) id = ids_.find(flow_ids_[i]);
        if (command.head.type == CommandType::replace_order) {
            command.replace.quantity += mirror_[slot_of(id)].executed;
        }
    }

    void follow(uint64_t i, uint64_t sequence) {
        for (; sequence < events_.next(); sequence += event_at(sequence).slots) {
            const EventHead& head = event_at(sequence);
            switch (head.type) {
                case EventType::accepted: {
                    const auto& event = as_event<Accepted>(head);
                    mirror_[slot_of(event.order_id)] = {flow_ids_[i], event.quantity, {}};
                    if (head.flags & flag_resting) ids_.put(flow_ids_[i], event.order_id);
                    ++totals_.live;
                    break;
                }
                case EventType::trade: {
                    const auto& event = as_event<Trade>(head);
                    totals_.trade(event.price.value, event.quantity.value);
                    fill(event.maker, event.quantity, true);
                    fill(event.taker, event.quantity, false);
                    break;
                }
                case EventType::rested:
                    ids_.put(flow_ids_[i], as_event<Rested>(head).order_id);
                    break;
                case EventType::cancelled:
                    --totals_.live;
                    if constexpr (Index<OrderId>::forgets) ids_.take(flow_ids_[i]);
                    break;
                case EventType::replaced: {
                    const auto& event = as_event<Replaced>(head);
                    mirror_[slot_of(event.order_id)].leaves = event.leaves;
                    break;
                }
                case EventType::delivery:
                    break;
                default:
                    ++refused_;
            }
        }
    }
    void fill(OrderId id, Quantity quantity, bool indexed) {
        Mirror& order = mirror_[slot_of(id)];
        order.leaves -= quantity;
        order.executed += quantity;
        if (order.leaves.value > 0) return;
        --totals_.live;
        if (indexed && Index<OrderId>::forgets) ids_.take(order.flow_id);
    }

    const uint64_t* const flow_ids_;
    const FlowCommand* const commands_;
    const Slot* const slots_;
    const uint64_t first_sequence_;
    Index<OrderId> ids_;
    std::vector<Mirror> mirror_;
    Exchange exchange_;
    EventWriter events_;
    FlowCommand waiting_[look_ahead];
    uint64_t translated_ = 0;  // records below it are in waiting_ as commands
    uint64_t refused_ = 0;
    Totals totals_;
};

}  // namespace carbonx::bench
