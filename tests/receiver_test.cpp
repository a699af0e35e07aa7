// The subscriber's side: one sequence out of two lines that lose, repeat and reorder; books out of
// messages.
#include <catch2/catch.hpp>
#include <deque>

#include "marketdata/receiver/arbiter.h"
#include "marketdata/itch_encoder.h"
#include "marketdata/history.h"
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

struct Subscriber {
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
                     }}};
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
    subscriber.take(day.packets[0]);
    const uint64_t next = subscriber.arbiter.next_sequence();
    subscriber.take(day.packets[2]);
    CHECK_FALSE(subscriber.arbiter.request(1'000'000'000));  // the other line may have it
    const auto request = subscriber.arbiter.request(1'000'000'000 + Arbiter::reorder_ns);
    REQUIRE(request);
    CHECK(request->session == session);
    CHECK(request->sequence.value() == next);
    const auto behind = wire::as<wire::PacketHeader>(day.packets[2].data()).sequence.value();
    CHECK(request->count.value() == behind - next);
    CHECK_FALSE(subscriber.arbiter.request(1'000'000'000 + Arbiter::retry_ns));
    CHECK(subscriber.arbiter.request(1'000'000'000 + Arbiter::reorder_ns + Arbiter::retry_ns));
    subscriber.take(day.packets[1]);  // it was only late
    CHECK(subscriber.arbiter.caught_up());
    CHECK_FALSE(subscriber.arbiter.request(9'000'000'000));
}

TEST_CASE("receiver: a heartbeat shows what is missing and moves nothing") {
    Subscriber subscriber;
    subscriber.take(bytes(Packet(session, 10, wire::count_heartbeat)));
    CHECK(subscriber.arbiter.next_sequence() == 1);
    CHECK_FALSE(subscriber.arbiter.caught_up());
    subscriber.arbiter.request(1);
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
    Subscriber subscriber;
    std::mt19937_64 random(16);
    // One message a packet, the first one lost: more packets than may wait.
    uint64_t sequence = 2;
    for (; sequence < day.history.next_sequence(); ++sequence) {
        subscriber.take(bytes(*day.history.read(session, sequence, 1)));
    }
    REQUIRE(sequence > bounds.packets + 100);
    subscriber.recover(day.history, random, 0);
    CHECK(marketdata::books_text(subscriber.image) == day.market.books_text());
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

}  // namespace carbonx::tests
