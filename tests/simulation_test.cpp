// The real exchange against the slow, obvious one, over seeded streams of commands of every kind.
// A failure names its seed: run it alone with CARBONX_SEED=... (tests/README.md).
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>

#include "engine/text/text_values.h"
#include "tests/command_stream.h"
#include "tests/twins.h"

namespace carbonx::tests {

namespace {

struct World {
    const char* name;
    Shape shape;
    int commands;
    int compare_every;
};

Shape small() {
    Shape shape;
    shape.participants = 3;
    shape.sessions = 3;
    shape.instruments = 1;
    shape.quantity_most = 10;
    shape.ticks_around = 2;
    shape.cash_each = 400'000'0000;
    shape.credits_each = 2'000;
    return shape;
}
Shape tight() {
    Shape shape;
    shape.instruments = 2;
    shape.open_orders_max = 40;
    shape.capacities.orders = 30;
    shape.capacities.ranges = 80;
    shape.capacities.positions = 60;
    shape.capacities.lots = 60;
    shape.capacities.participants = 8;
    shape.capacities.accounts = 12;
    shape.capacities.sessions = 10;
    shape.capacities.projects = 4;
    shape.capacities.instruments = 3;
    shape.capacities.counters = 5;
    return shape;
}
Shape polite() {
    Shape shape;
    shape.bad_percent = 0;
    shape.round_lot = 10;
    shape.open_orders_max = 1'000;
    shape.cash_each = 500'000'0000'0000;
    shape.credits_each = 5'000'000;
    return shape;
}
Shape large() {
    Shape shape;
    shape.participants = 20;
    shape.sessions = 30;
    shape.instruments = 12;
    shape.round_lot = 25;
    shape.ticks_around = 20;
    return shape;
}

const World worlds[] = {
    {"small", small(), 6'000, 1},    {"tight", tight(), 6'000, 10},
    {"usual", Shape{}, 10'000, 50},  {"polite", polite(), 10'000, 200},
    {"large", large(), 12'000, 500},
};

// What the streams have led to: a simulation that never meets a rule proves nothing about it.
class Coverage {
public:
    void observe(const std::vector<Event>& events) {
        for (const Event& event : events) {
            count("event " + enum_text(event.head.type));
            if (event.head.type == EventType::rejected) {
                count(as_event<Rejected>(event.head).reason);
            } else if (event.head.type == EventType::refused) {
                count(as_event<Refused>(event.head).reason);
            } else if (event.head.type == EventType::cancelled) {
                count("cancelled " + enum_text(as_event<Cancelled>(event.head).reason));
            }
        }
    }
    // Every event type, reject and cancel reason that was not met; the gateway's own rejects apart.
    std::string missing() const {
        std::string list;
        const auto expect = [&](const std::string& what) {
            if (!met_.contains(what)) list.append(list.empty() ? "" : ", ").append(what);
        };
        for (const auto& word : words(EventType{})) {
            expect("event " + std::string(word.word));
        }
        for (const auto& word : words(CancelReason{})) {
            expect("cancelled " + std::string(word.word));
        }
        for (const auto& word : words(Reject{})) {
            if (word.value == Reject::none || word.value == Reject::exchange_busy ||
                word.value == Reject::client_id_duplicate || word.value == Reject::throttled) {
                continue;
            }
            expect(std::string(rule(word.value)) + " " + std::string(word.word));
        }
        return list;
    }
    const std::map<std::string, uint64_t>& met() const { return met_; }

private:
    void count(const std::string& what) { ++met_[what]; }
    void count(Reject reason) { count(std::string(rule(reason)) + " " + enum_text(reason)); }
    std::map<std::string, uint64_t> met_;
};

// The same commands, once more, into a fresh exchange.
uint64_t replayed_hash(const std::vector<Command>& commands, const Capacities& capacities) {
    constexpr uint32_t window = 1U << 17;
    Memory memory = Memory::anonymous(event_log::bytes(window));
    event_log::format(memory, window, 1);
    EventWriter writer(memory, true);
    Exchange exchange(capacities);
    uint64_t sequence = 1;
    for (const Command& command : commands) {
        exchange.apply(sequence, command.head, writer);
        sequence += command.head.slots;
    }
    return exchange.state_hash();
}

void run(const World& world, uint64_t seed, Coverage& coverage) {
    CAPTURE(world.name, seed);
    Twins twins(world.shape.capacities);
    CommandStream stream(seed, world.shape);
    std::vector<Command> commands;
    std::string difference;
    try {
        for (int i = 0; i < world.commands; ++i) {
            Command command = stream.next(twins.reference());
            const std::vector<Event>& events = twins.apply(command.head);
            stream.observe(events);
            coverage.observe(events);
            commands.push_back(command);
            if (i % world.compare_every == 0) twins.compare_state();
        }
        twins.compare_state();
    } catch (const std::runtime_error& error) {
        difference = "command " + std::to_string(commands.size()) + ", " + error.what();
    }
    REQUIRE(difference == "");
    REQUIRE(replayed_hash(commands, world.shape.capacities) == twins.exchange().state_hash());
    commands.back().head.time_ns += 1;
    REQUIRE(replayed_hash(commands, world.shape.capacities) != twins.exchange().state_hash());
}

}  // namespace

TEST_CASE("simulation: every event, book, balance and serial is the reference's") {
    if (const char* given = std::getenv("CARBONX_SEED")) {
        const uint64_t seed = std::strtoull(given, nullptr, 10);
        for (const World& world : worlds) {
            Coverage coverage;
            run(world, seed, coverage);
            std::cout << "world " << world.name << '\n';
            for (const auto& [what, count] : coverage.met()) {
                std::cout << "  " << what << ": " << count << '\n';
            }
        }
        return;
    }
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    const auto random_seed = static_cast<uint64_t>(now) % 1'000'000'000;
    std::cout << "simulation: random seed " << random_seed << '\n';
    Coverage coverage;
    for (const World& world : worlds) {
        for (uint64_t seed = 1; seed <= 48; ++seed) run(world, seed, coverage);
        run(world, random_seed, coverage);
    }
    REQUIRE(coverage.missing() == "");
}

// A public engine's index from id to order silently lost orders after many more ids than it had
// room for. Ours has no index; its slots are used again and again.
TEST_CASE("simulation: a hundred times more orders than there is room for, and none is lost") {
    Shape shape = polite();
    shape.instruments = 1;
    shape.capacities.orders = 16;
    Twins twins(shape.capacities);
    CommandStream stream(1, shape);
    uint64_t accepted = 0;
    while (accepted < 100 * uint64_t{shape.capacities.orders}) {
        Command command = stream.next(twins.reference());
        const std::vector<Event>& events = twins.apply(command.head);
        stream.observe(events);
        if (events.front().head.type == EventType::accepted) ++accepted;
        twins.compare_state();
    }
    REQUIRE(twins.exchange().open_order_count() == twins.reference().open_orders().size());
}

}  // namespace carbonx::tests
