// The real exchange against the slow, obvious one, over seeded streams of commands of every kind.
// A failure names its seed: run it alone with CARBONX_SEED=... (tests/README.md).
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "tests/command_stream.h"
#include "tests/twins.h"
#include "tools/text.h"

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
    shape.cash_each = 400'0000;
    shape.credits_each = 100;
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

void run(const World& world, uint64_t seed) {
    CAPTURE(world.name, seed);
    Twins twins(world.shape.capacities);
    CommandStream stream(seed, world.shape);
    std::vector<Command> commands;
    std::string difference;
    try {
        for (int i = 0; i < world.commands; ++i) {
            Command command = stream.next(twins.reference());
            stream.observe(twins.apply(command.head));
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
        for (const World& world : worlds) run(world, seed);
        return;
    }
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    const auto random_seed = static_cast<uint64_t>(now) % 1'000'000'000;
    std::cout << "simulation: random seed " << random_seed << '\n';
    for (const World& world : worlds) {
        for (uint64_t seed = 1; seed <= 6; ++seed) run(world, seed);
        run(world, random_seed);
    }
}

}  // namespace carbonx::tests
