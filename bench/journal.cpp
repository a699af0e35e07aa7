// carbonx-journal: writes a flow as a venue's data directory, journal and event log, to measure
// what reads them (carbonx-replay, recovery).
//
// The commands are those of carbonx-bench's exchange mode, with the order ids that the exchange
// gave; written by the engine's own JournalWriter and Filing, without a sync.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "bench/flow_exchange.h"
#include "bench/flow_generator.h"
#include "engine/filing.h"
#include "engine/journal.h"

namespace carbonx::bench {
namespace {

// The flows of README.md.
FlowOptions flow_options(const std::string& name, uint64_t operations) {
    FlowOptions options;
    options.operations = operations;
    options.live = name == "A" || name == "C" ? 10'000 : 1'000;
    options.instruments = name == "B" ? 100 : 1;
    if (name == "C") options.volatility = 800;
    return options;
}

class VenueWriter {
public:
    VenueWriter(const std::filesystem::path& directory, const Memory& events)
        : journal_directory_(journal::directory(directory / "data")),
          window_(1U << 16, 1),
          writer_(made(journal_directory_), journal::Tail{}, window_, durable_, options()),
          filing_(events, directory / "data") {
        event_log::header(events).durable_command.store(UINT64_MAX);
    }

    void add(const CommandHead& command) {
        if (!window_.has_room()) write();
        window_.append(command);
    }
    // Everything so far.
    void write() {
        window_.publish();
        while (writer_.poll() > 0) {
        }
        while (filing_.poll() > 0) {
        }
    }

private:
    static JournalOptions options() {
        JournalOptions options;
        options.durability = Durability::memory;
        return options;
    }
    static const std::filesystem::path& made(const std::filesystem::path& directory) {
        if (std::filesystem::exists(directory)) {
            throw std::runtime_error(directory.string() + " exists: name a directory that is new");
        }
        std::filesystem::create_directories(directory);
        return directory;
    }

    const std::filesystem::path journal_directory_;
    std::atomic<uint64_t> durable_{0};
    JournalWindow window_;
    JournalWriter writer_;
    Filing filing_;
};

void run(const Flow& flow, const std::filesystem::path& directory) {
    FlowVenue venue(flow, Memory::anonymous(FlowVenue::window_bytes()));
    VenueWriter writer(directory, venue.window);
    const uint64_t count = flow.header.count;
    {
        FlowExchange<DenseIndex> subject(flow, venue);
        for (const Command& command : venue.market.opening) writer.add(command.head);
        const uint64_t ahead = FlowExchange<DenseIndex>::look_ahead;
        for (uint64_t i = 0; i < ahead && i < count; ++i) subject.prepare(i);
        for (uint64_t i = 0; i < count; ++i) {
            if (i + ahead < count) subject.prepare(i + ahead);
            subject.step(i);
            writer.add(subject.command(i));
            if (i % 1024 == 0) writer.write();
        }
        const Totals totals = subject.totals();
        if (totals.trades != flow.header.trades || totals.live != flow.header.live_at_end) {
            throw std::runtime_error("the exchange does not trade what the flow's header says");
        }
        std::printf("journal: commands=%lu trades=%lu live=%lu state=%016lx\n",
                    count + venue.market.opening.size(), totals.trades, totals.live,
                    subject.state_hash());
    }
    writer.write();
}

}  // namespace
}  // namespace carbonx::bench

int main(int argc, char** argv) {
    using namespace carbonx::bench;
    CLI::App app{"Writes a flow as a venue's journal and event log"};
    std::string flow = "A";
    uint64_t commands = 5'000'000;
    std::string directory;
    app.add_option("--flow", flow, "which of bench/README.md's flows: A, B, C or D")
        ->capture_default_str()
        ->check(CLI::IsMember({"A", "B", "C", "D"}));
    app.add_option("--commands", commands, "how many, after those that build the first book")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    app.add_option("directory", directory, "where to make data/journal and data/events.log")
        ->required();
    CLI11_PARSE(app, argc, argv);
    try {
        run(generate_flow(flow_options(flow, commands)), directory);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "carbonx-journal: %s\n", error.what());
        return 1;
    }
}
