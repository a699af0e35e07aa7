// A large state; then commands at a steady rate while snapshots of it come and go. Beside them, as
// often and on another core, the control: arithmetic that takes about as long as a command. What
// happens to the machine happens to both; what happens to the commands alone is the snapshots'.
#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "bench/durability.h"
#include "bench/durable_client.h"
#include "engine/api/process.h"

namespace carbonx::bench {
namespace {

constexpr uint32_t instruments = 100;
constexpr uint32_t lots_each_prefix = 10;
constexpr uint32_t lot_accounts = 1000;
constexpr double control_ns = 300;

// Of the time in which no snapshot is made, and of the time in which one is.
using OffOn = std::array<Histogram, 2>;

// ---- the engine thread's own time, by the clock that its sequencer asks ----

std::atomic<bool> making{false};  // a snapshot; the client tells
std::atomic<const SequencerStatus*> status{nullptr};
OffOn polls;  // cycles of those that took commands; the engine thread's
uint64_t poll_begin = 0;
uint64_t poll_next_command = 0;

// Asked at the begin of each poll.
uint64_t watched_monotonic_ns() {
    const uint64_t now = cycles();
    if (const SequencerStatus* engine = status.load(std::memory_order_relaxed)) {
        const uint64_t next = engine->next_command.load(std::memory_order_relaxed);
        if (next != poll_next_command && poll_next_command != 0)
            polls[making.load(std::memory_order_relaxed)].add(now - poll_begin);
        poll_next_command = next;
    }
    poll_begin = now;
    return monotonic_ns();
}

// ---- the state ----

void deposit_lots(DurableVenue& venue, uint32_t first_account, uint32_t lots) {
    for (uint32_t i = 0; i < lot_accounts; ++i) {
        auto account = make_command<ListAccount>();
        account.participant = ParticipantId{1};
        account.name = Text<24>("LOTS" + std::to_string(i));
        venue.operate(account.head);
    }
    for (uint32_t i = 0; i < lots && !stopped(); ++i) {
        auto credits = make_command<DepositCredits>();
        credits.account = static_cast<AccountId>(first_account + i % lot_accounts);
        credits.instrument = static_cast<InstrumentId>(i / lot_accounts % instruments + 1);
        credits.serial_first = uint64_t{i % lots_each_prefix} * 1000 + 1;
        credits.serial_last = credits.serial_first + 999;
        credits.serial_prefix = Text<40>("LOT" + std::to_string(i / lots_each_prefix));
        venue.operate(credits.head);
    }
    venue.settle();
}

Capacities room_for(const FlowMarket& market, uint32_t lots) {
    Capacities room = market.capacities;
    room.accounts += lot_accounts;
    room.lots += lots;
    room.positions += lots;
    room.ranges += lots;
    return room;
}

// ---- the control ----

uint64_t arithmetic(uint64_t steps) {
    static volatile uint64_t seed = 1;
    uint64_t value = seed;
    for (uint64_t i = 0; i < steps; ++i) value = value * 6364136223846793005 + 1;
    seed = value;
    return value;
}

uint64_t control_steps() {
    constexpr uint64_t many = 1'000'000;
    const uint64_t begin = cycles();
    arithmetic(many);
    const double each_ns = static_cast<double>(cycles() - begin) / cycles_per_ns() / many;
    return static_cast<uint64_t>(control_ns / each_ns);
}

// ---- the run ----

// Whether a snapshot is being made: it is due, by the shadow's own rule, and not yet done.
bool is_making(const DurableVenue& venue) {
    const Engine& engine = venue.engine();
    const uint64_t saved = engine.shadow_status().snapshot_command.load(std::memory_order_relaxed);
    const uint64_t durable = engine.log().durable_command.load(std::memory_order_relaxed);
    return durable + 1 - saved >= venue.settings().engine.snapshot_commands;
}

struct Times {
    OffOn control;       // cycles of the arithmetic
    OffOn path;          // from when a command was to be sent until its events are published
    OffOn control_path;  // from when the arithmetic was to begin to its end
    uint64_t snapshots = 0;
    uint64_t write_ms_max = 0;
};

class Run {
public:
    Run(DurableVenue& venue, Sender& sender, const SnapshotOptions& options)
        : venue_(venue),
          sender_(sender),
          options_(options),
          step_(static_cast<uint64_t>(1e9 / options.rate * cycles_per_ns())),
          steps_(control_steps()) {}

    Times run() {
        const auto count = static_cast<uint64_t>(options_.rate * options_.seconds);
        const uint64_t begin = cycles();
        for (uint64_t i = 0; i < count && !stopped(); ++i) {
            const bool on = look();
            const uint64_t due = begin + i * step_;
            const uint64_t before = published();
            wait_until(due);
            sender_.send(1, IdlePolicy::spin);
            while (published() == before && !stopped()) __builtin_ia32_pause();
            times_.path[on].add(cycles() - due);

            wait_until(due + step_ / 2);
            const uint64_t from = cycles();
            arithmetic(steps_);
            const uint64_t to = cycles();
            times_.control[on].add(to - from);
            times_.control_path[on].add(to - (due + step_ / 2));
        }
        return times_;
    }

private:
    uint64_t published() const {
        return venue_.engine().log().published.load(std::memory_order_relaxed);
    }
    static void wait_until(uint64_t time) {
        while (cycles() < time) __builtin_ia32_pause();
    }
    bool look() {
        const ShadowStatus& shadow = venue_.engine().shadow_status();
        const uint64_t saved = shadow.snapshot_command.load(std::memory_order_relaxed);
        if (saved != saved_) {
            saved_ = saved;
            ++times_.snapshots;
            times_.write_ms_max = std::max(times_.write_ms_max, shadow.snapshot_ms.load());
        }
        const bool on = is_making(venue_);
        if (on != making.load(std::memory_order_relaxed)) making.store(on);
        return on;
    }

    DurableVenue& venue_;
    Sender& sender_;
    const SnapshotOptions options_;
    const uint64_t step_;  // cycles
    const uint64_t steps_;
    uint64_t saved_ = venue_.engine().shadow_status().snapshot_command;
    Times times_;
};

// ---- what is told ----

double ns(uint64_t duration) { return static_cast<double>(duration) / cycles_per_ns(); }

void print(const char* what, const OffOn& times) {
    for (const bool on : {false, true}) {
        const Histogram& all = times[on];
        std::printf("  %-14s %-3s %9lu %9.0f %9.0f %9.0f %9.0f\n", what, on ? "on" : "off",
                    all.count(), ns(all.quantile(0.5)), ns(all.quantile(0.99)),
                    ns(all.quantile(0.999)), ns(all.max()));
    }
}

std::string figures(const char* name, const OffOn& times) {
    char line[200];
    std::string all;
    for (const bool on : {false, true}) {
        const Histogram& those = times[on];
        std::snprintf(line, sizeof line, " %s_%s_ns=%.0f/%.0f/%.0f/%.0f", name, on ? "on" : "off",
                      ns(those.quantile(0.5)), ns(those.quantile(0.99)), ns(those.quantile(0.999)),
                      ns(those.max()));
        all += line;
    }
    return all;
}

void print(const Times& times) {
    std::printf("nanoseconds, without and with a snapshot being made:\n");
    std::printf("  %-14s %-3s %9s %9s %9s %9s %9s\n", "", "", "count", "p50", "p99", "p99.9",
                "max");
    print("engine thread", polls);
    print("control", times.control);
    print("to published", times.path);
    print("control's path", times.control_path);
}

// How long the newest snapshot takes to load when nothing of it is in the system's cache.
struct Loading {
    uint64_t bytes = 0;
    double seconds = 0;
};
Loading load_newest(const Settings& settings) {
    const auto files = list_snapshots(snapshot::directory(settings.data_directory));
    if (files.empty()) throw std::runtime_error("no snapshot was made: give it more --seconds");
    const auto forget = [&] {
        const File file(files.front().file, O_RDONLY);
        ::posix_fadvise(file.descriptor(), 0, 0, POSIX_FADV_DONTNEED);
    };
    forget();
    const uint64_t begin = monotonic_ns();
    load_snapshot(files.front().file, Populate::now);
    const double seconds = static_cast<double>(monotonic_ns() - begin) / 1e9;
    forget();
    return {std::filesystem::file_size(files.front().file), seconds};
}

}  // namespace

bool run_snapshot(VenueOptions place, const SnapshotOptions& options) {
    FlowOptions shape;
    shape.instruments = instruments;
    shape.live = options.orders / instruments;
    shape.operations = static_cast<uint64_t>(options.rate * options.seconds) + 1000;
    EndlessFlow flow(shape);
    place.archive = false;
    place.settings.capacities = room_for(flow.market(), options.lots);
    place.settings.snapshot_commands =
        static_cast<uint32_t>(options.rate * options.interval_seconds);
    Clock clock;
    clock.monotonic_ns = watched_monotonic_ns;
    DurableVenue venue(place, flow.market(), {}, clock);
    SendTimes times(1U << 30);
    Sender sender(venue, flow, times);
    enter_thread("bench-sender", place.client.core);
    deposit_lots(venue, flow.market().capacities.accounts + 1, options.lots);
    sender.send(flow.prefill(), place.client.idle);
    venue.settle();
    while (is_making(venue) && !stopped())  // the one of all this
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::printf("%u open orders, %u lots\n", venue.engine().status().open_orders.load(),
                options.lots);
    std::fflush(stdout);
    status = &venue.engine().status();
    const Times measured = Run(venue, sender, options).run();
    AckReader reader(venue, times, {-1, IdlePolicy::sleep}, UINT64_MAX);
    reader.finish(sender.sent);
    venue.stop();
    status = nullptr;
    print(measured);

    const uint64_t state = venue.engine().exchange().state_hash();
    const Loading loading = load_newest(venue.settings());
    const DurableVenue::Recovery recovery = venue.recover();
    const bool correct =
        recovery.state == state && reader.refused() == 0 && reader.trades() == flow.trades();
    std::printf(
        "durability=snapshot orders=%u lots=%u rate=%.0f seconds=%.0f snapshots=%lu%s%s%s%s "
        "bytes=%lu write_ms_max=%lu load_s=%.2f start_s=%.2f replayed=%lu check=%s\n",
        options.orders, options.lots, options.rate, options.seconds, measured.snapshots,
        figures("engine", polls).c_str(), figures("control", measured.control).c_str(),
        figures("path", measured.path).c_str(),
        figures("control_path", measured.control_path).c_str(), loading.bytes,
        measured.write_ms_max, loading.seconds, recovery.seconds, recovery.replayed,
        correct ? "ok" : "FAILED");
    return correct;
}

}  // namespace carbonx::bench
