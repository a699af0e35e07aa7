// carbonx-fix-roundtrip: how long is it from a new order to its report, at a client's plain socket,
// beside a bare TCP echo of the same sizes and the engine's own hop?
//
// One order at a time, in turns. The echo's far end runs where the gateway does and waits as it
// does, and so does the thread that asks the engine; the gateway is stopped meanwhile. The engine
// polls on beside the echo, since it takes its part of the cores from the gateway's clients too;
// and once more the echo is alone, the engine stopped. Then all of it at a fixed rate, where a time
// counts from when the order should have been sent.
#include <pthread.h>
#include <sched.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <thread>

#include "bench/asker.h"
#include "bench/engine_hop.h"
#include "bench/fix_orders.h"
#include "bench/fix_venue.h"
#include "bench/thread_options.h"
#include "engine/api/process.h"
#include "tools/tcp_echo.h"

namespace {

using namespace carbonx;
using namespace carbonx::bench;
using tools::Percentiles;

constexpr double echo_factor_max = 1.2;

struct Options {
    FixVenueOptions venue;
    int client_core = 0;
    std::optional<IdlePolicy> client_idle;  // none: it blocks in the kernel
    unsigned rounds = 10;
    uint64_t orders = 500;  // of a turn
    uint64_t warm_up = 50;  // orders of a turn that do not count
    double rate = 1'000;    // paced: orders a second
    unsigned paced_rounds = 4;

    // On two cores: the client and the gateway apart, and the engine beside the client, which is
    // not there while it waits.
    Options() {
        venue.gateway = {1, IdlePolicy::yield};
        venue.engine = venue.journal = {0, IdlePolicy::yield};
    }
};

struct Times {
    Percentiles fix, echo, echo_alone, hop;
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

    void run_each(Times& times) {
        for (unsigned round = 0; round < options_.rounds; ++round) {
            run_turns(times, [this](auto& asker, Percentiles& to) {
                asker.ask_each(options_.orders, &to);
            });
        }
    }
    void run_paced(Times& times) {
        for (unsigned round = 0; round < options_.paced_rounds; ++round) {
            run_turns(times, [this](auto& asker, Percentiles& to) {
                asker.ask_paced(options_.orders, options_.rate, &to);
            });
        }
    }

    const FixOrders& orders() const { return orders_; }
    void stop() { venue_.stop(); }

private:
    template <class Ask>
    void run_turns(Times& times, Ask ask) {
        const auto turn_of = [&](Percentiles& to) {
            return [&](auto asker) {
                asker.ask_each(options_.warm_up, nullptr);
                ask(asker, to);
            };
        };
        with_fix(turn_of(times.fix));
        with_echo(turn_of(times.echo));
        venue_.engine().pause();
        with_echo(turn_of(times.echo_alone));
        venue_.engine().resume();
        with_hop(turn_of(times.hop));
    }

    template <class Turn>
    void with_fix(Turn turn) {
        enter(options_.client_core);
        turn(Asker(
            "the gateway", client_wait(orders_.descriptor()),
            [&] {
                orders_.add();
                orders_.flush();
            },
            [&] { return orders_.poll(); }));
        if (orders_.refused() > 0)
            throw std::runtime_error("refused or wrong: " + orders_.first_refusal());
    }

    template <class Turn>
    void with_echo(Turn turn) {
        venue_.gateway().pause();
        {
            enter(options_.client_core);
            tools::TcpEcho echo(io_, orders_.order_bytes(), orders_.report_bytes(),
                                options_.venue.gateway);
            turn(Asker(
                "the echo", client_wait(echo.descriptor()), [&] { echo.send(0); },
                [&] { return echo.poll(); }));
        }
        venue_.gateway().resume();
    }

    template <class Turn>
    void with_hop(Turn turn) {
        venue_.gateway().pause();
        enter(options_.venue.gateway.core);
        hop_.catch_up();
        turn(Asker(
            "the engine", ClientWait(options_.venue.gateway.idle), [&] { hop_.send(); },
            [&] { return hop_.poll(); }));
        venue_.gateway().resume();
    }

    ClientWait client_wait(int socket) const {
        return options_.client_idle ? ClientWait(*options_.client_idle) : ClientWait(socket);
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

void print(Times& times) {
    const auto line = [](const char* name, Percentiles& of) {
        std::printf("  %-20s %s (%zu)\n", name, of.text().c_str(), of.count());
    };
    line("order to report", times.fix);
    line("echo of those sizes", times.echo);
    line("echo, engine stopped", times.echo_alone);
    line("engine's hop", times.hop);
}

void print_ratio(const char* name, Times& times, Percentiles& of_echo) {
    const auto p50 = [](Percentiles& of) { return static_cast<double>(of.at(0.5)) / 1e3; };
    const double fix = p50(times.fix), echo = p50(of_echo), hop = p50(times.hop);
    const double most = echo_factor_max * echo + hop;
    std::printf("p50=%.1fus is %.2f x %s + hop (at most %.1f x, %.1fus: %s)\n", fix,
                (fix - hop) / echo, name, echo_factor_max, most, fix <= most ? "met" : "missed");
}

std::string text(const char* name, const char* idle, int core) {
    return std::string(" ") + name + "=" + idle + "@" + (core < 0 ? "any" : std::to_string(core));
}
std::string text(const char* name, const ThreadSettings& thread) {
    return text(name, idle_name(thread.idle), thread.core);
}

void measure(Options& options) {
    const uint64_t turn = options.orders + options.warm_up;
    options.venue.orders_max =
        static_cast<uint32_t>(2 * turn * (options.rounds + options.paced_rounds) + 1);
    Times each, paced;
    Roundtrip roundtrip(options);
    roundtrip.run_each(each);
    roundtrip.run_paced(paced);
    std::printf(
        "durability=memory order_bytes=%zu report_bytes=%zu cores=%u check=ok idle@core:%s%s%s%s\n",
        roundtrip.orders().order_bytes(), roundtrip.orders().report_bytes(),
        std::thread::hardware_concurrency(),
        text("client", options.client_idle ? idle_name(*options.client_idle) : "block",
             options.client_core)
            .c_str(),
        text("gateway", options.venue.gateway).c_str(),
        text("engine", options.venue.engine).c_str(),
        text("journal", options.venue.journal).c_str());
    std::printf("one order at a time:\n");
    print(each);
    if (options.paced_rounds > 0) {
        std::printf("%.0f orders a second, from the intended time:\n", options.rate);
        print(paced);
    }
    print_ratio("echo", each, each.echo);
    print_ratio("echo with the engine stopped", each, each.echo_alone);
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
    app.add_option("--client-core", options.client_core, "core of the client, -1: any")
        ->capture_default_str();
    app.add_option("--client-idle", options.client_idle,
                   "what the client does when idle; without: it blocks in the kernel")
        ->transform(CLI::CheckedTransformer(idle_policies()));
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
