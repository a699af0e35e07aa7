// The event log's hot window: written, and read.
#include <benchmark/benchmark.h>

#include "bench/flow_reader.h"
#include "engine/api/log.h"

namespace carbonx::bench {
namespace {

constexpr uint32_t window = 1U << 16;

Trade trade_of(uint32_t quantity) {
    Trade trade{};
    trade.quantity = Quantity{quantity};
    return trade;
}

// What does an event cost its writer, when this many are published together and nobody reads?
void log_append(benchmark::State& state) {
    const auto batch = static_cast<uint32_t>(state.range(0));
    const Memory memory = Memory::anonymous(event_log::bytes(window));
    event_log::format(memory, window, 1);
    EventWriter writer(memory, true);
    for (auto _ : state) {
        for (uint32_t i = 0; i < batch; ++i) writer.append(trade_of(i));
        writer.publish();
    }
    const auto count = static_cast<uint64_t>(state.iterations()) * batch;
    if (event_log::header(memory).published.load() != count + 1)
        state.SkipWithError("events were lost");
    state.SetItemsProcessed(static_cast<int64_t>(count));
}
BENCHMARK(log_append)->ArgName("batch")->Arg(1)->Arg(16);

// What does an event cost its reader, when many are there?
void log_read(benchmark::State& state) {
    constexpr uint32_t batch = 1U << 12;
    const WindowDirectory directory;
    const Memory memory =
        Memory::create(event_log::window_file(directory.path()), event_log::bytes(window));
    event_log::format(memory, window, 1);
    event_log::header(memory).durable_command.store(UINT64_MAX);
    EventWriter writer(memory, true);
    EventReader reader(directory.path(), directory.path(), "bench");
    uint64_t sum = 0;
    for (auto _ : state) {
        state.PauseTiming();
        for (uint32_t i = 0; i < batch; ++i) writer.append(trade_of(1));
        writer.publish();
        state.ResumeTiming();
        while (const EventHead* event = reader.next())
            sum += as_event<Trade>(*event).quantity.value;
    }
    if (sum != static_cast<uint64_t>(state.iterations()) * batch)
        state.SkipWithError("events were lost");
    state.SetItemsProcessed(state.iterations() * batch);
}
BENCHMARK(log_read);

}  // namespace
}  // namespace carbonx::bench
