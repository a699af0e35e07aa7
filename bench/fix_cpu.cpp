// carbonx-fix-cpu: how much processor time does the gateway take for an order in and its report
// out, beside a stock QuickFIX acceptor that only echoes?
//
// Both are processes of their own; what counts is the time of all their threads, in user space and
// in the kernel, from before the first order until the last report. The same load asks both, in
// turns: it keeps a number of orders of each session under way, and in the paced turns sends them
// at a fixed rate. Every report is checked.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <vector>

#include "bench/fix_orders.h"
#include "bench/fix_venue.h"
#include "bench/measure.h"
#include "bench/thread_options.h"
#include "engine/api/process.h"

namespace {

using namespace carbonx;
using namespace carbonx::bench;

constexpr double ratio_max = 1.0 / 8;
constexpr double order_us_max = 3.3;
constexpr uint64_t patience_ns = 10'000'000'000;

struct Options {
    FixVenueOptions venue;
    unsigned rounds = 7;
    uint64_t orders = 50'000;  // of a round, all sessions together
    uint64_t window = 64;      // orders of one session under way
    double rate = 20'000;      // paced: orders a second
    unsigned paced_rounds = 3;
};

// Of one kind of turn.
struct Figures {
    std::vector<double> order_us;  // processor time, a turn's mean
    std::vector<double> per_second;
    uint64_t user_ticks = 0;
    uint64_t system_ticks = 0;
};

// One of the two that are compared, with its clients.
class Subject {
public:
    Subject(ChildProcess& server, uint16_t port, unsigned sessions) : server_(server) {
        for (unsigned i = 1; i <= sessions; ++i)
            sessions_.push_back(std::make_unique<FixOrders>(io_, port, i));
    }

    // Keeps so many orders of each session under way.
    void run_full(uint64_t orders, uint64_t window, Figures& figures) {
        run(orders, figures, [&](uint64_t, uint64_t left) {
            for (const auto& session : sessions_) {
                const uint64_t under_way = session->sent() - session->answered();
                for (uint64_t i = under_way; i < window && left > 0; ++i, --left) session->add();
            }
        });
    }

    // Sends each order at its time, late or not, the sessions in turn.
    void run_paced(uint64_t orders, double rate, Figures& figures) {
        run(orders, figures, [&](uint64_t elapsed_ns, uint64_t left) {
            const auto due = static_cast<uint64_t>(static_cast<double>(elapsed_ns) * rate / 1e9);
            for (; left > 0 && orders - left <= due; --left)
                sessions_[left % sessions_.size()]->add();
        });
    }

    // Throws std::runtime_error when an order was not answered by one report that says `new`.
    void check() const {
        for (const auto& session : sessions_) {
            if (session->refused() == 0 && session->answered() == session->sent()) continue;
            throw std::runtime_error("refused or wrong: " + session->first_refusal());
        }
    }
    const FixOrders& first_session() const { return *sessions_.front(); }
    uint64_t answered() const {
        uint64_t sum = 0;
        for (const auto& session : sessions_) sum += session->answered();
        return sum;
    }

private:
    // feed is called with the time since the begin and the orders not yet sent.
    template <class Feed>
    void run(uint64_t orders, Figures& figures, Feed feed) {
        const ProcessorTime before = server_.processor_time();
        const uint64_t begin_ns = monotonic_ns();
        const uint64_t first = answered();
        uint64_t progress_ns = begin_ns;
        Idle idle(IdlePolicy::sleep);
        for (uint64_t done = 0; done < orders;) {
            const uint64_t now = monotonic_ns();
            feed(now - begin_ns, first + orders - sent());
            std::size_t work = 0;
            for (const auto& session : sessions_) work += session->poll();
            done += work;
            if (work > 0) progress_ns = now;
            if (work == 0 && (stopped() || now > progress_ns + patience_ns)) give_up(orders - done);
            idle(work);
        }
        const double seconds = static_cast<double>(monotonic_ns() - begin_ns) / 1e9;
        const ProcessorTime after = server_.processor_time();
        const auto count = static_cast<double>(orders);
        figures.order_us.push_back(static_cast<double>(after.total_ns - before.total_ns) / 1e3 /
                                   count);
        figures.per_second.push_back(count / seconds);
        figures.user_ticks += after.user_ticks - before.user_ticks;
        figures.system_ticks += after.system_ticks - before.system_ticks;
        check();
    }

    void give_up(uint64_t missing) {
        if (stopped()) throw std::runtime_error("stopped");
        server_.check_alive();
        check();
        throw std::runtime_error(std::to_string(missing) + " orders were not answered");
    }

    uint64_t sent() const {
        uint64_t sum = 0;
        for (const auto& session : sessions_) sum += session->sent();
        return sum;
    }

    ChildProcess& server_;
    boost::asio::io_context io_;
    std::vector<std::unique_ptr<FixOrders>> sessions_;
};

void print(const char* name, const char* load, const Figures& figures) {
    const auto [least, most] =
        std::minmax_element(figures.order_us.begin(), figures.order_us.end());
    const double ticks =
        static_cast<double>(std::max<uint64_t>(figures.user_ticks + figures.system_ticks, 1));
    const double order_us = median(figures.order_us);
    std::printf(
        "%-8s %-6s cpu_us=%.2f least=%.2f most=%.2f system=%.0f%% per_cpu_s=%.0f"
        " by_clock_s=%.0f\n",
        name, load, order_us, *least, *most,
        100.0 * static_cast<double>(figures.system_ticks) / ticks, 1e6 / order_us,
        median(figures.per_second));
}

const char* verdict(bool met) { return met ? "met" : "missed"; }

void measure(Options& options) {
    const uint64_t paced = static_cast<uint64_t>(options.rate);
    const uint64_t all = options.orders * (options.rounds + 1) + paced * options.paced_rounds;
    options.venue.orders_max = static_cast<uint32_t>(all + 1);
    FixVenue venue(options.venue);
    const DiskDirectory directory(options.venue.directory);
    const uint16_t port = free_port();
    ChildProcess echo(program_directory() / "carbonx-quickfix-echo",
                      {"--directory", directory.path(), "--port", std::to_string(port), "--brokers",
                       std::to_string(options.venue.brokers)},
                      directory.path() / "quickfix.out");
    wait_until_it_listens(echo, port);
    Subject ours(venue.gateway(), venue.port(), options.venue.brokers);
    Subject stock(echo, port, options.venue.brokers);

    Figures warm_up, ours_full, stock_full, ours_paced, stock_paced;
    ours.run_full(options.orders, options.window, warm_up);
    stock.run_full(options.orders / 4, options.window, warm_up);
    for (unsigned round = 0; round < options.rounds; ++round) {
        ours.run_full(options.orders, options.window, ours_full);
        stock.run_full(options.orders / 2, options.window, stock_full);
    }
    for (unsigned round = 0; round < options.paced_rounds; ++round) {
        ours.run_paced(paced, options.rate, ours_paced);
        stock.run_paced(paced, options.rate, stock_paced);
    }
    std::printf(
        "sessions=%u window=%lu orders=%lu+%lu rate=%.0f/s order_bytes=%zu report_bytes=%zu"
        " and %zu check=ok\n",
        options.venue.brokers, options.window, ours.answered(), stock.answered(), options.rate,
        ours.first_session().order_bytes(), ours.first_session().report_bytes(),
        stock.first_session().report_bytes());
    print("gateway", "full", ours_full);
    print("quickfix", "full", stock_full);
    if (options.paced_rounds > 0) {
        print("gateway", "paced", ours_paced);
        print("quickfix", "paced", stock_paced);
    }
    const double order_us = median(ours_full.order_us);
    const double ratio = order_us / median(stock_full.order_us);
    std::printf("ratio=1/%.1f (at most 1/8: %s) cpu_us=%.2f (at most %.1f: %s)\n", 1 / ratio,
                verdict(ratio <= ratio_max), order_us, order_us_max,
                verdict(order_us <= order_us_max));
    echo.stop();
    venue.stop();
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app(
        "The gateway's processor time for an order and its report, beside a stock QuickFIX\n"
        "acceptor's; bench/README.md has the method and the results");
    Options options;
    options.venue.brokers = 10;
    app.add_option("--directory", options.venue.directory, "venue and stores are made in here")
        ->capture_default_str();
    app.add_option("--sessions", options.venue.brokers, "brokers, a session each")
        ->capture_default_str()
        ->check(CLI::Range(1, 60));
    app.add_option("--rounds", options.rounds, "turns of each")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    app.add_option("--orders", options.orders, "of a round, all sessions together")
        ->capture_default_str()
        ->check(CLI::Range(1'000, 10'000'000));
    app.add_option("--window", options.window, "orders of a session under way")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000));
    app.add_option("--rate", options.rate, "paced rounds: orders a second")
        ->capture_default_str()
        ->check(CLI::Range(100, 1'000'000));
    app.add_option("--paced-rounds", options.paced_rounds, "of a second each; 0: none")
        ->capture_default_str();
    add_thread_options(app, "gateway", options.venue.gateway);
    add_thread_options(app, "engine", options.venue.engine);
    add_thread_options(app, "journal", options.venue.journal);
    CLI11_PARSE(app, argc, argv);
    handle_signals();
    try {
        measure(options);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "carbonx-fix-cpu: FAILED: %s\n", error.what());
        return 1;
    }
}
