// carbonx-replay: the journal through the exchange once more. Every event must be the one in the
// event log; shows books, accounts, orders and serials at any point, and exports what happened.
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "engine/api/process.h"
#include "engine/api/settings.h"
#include "tools/event_file.h"
#include "tools/replay_run.h"

namespace {

using namespace carbonx;
using namespace carbonx::tools;

void add_options(CLI::App& app, ReplayOptions& options) {
    app.add_option("--archive", options.archive,
                   "where the journal's older segments are: by default what the settings say, or "
                   "`archive` beside the data");
    app.add_flag("--from-snapshot", options.from_snapshot,
                 "begin with the newest snapshot that is not behind --until");
    app.add_option("--from", options.from,
                   "begin with the newest snapshot that is not behind this command");
    app.add_option("--until", options.until,
                   "where it ends: a command 1549, event:2101, an ExecID 2101B, trade:2102, a time "
                   "2026-11-24T01:30:00Z or local:2026-11-24T09:30:00, an order 396.1, or "
                   "serial:PREFIX:NUMBER");
    app.add_flag("--before", options.before, "end just before that");
    app.add_option("--speed", options.speed,
                   "max, step (a command at each key), or how many times the real speed: 1, 60")
        ->capture_default_str();
    app.add_option("--book", options.books, "show the book of this counter there, or all");
    app.add_option("--account", options.accounts,
                   "show this account's cash, credits by lot and serials, and open orders");
    app.add_option("--order", options.orders,
                   "show the life of an order, and the rules that applied: 396.1, or "
                   "SESSION:CLORDID");
    app.add_option("--serial", options.serials, "show the path of a serial: PREFIX:NUMBER");
    app.add_option("--hash-every", options.hash_every, "hash the state every N commands")
        ->check(CLI::PositiveNumber);
    app.add_option("--hash-from", options.hash_from, "no hashes before this command");
    app.add_option("--hashes", options.hashes, "write the hashes into this file");
    app.add_option("--compare", options.compare,
                   "compare them with a file that another build wrote with --hashes");
    app.add_option("--csv", options.csv,
                   "export trades, orders, ledger and more as CSV files into this directory");
    app.add_option("--sqlite", options.sqlite, "export them into this new SQLite file");
    app.add_flag("--books-at-phases", options.books_at_phases,
                 "print the books after every change of phase");
    app.add_flag("--partial", options.partial,
                 "for a venue that was killed or is up: events that its event log's file lacks "
                 "are no failure");
}

void add_publishing(CLI::App& app, PublishOptions& options) {
    CLI::Option* to = app.add_option(
        "--publish", options.to,
        "send a trading day's public feed, at --speed, to other groups than the "
        "venue's: GROUP:PORT "
        "is the first channel's line A, each line more has the next group, each channel the next "
        "port");
    app.add_option("--day", options.day, "which trading day, yyyymmdd: the last if left out")
        ->needs(to);
    app.add_option("--interface", options.interface,
                   "address of the interface to send on: what the settings say if left out")
        ->needs(to);
    app.add_option("--packet-rate", options.packets_per_second,
                   "packets a second on each line, at the most, of all channels together")
        ->needs(to)
        ->check(CLI::Range(1U, 1'000'000U))
        ->capture_default_str();
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Replays the journal and compares every event with the event log"};
    ReplayOptions options;
    std::string directory = ".";
    std::string settings;
    app.add_option("directory", directory, "the venue's directory, or its data directory");
    app.add_option("--settings", settings, "the venue's settings, instead of a directory");
    add_options(app, options);
    add_publishing(app, options.publish);
    CLI11_PARSE(app, argc, argv);
    try {
        const std::filesystem::path given =
            app.count("directory") == 0 && !settings.empty() ? "" : directory;
        options.data = data_directory(given, settings);
        options.archive = archive_directory(options.archive, given, settings);
        if (!settings.empty()) {
            options.settings = load_settings(settings, given);
            options.utc_offset_minutes = options.settings->utc_offset_minutes;
        }
        handle_signals();
        spdlog::set_level(spdlog::level::off);  // what streams say is for the publisher's log
        return ReplayRun(options).run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "carbonx-replay: %s\n", error.what());
        return 1;
    }
}
