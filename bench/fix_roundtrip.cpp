// carbonx-fix-roundtrip: how long is it from a new order to its report, at a client's plain socket,
// beside a bare TCP echo of the same sizes and the engine's own hop?
//
// One order at a time, the three in turns: who is not asked is stopped meanwhile, so that each has
// the same two cores. The echo's far end runs where the gateway does and waits as it does; so does
// the thread that asks the engine. Then the gateway and the echo once more at a fixed rate, where a
// time counts from when the order should have been sent.
#include <pthread.h>
#include <sched.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <deque>
#include <stdexcept>

#include "bench/engine_hop.h"
#include "bench/fix_orders.h"
#include "bench/fix_venue.h"
#include "bench/thread_options.h"
#include "engine/api/process.h"
#include "tools/percentiles.h"
#include "tools/tcp_echo.h"

namespace {

using namespace carbonx;
using namespace carbonx::bench;
using tools::Percentiles;

constexpr double echo_factor_max = 1.2;
constexpr uint64_t patience_ns = 5'000'000'000;

struct Options {
    FixVenueOptions venue;
    ThreadSettings client;
    unsigned rounds = 10;
    uint64_t orders = 500;  // of a turn
    uint64_t warm_up = 50;  // orders of a turn that do not count
    double rate = 1'000;    // paced: orders a second
    unsigned paced_rounds = 10;
};

// How a subject is asked. A time counts from the intended one of the order whose turn it is.
template <class Send, class Poll>
class Asker {
public:
    Asker(const char* name, IdlePolicy policy, Send send, Poll poll)
        : name_(name), idle_(policy), send_(send), poll_(poll) {}

    // One order at a time.
    void ask_each(uint64_t count, Percentiles* times) {
        for (uint64_t i = 0; i < count; ++i) {
            send(monotonic_ns());
            while (!intended_ns_.empty()) idle_(receive(times));
        }
    }
    // Each at its time, late or not.
    void ask_paced(uint64_t count, double rate, Percentiles* times) {
        const uint64_t begin = monotonic_ns();
        for (uint64_t i = 0; i < count || !intended_ns_.empty();) {
            const uint64_t due = begin + static_cast<uint64_t>(static_cast<double>(i) * 1e9 / rate);
            const bool send_now = i < count && monotonic_ns() >= due;
            if (send_now) {
                send(due);
                ++i;
            }
            idle_(receive(times) + (send_now ? 1 : 0));
        }
    }

private:
    void send(uint64_t intended_ns) {
        intended_ns_.push_back(intended_ns);
        asked_ns_ = monotonic_ns();
        send_();
    }
    std::size_t receive(Percentiles* times) {
        const std::size_t answered = poll_();
        const uint64_t now = monotonic_ns();
        for (std::size_t i = 0; i < answered; ++i) {
            if (times != nullptr) times->add(now - intended_ns_.at(0));
            intended_ns_.pop_front();
        }
        if (stopped()) throw std::runtime_error("stopped");
        if (!intended_ns_.empty() && now > asked_ns_ + patience_ns)
            throw std::runtime_error(std::string(name_) + " does not answer");
        return answered;
    }

    const char* const name_;
    Idle idle_;
    Send send_;
    Poll poll_;
    std::deque<uint64_t> intended_ns_;  // of what is under way
    uint64_t asked_ns_ = 0;
};

struct Times {
    Percentiles fix, echo, hop, paced_fix, paced_echo;
};

class Roundtrip {
public:
    explicit Roundtrip(const Options& options)
        : options_(options),
          venue_(options.venue),
          hop_(venue_, options.venue.brokers),
          orders_(io_, venue_.port(), 1) {
        ::pthread_getaffinity_np(::pthread_self(), sizeof any_core_, &any_core_);
    }

    void run(Times& times) {
        for (unsigned round = 0; round < options_.rounds; ++round) {
            const auto ask = [&](auto& asker, Percentiles& to) {
                asker.ask_each(options_.warm_up, nullptr);
                asker.ask_each(options_.orders, &to);
            };
            with_fix([&](auto& asker) { ask(asker, times.fix); });
            with_echo([&](auto& asker) { ask(asker, times.echo); });
            with_hop([&](auto& asker) { ask(asker, times.hop); });
        }
        for (unsigned round = 0; round < options_.paced_rounds; ++round) {
            const auto ask = [&](auto& asker, Percentiles& to) {
                asker.ask_each(options_.warm_up, nullptr);
                asker.ask_paced(options_.orders, options_.rate, &to);
            };
            with_fix([&](auto& asker) { ask(asker, times.paced_fix); });
            with_echo([&](auto& asker) { ask(asker, times.paced_echo); });
        }
    }

    const FixOrders& orders() const { return orders_; }
    void stop() { venue_.stop(); }

private:
    template <class Ask>
    void with_fix(Ask ask) {
        enter(options_.client.core);
        Asker asker(
            "the gateway", options_.client.idle,
            [&] {
                orders_.add();
                orders_.flush();
            },
            [&] { return orders_.poll(); });
        ask(asker);
        if (orders_.refused() > 0)
            throw std::runtime_error("refused or wrong: " + orders_.first_refusal());
    }

    template <class Ask>
    void with_echo(Ask ask) {
        venue_.pause();
        {
            enter(options_.client.core);
            tools::TcpEcho echo(io_, orders_.order_bytes(), orders_.report_bytes(),
                                options_.venue.gateway);
            Asker asker(
                "the echo", options_.client.idle, [&] { echo.send(0); },
                [&] { return echo.poll(); });
            ask(asker);
        }
        venue_.resume();
    }

    template <class Ask>
    void with_hop(Ask ask) {
        venue_.gateway().pause();
        enter(options_.venue.gateway.core);
        hop_.catch_up();
        Asker asker(
            "the engine", options_.venue.gateway.idle, [&] { hop_.send(); },
            [&] { return hop_.poll(); });
        ask(asker);
        venue_.gateway().resume();
    }

    // As enter_thread(), but that -1 frees the thread again.
    void enter(int core) const {
        ::pthread_setaffinity_np(::pthread_self(), sizeof any_core_, &any_core_);
        if (!enter_thread("roundtrip", core))
            throw std::runtime_error("core " + std::to_string(core) + " cannot be had");
    }

    const Options options_;
    cpu_set_t any_core_{};  // where this process may run
    boost::asio::io_context io_;
    FixVenue venue_;
    EngineHop hop_;
    FixOrders orders_;
};

void print(const char* name, Percentiles& times) {
    std::printf("%-24s %s (%zu)\n", name, times.text().c_str(), times.count());
}

std::string text(const char* name, const ThreadSettings& thread) {
    return std::string(name) + "=" + idle_name(thread.idle) + "@" +
           (thread.core < 0 ? "any" : std::to_string(thread.core));
}

void measure(Options& options) {
    const uint64_t turn = options.orders + options.warm_up;
    options.venue.orders_max =
        static_cast<uint32_t>(turn * (2 * options.rounds + options.paced_rounds) + 1);
    Times times;
    Roundtrip roundtrip(options);
    roundtrip.run(times);
    std::printf("durability=memory order_bytes=%zu report_bytes=%zu check=ok\n",
                roundtrip.orders().order_bytes(), roundtrip.orders().report_bytes());
    std::printf("threads, idle@core: %s %s %s %s\n", text("client", options.client).c_str(),
                text("gateway", options.venue.gateway).c_str(),
                text("engine", options.venue.engine).c_str(),
                text("journal", options.venue.journal).c_str());
    print("order to report", times.fix);
    print("echo of those sizes", times.echo);
    print("engine's hop", times.hop);
    if (options.paced_rounds > 0) {
        std::printf("at %.0f orders a second, from the intended time:\n", options.rate);
        print("order to report", times.paced_fix);
        print("echo of those sizes", times.paced_echo);
    }
    const auto us = [](Percentiles& of) { return static_cast<double>(of.at(0.5)) / 1e3; };
    const double most = echo_factor_max * us(times.echo) + us(times.hop);
    std::printf("p50=%.1fus, at most %.1f x echo + hop = %.1fus: %s (%.2f x echo + hop)\n",
                us(times.fix), echo_factor_max, most, us(times.fix) <= most ? "met" : "missed",
                (us(times.fix) - us(times.hop)) / us(times.echo));
    roundtrip.stop();
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app(
        "An order's round trip through gateway and engine, beside a bare TCP echo and the\n"
        "engine's own hop; bench/README.md has the method and the results");
    Options options;
    app.add_option("--directory", options.venue.directory, "the venue is made in here")
        ->capture_default_str();
    app.add_option("--rounds", options.rounds, "turns of each, one order at a time")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    app.add_option("--orders", options.orders, "of a turn")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
    app.add_option("--paced-rounds", options.paced_rounds, "turns of each at a fixed rate")
        ->capture_default_str()
        ->check(CLI::Range(0, 1000));
    app.add_option("--rate", options.rate, "of those: orders a second")
        ->capture_default_str()
        ->check(CLI::Range(1, 100'000));
    add_thread_options(app, "client", options.client);
    add_thread_options(app, "gateway", options.venue.gateway);
    add_thread_options(app, "engine", options.venue.engine);
    add_thread_options(app, "journal", options.venue.journal);
    CLI11_PARSE(app, argc, argv);
    handle_signals();
    try {
        measure(options);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "carbonx-fix-roundtrip: FAILED: %s\n", error.what());
        return 1;
    }
}
