// From events to ITCH messages: how many events a second can the publisher encode?
#include <benchmark/benchmark.h>

#include "bench/flow_exchange.h"
#include "bench/flow_generator.h"
#include "bench/flow_pass.h"
#include "marketdata/itch_encoder.h"

namespace carbonx::bench {
namespace {

void encoder_flow(benchmark::State& state) {
    FlowOptions options;
    options.operations = 200'000;
    options.instruments = 20;
    options.live = 500;
    const Flow flow = generate_flow(options);
    FlowVenue venue(flow,
                    Memory::anonymous(FlowVenue::window_bytes()));  // it holds all of the events
    run_pass(*std::make_unique<FlowExchange<DenseIndex>>(flow, venue), flow.header);
    const uint64_t end = event_log::header(venue.window).published.load();
    const Slot* slots = event_log::slots(venue.window);

    uint64_t bytes = 0;
    for (auto _ : state) {
        marketdata::ItchEncoder encoder(480);
        uint64_t executions = 0;
        bytes = 0;
        for (uint64_t sequence = 1; sequence < end;) {
            const auto& event = *reinterpret_cast<const EventHead*>(&slots[sequence]);
            const marketdata::Encoded& encoded = encoder.encode(event, sequence);
            bytes += encoded.blocks.size();
            // A block is its length in two bytes, then the message, its type first.
            executions += encoded.blocks.size() > 2 &&
                          encoded.blocks[2] == marketdata::wire::OrderExecuted::type;
            sequence += event.slots;
        }
        if (executions != flow.header.trades) state.SkipWithError("executions were lost");
    }
    state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(end - 1));
    state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes));
}
BENCHMARK(encoder_flow)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace carbonx::bench
