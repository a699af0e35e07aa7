#include "bench/endless_flow.h"

#include <memory>

#include "engine/exchange/exchange.h"

namespace carbonx::bench {
namespace {

constexpr uint32_t window_slots = 1U << 12;

// The two who trade, of flow_market.cpp's eight buyers and eight sellers.
struct Trader {
    SessionId session;
    AccountId account;
};
constexpr Trader buyer{SessionId{1}, AccountId{2}};
constexpr Trader seller{SessionId{9}, AccountId{10}};

// Gives a command that one of the buyers or sellers sends to the one who trades for them all.
void assign(FlowCommand& command) {
    const Trader& trader = index(command.head.session) < index(seller.session) ? buyer : seller;
    command.head.session = trader.session;
    if (command.head.type == CommandType::new_order) command.new_order.account = trader.account;
}
// Gives it to the other of the two.
void swap_side(FlowCommand& command) {
    const Trader& trader = command.head.session == buyer.session ? seller : buyer;
    command.head.session = trader.session;
    if (command.head.type == CommandType::new_order) command.new_order.account = trader.account;
}

uint32_t number_of(const FlowRecord& record) { return static_cast<uint32_t>(record.id - 1); }

FlowRecord cancel_of(const FlowRecord& add) {
    FlowRecord record = add;
    record.operation = FlowOperation::cancel;
    return record;
}

// A lap through the exchange, to learn what each command does.
class Rehearsal {
public:
    struct Order {
        Quantity leaves;
        Quantity executed;
        OrderId id{};
    };

    Rehearsal(const FlowMarket& market, std::size_t orders)
        : window_(Memory::anonymous(event_log::bytes(window_slots))),
          exchange_(market.capacities),
          next_command_(1),
          by_slot_(market.capacities.orders),
          orders_(orders) {
        event_log::format(window_, window_slots, 1);
        events_ = std::make_unique<EventWriter>(window_, true);
        for (const Command& command : market.opening) {
            exchange_.apply(next_command_, command.head, *events_);
            next_command_ += command.head.slots;
        }
    }

    Order& order(uint32_t number) { return orders_[number]; }

    // Does the command, which is about this order; appends the orders that it closes. The trades.
    uint32_t apply(const FlowCommand& command, uint32_t number, std::vector<uint32_t>& closed) {
        uint32_t trades = 0;
        uint64_t sequence = events_->next();
        exchange_.apply(next_command_++, command.head, *events_);
        events_->publish();
        while (sequence < events_->next()) {
            const auto& head = *reinterpret_cast<const EventHead*>(
                &event_log::slots(window_)[sequence & (window_slots - 1)]);
            sequence += head.slots;
            switch (head.type) {
                case EventType::accepted: {
                    const auto& event = as_event<Accepted>(head);
                    orders_[number] = {event.quantity, {}, event.order_id};
                    by_slot_[slot_of(event.order_id)] = number;
                    break;
                }
                case EventType::replaced:
                    orders_[number].leaves = as_event<Replaced>(head).leaves;
                    break;
                case EventType::trade: {
                    const auto& event = as_event<Trade>(head);
                    ++trades;
                    fill(number, event.quantity);
                    const uint32_t maker = by_slot_[slot_of(event.maker)];
                    if (fill(maker, event.quantity)) closed.push_back(maker);
                    break;
                }
                case EventType::cancelled:
                    orders_[number].leaves = {};
                    closed.push_back(number);
                    break;
                default:
                    CARBONX_CHECK(head.type == EventType::delivery ||
                                  head.type == EventType::rested);
            }
        }
        if (trades > 0 && orders_[number].leaves.value == 0) closed.push_back(number);
        return trades;
    }

private:
    bool fill(uint32_t number, Quantity quantity) {
        Order& order = orders_[number];
        order.leaves -= quantity;
        order.executed += quantity;
        return order.leaves.value == 0;
    }

    const Memory window_;
    Exchange exchange_;
    std::unique_ptr<EventWriter> events_;
    uint64_t next_command_;
    std::vector<uint32_t> by_slot_;  // numbers of orders
    std::vector<Order> orders_;
};

}  // namespace

EndlessFlow::EndlessFlow(const FlowOptions& options) {
    Flow flow = generate_flow(options);
    prefill_ = flow.header.prefill;
    market_ = make_market(flow.header);
    fund_both_sides(flow.header.instruments);
    rehearse(flow);
}

// The seller's cash and the buyer's credits, for every other lap.
void EndlessFlow::fund_both_sides(uint32_t counters) {
    constexpr uint32_t tonnes = 1'000'000'000;
    Capacities& room = market_.capacities;
    room.lots += counters;
    room.positions += 2 * counters;
    auto& configure = reinterpret_cast<Configure&>(market_.opening.front());
    configure.capacities = room;
    uint64_t place = 1;  // the operators' next
    for (const Command& command : market_.opening) {
        if (command.head.source == Source::operators)
            place = command.head.source_sequence + command.head.slots;
    }
    const auto add = [&](auto command) {
        command.head.source = Source::operators;
        command.head.source_sequence = place;
        place += command.head.slots;
        command.head.time_ns = market_.next_time_ns;
        Command record;
        reinterpret_cast<decltype(command)&>(record) = command;
        market_.opening.push_back(record);
        market_.next_sequence += command.head.slots;
    };
    auto cash = make_command<DepositCash>();
    cash.account = seller.account;
    cash.currency = Currency::hkd;
    cash.amount = 400'000'000'000'000'000;
    add(cash);
    for (uint32_t counter = 0; counter < counters; ++counter) {
        auto credits = make_command<DepositCredits>();
        credits.account = buyer.account;
        credits.instrument = static_cast<InstrumentId>(counter + 1);
        credits.serial_first = uint64_t{counter} * tonnes + 1;
        credits.serial_last = credits.serial_first + tonnes - 1;
        credits.serial_prefix = Text<40>("BUYER");
        add(credits);
    }
}

// Learns what each command of a lap does; adds the cancels that end it.
void EndlessFlow::rehearse(Flow& flow) {
    std::vector<FlowRecord> adds;
    for (const FlowRecord& record : flow.records) {
        if (record.operation == FlowOperation::add) adds.push_back(record);
    }
    ids_.resize(adds.size());
    Rehearsal rehearsal(market_, adds.size());
    const auto step = [&](FlowCommand& command, uint32_t number) {
        const Rehearsal::Order& order = rehearsal.order(number);
        command.head.source_sequence = market_.next_source_sequence + steps_.size();
        command.head.time_ns = market_.next_time_ns;
        assign(command);
        if (command.head.type != CommandType::new_order) command.cancel.order_id = order.id;
        if (command.head.type == CommandType::replace_order)
            command.replace.quantity += order.executed;
        const uint32_t trades = rehearsal.apply(command, number, closed_);
        steps_.push_back({number, trades, static_cast<uint32_t>(closed_.size())});
    };
    commands_ = make_commands(flow, market_);
    for (std::size_t i = 0; i < commands_.size(); ++i)
        step(commands_[i], number_of(flow.records[i]));

    Flow ending;
    for (const FlowRecord& add : adds) {
        const bool open = rehearsal.order(number_of(add)).leaves.value > 0;
        if (open) ending.records.push_back(cancel_of(add));
    }
    std::vector<FlowCommand> cancels = make_commands(ending, market_);
    for (std::size_t i = 0; i < cancels.size(); ++i) step(cancels[i], number_of(ending.records[i]));
    commands_.insert(commands_.end(), cancels.begin(), cancels.end());
    CARBONX_CHECK(closed_.size() == adds.size());
}

const CommandHead& EndlessFlow::next() {
    const Step& step = steps_[at_];
    const uint32_t closed_begin = at_ == 0 ? 0 : steps_[at_ - 1].closed_end;
    command_ = commands_[at_];
    command_.head.source_sequence = market_.next_source_sequence++;
    if (swapped_) swap_side(command_);
    if (command_.head.type == CommandType::new_order) {
        ids_[step.order] = take();
    } else {
        command_.cancel.order_id = ids_[step.order];
    }
    for (uint32_t i = closed_begin; i < step.closed_end; ++i)
        free_.push_back(slot_of(ids_[closed_[i]]));
    trades_ += step.trades;
    if (++at_ == steps_.size()) {
        at_ = 0;
        swapped_ = !swapped_;
    }
    return command_.head;
}

OrderId EndlessFlow::take() {
    uint32_t slot = 0;
    if (free_.empty()) {
        slot = static_cast<uint32_t>(generations_.size());
        generations_.push_back(0);
    } else {
        slot = free_.back();
        free_.pop_back();
    }
    return order_id(slot, ++generations_[slot]);
}

}  // namespace carbonx::bench
