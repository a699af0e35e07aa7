// The whole exchange, a command at a time.
#include <benchmark/benchmark.h>

#include <optional>
#include <string>

#include "bench/flow_exchange.h"
#include "bench/flow_generator.h"
#include "bench/flow_pass.h"

namespace carbonx::bench {
namespace {

FlowOptions small_flow() {
    FlowOptions options;
    options.operations = 200'000;
    options.live = 1'000;
    return options;
}

// What does a command of a mixed flow cost with every rule and the ledger on?
void exchange_flow(benchmark::State& state) {
    const Flow flow = generate_flow(small_flow());
    FlowVenue venue(flow, Memory::anonymous(FlowVenue::window_bytes()));
    uint64_t hash = 0;
    for (auto _ : state) {
        FlowExchange<DenseIndex> exchange(flow, venue);
        const Pass pass = run_pass(exchange, flow.header);
        state.SetIterationTime(static_cast<double>(flow.header.count - flow.header.prefill) /
                               pass.mops / 1e6);
        if (pass.totals.notional != flow.header.traded_notional)
            state.SkipWithError("wrong trades");
        if (hash != 0 && hash != exchange.state_hash()) state.SkipWithError("the state differs");
        hash = exchange.state_hash();
    }
    state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(small_flow().operations));
    state.SetLabel("state " + std::to_string(hash));
}
BENCHMARK(exchange_flow)->UseManualTime()->Unit(benchmark::kMillisecond);

// An exchange with an open market and nobody in it.
struct Market {
    explicit Market(const FlowMarket& market)
        : window(Memory::anonymous(event_log::bytes(1U << 12))),
          exchange(market.capacities),
          sequence(1),
          source_sequence(market.next_source_sequence),
          time_ns(market.next_time_ns) {
        event_log::format(window, 1U << 12, 1);
        events.emplace(window, true);
        for (const Command& command : market.opening) {
            exchange.apply(sequence, command.head, *events);
            sequence += command.head.slots;
        }
    }
    const EventHead& apply(CommandHead& command) {
        command.source_sequence = source_sequence++;
        command.time_ns = time_ns;
        const uint64_t event = events->next();
        exchange.apply(sequence++, command, *events);
        return *reinterpret_cast<const EventHead*>(&event_log::slots(window)[event % (1U << 12)]);
    }

    Memory window;
    Exchange exchange;
    std::optional<EventWriter> events;
    uint64_t sequence;
    uint64_t source_sequence;
    uint64_t time_ns;
};

// What does an order cost that rests and is cancelled, and one that is refused for its price?
void exchange_enter(benchmark::State& state) {
    const bool refused = state.range(0) != 0;
    FlowOptions options = small_flow();
    options.operations = 10;
    const Flow flow = generate_flow(options);
    const FlowMarket opening = make_market(flow.header);
    auto commands = make_commands(flow, opening);
    Market market(opening);
    NewOrder order = commands[0].new_order;
    order.price = market.exchange.instruments()[CounterId{1}].band_low;
    order.terms.side = Side::buy;
    order.account = AccountId{2};
    order.head.session = SessionId{1};
    if (refused) order.price.value -= 1;  // outside the band
    auto cancel = make_command<CancelOrder>(order.head.session, order.head.counter);
    cancel.head.source = order.head.source;
    cancel.client_id = order.client_id;
    for (auto _ : state) {
        const EventHead& event = market.apply(order.head);
        if (event.type == EventType::rejected) continue;
        cancel.order_id = as_event<Accepted>(event).order_id;
        market.apply(cancel.head);
    }
    const bool last_refused = market.apply(order.head).type == EventType::rejected;
    if (last_refused != refused) state.SkipWithError("the wrong answer");
}
BENCHMARK(exchange_enter)->ArgName("refused")->Arg(0)->Arg(1);

}  // namespace
}  // namespace carbonx::bench
