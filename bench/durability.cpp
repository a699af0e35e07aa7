// carbonx-durability: the command line; durability.h has what it runs.
#include "bench/durability.h"

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "bench/thread_options.h"
#include "engine/api/process.h"

int main(int argc, char** argv) {
    using namespace carbonx;
    using namespace carbonx::bench;
    VenueOptions venue;
    AckOptions ack;
    SustainOptions sustain;
    SnapshotOptions snapshot;
    CLI::App app{"What durability costs; bench/README.md has the method and the results"};
    app.require_subcommand(1);
    app.fallthrough();
    app.add_option("--directory", venue.directory, "a venue is made in here, and removed")
        ->capture_default_str();
    app.add_option_function<uint64_t>(
           "--segment-mib", [&](uint64_t mib) { venue.settings.segment_bytes = mib << 20; },
           "of one journal file")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    add_thread_options(app, "engine", venue.engine);
    add_thread_options(app, "journal", venue.journal);
    add_thread_options(app, "client", venue.client);
    CLI::App& ack_mode = *app.add_subcommand("ack", "how long is an acknowledgement?");
    ack_mode.add_option("--rate", ack.rate, "commands a second")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    ack_mode.add_option("--seconds", ack.seconds)
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    CLI::App& sustain_mode = *app.add_subcommand("sustain", "how much for how long?");
    sustain_mode.add_option("--seconds", sustain.seconds)
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    CLI::App& snapshot_mode =
        *app.add_subcommand("snapshot", "what do snapshots add to a command's time?");
    snapshot_mode.add_option("--orders", snapshot.orders, "open, at least 100")
        ->capture_default_str()
        ->check(CLI::Range(100U, 10'000'000U));
    snapshot_mode.add_option("--lots", snapshot.lots)->capture_default_str();
    snapshot_mode.add_option("--rate", snapshot.rate, "commands a second")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    snapshot_mode.add_option("--seconds", snapshot.seconds)
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    snapshot_mode
        .add_option("--interval", snapshot.interval_seconds, "seconds from snapshot to snapshot")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    CLI11_PARSE(app, argc, argv);
    try {
        handle_signals();
        spdlog::set_level(spdlog::level::warn);
        const bool correct = ack_mode       ? run_ack(venue, ack)
                             : sustain_mode ? run_sustain(venue, sustain)
                                            : run_snapshot(venue, snapshot);
        return correct ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "carbonx-durability: %s\n", error.what());
        return 1;
    }
}
