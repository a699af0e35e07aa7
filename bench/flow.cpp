// carbonx-bench flow FILE: how fast is the book, or the whole exchange, and is it right?
//
// Each round runs the whole flow through the floor and through the subject, one after the other,
// pinned; the medians of the rounds and their ratio are printed. Then further rounds time each
// operation. All of them must trade what the flow's header says.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <thread>

#include "bench/floor.h"
#include "bench/flow_book.h"
#include "bench/flow_exchange.h"
#include "bench/flow_pass.h"
#include "bench/flow_reader.h"
#include "engine/api/process.h"

namespace carbonx::bench {
namespace {

struct Options {
    std::string file;
    std::string mode = "book";
    bool latency = false;
    bool reader = false;
    int core = static_cast<int>(std::thread::hardware_concurrency()) - 1;
    uint32_t rounds = 5;
};

struct Result {
    double mops = 0;
    double floor_mops = 0;
    Latencies latencies;
    Totals totals;
    bool correct = true;
};

Totals expected(const FlowHeader& header) {
    return {header.trades, header.traded_quantity, header.traded_notional, header.live_at_end};
}

template <template <class> class Index, class MakeSubject>
Result measure(const Flow& flow, const Options& options, MakeSubject&& make_subject) {
    Result result;
    const auto checked = [&](const Pass& pass) {
        if (!(pass.totals == expected(flow.header))) result.correct = false;
        return pass.mops;
    };
    std::vector<double> floor_mops;
    std::vector<double> mops;
    for (uint32_t round = 0; round < options.rounds; ++round) {
        {
            Floor<Index> floor(flow);
            floor_mops.push_back(checked(run_pass(floor, flow.header)));
        }
        auto subject = make_subject();
        const Pass pass = run_pass(*subject, flow.header);
        mops.push_back(checked(pass));
        result.totals = pass.totals;
    }
    for (uint32_t round = 0; round < options.rounds; ++round) {
        auto subject = make_subject();
        checked(run_pass(*subject, flow.header, &result.latencies));
    }
    result.mops = median(mops);
    result.floor_mops = median(floor_mops);
    return result;
}

template <template <class> class Index>
Result run_book(const Flow& flow, const Options& options) {
    return measure<Index>(flow, options, [&] { return std::make_unique<FlowBook<Index>>(flow); });
}

template <template <class> class Index>
Result run_exchange(const Flow& flow, const Options& options) {
    std::optional<WindowDirectory> directory;
    if (options.reader) directory.emplace();
    const auto bytes = FlowVenue::window_bytes();
    FlowVenue venue(flow, options.reader
                              ? Memory::create(event_log::window_file(directory->path()), bytes)
                              : Memory::anonymous(bytes));
    std::optional<FlowReader> reader;
    if (options.reader) {
        event_log::header(venue.window)
            .durable_command.store(UINT64_MAX, std::memory_order_relaxed);
        const auto cores = static_cast<int>(std::thread::hardware_concurrency());
        reader.emplace(directory->path(), (options.core + 1) % cores);
    }
    Result result = measure<Index>(
        flow, options, [&] { return std::make_unique<FlowExchange<Index>>(flow, venue); });
    if (reader &&
        (!reader->stop() || reader->trades() != 2 * options.rounds * flow.header.trades)) {
        std::fprintf(stderr,
                     "carbonx-bench: the reader fell behind by more than the event window\n");
        result.correct = false;
    }
    return result;
}

Result run(const Flow& flow, const Options& options) {
    const bool scrambled = flow.header.scrambled_ids();
    if (options.mode == "book") {
        return scrambled ? run_book<HashedIndex>(flow, options)
                         : run_book<DenseIndex>(flow, options);
    }
    return scrambled ? run_exchange<HashedIndex>(flow, options)
                     : run_exchange<DenseIndex>(flow, options);
}

void print(const Result& result, const Options& options) {
    const Latencies& latencies = result.latencies;
    std::printf(
        "flow=%s mode=%s mops=%.1f p50=%lu p99=%lu p999=%lu max=%lu check=%s trades=%lu qty=%lu "
        "notional=%lu live=%lu floor_mops=%.1f ratio=%.2f\n",
        std::filesystem::path(options.file).stem().c_str(), options.mode.c_str(), result.mops,
        latencies.quantile_ns(0.5), latencies.quantile_ns(0.99), latencies.quantile_ns(0.999),
        latencies.max_ns(), result.correct ? "ok" : "FAILED", result.totals.trades,
        result.totals.quantity, result.totals.notional, result.totals.live, result.floor_mops,
        result.mops / result.floor_mops);
    if (options.latency) std::fputs(latencies.histogram().c_str(), stdout);
}

}  // namespace
}  // namespace carbonx::bench

int main(int argc, char** argv) {
    using namespace carbonx;
    bench::Options options;
    CLI::App app{"Benchmarks of carbonx; bench/README.md has the method and the results"};
    app.require_subcommand(1);
    CLI::App& flow = *app.add_subcommand("flow", "run a flow that carbonx-flowgen made");
    flow.add_option("FILE", options.file)->required();
    flow.add_option("--mode", options.mode, "the bare book, or the exchange with all its rules")
        ->check(CLI::IsMember({"book", "exchange"}))
        ->capture_default_str();
    flow.add_flag("--latency", options.latency, "print a histogram too");
    flow.add_flag("--reader", options.reader,
                  "exchange mode: read the event log live on the next core");
    flow.add_option("--core", options.core, "core to run on")->capture_default_str();
    flow.add_option("--rounds", options.rounds)->capture_default_str()->check(CLI::PositiveNumber);
    CLI11_PARSE(app, argc, argv);
    try {
        if (options.reader && options.mode != "exchange") {
            throw std::runtime_error(
                "--reader needs --mode exchange: the bare book has no event log");
        }
        if (!enter_thread("bench", options.core)) {
            throw std::runtime_error("cannot pin to core " + std::to_string(options.core) +
                                     "; choose another with --core");
        }
        const bench::Flow loaded = bench::load_flow(options.file);
        const bench::Result result = bench::run(loaded, options);
        bench::print(result, options);
        return result.correct ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "carbonx-bench: %s\n", error.what());
        return 1;
    }
}
