// The subscriber's side: one sequence out of two lines that lose, repeat and reorder; books out of
// messages.
#include <catch2/catch.hpp>
#include <deque>

#include "marketdata/history.h"
#include "marketdata/itch_encoder.h"
#include "marketdata/receiver/arbiter.h"
#include "marketdata/receiver/image.h"
#include "tests/feed_script.h"

namespace carbonx::tests {
namespace {

using marketdata::Arbiter;
using marketdata::History;
using marketdata::Image;
using marketdata::Packet;
using marketdata::Packetiser;
namespace wire = marketdata::wire;
using Bytes = std::vector<unsigned char>;

const wire::SessionName session("2026112301");

Bytes bytes(const Packet& packet) { return {packet.view().begin(), packet.view().end()}; }

// A day by chance: its packets as they were sent, and the history that answers for them.
struct Day {
    explicit Day(uint64_t seed) : script(scratch.path()), market(script, seed) {
        market.open();
        EventReader events(scratch.path(), scratch.path(), "test");
        marketdata::ItchEncoder encoder(480);
        Packetiser packetiser;
        std::mt19937_64 random(seed);
        for (int burst = 0; burst < 200; ++burst) {
            market.act(1 + random() % 60);
            while (const EventHead* event = events.next()) {
                const auto& encoded = encoder.encode(*event, events.sequence());
                if (encoded.session_begins) {
                    packetiser.begin(session, 1);
                    history.begin(session);
                }
                std::span<const unsigned char> blocks{encoded.blocks};
                while (!blocks.empty()) {
                    const auto block = marketdata::first_block(blocks);
                    history.append(block);
                    packetiser.append(block);
                    blocks = blocks.subspan(block.size());
                }
            }
            packetiser.flush();
        }
        for (const Packet& packet : packetiser.ready()) packets.push_back(bytes(packet));
    }
    Bytes heartbeat() const { return bytes(Packet(session, history.next_sequence(), 0)); }

    ScratchDirectory scratch;
    FeedScript script;
    RandomMarket market;
    History history{scratch.path() / "feed"};
    std::vector<Bytes> packets;
};

uint64_t sequence_of(const Bytes& packet) {
    return wire::as<wire::PacketHeader>(packet.data()).sequence.value();
}

struct Subscriber {
    explicit Subscriber(const Arbiter::Bounds& chosen = {}) : bounds(chosen) {}

    const Arbiter::Bounds bounds;
    Image image;
    uint64_t expected = 1;
    int sessions = 0;
    Arbiter arbiter{{[this](const wire::SessionName&) {
                         ++sessions;
                         expected = 1;
                         image.clear();
                     },
                     [this](uint64_t sequence, std::span<const unsigned char> message) {
                         CHECK(sequence == expected);
                         ++expected;
                         image.apply(message);
                     }},
                    bounds};
    uint64_t now_ns = 1;

    void take(const Bytes& packet) { arbiter.take(packet, now_ns); }
    // Asks until nothing is missing, by a path that loses answers.
    void recover(History& history, std::mt19937_64& random, unsigned lost_percent) {
        for (int i = 0; i < 100'000 && !arbiter.caught_up(); ++i) {
            now_ns += 10'000'000;
            const auto request = arbiter.request(now_ns);
            if (!request || random() % 100 < lost_percent) continue;
            const auto answer = history.read(request->session, request->sequence.value(),
                                             static_cast<uint16_t>(request->count.value()));
            REQUIRE(answer);
            take(bytes(*answer));
        }
        CHECK(arbiter.caught_up());
    }
};

}  // namespace

TEST_CASE("receiver: lines that lose, repeat and reorder give every message once") {
    const uint64_t seed = GENERATE(1, 2, 3, 4, 5, 6, 7, 8);
    CAPTURE(seed);
    Day day(seed);
    std::mt19937_64 random(seed);
    Subscriber subscriber;
    std::deque<Bytes> wire;
    for (const Bytes& packet : day.packets) {
        for (int line = 0; line < 2; ++line) {
            if (random() % 100 < 30) continue;  // lost
            wire.push_back(packet);
            if (random() % 100 < 10) wire.push_back(packet);
            if (wire.size() > 1 && random() % 100 < 20) {
                std::swap(wire.back(), wire[random() % wire.size()]);
            }
        }
        while (wire.size() > 8) {
            subscriber.take(wire.front());
            wire.pop_front();
        }
        const bool heard = subscriber.sessions > 0;
        if (heard && random() % 10 == 0) subscriber.recover(day.history, random, 30);
    }
    for (const Bytes& packet : wire) subscriber.take(packet);
    subscriber.take(day.heartbeat());
    subscriber.recover(day.history, random, 30);

    CHECK(subscriber.arbiter.next_sequence() == day.history.next_sequence());
    CHECK(marketdata::books_text(subscriber.image) == day.market.books_text());
    CHECK(subscriber.image.contradictions() == 0);
    CHECK(subscriber.arbiter.counters().gaps > 0);
    CHECK(subscriber.arbiter.counters().repeats > 0);
    CHECK(subscriber.arbiter.counters().requests > 0);
    CHECK(subscriber.arbiter.counters().malformed == 0);
}

TEST_CASE("receiver: whole lines need no re-request") {
    Day day(11);
    Subscriber subscriber;
    for (const Bytes& packet : day.packets) {
        subscriber.take(packet);
        subscriber.take(packet);
        CHECK_FALSE(subscriber.arbiter.request(subscriber.now_ns += 1'000'000'000));
    }
    CHECK(subscriber.arbiter.counters().repeats == day.packets.size());
    CHECK(marketdata::books_text(subscriber.image) == day.market.books_text());
}

TEST_CASE("receiver: a gap is asked for when it has lasted, and again when nothing came") {
    Day day(12);
    Subscriber subscriber;
    auto& arbiter = subscriber.arbiter;
    const uint64_t begin_ns = subscriber.now_ns = 1'000'000'000;
    subscriber.take(day.packets[0]);
    const uint64_t next = arbiter.next_sequence();
    subscriber.take(day.packets[2]);
    CHECK_FALSE(arbiter.request(begin_ns + Arbiter::reorder_ns - 1));  // the other line may have it
    const uint64_t asked_ns = begin_ns + Arbiter::reorder_ns;
    const auto request = arbiter.request(asked_ns);
    REQUIRE(request);
    CHECK(request->session == session);
    CHECK(request->sequence.value() == next);
    CHECK(request->count.value() == sequence_of(day.packets[2]) - next);
    CHECK(arbiter.missing() == request->count.value());
    CHECK_FALSE(arbiter.request(asked_ns + Arbiter::retry_ns - 1));
    CHECK(arbiter.request(asked_ns + Arbiter::retry_ns));
    subscriber.now_ns += 77'000'000;
    subscriber.take(day.packets[1]);  // it was only late
    CHECK(arbiter.caught_up());
    CHECK_FALSE(arbiter.request(9'000'000'000));
    CHECK(arbiter.counters().gaps == 1);
    CHECK(arbiter.counters().gaps_closed == 1);
    CHECK(arbiter.counters().recovery_ns_last == 77'000'000);
    CHECK(arbiter.counters().recovery_ns_max == 77'000'000);
}

TEST_CASE("receiver: what an answer leaves of a gap is asked for at once, and so are other gaps") {
    Day day(12);
    Subscriber subscriber;
    auto& arbiter = subscriber.arbiter;
    subscriber.take(day.packets[0]);
    subscriber.take(day.packets[2]);
    subscriber.take(day.packets[4]);
    const uint64_t now_ns = subscriber.now_ns + Arbiter::reorder_ns;
    const auto first = arbiter.request(now_ns);
    const auto second = arbiter.request(now_ns);
    REQUIRE(first);
    REQUIRE(second);
    CHECK_FALSE(arbiter.request(now_ns));
    CHECK(second->sequence.value() == sequence_of(day.packets[3]));
    CHECK(second->sequence.value() + second->count.value() == sequence_of(day.packets[4]));
    REQUIRE(first->count.value() > 2);
    subscriber.take(bytes(*day.history.read(session, first->sequence.value(), 2)));
    const auto rest = arbiter.request(now_ns);
    REQUIRE(rest);
    CHECK(rest->sequence.value() == first->sequence.value() + 2);
    CHECK(rest->count.value() == first->count.value() - 2);
}

TEST_CASE("receiver: a heartbeat shows what is missing and moves nothing") {
    Subscriber subscriber;
    subscriber.take(bytes(Packet(session, 10, wire::count_heartbeat)));
    CHECK(subscriber.arbiter.next_sequence() == 1);
    CHECK_FALSE(subscriber.arbiter.caught_up());
    const auto request = subscriber.arbiter.request(1 + Arbiter::reorder_ns);
    REQUIRE(request);
    CHECK(request->sequence.value() == 1);
    CHECK(request->count.value() == 9);
    subscriber.take(bytes(Packet(session, 10, wire::count_end_of_session)));
    CHECK(subscriber.arbiter.next_sequence() == 1);
    CHECK_FALSE(subscriber.arbiter.session_over());
}

TEST_CASE("receiver: a later session begins anew, an earlier one is dropped") {
    Day day(13);
    Subscriber subscriber;
    subscriber.take(day.packets[0]);
    subscriber.take(bytes(Packet(wire::SessionName("2026112401"), 1, wire::count_heartbeat)));
    CHECK(subscriber.sessions == 2);
    CHECK(subscriber.arbiter.next_sequence() == 1);
    CHECK(subscriber.image.counters().empty());
    subscriber.take(day.packets[1]);
    CHECK(subscriber.sessions == 2);
    CHECK(subscriber.arbiter.counters().other_session == 1);
    CHECK(subscriber.arbiter.caught_up());
}

TEST_CASE("receiver: packets that are cut, longer or odd are counted and harm nothing") {
    Day day(14);
    std::mt19937_64 random(14);
    Subscriber subscriber;
    for (const Bytes& packet : day.packets) {
        Bytes cut(packet.begin(),
                  packet.begin() + static_cast<std::ptrdiff_t>(random() % packet.size()));
        Bytes longer = packet;
        longer.push_back(0);
        Bytes odd = packet;
        odd[18] = static_cast<unsigned char>(odd[18] + 1 + random() % 100);  // its count
        for (const Bytes& bad : {cut, longer, odd}) subscriber.take(bad);
        subscriber.take(packet);
    }
    CHECK(subscriber.arbiter.counters().malformed == 3 * day.packets.size());
    CHECK(marketdata::books_text(subscriber.image) == day.market.books_text());
}

TEST_CASE("receiver: messages changed by chance contradict the books and break nothing") {
    Day day(15);
    std::mt19937_64 random(15);
    Subscriber subscriber;
    for (Bytes packet : day.packets) {
        packet[22 + random() % (packet.size() - 22)] ^=
            static_cast<unsigned char>(1 + random() % 255);
        subscriber.take(packet);
    }
    subscriber.take(day.heartbeat());
    subscriber.recover(day.history, random, 0);
    CHECK(subscriber.image.contradictions() > 0);
    CHECK_FALSE(marketdata::books_text(subscriber.image).empty());
}

TEST_CASE("receiver: a long gap costs bounded memory, and what found no room is asked for") {
    Day day(16);
    Subscriber subscriber({100, 1 << 20});
    std::mt19937_64 random(16);
    // One message a packet, the first one lost: more packets than may wait.
    for (uint64_t sequence = 2; sequence < day.history.next_sequence(); ++sequence) {
        subscriber.take(bytes(*day.history.read(session, sequence, 1)));
        REQUIRE(subscriber.arbiter.packets_held() <= 100);
    }
    CHECK(subscriber.arbiter.missing() == day.history.next_sequence() - 1 - 100);
    subscriber.recover(day.history, random, 0);
    CHECK(marketdata::books_text(subscriber.image) == day.market.books_text());
}

TEST_CASE("receiver: messages cut into packets in whatever way make the same stream") {
    const uint64_t seed = GENERATE(1, 2, 3, 4, 5, 6);
    CAPTURE(seed);
    Day day(seed);
    std::mt19937_64 random(seed);
    Subscriber subscriber({1 + random() % 20, 1 << 20});
    const uint64_t end = day.history.next_sequence();
    for (uint64_t at = 1; at < end; at += random() % 8) {
        const uint64_t back = std::min(at - 1, random() % 40);
        const auto count = static_cast<uint16_t>(1 + random() % 20);
        subscriber.take(bytes(*day.history.read(session, at - back, count)));
        if (subscriber.sessions > 0 && random() % 50 == 0) {
            subscriber.recover(day.history, random, 30);
        }
    }
    subscriber.take(day.heartbeat());
    subscriber.recover(day.history, random, 30);
    CHECK(subscriber.arbiter.next_sequence() == end);
    CHECK(subscriber.arbiter.missing() == 0);
    CHECK(subscriber.arbiter.packets_held() == 0);
    CHECK(marketdata::books_text(subscriber.image) == day.market.books_text());
}

TEST_CASE("receiver: of two packets that begin alike the longer one stays held") {
    Day day(18);
    Subscriber subscriber({4, 1 << 20});
    const auto take = [&](uint64_t sequence, uint16_t count) {
        subscriber.take(bytes(*day.history.read(session, sequence, count)));
    };
    take(12, 10);
    take(10, 5);
    for (const uint64_t sequence : {30, 33, 36}) take(sequence, 1);  // the one at 10 is given up
    take(12, 1);                                                     // so this one is news

    std::mt19937_64 random(18);
    subscriber.take(day.heartbeat());
    subscriber.recover(day.history, random, 0);
    CHECK(subscriber.arbiter.counters().given_up > 0);
    CHECK(subscriber.arbiter.next_sequence() == day.history.next_sequence());
    CHECK(marketdata::books_text(subscriber.image) == day.market.books_text());
}

TEST_CASE("receiver: behind a snapshot, what was held goes on, and older packets are repeats") {
    Day day(17);
    Subscriber subscriber;
    auto& arbiter = subscriber.arbiter;
    for (std::size_t i = 10; i < 20; ++i) subscriber.take(day.packets[i]);
    const uint64_t from = sequence_of(day.packets[12]) + 1;  // within a packet
    subscriber.expected = from;
    arbiter.skip_to(from, subscriber.now_ns);
    CHECK(arbiter.next_sequence() == sequence_of(day.packets[20]));
    CHECK(arbiter.caught_up());
    CHECK(arbiter.packets_held() == 0);
    arbiter.skip_to(from, subscriber.now_ns);  // behind: nothing
    subscriber.take(day.packets[5]);
    CHECK(arbiter.next_sequence() == sequence_of(day.packets[20]));
    CHECK(arbiter.counters().repeats == 1);

    const uint64_t ahead = sequence_of(day.packets[30]);  // of what the lines have brought
    subscriber.expected = ahead;
    arbiter.skip_to(ahead, subscriber.now_ns);
    subscriber.take(day.packets[29]);
    CHECK(arbiter.next_sequence() == ahead);
    CHECK(arbiter.caught_up());
    subscriber.take(day.packets[30]);
    CHECK(arbiter.next_sequence() == sequence_of(day.packets[31]));
}

TEST_CASE("receiver: the last trades are at the makers' prices, the newest first") {
    Image image;
    const auto apply = [&](auto message, uint16_t locate) {
        message.header.type = message.type;
        message.header.locate = locate;
        image.apply({reinterpret_cast<const unsigned char*>(&message), sizeof message});
    };
    wire::StockDirectory directory;
    directory.symbol = wire::Alpha<8>("V415024H");
    apply(directory, 1);
    wire::AddOrder order;
    order.reference = 5;
    order.side = 'S';
    order.quantity = 10;
    order.price = 100'500;
    apply(order, 1);
    wire::OrderExecuted executed;
    executed.reference = 5;
    executed.quantity = 4;
    executed.match = 6;
    apply(executed, 1);
    executed.match = 7;
    apply(executed, 1);
    apply(executed, 1);  // more than it has

    REQUIRE(image.trades().size() == 2);
    CHECK(image.trades()[0].match == 7);
    CHECK(image.trades()[0].price == 100'500);
    CHECK(image.trades()[0].maker_side == 'S');
    CHECK(image.counters().at(1).traded_quantity == 8);
    CHECK(image.contradictions() == 1);
    CHECK(marketdata::books_text(image) == "V415024H S 10.0500 2 5\n");
}

TEST_CASE("receiver: a message of an unknown type is skipped and counted") {
    Image image;
    const unsigned char unknown[] = {'?', 1, 2};
    image.apply(unknown);
    image.apply(std::span<const unsigned char>());
    CHECK(image.unknown_count() == 2);
    CHECK(image.contradictions() == 0);
}

TEST_CASE("receiver: the index of orders finds what a plain map does") {
    const uint64_t seed = GENERATE(1, 2, 3);
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    marketdata::OrderIndex index;
    std::map<uint64_t, uint32_t> plain;
    for (int i = 0; i < 20'000; ++i) {
        const uint64_t reference = random() % (seed == 1 ? 300 : 5000) << (seed == 3 ? 32 : 0);
        const auto found = index.find(reference);
        const auto expected = plain.find(reference);
        REQUIRE(found.has_value() == (expected != plain.end()));
        if (!found) {
            const auto slot = static_cast<uint32_t>(random());
            index.insert(reference, slot);
            plain[reference] = slot;
        } else {
            REQUIRE(*found == expected->second);
            if (random() % 2 == 0) continue;
            index.erase(reference);
            plain.erase(expected);
        }
    }
}

}  // namespace carbonx::tests
