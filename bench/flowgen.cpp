// carbonx-flowgen: writes a deterministic order flow for carbonx-bench (bench/flow_generator.h).
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "bench/flow_generator.h"

int main(int argc, char** argv) {
    using namespace carbonx::bench;
    FlowOptions options;
    std::string file = "flow.bin";
    CLI::App app{"Writes a deterministic order flow for carbonx-bench flow"};
    app.add_option("-o", file, "file to write")->capture_default_str();
    app.add_option("-n", options.operations, "operations after the prefill")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    app.add_option("-i", options.instruments, "instruments")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    app.add_option("-l", options.live, "resting orders for each instrument")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    app.add_option("-s", options.seed, "seed")->capture_default_str();
    app.add_option("-v", options.volatility, "one tick every 1000/v operations of an instrument")
        ->capture_default_str();
    app.add_option("-p", options.start_price, "start price in ticks")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    app.add_flag("-x", options.scrambled_ids, "scramble the order ids over 64 bits");
    CLI11_PARSE(app, argc, argv);
    try {
        const Flow flow = generate_flow(options);
        save_flow(flow, file);
        const FlowHeader& header = flow.header;
        std::printf(
            "%s: records=%lu prefill=%lu trades=%lu qty=%lu notional=%lu live=%lu "
            "prices=%ld..%ld\n",
            file.c_str(), header.count, header.prefill, header.trades, header.traded_quantity,
            header.traded_notional, header.live_at_end, header.price_min, header.price_max);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "carbonx-flowgen: %s\n", error.what());
        return 1;
    }
}
