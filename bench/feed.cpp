// carbonx-feed: the command line; feed.h has what it runs.
#include "bench/feed.h"

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
    using namespace carbonx::bench;
    FeedOptions options;
    uint64_t commands = 200'000;
    uint64_t events = 50'000'000;
    uint64_t samples = 100'000;
    uint64_t rate = 200'000;
    double seconds = 10;
    CLI::App app{"How fast the public feed is; bench/README.md has the method and the results"};
    app.require_subcommand(1);
    app.fallthrough();
    app.add_option("--directory", options.directory)->capture_default_str();
    app.add_option("--writer-core", options.writer_core)->capture_default_str();
    app.add_option("--reader-core", options.reader_core)->capture_default_str();
    app.add_option("--rounds", options.rounds)->capture_default_str()->check(CLI::PositiveNumber);
    CLI::App& encode = *app.add_subcommand("encode", "events a second, encoded and packed");
    encode.add_option("--commands", commands, "of a round")
        ->capture_default_str()
        ->check(CLI::Range(1'000U, 300'000U));
    CLI::App& send = *app.add_subcommand("send", "ways into the kernel");
    CLI::App& visible = *app.add_subcommand("visible", "from an event to the kernel");
    visible.add_option("--samples", samples)->capture_default_str()->check(CLI::PositiveNumber);
    CLI::App& deliver = *app.add_subcommand("deliver", "to a local receiver, without loss");
    deliver.add_option("--rate", rate, "messages a second")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    deliver.add_option("--seconds", seconds)->capture_default_str()->check(CLI::PositiveNumber);
    CLI::App& start = *app.add_subcommand("start", "of a publisher behind a long day");
    start.add_option("--events", events)->capture_default_str()->check(CLI::PositiveNumber);
    CLI11_PARSE(app, argc, argv);
    try {
        spdlog::set_level(spdlog::level::warn);
        const bool correct = encode    ? run_feed_encode(options, commands)
                             : send    ? run_feed_send(options)
                             : visible ? run_feed_visible(options, samples)
                             : deliver ? run_feed_deliver(options, rate, seconds)
                                       : run_feed_start(options, events);
        return correct ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "carbonx-feed: %s\n", error.what());
        return 1;
    }
}
