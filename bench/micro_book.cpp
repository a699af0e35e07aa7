// The book alone, an operation at a time.
#include <benchmark/benchmark.h>

#include <vector>

#include "bench/flow_book.h"
#include "bench/flow_generator.h"
#include "bench/flow_pass.h"

namespace carbonx::bench {
namespace {

constexpr uint32_t levels = 1U << 16;

struct Bench {
    explicit Bench(uint32_t resting)
        : orders(resting + 2), level_table(levels), words(LevelBits::words(levels)) {
        level_table.grow(levels);
        words.grow(words.capacity());
        book = Book(level_table.data(), words.data(), levels);
        for (uint32_t i = 0; i < resting; ++i) rest(Side::buy, i % (levels / 2));
    }
    uint32_t rest(Side side, uint32_t level) {
        const uint32_t slot = orders.take();
        orders[slot].level = level;
        orders[slot].terms.side = side;
        book.add(orders, slot);
        return slot;
    }
    void take_out(uint32_t slot) {
        book.remove(orders, slot);
        orders.give_back(slot);
    }

    Orders orders;
    Table<Level> level_table;
    Table<uint64_t> words;
    Book book;
};

// What does it cost to join a queue and to leave it again, with this many orders resting?
void book_join_and_leave(benchmark::State& state) {
    const auto resting = static_cast<uint32_t>(state.range(0));
    Bench bench(resting);
    uint32_t level = 0;
    for (auto _ : state) {
        level = (level + 7919) % (levels / 2);
        bench.take_out(bench.rest(Side::buy, level));
    }
    if (bench.orders.live_count() != resting) state.SkipWithError("orders were lost");
}
BENCHMARK(book_join_and_leave)->Arg(1'000)->Arg(100'000)->Arg(1'000'000);

// What does it cost to improve the best price and to fall back over a gap of this many empty
// levels?
void book_best_over_gap(benchmark::State& state) {
    const auto gap = static_cast<uint32_t>(state.range(0));
    Bench bench(0);
    bench.rest(Side::buy, 1);
    for (auto _ : state) {
        bench.take_out(bench.rest(Side::buy, 1 + gap));
        benchmark::DoNotOptimize(bench.book.best(Side::buy));
    }
    if (bench.book.best(Side::buy) != 1) state.SkipWithError("the best price is wrong");
}
BENCHMARK(book_best_over_gap)->Arg(1)->Arg(100)->Arg(60'000);

// What does an operation of a mixed flow cost, small enough to stay in the caches?
void book_flow(benchmark::State& state) {
    FlowOptions options;
    options.operations = 200'000;
    options.live = 1'000;
    const Flow flow = generate_flow(options);
    for (auto _ : state) {
        FlowBook<DenseIndex> book(flow);
        const Pass pass = run_pass(book, flow.header);
        state.SetIterationTime(static_cast<double>(options.operations) / pass.mops / 1e6);
        if (pass.totals.notional != flow.header.traded_notional)
            state.SkipWithError("wrong trades");
    }
    state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(options.operations));
}
BENCHMARK(book_flow)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace carbonx::bench
