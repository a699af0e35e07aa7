#include "bench/flow_market.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace carbonx::bench {
namespace {

constexpr uint32_t traders_each_side = 8;
constexpr uint32_t fee_ppm = 500;
constexpr uint64_t step_ns = 200;
constexpr int64_t buyer_cash =
    400'000'000'000'000'000;                       // together below what a venue may hold (rule L9)
constexpr uint32_t seller_tonnes = 1'000'000'000;  // of each instrument: the largest serial block
constexpr uint32_t vintages = 100;                 // instruments of one project

// Participants and accounts: 1 is the house, then the buyers, then the sellers. Sessions: the same,
// without the house.
uint32_t trader(FlowSide side, uint64_t flow_id) {
    const auto first = side == FlowSide::buy ? 0 : traders_each_side;
    return static_cast<uint32_t>(first + flow_id % traders_each_side);
}
AccountId account_of(uint32_t trader) { return static_cast<AccountId>(trader + 2); }
SessionId session_of(uint32_t trader) { return static_cast<SessionId>(trader + 1); }
CounterId counter_of(uint32_t symbol) { return static_cast<CounterId>(symbol + 1); }

template <std::size_t N>
Text<N> numbered(char letter, uint64_t number) {
    return Text<N>(letter + std::to_string(number));
}

// The smallest static band around all of the flow's prices.
struct PriceRange {
    Price reference;
    uint32_t band_bps;
};
PriceRange price_range(const FlowHeader& header) {
    const int64_t middle = (header.price_min + header.price_max) / 2;
    const int64_t width = (header.price_max - middle + 1) * limits::basis_points;
    const int64_t band_bps = (width + middle - 1) / middle;
    if (header.price_max > limits::price_max.value || band_bps >= limits::basis_points ||
        header.price_max - header.price_min >= limits::band_levels_max) {
        throw std::runtime_error("the flow's prices do not fit one static band");
    }
    return {Price{static_cast<int32_t>(middle)}, static_cast<uint32_t>(band_bps)};
}

Capacities capacities_for(const FlowHeader& header, const PriceRange& range) {
    Capacities capacities;
    const uint32_t counters = header.instruments;
    const uint64_t width =
        static_cast<uint64_t>(range.reference.value) * range.band_bps / limits::basis_points;
    const uint64_t levels = (2 * width + 1) * 3 / 2 + 64;  // with the engine's room for moving it
    const uint64_t orders = header.live_max + 1;
    const uint64_t ranges =
        header.trades + 2 * orders + traders_each_side * uint64_t{counters} + 64;
    if (counters > limits::counters_max / 2 || orders > limits::orders_max ||
        levels * counters > UINT32_MAX || ranges > UINT32_MAX) {
        throw std::runtime_error("the flow is too large for one venue");
    }
    capacities.participants = 2 * traders_each_side + 1;
    capacities.accounts = capacities.participants;
    capacities.sessions = capacities.participants;
    capacities.projects = counters / vintages + 1;
    capacities.instruments = counters;
    capacities.counters = counters;
    capacities.lots = counters * traders_each_side + 1;
    capacities.orders = static_cast<uint32_t>(orders);
    capacities.levels = static_cast<uint32_t>(levels * counters);
    capacities.ranges = static_cast<uint32_t>(ranges);
    capacities.positions = static_cast<uint32_t>(
        counters * traders_each_side * (traders_each_side + 1) + 2 * orders + 64);
    return capacities;
}

// Appends commands to the market's opening as sources, sequencer and clock would stamp them.
class Opening {
public:
    explicit Opening(FlowMarket& market) : market_(market) {}

    template <class T>
    void add(Source source, T command) {
        command.head.source = source;
        uint64_t& place = source == Source::gateway ? market_.next_source_sequence : operators_;
        command.head.source_sequence = source == Source::sequencer ? 0 : place;
        command.head.time_ns = market_.next_time_ns;
        Command record;
        reinterpret_cast<T&>(record) = command;
        market_.opening.push_back(record);
        if (source != Source::sequencer) place += command.head.slots;
        market_.next_sequence += command.head.slots;
        market_.next_time_ns += step_ns;
    }

private:
    FlowMarket& market_;
    uint64_t operators_ = 1;
};

void configure(Opening& opening, const Capacities& capacities) {
    auto command = make_command<Configure>();
    command.venue = 1;
    command.capacities = capacities;
    opening.add(Source::sequencer, command);
    for (const Source source : {Source::operators, Source::gateway}) {
        auto up = make_command<SourceUp>();
        up.epoch = 1;
        up.which = source;
        opening.add(Source::sequencer, up);
    }
}

void list_traders(Opening& opening) {
    for (uint32_t i = 0; i <= 2 * traders_each_side; ++i) {
        auto participant = make_command<ListParticipant>();
        participant.participant_class =
            i == 0 ? ParticipantClass::house : ParticipantClass::hong_kong;
        participant.open_orders_max = UINT32_MAX;
        participant.name = numbered<24>('P', i);
        opening.add(Source::operators, participant);
        auto account = make_command<ListAccount>();
        account.participant = static_cast<ParticipantId>(i + 1);
        account.name = numbered<24>('A', i);
        opening.add(Source::operators, account);
    }
    for (uint32_t i = 0; i < 2 * traders_each_side; ++i) {
        auto session = make_command<ListSession>();
        session.participant = static_cast<ParticipantId>(i + 2);
        session.source = Source::gateway;
        session.name = numbered<24>('S', i);
        opening.add(Source::operators, session);
        opening.add(Source::gateway, make_command<SessionUp>(session_of(i)));
    }
}

void list_counters(Opening& opening, uint32_t counters, const PriceRange& range) {
    for (uint32_t i = 0; i < counters; ++i) {
        if (i % vintages == 0) {
            auto project = make_command<ListProject>();
            project.registry = Registry::verra;
            project.key = numbered<32>('K', i);
            opening.add(Source::operators, project);
        }
        auto instrument = make_command<ListInstrument>();
        instrument.project = static_cast<ProjectId>(i / vintages + 1);
        instrument.vintage = static_cast<uint16_t>(2000 + i % vintages);
        instrument.round_lot = Quantity{1};
        instrument.quantity_max = limits::quantity_max;
        instrument.name = numbered<8>('I', i);
        opening.add(Source::operators, instrument);
        auto counter = make_command<ListCounter>();
        counter.instrument = static_cast<InstrumentId>(i + 1);
        counter.currency = Currency::hkd;
        counter.tick = Price{1};
        counter.reference = range.reference;
        counter.band_bps = range.band_bps;
        counter.collar_bps = range.band_bps;
        counter.fee_ppm = fee_ppm;
        counter.symbol = numbered<8>('C', i);
        opening.add(Source::operators, counter);
    }
}

void fund_traders(Opening& opening, uint32_t counters) {
    uint64_t serial = 1;
    for (uint32_t i = 0; i < traders_each_side; ++i) {
        auto cash = make_command<DepositCash>();
        cash.account = account_of(trader(FlowSide::buy, i));
        cash.currency = Currency::hkd;
        cash.amount = buyer_cash;
        opening.add(Source::operators, cash);
        for (uint32_t symbol = 0; symbol < counters; ++symbol) {
            auto credits = make_command<DepositCredits>();
            credits.account = account_of(trader(FlowSide::sell, i));
            credits.instrument = static_cast<InstrumentId>(symbol + 1);
            credits.serial_first = serial;
            credits.serial_last = serial + seller_tonnes - 1;
            credits.serial_prefix = Text<40>("BENCH");
            serial += seller_tonnes;
            opening.add(Source::operators, credits);
        }
    }
}

void set_phases(Opening& opening) {
    for (const Phase phase : {Phase::pre_open, Phase::continuous}) {
        auto command = make_command<SetPhase>();
        command.phase = phase;
        if (phase == Phase::pre_open) command.trading_day = 20240102;
        opening.add(Source::operators, command);
    }
}

}  // namespace

FlowMarket make_market(const FlowHeader& header) {
    FlowMarket market;
    market.next_time_ns = 1'704'153'600'000'000'000;
    const PriceRange range = price_range(header);
    market.capacities = capacities_for(header, range);
    Opening opening(market);
    configure(opening, market.capacities);
    list_traders(opening);
    list_counters(opening, header.instruments, range);
    fund_traders(opening, header.instruments);
    set_phases(opening);
    return market;
}

std::vector<FlowCommand> make_commands(const Flow& flow, const FlowMarket& market) {
    std::vector<FlowCommand> commands(flow.records.size());
    for (std::size_t i = 0; i < commands.size(); ++i) {
        const FlowRecord& record = flow.records[i];
        FlowCommand& command = commands[i];
        const uint32_t who = trader(record.side, record.id);
        const Price price{static_cast<int32_t>(record.price)};
        const auto client_id = numbered<20>('F', i);
        switch (record.operation) {
            case FlowOperation::add:
                command.new_order =
                    make_command<NewOrder>(session_of(who), counter_of(record.symbol));
                command.new_order.account = account_of(who);
                command.new_order.price = price;
                command.new_order.quantity = Quantity{record.quantity};
                command.new_order.terms.side = static_cast<Side>(record.side);
                command.new_order.terms.time_in_force = TimeInForce::good_till_cancel;
                command.new_order.client_id = client_id;
                break;
            case FlowOperation::cancel:
                command.cancel =
                    make_command<CancelOrder>(session_of(who), counter_of(record.symbol));
                command.cancel.order_id = static_cast<OrderId>(record.id);
                command.cancel.client_id = client_id;
                break;
            case FlowOperation::modify:
                command.replace =
                    make_command<ReplaceOrder>(session_of(who), counter_of(record.symbol));
                command.replace.order_id = static_cast<OrderId>(record.id);
                command.replace.price = price;
                command.replace.quantity = Quantity{record.quantity};
                command.replace.client_id = client_id;
                break;
        }
        command.head.source = Source::gateway;
        command.head.source_sequence = market.next_source_sequence + i;
        command.head.time_ns = market.next_time_ns + i * step_ns;
    }
    return commands;
}

}  // namespace carbonx::bench
