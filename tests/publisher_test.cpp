// The publisher, stepped by hand over real sockets: what subscribers hear, over restarts and days.
#include <catch2/catch.hpp>
#include <map>
#include <memory>

#include "marketdata/publisher.h"
#include "marketdata/receiver/receiver.h"
#include "marketdata/recovery/recovery_servers.h"
#include "tests/captured_log.h"
#include "tests/feed_script.h"
#include "tests/feed_sockets.h"
#include "tests/feed_stream.h"
#include "tests/wire_check.h"
#include "tools/subscription.h"

namespace carbonx::tests {
namespace {

using marketdata::Publisher;
using marketdata::Receiver;
namespace wire = marketdata::wire;

// Everything that one line carried, by session and number. A repeat must be the same.
class Line {
public:
    explicit Line(const Endpoint& line) : socket_(line) {}

    void drain() {
        while (const auto packet = socket_.receive()) take(*packet);
    }
    void take(const Bytes& packet) {
        packets.push_back(packet);
        const auto header = wire::as<wire::PacketHeader>(packet.data());
        auto& messages = sessions[std::string(header.session.view())];
        const uint64_t first = header.sequence.value();
        if (header.count.value() == 0) ++heartbeats;
        if (header.count.value() == 0xFFFF) ++ends;
        auto blocks = std::span(packet).subspan(sizeof header);
        for (uint64_t i = first; !blocks.empty(); ++i) {
            const auto block = marketdata::first_block(blocks);
            const Bytes message(block.begin() + 2, block.end());
            CHECK(itch_flaw(message).empty());
            if (i <= messages.size()) {
                ++repeats;
                CHECK(messages[i - 1] == message);
            } else {
                REQUIRE(i == messages.size() + 1);  // no number is skipped
                messages.push_back(message);
            }
            blocks = blocks.subspan(block.size());
        }
        last_sequence = first;
    }

    std::vector<Bytes> packets;
    std::map<std::string, std::vector<Bytes>> sessions;
    uint64_t heartbeats = 0, ends = 0, repeats = 0, last_sequence = 0;

private:
    TestSocket socket_;
};

struct Venue {
    Venue() : script(std::make_unique<FeedScript>(scratch.path())) {
        settings.data_directory = settings.runtime_directory = scratch.path();
        settings.marketdata = own_lines();
        a = std::make_unique<Line>(addresses().line_a);
        b = std::make_unique<Line>(addresses().line_b);
    }
    StreamSettings addresses() const { return settings.marketdata.channels.front().stream; }
    void start() {
        publisher = std::make_unique<Publisher>(settings);
        recovery = std::make_unique<marketdata::Recovery>(settings);
        servers = std::make_unique<marketdata::RecoveryServers>(settings.marketdata, *recovery);
    }
    // As kill -9 does, between the send and the cursor if there is an older cursor to bring back.
    void kill() {
        servers.reset();
        recovery.reset();
        publisher.reset();
    }
    std::size_t poll() {
        return publisher->poll(now_ns) + recovery->poll(now_ns) + servers->poll(now_ns);
    }
    const marketdata::LiveStream& live() const { return *publisher->streams().front(); }
    void step(uint64_t elapsed_ns = 1'000'000) {
        now_ns += elapsed_ns;
        while (poll() > 0) {
            a->drain();
            b->drain();
        }
        a->drain();
        b->drain();
    }
    std::unique_ptr<Receiver> subscriber(Receiver::Observer observer = {}) {
        StreamSettings stream = addresses();
        stream.rerequest.port = servers->retransmit(0).port();
        return std::make_unique<Receiver>(
            tools::subscription(stream, settings.marketdata.interface), std::move(observer));
    }
    void catch_up(Receiver& receiver) {
        for (int i = 0; i < 100'000; ++i) {
            step();
            while (receiver.poll(now_ns) > 0) poll();
            if (receiver.arbiter().caught_up()) return;
        }
        FAIL("it never caught up");
    }
    std::filesystem::path cursor() const { return scratch.path() / "feed-1.cursor"; }

    ScratchDirectory scratch;
    std::unique_ptr<FeedScript> script;
    Settings settings;
    std::unique_ptr<Line> a, b;
    std::unique_ptr<Publisher> publisher;
    std::unique_ptr<marketdata::Recovery> recovery;
    std::unique_ptr<marketdata::RecoveryServers> servers;
    uint64_t now_ns = 1'000'000'000'000;
};

constexpr const char* today = "2026112301";
constexpr uint64_t second = 1'000'000'000;
constexpr uint64_t reattach_ns = 100'000'000;

}  // namespace

TEST_CASE("publisher: both lines carry the same packets, the event log's stream") {
    Venue venue;
    RandomMarket market(*venue.script, 1);
    venue.start();
    venue.step();
    CHECK(venue.a->packets.empty());  // no day has begun
    market.open();
    for (int i = 0; i < 50; ++i) {
        market.act(20);
        venue.step();
    }

    CHECK(venue.a->packets == venue.b->packets);
    CHECK(venue.a->sessions[today] == messages_of(*venue.script, today));
    CHECK(venue.a->sessions[today].size() > 500);
    CHECK(venue.a->repeats == 0);
    CHECK(venue.live().counters().failed == 0);
    for (const Bytes& packet : venue.a->packets) CHECK(packet.size() <= wire::packet_bytes_max);
}

TEST_CASE("publisher: a burst goes out in full packets, and nothing waits for the next poll") {
    Venue venue;
    RandomMarket market(*venue.script, 12);
    venue.start();
    market.open();
    venue.step();
    venue.a->packets.clear();
    market.act(10'000);
    std::size_t polls = 0;
    while (venue.publisher->poll(venue.now_ns) > 0) {
        ++polls;
        venue.a->drain();
        CHECK(venue.a->sessions[today].size() + 1 == venue.live().next_sequence());
    }
    // All but each poll's last are so full that no message of the market has room.
    constexpr std::size_t least = wire::packet_bytes_max - sizeof(wire::AddOrder) - 1;
    const auto is_full = [](const Bytes& packet) { return packet.size() >= least; };
    CHECK(polls > 2);
    CHECK(venue.a->packets.size() > 200);
    CHECK(static_cast<std::size_t>(std::ranges::count_if(venue.a->packets, is_full)) + polls >=
          venue.a->packets.size());
}

TEST_CASE("publisher: a burst after a silence is not behind a heartbeat that tells of it") {
    Venue venue;
    RandomMarket market(*venue.script, 12);
    venue.start();
    market.open();
    venue.step();
    venue.a->packets.clear();
    market.act(5000);
    venue.step(2 * second);

    uint64_t next = 0;
    for (const Bytes& packet : venue.a->packets) {
        const uint64_t first = wire::as<wire::PacketHeader>(packet.data()).sequence.value();
        CHECK(first >= next);
        next = first;
    }
}

TEST_CASE("publisher: a subscriber's books are the market's") {
    Venue venue;
    RandomMarket market(*venue.script, 2);
    venue.start();
    const auto receiver = venue.subscriber();
    market.open();
    for (int i = 0; i < 20; ++i) {
        market.act(50);
        venue.step();
        venue.catch_up(*receiver);
        CHECK(marketdata::books_text(receiver->image()) == market.books_text());
    }
    CHECK(receiver->image().contradictions() == 0);
    CHECK(receiver->image().trade_count() > 50);
}

TEST_CASE("publisher: one that comes late starts from message 1 by re-requests") {
    Venue venue;
    RandomMarket market(*venue.script, 3);
    venue.start();
    market.open();
    market.act(3000);
    venue.step();

    std::vector<Bytes> heard;
    const auto receiver =
        venue.subscriber({[&](uint64_t sequence, std::span<const unsigned char> message) {
                              CHECK(sequence == heard.size() + 1);
                              heard.emplace_back(message.begin(), message.end());
                          },
                          {}});
    market.act(10);  // life goes on
    venue.catch_up(*receiver);
    CHECK(heard == messages_of(*venue.script, today));
    CHECK(marketdata::books_text(receiver->image()) == market.books_text());
    CHECK(receiver->arbiter().counters().requests > 10);
}

TEST_CASE("publisher: killed and restarted, it goes on without a gap and repeats the same bytes") {
    Venue venue;
    RandomMarket market(*venue.script, 4);
    venue.start();
    market.open();
    for (int i = 0; i < 10; ++i) {
        market.act(100);
        venue.step();
        const auto older = std::filesystem::path(venue.cursor()).concat(".older");
        if (i % 2 == 0) std::filesystem::copy_file(venue.cursor(), older);
        market.act(i == 5 ? 0 : 60);
        venue.step();
        venue.kill();
        if (i % 2 == 0) {
            // It died behind the send, before the cursor told so.
            std::filesystem::rename(older, venue.cursor());
        }
        market.act(30);  // while it is down
        const uint64_t repeats = venue.a->repeats;
        venue.start();
        venue.step();
        if (i % 2 == 0) {
            CHECK(venue.a->repeats > repeats);
        } else {
            CHECK(venue.a->repeats == repeats);
        }
    }
    CHECK(venue.a->sessions[today] == messages_of(*venue.script, today));
    CHECK(venue.b->sessions == venue.a->sessions);
}

TEST_CASE("publisher: what was said before a restart can be asked for after it") {
    Venue venue;
    RandomMarket market(*venue.script, 5);
    venue.start();
    market.open();
    market.act(500);
    venue.step();
    venue.kill();
    venue.start();
    const auto receiver = venue.subscriber();
    venue.step();  // nothing new: a heartbeat tells what there is
    venue.catch_up(*receiver);
    CHECK(marketdata::books_text(receiver->image()) == market.books_text());
}

TEST_CASE(
    "publisher: without a cursor it sends the present session from message 1, and no older one") {
    Venue venue;
    RandomMarket market(*venue.script, 6);
    market.open(20261120);
    market.act(100);
    market.close(20261120);
    market.open();
    market.act(100);
    venue.start();
    venue.step();
    CHECK(venue.a->sessions.size() == 1);
    CHECK(venue.a->sessions[today] == messages_of(*venue.script, today));
}

TEST_CASE("publisher: with a cursor it also ends the session that it missed the end of") {
    Venue venue;
    RandomMarket market(*venue.script, 7);
    venue.start();
    market.open();
    market.act(100);
    venue.step();
    venue.kill();
    market.act(100);
    market.close();
    market.open(20261124);
    market.act(100);
    venue.start();
    venue.step();
    CHECK(venue.a->sessions[today] == messages_of(*venue.script, today));
    CHECK(venue.a->sessions["2026112401"] == messages_of(*venue.script, "2026112401"));
}

TEST_CASE("publisher: lasting orders come into the next day's books") {
    Venue venue;
    RandomMarket market(*venue.script, 8);
    venue.start();
    const auto receiver = venue.subscriber();
    market.open();
    market.act(300);
    venue.step();
    venue.catch_up(*receiver);
    market.close();
    venue.step();
    receiver->poll(venue.now_ns);
    CHECK(receiver->arbiter().session_over());
    market.open(20261124);
    venue.step();
    venue.catch_up(*receiver);
    CHECK(receiver->arbiter().session().view() == "2026112401");
    CHECK(marketdata::books_text(receiver->image()) == market.books_text());
    CHECK_FALSE(market.books_text().empty());
}

TEST_CASE("publisher: a heartbeat for each second of silence, with the next sequence") {
    Venue venue;
    RandomMarket market(*venue.script, 9);
    venue.start();
    market.open();
    venue.step();
    const auto next = venue.live().next_sequence();
    CHECK(next == venue.a->sessions[today].size() + 1);
    const auto before = venue.a->heartbeats;
    venue.step(second - 2'000'000);
    CHECK(venue.a->heartbeats == before);
    venue.step(2'000'000);
    CHECK(venue.a->heartbeats == before + 1);
    CHECK(venue.a->last_sequence == next);
    venue.step(second);
    CHECK(venue.a->heartbeats == before + 2);
    venue.script->tick();  // which is nobody's business on the feed
    venue.step(second / 2);
    CHECK(venue.a->heartbeats == before + 2);
    market.act(30);
    venue.step(second / 2);
    CHECK(venue.a->heartbeats == before + 2);
    CHECK(venue.b->heartbeats == venue.a->heartbeats);
}

TEST_CASE(
    "publisher: the end of the session is told for a minute, and its messages stay to be asked "
    "for") {
    Venue venue;
    RandomMarket market(*venue.script, 10);
    venue.start();
    market.open();
    market.act(20);
    market.close();
    venue.step();
    CHECK(venue.a->ends == 1);
    CHECK(venue.a->last_sequence == venue.a->sessions[today].size() + 1);
    for (int i = 0; i < 100; ++i) venue.step(second);
    CHECK(venue.a->ends >= 60);
    CHECK(venue.a->ends <= 61);

    TestSocket asker;
    const wire::Request request{wire::SessionName(today), 1, 1};
    asker.send(venue.servers->retransmit(0).port(), &request, sizeof request);
    venue.step();
    CHECK(asker.receive());
}

TEST_CASE("publisher: it follows a restarted engine into its new event log") {
    Venue venue;
    auto market = std::make_unique<RandomMarket>(*venue.script, 11);
    venue.start();
    market->open();
    market->act(200);
    venue.step();

    // The same events again, as the engine makes them out of its journal, and then more.
    std::filesystem::remove(event_log::window_file(venue.scratch.path()));
    venue.script = std::make_unique<FeedScript>(venue.scratch.path());
    market = std::make_unique<RandomMarket>(*venue.script, 11);
    market->open();
    market->act(300);
    venue.step(reattach_ns + 1);
    venue.step();
    CHECK(venue.a->repeats == 0);
    CHECK(venue.a->sessions[today] == messages_of(*venue.script, today));
}

TEST_CASE("publisher: an engine that has lost what was sent is not followed") {
    Venue venue;
    auto market = std::make_unique<RandomMarket>(*venue.script, 11);
    venue.start();
    market->open();
    market->act(300);
    venue.step();
    const auto lose = [&] {
        std::filesystem::remove(event_log::window_file(venue.scratch.path()));
        venue.script = std::make_unique<FeedScript>(venue.scratch.path());
        market = std::make_unique<RandomMarket>(*venue.script, 11);
        market->open();
        market->act(200);
    };
    SECTION("found at start") {
        venue.kill();
        lose();
        venue.start();
        CHECK_THROWS_WITH(venue.step(), Catch::StartsWith("the engine has lost events: message"));
    }
    SECTION("found while following it") {
        lose();
        CHECK_THROWS_WITH(venue.step(reattach_ns + 1),
                          Catch::StartsWith("the engine has lost events"));
    }
}

TEST_CASE("publisher: packets that the system does not take are told once a second") {
    struct DeadLines final : marketdata::Lines {
        void send(std::span<const marketdata::Packet> packets) override {
            counted.packets += packets.size();
            counted.failed += 2 * packets.size();
        }
        marketdata::LineCounters counters() const override { return counted; }
        marketdata::LineCounters counted;
    };
    const CapturedLog log;
    const auto told = [&] {
        std::size_t times = 0;
        const std::string text = log.text.str();
        for (std::size_t at = 0; (at = text.find("did not take", at)) != std::string::npos; ++at) {
            ++times;
        }
        return times;
    };
    Venue venue;
    RandomMarket market(*venue.script, 14);
    Publisher publisher(venue.settings,
                        [](const auto&, const auto&) { return std::make_unique<DeadLines>(); });
    market.open();
    const std::size_t streams = publisher.streams().size();
    uint64_t now_ns = venue.now_ns;
    for (int i = 0; i < 100; ++i) {
        market.act(1);
        publisher.poll(now_ns += second / 200);
    }
    CHECK(told() == streams);
    publisher.poll(now_ns += second);
    CHECK(told() == 2 * streams);
}

TEST_CASE("publisher: a session that is made otherwise than it was sent is not gone on with") {
    Venue venue;
    auto market = std::make_unique<RandomMarket>(*venue.script, 12);
    venue.start();
    market->open();
    market->act(300);
    venue.step();
    venue.kill();
    const auto refused = Catch::StartsWith("the messages of session 20261123");
    const Settings before = venue.settings;
    SECTION("by other channels") {
        ChannelSettings other = venue.settings.marketdata.channels.front();
        other.number = 2;
        other.stream.line_a.port = other.stream.line_b.port = 26'500;
        other.instruments = {"V415"};
        venue.settings.marketdata.channels.push_back(other);
        venue.start();
        // The first channel has fewer messages now.
        CHECK_THROWS_WITH(venue.step(), Catch::StartsWith("the engine has lost events: message"));
    }
    SECTION("by another time of day") {
        venue.settings.utc_offset_minutes = 0;
        venue.start();
        CHECK_THROWS_WITH(venue.step(), refused);
    }
    SECTION("by another event log") {
        std::filesystem::remove(event_log::window_file(venue.scratch.path()));
        venue.script = std::make_unique<FeedScript>(venue.scratch.path());
        market = std::make_unique<RandomMarket>(*venue.script, 13);
        market->open();
        market->act(600);
        venue.start();
        CHECK_THROWS_WITH(venue.step(), refused);
        return;
    }
    // As it was, it goes on.
    venue.kill();
    venue.settings = before;
    venue.start();
    market->act(100);
    venue.step();
    CHECK(venue.a->sessions[today] == messages_of(*venue.script, today));
}

TEST_CASE("publisher: without an event log it says so") {
    Venue venue;
    std::filesystem::remove(event_log::window_file(venue.scratch.path()));
    CHECK_THROWS_AS(venue.start(), std::system_error);
}

}  // namespace carbonx::tests
