// carbonx-load: how long the venue takes to answer, at a rate that does not wait for it.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <optional>

#include "engine/api/process.h"
#include "tools/load.h"
#include "tools/tcp_echo.h"

namespace {

using namespace carbonx;
using namespace carbonx::tools;

struct Options {
    FixClientSettings fix;
    std::vector<std::string> comp_ids{"BROKER1"};
    std::vector<std::string> passwords{"demo-broker1"};
    double rate = 1'000;
    double seconds = 10;
    double warm_up = 1;
    unsigned rounds = 20;
    bool echo = false;
    IdlePolicy idle = IdlePolicy::spin;
    int core = -1;
    std::string group = "239.192.1.1";
    uint16_t feed_port = 26400;
    std::string interface = "127.0.0.1";
};

// Sends at the given rate for so long, then waits at most two seconds for the last answers.
template <class Subject>
void run(Subject& subject, double rate, double seconds, IdlePolicy policy) {
    Idle idle(policy);
    const auto count = static_cast<uint64_t>(rate * seconds);
    const double interval_ns = 1e9 / rate;
    const uint64_t start = monotonic_ns();
    const auto intended = [&](uint64_t i) {
        return start + static_cast<uint64_t>(static_cast<double>(i) * interval_ns);
    };
    for (uint64_t sent = 0; sent < count && !stopped();) {
        std::size_t work = 0;
        for (; sent < count && intended(sent) <= monotonic_ns() && work < 16; ++work) {
            subject.send(intended(sent++));
        }
        idle(work + subject.poll());
    }
    const uint64_t deadline = monotonic_ns() + 2'000'000'000;
    while (subject.waiting() > 0 && monotonic_ns() < deadline && !stopped()) idle(subject.poll());
}

void measure(const Options& options) {
    std::vector<FixClientSettings> sessions;
    for (std::size_t i = 0; i < options.comp_ids.size(); ++i) {
        FixClientSettings settings = options.fix;
        settings.comp_id = options.comp_ids[i];
        settings.password =
            options.passwords.size() == 1 ? options.passwords[0] : options.passwords.at(i);
        sessions.push_back(settings);
    }
    if (!enter_thread("load", options.core)) std::cerr << "carbonx-load: runs unpinned\n";
    boost::asio::io_context io;
    FeedTap tap(io, options.group, options.feed_port, options.interface);
    Load load(io, sessions, &tap);
    run(load, options.rate, options.warm_up, options.idle);
    std::optional<TcpEcho> echo;
    if (options.echo) {
        echo.emplace(io, load.totals().request_bytes, load.totals().answer_bytes,
                     ThreadSettings{-1, options.idle});
        run(*echo, options.rate, options.warm_up, options.idle);
        echo->latency() = {};
    }
    LoadTotals& totals = load.totals();
    totals.sent = totals.answered = totals.refused = 0;
    totals.fix_out = {};
    totals.multicast_out = {};

    // In turns, so that what disturbs the machine disturbs both alike.
    const double slice = options.seconds / options.rounds;
    for (unsigned round = 0; round < options.rounds && !stopped(); ++round) {
        run(load, options.rate, slice, options.idle);
        if (echo) run(*echo, options.rate, slice, options.idle);
    }
    std::cout << "sent=" << totals.sent << " answered=" << totals.answered
              << " refused=" << totals.refused << " rate=" << options.rate
              << "/s sessions=" << sessions.size() << '\n'
              << "FIX in to FIX out:        " << totals.fix_out.text() << '\n'
              << "FIX in to multicast out:  " << totals.multicast_out.text() << " ("
              << totals.multicast_out.count() << " orders)\n";
    if (!echo) return;
    const auto ratio = static_cast<double>(totals.fix_out.at(0.5)) /
                       static_cast<double>(std::max<uint64_t>(echo->latency().at(0.5), 1));
    std::cout << "TCP echo of those sizes:  " << echo->latency().text() << '\n'
              << "FIX to echo at p50:       " << ratio << '\n';
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "Open-loop FIX load: new orders that rest, and their cancels, at a fixed rate.\n"
        "Latencies count from the intended send time."};
    Options options;
    const std::map<std::string, IdlePolicy> policies{
        {"spin", IdlePolicy::spin}, {"yield", IdlePolicy::yield}, {"sleep", IdlePolicy::sleep}};
    app.add_option("--host", options.fix.host, "the gateway's address")->capture_default_str();
    app.add_option("--port", options.fix.port, "the gateway's port")->capture_default_str();
    app.add_option("--comp-id", options.comp_ids, "one or more sessions, separated by commas")
        ->delimiter(',');
    app.add_option("--password", options.passwords, "theirs, one for each or one for all")
        ->delimiter(',');
    app.add_option("--rate", options.rate, "messages a second")
        ->capture_default_str()
        ->check(CLI::Range(1.0, 1e6));
    app.add_option("--seconds", options.seconds, "how long")->capture_default_str();
    app.add_option("--warm-up", options.warm_up, "seconds that do not count")
        ->capture_default_str();
    app.add_flag("--echo", options.echo, "measures a bare TCP echo of the same sizes in turns");
    app.add_option("--rounds", options.rounds, "turns")->capture_default_str();
    app.add_option("--idle", options.idle, "spin, yield or sleep, as the gateway does")
        ->transform(CLI::CheckedTransformer(policies));
    app.add_option("--core", options.core, "to pin this client to; -1: none");
    app.add_option("--group", options.group, "multicast line")->capture_default_str();
    app.add_option("--feed-port", options.feed_port, "its port")->capture_default_str();
    app.add_option("--interface", options.interface, "its interface")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    handle_signals();
    try {
        if (options.passwords.size() != 1 && options.passwords.size() != options.comp_ids.size()) {
            throw std::runtime_error("one --password for each --comp-id, or one for all");
        }
        measure(options);
        return 0;
    } catch (const std::exception& problem) {
        std::cerr << "carbonx-load: " << problem.what() << '\n';
        return 1;
    }
}
