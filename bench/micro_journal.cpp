// The journal read back: its checksums and its chain of hashes.
#include <benchmark/benchmark.h>

#include "bench/flow_reader.h"
#include "bench/measure.h"
#include "engine/journal.h"
#include "engine/journal_reader.h"

namespace carbonx::bench {
namespace {

constexpr uint64_t commands_per_pass = 1U << 20;

void write_journal(const std::filesystem::path& directory, uint64_t commands, uint64_t batch) {
    JournalWindow window(1U << 12, 1);
    std::atomic<uint64_t> durable{0};
    JournalWriter writer(directory, {}, window, durable, {Durability::memory, 64U << 20, {}});
    auto tick = make_command<Tick>();
    for (uint64_t i = 1; i <= commands; ++i) {
        tick.head.time_ns = i;
        window.append(tick.head);
        if (i % batch != 0 && i != commands) continue;
        window.publish();
        while (writer.poll() > 0) {
        }
        if (!window.has_room()) return;
    }
}

// What does a one-slot command cost its reader, in frames of this many? Processor time of all
// threads; `consumer_ns` is the part of it that is spent beside the reading ahead.
void journal_read(benchmark::State& state) {
    const auto batch = static_cast<uint64_t>(state.range(0));
    const auto threads = static_cast<unsigned>(state.range(1));
    const uint64_t commands = batch == 1 ? commands_per_pass / 16 : commands_per_pass;
    const WindowDirectory directory;
    write_journal(directory.path(), commands, batch);
    uint64_t consumer_ns = 0;
    for (auto _ : state) {
        JournalReader reader(directory.path(), {}, {}, threads);
        uint64_t count = 0;
        const uint64_t begin = thread_time_ns();
        while (reader.next() != nullptr) ++count;
        consumer_ns += thread_time_ns() - begin;
        if (count != commands) state.SkipWithError("commands were lost");
    }
    const auto count = state.iterations() * static_cast<int64_t>(commands);
    state.SetItemsProcessed(count);
    state.counters["consumer_ns"] = static_cast<double>(consumer_ns) / static_cast<double>(count);
}
BENCHMARK(journal_read)
    ->ArgNames({"batch", "threads"})
    ->ArgsProduct({{1, 16, 1023}, {0, 1}})
    ->MeasureProcessCPUTime();

}  // namespace
}  // namespace carbonx::bench
