// carbonx-demo: what tools/demo needs beside the venue: `listings FILE.csv` prints the commands
// that list and fund everything, `trade` runs the scripted brokers.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>

#include "engine/api/process.h"
#include "engine/text/text.h"
#include "tools/demo_brokers.h"
#include "tools/demo_listings.h"
#include "tools/feed_tap.h"

namespace {

using namespace carbonx;
using namespace carbonx::tools;

constexpr uint64_t second_ns = 1'000'000'000;
constexpr int broker_count = 4;

struct TradeOptions {
    FixClientSettings fix;
    double seconds = 0;  // 0: until stopped
    double rate = 400;   // messages a second, all brokers together
    uint64_t seed = 1;
    std::string group = "239.192.1.1";
    uint16_t feed_port = 26400;
    std::string interface = "127.0.0.1";
    std::string summary_file;
};

// Today's date in Hong Kong, yyyymmdd.
uint32_t trading_day() {
    constexpr std::time_t utc_offset_s = 8 * 3600;
    const std::time_t now = std::time(nullptr) + utc_offset_s;
    std::tm parts{};
    gmtime_r(&now, &parts);
    return static_cast<uint32_t>((parts.tm_year + 1900) * 10'000 + (parts.tm_mon + 1) * 100 +
                                 parts.tm_mday);
}

// The names of what a file lists, under the ids that an empty venue will give: densely, in order.
class ListedNames {
public:
    void observe(const Command& command) {
        switch (command.head.type) {
            case CommandType::list_participant:
                return learn<ParticipantListed>(command);
            case CommandType::list_account:
                return learn<AccountListed>(command);
            case CommandType::list_session:
                return learn<SessionListed>(command);
            case CommandType::list_project:
                return learn<ProjectListed>(command);
            case CommandType::list_instrument:
                return learn<InstrumentListed>(command);
            default:
                return;
        }
    }
    const Names& names() const { return names_; }

private:
    template <class Listed>
    void learn(const Command& command) {
        Listed event;
        event.head.type = Listed::type;
        event.id = static_cast<decltype(event.id)>(++listed_[command.head.type]);
        std::memcpy(static_cast<void*>(&event.listing), &command, sizeof event.listing);
        names_.observe(event.head);
    }

    std::map<CommandType, unsigned> listed_;
    Names names_;
};

void print_listings(const std::string& file) {
    std::vector<std::string> left_out;
    const std::vector<Offering> offerings = read_offerings(file, left_out);
    for (const std::string& line : left_out) std::cout << "# left out: " << line << '\n';
    ListedNames listed;
    for (const Command& command : demo_commands(offerings, trading_day())) {
        std::cout << to_text(command.head, listed.names()) << '\n';
        listed.observe(command);
    }
}

// The four brokers and the ear that counts the multicast, stepped together.
class Trading {
public:
    explicit Trading(const TradeOptions& options)
        : options_(options), tap_(io_, options.group, options.feed_port, options.interface) {
        for (int i = 0; i < broker_count; ++i) {
            FixClientSettings settings = options.fix;
            settings.comp_id = "BROKER" + std::to_string(i + 1);
            settings.password = options.fix.password + std::to_string(i + 1);
            brokers_.push_back(std::make_unique<DemoBroker>(
                io_, settings, options.seed + static_cast<uint64_t>(i), counters_, totals_));
        }
    }

    void run() {
        log_on();
        const uint64_t start = monotonic_ns();
        const auto interval_ns = static_cast<uint64_t>(1e9 / options_.rate);
        const auto end = options_.seconds > 0
                             ? start + static_cast<uint64_t>(options_.seconds * 1e9)
                             : UINT64_MAX;
        uint64_t acted = 0;
        uint64_t told_ns = start;
        while (!stopped() && monotonic_ns() < end) {
            const uint64_t now = monotonic_ns();
            while (start + acted * interval_ns <= now) {
                brokers_[acted++ % brokers_.size()]->act();
            }
            if (now - told_ns >= progress_interval_ns(now - start)) {
                told_ns = now;
                std::cout << "  " << (now - start) / second_ns << " s: " << totals() << std::endl;
            }
            if (!step())
                wait_readable({brokers_[acted % brokers_.size()]->client().descriptor()}, 1);
        }
        settle();
    }

    std::string summary() {
        return totals() + "\n  latency, order out to report in: " + totals_.answer.text();
    }
    // orders=… trades=… packets=…, for the demo's last line.
    std::string last_line() const {
        return "orders=" + std::to_string(totals_.orders) +
               " trades=" + std::to_string(totals_.matches.size()) +
               " packets=" + std::to_string(tap_.packets());
    }

    // Stays logged on, so that the quotes stay too, until it is told to stop.
    void stay() {
        while (!stopped()) {
            if (!step()) wait(100);
        }
        for (const auto& broker : brokers_) broker->client().logout();
        const uint64_t deadline = monotonic_ns() + second_ns;
        while (monotonic_ns() < deadline && any_connected()) poll_all();
    }

private:
    static uint64_t progress_interval_ns(uint64_t since_start_ns) {
        return since_start_ns < 60 * second_ns ? 5 * second_ns : 60 * second_ns;
    }

    bool any_connected() {
        return std::any_of(brokers_.begin(), brokers_.end(),
                           [](const auto& broker) { return broker->client().is_connected(); });
    }

    bool poll_all() {
        std::size_t work = tap_.poll([](std::string_view) {});
        for (const auto& broker : brokers_) work += broker->client().poll();
        return work > 0;
    }

    void wait(int timeout_ms) {
        std::vector<int> descriptors;
        for (const auto& broker : brokers_) descriptors.push_back(broker->client().descriptor());
        wait_readable(descriptors, timeout_ms);
    }

    // Throws when a broker has lost its session: the demo has failed then.
    bool step() {
        const bool work = poll_all();
        for (const auto& broker : brokers_) {
            FixClient& client = broker->client();
            if (!client.is_connected()) {
                throw std::runtime_error(client.settings().comp_id +
                                         " was disconnected: " + client.ended_because());
            }
        }
        return work;
    }

    template <class Done>
    void wait_until(const char* what, Done done) {
        const uint64_t deadline = monotonic_ns() + 10 * second_ns;
        while (!stopped() && !done()) {
            if (!step()) wait(1);
            if (monotonic_ns() > deadline) {
                throw std::runtime_error(std::string("the venue does not answer: ") + what);
            }
        }
    }

    void log_on() {
        for (const auto& broker : brokers_) broker->client().connect();
        wait_until("no logon", [&] {
            return std::all_of(brokers_.begin(), brokers_.end(),
                               [](const auto& broker) { return broker->client().is_logged_on(); });
        });
        brokers_[0]->ask_list();
        wait_until("no list of counters", [&] { return brokers_[0]->has_list(); });
        std::cout << "  " << brokers_.size() << " brokers logged on; " << counters_.size()
                  << " counters listed" << std::endl;
        for (std::size_t i = 0; i < brokers_.size(); ++i) brokers_[i]->make_every_second(i % 2);
    }

    // The last answers and packets come in.
    void settle() {
        const uint64_t deadline = monotonic_ns() + second_ns;
        while (monotonic_ns() < deadline && any_connected()) {
            if (!poll_all()) wait(10);
        }
    }

    std::string totals() const {
        return std::to_string(totals_.orders) + " orders, " + std::to_string(totals_.replaces) +
               " replaces, " + std::to_string(totals_.cancels) + " cancels, " +
               std::to_string(totals_.matches.size()) + " trades, " +
               std::to_string(tap_.packets()) + " packets (" + std::to_string(tap_.missed()) +
               " messages missed)";
    }

    const TradeOptions options_;
    boost::asio::io_context io_;
    FeedTap tap_;
    std::vector<DemoCounter> counters_;
    DemoTotals totals_;
    std::vector<std::unique_ptr<DemoBroker>> brokers_;
};

void trade(const TradeOptions& options) {
    Trading trading(options);
    trading.run();
    std::cout << "  " << trading.summary() << std::endl;
    if (!options.summary_file.empty()) {
        std::ofstream(options.summary_file + ".new") << trading.last_line() << '\n';
        std::filesystem::rename(options.summary_file + ".new", options.summary_file);
    }
    trading.stay();
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"The demo's listings and brokers; tools/demo runs it."};
    app.require_subcommand(1);
    std::string file;
    auto* listings = app.add_subcommand("listings", "prints the commands that list everything");
    listings->add_option("file", file, "listings as CSV")->required();
    TradeOptions options;
    options.fix.password = "demo-broker";
    auto* trading = app.add_subcommand("trade", "runs the scripted brokers");
    trading->add_option("--host", options.fix.host, "the gateway's address");
    trading->add_option("--port", options.fix.port, "the gateway's port");
    trading->add_option("--password", options.fix.password, "of BROKERn, without its n");
    trading->add_option("--seconds", options.seconds, "how long; 0: until stopped");
    trading->add_option("--rate", options.rate, "messages a second, of all brokers together");
    trading->add_option("--seed", options.seed, "of all that the brokers choose");
    trading->add_option("--group", options.group, "multicast line to count");
    trading->add_option("--feed-port", options.feed_port, "its port");
    trading->add_option("--interface", options.interface, "its interface");
    trading->add_option("--summary", options.summary_file, "file that the totals are written to");
    CLI11_PARSE(app, argc, argv);
    handle_signals();
    try {
        if (listings->parsed()) print_listings(file);
        if (trading->parsed()) trade(options);
        return 0;
    } catch (const std::exception& problem) {
        std::cerr << "carbonx-demo: " << problem.what() << '\n';
        return 1;
    }
}
