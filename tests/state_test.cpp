// A saved state, loaded into a new exchange, is the same one for ever: it has the same hash, and
// whatever comes gives the same events. What is no state is refused.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>

#include "engine/text/text.h"
#include "tests/command_stream.h"
#include "tests/twins.h"

namespace carbonx::tests {

namespace {

using Bytes = std::vector<char>;

Bytes saved(const Exchange& exchange) {
    Bytes bytes;
    StateWriter writer([&](const void* at, std::size_t size) {
        const char* const first = static_cast<const char*>(at);
        bytes.insert(bytes.end(), first, first + size);
    });
    exchange.save(writer);
    return bytes;
}

void load(Exchange& exchange, const Bytes& bytes) {
    std::size_t at = 0;
    StateReader reader([&](void* to, std::size_t size) {
        size = std::min(size, bytes.size() - at);
        if (size != 0) std::memcpy(to, bytes.data() + at, size);
        at += size;
        return size;
    });
    exchange.load(reader);
}

// What the refusal says; empty when the bytes were taken for a state.
std::string refusal(const Bytes& bytes, const Capacities& capacities) {
    Exchange exchange(capacities, Populate::on_use);
    try {
        load(exchange, bytes);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

// An exchange that was loaded, with a window of its own.
class Copy {
public:
    Copy(const Bytes& bytes, const Capacities& capacities)
        : memory_(Memory::anonymous(event_log::bytes(window), Populate::on_use)),
          exchange(capacities, Populate::on_use) {
        event_log::format(memory_, window, 1);
        writer_.emplace(memory_, true);
        load(exchange, bytes);
    }
    // The text of the first event that is not the expected one; empty when all are.
    std::string apply(uint64_t sequence, const CommandHead& command,
                      const std::vector<Event>& expected, const Names& names) {
        uint64_t at = writer_->next();
        exchange.apply(sequence, command, *writer_);
        for (const Event& event : expected) {
            if (at == writer_->next()) return "nothing for " + to_text(event.head, names);
            const auto& mine = *reinterpret_cast<const EventHead*>(event_log::slots(memory_) +
                                                                   (at & (window - 1)));
            if (mine.slots != event.head.slots ||
                std::memcmp(&mine, &event, mine.slots * sizeof(Slot)) != 0) {
                return to_text(mine, names) + "\nfor " + to_text(event.head, names);
            }
            at += mine.slots;
        }
        return at == writer_->next() ? "" : "more events than the original";
    }

private:
    static constexpr uint32_t window = 1U << 14;
    Memory memory_;
    std::optional<EventWriter> writer_;

public:
    Exchange exchange;
};

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
    shape.capacities.levels = 20'000;
    return shape;
}

// Runs a stream, and beside it a copy that is saved and loaded anew every so many commands.
void run(const Shape& shape, uint64_t seed, int commands, int reload_every) {
    CAPTURE(seed);
    Twins twins(shape.capacities);
    CommandStream stream(seed, shape);
    std::optional<Copy> copy;
    uint64_t sequence = 1;
    for (int i = 0; i < commands; ++i) {
        CAPTURE(i);
        Command command = stream.next(twins.reference());
        const std::vector<Event>& events = twins.apply(command.head);
        stream.observe(events);
        if (copy) {
            const std::string other = copy->apply(sequence, command.head, events, twins.names());
            CAPTURE(to_text(command.head, twins.names()));
            REQUIRE(other == "");
        }
        sequence += command.head.slots;
        if (i % reload_every != 0) continue;
        const Bytes bytes = saved(twins.exchange());
        if (copy) {
            REQUIRE(copy->exchange.state_hash() == twins.exchange().state_hash());
            REQUIRE(saved(copy->exchange) == bytes);
        }
        copy.emplace(bytes, shape.capacities);
        REQUIRE(copy->exchange.state_hash() == twins.exchange().state_hash());
        REQUIRE(saved(copy->exchange) == bytes);
        REQUIRE(copy->exchange.next_due_ns() == twins.exchange().next_due_ns());
    }
}

// A busy market's state, with everything in it that a state can have.
Bytes busy_state(uint64_t seed) {
    Twins twins(tight().capacities);
    CommandStream stream(seed, tight());
    for (int i = 0; i < 1'500; ++i) {
        Command command = stream.next(twins.reference());
        stream.observe(twins.apply(command.head));
    }
    return saved(twins.exchange());
}

}  // namespace

TEST_CASE("state: saved and loaded at any point, an exchange goes on as if nothing had been") {
    Shape large;
    large.participants = 20;
    large.sessions = 30;
    large.instruments = 12;
    large.round_lot = 25;
    large.ticks_around = 20;
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    const char* given = std::getenv("CARBONX_SEED");
    const uint64_t random_seed = given != nullptr ? std::strtoull(given, nullptr, 10)
                                                  : static_cast<uint64_t>(now) % 1'000'000'000;
    std::cout << "state: random seed " << random_seed << '\n';
    for (const uint64_t seed : {uint64_t{1}, uint64_t{2}, uint64_t{3}, random_seed}) {
        run(tight(), seed, 6'000, 7);
        run(Shape{}, seed, 6'000, 61);
        run(large, seed, 6'000, 211);
    }
}

TEST_CASE("state: one that ends early is refused at every byte") {
    const Bytes bytes = busy_state(1);
    REQUIRE(refusal(bytes, tight().capacities) == "");
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CAPTURE(size, bytes.size());
        const Bytes part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
        REQUIRE_THAT(refusal(part, tight().capacities), Catch::Contains("it ends here"));
    }
}

TEST_CASE("state: a changed one is refused, or is another state, and never a crash") {
    std::mt19937_64 random(1);
    int refused = 0;
    for (uint64_t seed = 1; seed <= 10; ++seed) {
        const Bytes bytes = busy_state(seed);
        Exchange original(tight().capacities, Populate::on_use);
        load(original, bytes);
        for (int i = 0; i < 2'000; ++i) {
            Bytes changed = bytes;
            const std::size_t at = random() % changed.size();
            const auto flip = static_cast<unsigned char>(1U << random() % 8);
            changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ flip);
            CAPTURE(seed, at, static_cast<int>(flip));
            Exchange exchange(tight().capacities, Populate::on_use);
            try {
                load(exchange, changed);
                REQUIRE(saved(exchange) == changed);
                REQUIRE(exchange.state_hash() != original.state_hash());
            } catch (const std::runtime_error& error) {
                ++refused;
            }
        }
    }
    REQUIRE(refused > 5'000);
}

TEST_CASE(
    "state: of another version, or of other capacities, it is refused with "
    "the mend") {
    const Bytes bytes = busy_state(1);
    for (const int version : {1, 3}) {  // 1: without the instruments' labels
        Bytes changed = bytes;
        changed[8] = static_cast<char>(version);
        REQUIRE(refusal(changed, tight().capacities) ==
                "the saved state has version " + std::to_string(version) +
                    ", and this build reads 2 to 2: use the build that wrote it, or an older "
                    "state");
    }
    Capacities other = tight().capacities;
    other.orders = 31;
    REQUIRE(refusal(bytes, other) ==
            "the saved state is of an exchange with room for 30 orders, not 31");
    Bytes none = bytes;
    none[0] = 'x';
    REQUIRE(refusal(none, tight().capacities) ==
            "the saved state is damaged, before its byte 8: it does not begin as one");
}

TEST_CASE("state: an exchange of which little is used takes little memory") {
    const auto resident = [] {
        std::ifstream file("/proc/self/statm");
        std::size_t size = 0, pages = 0;
        file >> size >> pages;
        return pages * 4096;
    };
    const std::size_t before = resident();
    Capacities capacities;
    capacities.orders = 1U << 24;
    capacities.accounts = 1U << 15;
    capacities.instruments = 1U << 12;
    const Exchange exchange(capacities, Populate::on_use);
    exchange.state_hash();
    REQUIRE(resident() - before < std::size_t{64} << 20);
}

}  // namespace carbonx::tests
