// The subscriber over real sockets: how it joins, recovers and tells when it is stale.
#include <catch2/catch.hpp>
#include <set>

#include "marketdata/receiver/receiver.h"
#include "tests/fake_feed.h"

namespace carbonx::tests {
namespace {

using marketdata::books_text;
using marketdata::Packet;
using marketdata::Receiver;
using marketdata::ReceiverLimits;
using marketdata::Staleness;
using marketdata::StreamReceiver;
namespace wire = marketdata::wire;

constexpr uint64_t second = 1'000'000'000;

ReceiverLimits limits(uint64_t snapshot_messages) {
    ReceiverLimits limits;
    limits.snapshot_messages = snapshot_messages;
    return limits;
}

struct Subscriber : Receiver {
    explicit Subscriber(const FakeFeed& feed, const ReceiverLimits& chosen = limits(100))
        : Subscriber(feed.subscription(), chosen) {}
    explicit Subscriber(const marketdata::Subscription& subscription,
                        const ReceiverLimits& chosen = limits(100))
        : Receiver(subscription,
                   {[this](uint64_t sequence, auto) { sequences.push_back(sequence); },
                    [this] { ++replaced; }},
                   chosen) {}
    const auto& snapshots() const { return stream().snapshots(); }

    std::vector<uint64_t> sequences;
    int replaced = 0;
};

}  // namespace

TEST_CASE("receiver: who comes late loads a snapshot, and goes on behind it") {
    FakeFeed feed(1);
    feed.act_unheard(3000);
    Subscriber subscriber(feed);
    feed.act(10);
    const uint64_t image = feed.next();
    feed.snapshots.answer = [bytes = feed.image(image)] { return bytes; };
    feed.step(subscriber);
    feed.act(300);  // before the image has come
    REQUIRE(feed.catch_up(subscriber));
    CHECK(books_text(subscriber.image()) == feed.market.books_text());
    CHECK(subscriber.image().contradictions() == 0);
    CHECK(subscriber.snapshots().taken == 1);
    CHECK(subscriber.snapshots().started == 1);
    CHECK(subscriber.replaced == 2);  // the session began; the snapshot came
    CHECK(feed.requests == 0);
    REQUIRE_FALSE(subscriber.sequences.empty());
    CHECK(subscriber.sequences.front() == image);
    CHECK(subscriber.arbiter().counters().skipped == image - 1);
    CHECK(feed.snapshots.login.user.view() == "DEMO");
    CHECK(feed.snapshots.login.password.view() == "demo-books");
    CHECK(marketdata::soup::parse_number({feed.snapshots.login.sequence.data(), 20}) == 1);

    feed.act(500);
    REQUIRE(feed.catch_up(subscriber));
    CHECK(books_text(subscriber.image()) == feed.market.books_text());
}

TEST_CASE("receiver: who comes to a quiet stream has the books before a heartbeat") {
    FakeFeed feed(23);
    feed.act_unheard(3000);
    Subscriber subscriber(feed);
    for (int i = 0; i < 100 && subscriber.status(feed.now_ns).stale(); ++i) feed.step(subscriber);
    CHECK_FALSE(subscriber.status(feed.now_ns).stale());
    CHECK(subscriber.arbiter().session() == feed.session());
    CHECK(books_text(subscriber.image()) == feed.market.books_text());
    CHECK(marketdata::soup::session_name(feed.snapshots.login.session).view().empty());
    // Lines that are never heard do not stay unnoticed.
    feed.step(subscriber, 3 * second);
    CHECK(subscriber.status(feed.now_ns).staleness == Staleness::silent);
    feed.act(500);
    REQUIRE(feed.catch_up(subscriber));
    CHECK(books_text(subscriber.image()) == feed.market.books_text());
    CHECK(subscriber.arbiter().counters().gaps == 0);
    CHECK(subscriber.snapshots().started == 1);
    CHECK_FALSE(subscriber.status(feed.now_ns).stale());
}

TEST_CASE("receiver: a snapshot's number is that of the next message, neither more nor less") {
    const int64_t wrong_by = GENERATE(-1, 0, 1);
    CAPTURE(wrong_by);
    FakeFeed feed(2);
    feed.act_unheard(3000);
    Subscriber subscriber(feed);
    const uint64_t image = feed.next();
    const auto said = static_cast<uint64_t>(static_cast<int64_t>(image) + wrong_by);
    feed.snapshots.answer = [&feed, bytes = feed.image(said)] { return bytes; };
    feed.snapshots.bytes_per_poll = 1000;
    feed.act_unheard(30);
    // A packet that begins before the image's end and ends behind it.
    feed.send_both(feed.packet_from(image - 3));
    REQUIRE(feed.catch_up(subscriber));

    REQUIRE_FALSE(subscriber.sequences.empty());
    CHECK(subscriber.sequences.front() == said);
    CHECK(subscriber.snapshots().taken == 1);
    const bool right = books_text(subscriber.image()) == feed.market.books_text() &&
                       subscriber.image().contradictions() == 0;
    CHECK(right == (wrong_by == 0));
}

TEST_CASE("receiver: while a snapshot comes, the picture is what it was, and then all of it") {
    FakeFeed feed(3);
    feed.act_unheard(3000);
    feed.snapshots.bytes_per_poll = 100;
    Subscriber subscriber(feed);
    std::set<std::string> seen;
    feed.heartbeat();
    for (int i = 0; i < 900 && subscriber.snapshots().taken == 0; ++i) {
        feed.step(subscriber);
        seen.insert(books_text(subscriber.image()));
    }
    CHECK(subscriber.snapshots().taken == 1);
    CHECK(seen == std::set<std::string>{"", feed.market.books_text()});
}

TEST_CASE("receiver: a snapshot that fails changes nothing, and messages are asked for instead") {
    FakeFeed feed(4);
    feed.act_unheard(3000);
    const Bytes image = feed.image(feed.next());
    const wire::SessionName older("2026112001");
    std::string reason;
    SECTION("the server is down") {
        feed.snapshots.shut();
        reason = "cannot connect: Connection refused";
    }
    SECTION("it refuses the user") {
        feed.snapshots.answer = [] { return Bytes{0, 2, 'J', 'A'}; };
        reason = "the server refused the user and password";
    }
    SECTION("it does not have the session") {
        feed.snapshots.answer = [] { return Bytes{0, 2, 'J', 'S'}; };
        reason = "the server does not have this session";
    }
    SECTION("it has an older session") {
        feed.snapshots.answer = [&] {
            Bytes bytes = FakeFeed::login_accepted(older);
            bytes.insert(bytes.end(), image.begin() + 33, image.end());
            return bytes;
        };
        reason = "the server has another session";
    }
    SECTION("it is cut off in the middle") {
        feed.snapshots.answer = [&] { return Bytes(image.begin(), image.begin() + 3000); };
        reason = "the server closed the connection";
    }
    SECTION("it ends before the image has") {
        feed.snapshots.answer = [&] {
            Bytes bytes(image.begin(), image.end() - 24 - 3);
            bytes.insert(bytes.end(), {0, 1, 'Z'});
            return bytes;
        };
        reason = "the server ended it too early";
    }
    SECTION("it sends what is no frame") {
        feed.snapshots.answer = [&] {
            Bytes bytes(image.begin(), image.end() - 24 - 3);
            bytes.insert(bytes.end(), 100, 0xFF);
            return bytes;
        };
        reason = "the server sent a frame of a wrong length";
    }
    SECTION("its end has no number") {
        feed.snapshots.answer = [&] {
            Bytes bytes = image;
            bytes[bytes.size() - 3 - 1] = 'x';
            return bytes;
        };
        reason = "the image's end has no sequence number";
    }
    SECTION("it is silent") {
        feed.snapshots.answer = nullptr;
        reason = "";  // messages were faster
    }
    Subscriber subscriber(feed);
    REQUIRE(feed.catch_up(subscriber));
    CHECK(books_text(subscriber.image()) == feed.market.books_text());
    CHECK(subscriber.snapshots().taken == 0);
    CHECK(subscriber.snapshots().last_failure == reason);
    CHECK((subscriber.snapshots().failed > 0) == !reason.empty());
    CHECK(subscriber.sequences.size() == feed.next() - 1);  // from message 1
    CHECK(subscriber.replaced == 1);                        // the session began
    CHECK(feed.requests > 0);
}

TEST_CASE("receiver: a slow snapshot is overtaken by messages asked for, and dropped") {
    FakeFeed feed(5);
    feed.act_unheard(3000);
    feed.snapshots.bytes_per_poll = 1;
    Subscriber subscriber(feed);
    feed.heartbeat();
    const uint64_t begin_ns = feed.now_ns;
    while (feed.now_ns < begin_ns + StreamReceiver::patience_ns - second / 10) {
        feed.step(subscriber);
    }
    CHECK(feed.requests == 0);
    REQUIRE(feed.catch_up(subscriber));
    CHECK(feed.requests > 0);
    CHECK(subscriber.snapshots().not_needed == 1);
    CHECK_FALSE(subscriber.stream().loading_snapshot());
    CHECK(books_text(subscriber.image()) == feed.market.books_text());
}

TEST_CASE("receiver: a small gap is asked for, and closed by a snapshot where no answer comes") {
    const bool answered = GENERATE(true, false);
    FakeFeed feed(6);
    if (!answered) feed.request_is_lost = [] { return true; };
    Subscriber subscriber(feed);
    feed.act(50);
    feed.heartbeat();
    feed.step(subscriber);
    feed.act_unheard(20);
    REQUIRE(feed.catch_up(subscriber));
    CHECK(subscriber.snapshots().taken == (answered ? 0 : 1));
    CHECK(books_text(subscriber.image()) == feed.market.books_text());
    const auto& counters = subscriber.arbiter().counters();
    const uint64_t at_least =
        answered ? marketdata::Arbiter::reorder_ns : StreamReceiver::unanswered_ns;
    CHECK(counters.recovery_ns_last >= at_least);
    CHECK(counters.recovery_ns_last < at_least + second / 10);
}

TEST_CASE("receiver: who has fallen far behind takes a snapshot in the middle of the session") {
    FakeFeed feed(7);
    Subscriber subscriber(feed);
    feed.act(50);
    REQUIRE(feed.catch_up(subscriber));
    const uint64_t requests = feed.requests;
    feed.act_unheard(500);
    feed.act(10);
    REQUIRE(feed.catch_up(subscriber));
    CHECK(subscriber.snapshots().taken == 1);
    CHECK(feed.requests == requests);
    CHECK(books_text(subscriber.image()) == feed.market.books_text());
}

TEST_CASE("receiver: a snapshot that was cut off leaves nothing in the next one") {
    FakeFeed feed(19);
    feed.act_unheard(3000);
    feed.request_is_lost = [] { return true; };
    feed.snapshots.answer = [&] {
        const Bytes image = feed.image(feed.next());
        const auto whole = static_cast<std::ptrdiff_t>(image.size());
        return Bytes(image.begin(), image.begin() + (feed.snapshots.clients < 3 ? 3000 : whole));
    };
    Subscriber subscriber(feed);
    REQUIRE(feed.catch_up(subscriber));
    CHECK(subscriber.snapshots().failed == 2);
    CHECK(subscriber.snapshots().taken == 1);
    CHECK(subscriber.image().contradictions() == 0);
    CHECK(books_text(subscriber.image()) == feed.market.books_text());
}

TEST_CASE("receiver: a snapshot that is behind changes nothing") {
    FakeFeed feed(17);
    Subscriber subscriber(feed);
    feed.act(50);
    const uint64_t behind = GENERATE(0, 1);
    feed.heartbeat();
    REQUIRE(feed.catch_up(subscriber));
    const std::string books = feed.market.books_text();
    const int replaced = subscriber.replaced;
    feed.snapshots.answer = [bytes = feed.image(feed.next() - behind)] { return bytes; };
    feed.request_is_lost = [] { return true; };
    feed.act_unheard(20);
    feed.heartbeat();
    for (int i = 0; i < 2000; ++i) feed.step(subscriber);
    CHECK(subscriber.snapshots().taken == 0);
    CHECK(subscriber.snapshots().not_needed > 0);
    CHECK(subscriber.replaced == replaced);
    CHECK(books_text(subscriber.image()) == books);
    feed.request_is_lost = nullptr;
    REQUIRE(feed.catch_up(subscriber));
    CHECK(books_text(subscriber.image()) == feed.market.books_text());
}

TEST_CASE("receiver: without a user it asks for no snapshot") {
    FakeFeed feed(8);
    feed.act_unheard(3000);
    auto subscription = feed.subscription();
    subscription.user.clear();
    Subscriber subscriber(subscription);
    REQUIRE(feed.catch_up(subscriber));
    CHECK(feed.snapshots.clients == 0);
    CHECK(books_text(subscriber.image()) == feed.market.books_text());
}

TEST_CASE("receiver: while neither server helps it tries snapshots less and less often") {
    FakeFeed feed(9);
    feed.act_unheard(3000);
    feed.request_is_lost = [] { return true; };
    feed.snapshots.answer = [] { return Bytes{0, 2, 'J', 'A'}; };
    Subscriber subscriber(feed);
    feed.heartbeat();
    const uint64_t begin_ns = feed.now_ns;
    while (feed.now_ns < begin_ns + 100 * second) feed.step(subscriber, 10'000'000);
    // After 0, .5, 1, 2, 4, 8, 16, 30, 30 seconds.
    CHECK(feed.snapshots.clients == 9);
    feed.snapshots.answer = [&] { return feed.image(feed.next()); };
    REQUIRE(feed.catch_up(subscriber, 31'000));
    CHECK(books_text(subscriber.image()) == feed.market.books_text());
}

TEST_CASE("receiver: what it holds is bounded, in packets and in bytes") {
    ReceiverLimits chosen = limits(UINT64_MAX);
    SECTION("packets") { chosen.held.packets = 10; }
    SECTION("bytes") { chosen.held.bytes = 1000; }
    FakeFeed feed(10);
    feed.request_is_lost = [] { return true; };
    auto subscription = feed.subscription();
    subscription.user.clear();
    Subscriber subscriber(subscription, chosen);
    feed.act_unheard(10);
    std::size_t packets_max = 0, bytes_max = 0;
    for (int i = 0; i < 200; ++i) {
        feed.act(1);
        feed.step(subscriber);
        packets_max = std::max(packets_max, subscriber.arbiter().packets_held());
        bytes_max = std::max(bytes_max, subscriber.arbiter().bytes_held());
    }
    CHECK(packets_max <= chosen.held.packets);
    CHECK(bytes_max <= chosen.held.bytes);
    CHECK(subscriber.arbiter().counters().given_up > 0);
    feed.request_is_lost = nullptr;
    REQUIRE(feed.catch_up(subscriber));
    CHECK(books_text(subscriber.image()) == feed.market.books_text());
    CHECK(subscriber.arbiter().missing() == 0);
    CHECK(subscriber.arbiter().bytes_held() == 0);
}

TEST_CASE("receiver: it tells why its picture is stale, and since when") {
    FakeFeed feed(11);
    feed.request_is_lost = [] { return true; };
    Subscriber subscriber(feed, limits(UINT64_MAX));
    const auto status = [&] { return subscriber.status(feed.now_ns); };
    feed.step(subscriber);
    CHECK(status().staleness == Staleness::not_joined);
    CHECK(status().since_ns == feed.now_ns);
    feed.act(10);
    feed.step(subscriber);
    CHECK(status().staleness == Staleness::not_joined);  // the day's opening was not heard
    feed.request_is_lost = nullptr;
    REQUIRE(feed.catch_up(subscriber));
    CHECK_FALSE(status().stale());

    feed.request_is_lost = [] { return true; };
    feed.act_unheard(1);
    feed.heartbeat();
    feed.step(subscriber);
    const uint64_t gap_ns = feed.now_ns;
    feed.step(subscriber);
    CHECK(status().staleness == Staleness::missing);
    CHECK(status().since_ns == gap_ns);
    CHECK(marketdata::text(status().staleness) == "stale: messages are missing");
    feed.request_is_lost = nullptr;
    REQUIRE(feed.catch_up(subscriber));
    CHECK_FALSE(status().stale());

    feed.heartbeat();
    feed.step(subscriber);
    const uint64_t heard_ns = feed.now_ns;
    feed.step(subscriber, StreamReceiver::silence_ns - 1);
    CHECK_FALSE(status().stale());
    feed.step(subscriber, 1);
    CHECK(status().staleness == Staleness::silent);
    CHECK(status().since_ns == heard_ns);
    feed.heartbeat();
    feed.step(subscriber);
    CHECK_FALSE(status().stale());
}

TEST_CASE("receiver: after the end of a session silence is no news, and the next one begins anew") {
    FakeFeed feed(12);
    Subscriber subscriber(feed);
    feed.act(100);
    feed.end_session();
    REQUIRE(feed.catch_up(subscriber));
    CHECK(subscriber.arbiter().session_over());
    feed.step(subscriber, 3600 * second);
    CHECK_FALSE(subscriber.status(feed.now_ns).stale());

    feed.open(20261124);
    feed.act(10, [](const auto&) {});
    feed.act(10);
    feed.step(subscriber);
    CHECK(subscriber.status(feed.now_ns).staleness == Staleness::not_joined);
    CHECK(subscriber.image().counters().empty());
    REQUIRE(feed.catch_up(subscriber));
    CHECK(subscriber.arbiter().session().view() == "2026112401");
    CHECK(books_text(subscriber.image()) == feed.market.books_text());
    CHECK_FALSE(subscriber.status(feed.now_ns).stale());
}

TEST_CASE("receiver: a snapshot that a new session overtakes is dropped") {
    const bool is_heard = GENERATE(true, false);  // before it is asked for
    FakeFeed feed(13);
    feed.act_unheard(3000);
    feed.snapshots.answer = [bytes = feed.image(feed.next())] { return bytes; };
    feed.snapshots.bytes_per_poll = 10;
    Subscriber subscriber(feed);
    if (is_heard) feed.heartbeat();
    for (int i = 0; i < 10; ++i) feed.step(subscriber);
    CHECK(subscriber.stream().loading_snapshot());
    feed.market.close();
    feed.open(20261124);
    feed.act(10);
    feed.step(subscriber);
    CHECK(subscriber.snapshots().not_needed == 1);
    feed.snapshots.answer = [&] { return feed.image(feed.next()); };
    feed.snapshots.bytes_per_poll = 10'000;
    REQUIRE(feed.catch_up(subscriber));
    CHECK(books_text(subscriber.image()) == feed.market.books_text());
}

TEST_CASE("receiver: each line tells what it has carried first, and what it has lost") {
    FakeFeed feed(14);
    Subscriber subscriber(feed);
    uint64_t number = 0;
    feed.act(100, [](const auto&) {});
    feed.heartbeat();
    REQUIRE(feed.catch_up(subscriber));
    const uint64_t before[] = {subscriber.stream().line(0).messages_first,
                               subscriber.stream().line(1).messages_first};
    uint64_t carried = 0, lost = 0, lost_packets = 0;
    for (int i = 0; i < 90; ++i) {
        feed.act(5, [&](const Packet& packet) {
            const uint64_t messages = packet.header().count.value();
            carried += messages;
            const bool skip = ++number % 3 == 0;
            if (skip) lost += messages;
            if (skip) ++lost_packets;
            if (!skip) feed.send(0, packet.view());
            feed.step(subscriber);
            feed.send(1, packet.view());
            feed.step(subscriber);
        });
    }
    REQUIRE(feed.catch_up(subscriber));
    const auto& a = subscriber.stream().line(0);
    const auto& b = subscriber.stream().line(1);
    CHECK(a.messages_lost == lost);
    CHECK(a.gaps == lost_packets);
    CHECK(b.messages_lost == 0);
    CHECK(a.messages_first - before[0] == carried - lost);
    CHECK(b.messages_first - before[1] == lost);
    CHECK(b.packets == a.packets + lost_packets);
    CHECK(a.heard_ns > 0);
}

TEST_CASE("receiver: through any loss, at any time of the day, its books are the market's") {
    const uint64_t seed = GENERATE(1, 2, 3, 4, 5, 6, 7, 8);
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    FakeFeed feed(seed);
    feed.request_is_lost = [&] { return random() % 100 < 20; };
    std::vector<std::unique_ptr<Subscriber>> subscribers;
    std::vector<Packet> late[2];
    const auto carry = [&](const Packet& packet) {
        for (int line = 0; line < 2; ++line) {
            if (random() % 100 < 20) continue;
            if (random() % 100 < 20) {
                late[line].push_back(packet);
                continue;
            }
            feed.send(line, packet.view());
            if (random() % 100 < 5) feed.send(line, packet.view());
            if (!late[line].empty() && random() % 2 == 0) {
                feed.send(line, late[line].back().view());
                late[line].pop_back();
            }
        }
    };
    for (int i = 0; i < 300; ++i) {
        if (random() % 100 < 3 && subscribers.size() < 5) {
            subscribers.push_back(
                std::make_unique<Subscriber>(feed, limits(random() % 2 == 0 ? 20 : 5'000)));
        }
        feed.act(random() % 40, carry);
        for (const auto& subscriber : subscribers) feed.step(*subscriber);
        if (random() % 20 > 0) continue;
        for (const auto& subscriber : subscribers) {
            REQUIRE(feed.catch_up(*subscriber));
            CHECK(books_text(subscriber->image()) == feed.market.books_text());
            CHECK(subscriber->image().contradictions() == 0);
        }
    }
    CHECK(subscribers.size() > 1);
}

TEST_CASE("receiver: a stream of other messages is put together as well") {
    struct Texts final : marketdata::StreamHandler {
        void session_begins(const wire::SessionName& session) override {
            log = std::string(session.view());
        }
        void message(uint64_t, std::span<const unsigned char> message) override {
            log += " " + std::string(message.begin(), message.end());
        }
        void snapshot_begins() override { aside.clear(); }
        void snapshot_message(std::span<const unsigned char> message) override {
            aside += std::string(message.begin(), message.end());
        }
        void snapshot_taken(uint64_t next) override {
            log = "[" + aside + "]" + std::to_string(next);
        }
        std::string log, aside;
    };
    FakeFeed feed(15);
    Texts texts;
    StreamReceiver receiver(feed.subscription(), texts, limits(5));
    const auto packet = [&](uint64_t sequence, const char* text) {
        Packet made(wire::SessionName("20261123CC"), sequence, 0);
        const Bytes block = {0, 2, static_cast<unsigned char>(text[0]),
                             static_cast<unsigned char>(text[1])};
        CHECK(made.append(block));
        return made;
    };
    feed.snapshots.answer = [] {
        Bytes bytes = FakeFeed::login_accepted(wire::SessionName("20261123CC"));
        const std::string end = std::string("\0\x16SG", 4) + "11                  ";
        bytes.insert(bytes.end(), {0, 3, 'S', 'x', 'y'});
        bytes.insert(bytes.end(), end.begin(), end.end());
        return bytes;
    };
    feed.send_both(packet(10, "aa"));
    feed.send_both(packet(11, "bb"));
    for (int i = 0; i < 10; ++i) feed.step(receiver);
    CHECK(texts.log == "[xy]11 bb");
}

TEST_CASE("receiver: what cannot work is told at once, with the mend") {
    FakeFeed feed(16);
    const auto with = [&](auto change) {
        auto subscription = feed.subscription();
        change(subscription);
        return subscription;
    };
    CHECK_THROWS_WITH(Subscriber(with([](auto& s) { s.line_a.host = "127.0.0.1"; })),
                      Catch::StartsWith("cannot join 127.0.0.1:"));
    CHECK_THROWS_WITH(Subscriber(with([](auto& s) { s.interface = "192.0.2.1"; })),
                      Catch::Contains("is that this machine's interface"));
    CHECK_THROWS_WITH(Subscriber(with([](auto& s) { s.rerequest.host = "nowhere"; })),
                      Catch::StartsWith("cannot ask for messages at nowhere"));
    CHECK_THROWS_WITH(Subscriber(with([](auto& s) { s.snapshot.host = "nowhere"; })),
                      Catch::StartsWith("cannot ask for snapshots at nowhere"));
    CHECK_THROWS_WITH(Subscriber(with([](auto& s) { s.user = "SEVENTY"; })),
                      Catch::Contains("at most 6 characters"));

    ReceiverLimits chosen;
    chosen.receive_buffer_bytes = 1 << 16;
    CHECK(Subscriber(feed, chosen).stream().warning().empty());
    chosen.receive_buffer_bytes = 1 << 30;
    CHECK_THAT(Subscriber(feed, chosen).stream().warning(),
               Catch::Contains("raise net.core.rmem_max"));
}

}  // namespace carbonx::tests
