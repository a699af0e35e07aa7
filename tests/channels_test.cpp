// Instruments split over several channels: who has which, and what each carries.
#include <catch2/catch.hpp>
#include <map>

#include "marketdata/channels.h"
#include "marketdata/itch_encoder.h"
#include "marketdata/multicast.h"
#include "marketdata/publisher.h"
#include "tests/feed_script.h"
#include "tests/feed_sockets.h"
#include "tests/wire_check.h"

namespace carbonx::tests {
namespace {

using marketdata::ItchEncoder;
using marketdata::Packet;
namespace wire = marketdata::wire;

// Channel 1 has the rest, 2 has what begins with G, 3 one of those.
std::vector<ChannelSettings> three_channels() {
    return {{1, {}, {}}, {2, {}, {"G", "A99"}}, {3, {}, {"G123"}}};
}

// Everything that a stream carried, by session.
class Collected final : public marketdata::Lines {
public:
    explicit Collected(std::map<std::string, std::vector<Bytes>>& sessions) : sessions_(sessions) {}
    void send(std::span<const Packet> packets) override {
        for (const Packet& packet : packets) {
            auto& messages = sessions_[std::string(packet.header().session.view())];
            auto blocks = packet.view().subspan(sizeof(wire::PacketHeader));
            while (!blocks.empty()) {
                const auto block = marketdata::first_block(blocks);
                messages.emplace_back(block.begin() + 2, block.end());
                blocks = blocks.subspan(block.size());
            }
        }
    }
    marketdata::LineCounters counters() const override { return {}; }

private:
    std::map<std::string, std::vector<Bytes>>& sessions_;
};

// V415024 on counter 1, GS7 on 2, G1234 on 3; an order in each, another cancelled.
void trade_a_little(FeedScript& script) {
    script.list_instrument(1, "V415024");
    script.list_counter("V415024H");
    script.list_instrument(10, "GS7");
    script.list_counter("GS7H");
    script.list_instrument(100, "G1234");
    script.list_counter("G1234C");
    script.change_phase(Phase::pre_open);
    script.change_phase(Phase::continuous);
    for (uint16_t counter = 1; counter <= 3; ++counter) {
        const FeedScript::Order order{counter, counter, Side::buy, 100'000 + counter, 50};
        script.accept(order, true);
        const FeedScript::Order other{10U + counter, counter, Side::sell, 200'000, 7};
        script.accept(other, true);
        script.cancel(other);
        script.halt(counter, "NEWS");
    }
}

}  // namespace

TEST_CASE("channels: the longest beginning of its name decides, else the one that lists none") {
    const auto channels = three_channels();
    CHECK(marketdata::channel_of("V415024", channels) == 1);
    CHECK(marketdata::channel_of("GS7", channels) == 2);
    CHECK(marketdata::channel_of("G1234", channels) == 3);
    CHECK(marketdata::channel_of("G12", channels) == 2);
    CHECK(marketdata::channel_of("A991", channels) == 2);
    CHECK(marketdata::channel_of("A9", channels) == 1);
    CHECK(marketdata::channel_suffix(7) == "07");
    CHECK(marketdata::channel_suffix(42) == "42");
}

TEST_CASE("channels: together they carry what one would, each counter's messages in one of them") {
    ScratchDirectory scratch;
    FeedScript script(scratch.path());
    trade_a_little(script);
    Settings settings;
    settings.data_directory = settings.runtime_directory = scratch.path();
    settings.marketdata.channels = three_channels();
    std::map<std::string, std::vector<Bytes>> sessions;
    marketdata::Publisher publisher(settings,
                                    [&](const StreamSettings&, const MarketDataSettings&) {
                                        return std::make_unique<Collected>(sessions);
                                    });
    while (publisher.poll(1) > 0) {
    }

    // By locate: what one channel for all would have carried.
    std::map<uint64_t, std::vector<Bytes>> expected;
    EventReader events(scratch.path(), scratch.path(), "test");
    ItchEncoder encoder(settings.utc_offset_minutes);
    while (const EventHead* event = events.next()) {
        std::span<const unsigned char> blocks{encoder.encode(*event, events.sequence()).blocks};
        while (!blocks.empty()) {
            const auto block = marketdata::first_block(blocks);
            const Bytes message(block.begin() + 2, block.end());
            expected[wire::as<wire::Header>(message.data()).locate.value()].push_back(message);
            blocks = blocks.subspan(block.size());
        }
    }
    REQUIRE(expected.size() == 4);
    for (uint64_t channel = 1; channel <= 3; ++channel) {
        std::map<uint64_t, std::vector<Bytes>> found;
        for (const Bytes& message : sessions["202611230" + std::to_string(channel)]) {
            CHECK(itch_flaw(message).empty());
            found[wire::as<wire::Header>(message.data()).locate.value()].push_back(message);
        }
        CHECK(found.size() == 2);
        CHECK(found[0] == expected[0]);  // the day's hours
        CHECK(found[channel] == expected[channel]);
        CHECK(found[channel].size() > 5);
    }
}

TEST_CASE("channels: a snapshot has its own counters and orders only, by price and time") {
    ScratchDirectory scratch;
    FeedScript script(scratch.path());
    trade_a_little(script);
    script.accept({20, 2, Side::buy, 100'005, 9}, true);
    script.accept({21, 2, Side::buy, 100'002, 8}, true);
    ItchEncoder encoder(480, three_channels(), 2);
    EventReader events(scratch.path(), scratch.path(), "test");
    while (const EventHead* event = events.next()) encoder.encode(*event, events.sequence());
    marketdata::Blocks blocks;
    encoder.snapshot(blocks);
    std::string kinds;
    std::vector<uint64_t> quantities;
    std::span<const unsigned char> rest{blocks};
    while (!rest.empty()) {
        const auto block = marketdata::first_block(rest);
        const auto message = block.subspan(2);
        CHECK(itch_flaw(message).empty());
        kinds += static_cast<char>(message[0]);
        if (message[0] == 'A') {
            const auto order = wire::as<wire::AddOrder>(message.data());
            CHECK(order.header.locate.value() == 2);
            quantities.push_back(order.quantity.value());
        }
        rest = rest.subspan(block.size());
    }
    CHECK(kinds == "SSSRHAAA");
    CHECK(quantities == std::vector<uint64_t>{9, 50, 8});
}

TEST_CASE("multicast: a run is of one size, but for a shorter last packet") {
    const auto packet = [](std::size_t size) {
        Packet made;
        made.size = size;
        return made;
    };
    const auto run = [&](std::initializer_list<std::size_t> sizes) {
        std::vector<Packet> packets;
        for (const std::size_t size : sizes) packets.push_back(packet(size));
        return marketdata::Multicast::run_of(packets);
    };
    CHECK(run({100}) == 1);
    CHECK(run({100, 100, 100}) == 3);
    CHECK(run({100, 100, 90}) == 3);
    CHECK(run({100, 90, 90}) == 2);
    CHECK(run({90, 100, 100}) == 1);
    CHECK(run({100, 100, 101}) == 2);
    std::vector<Packet> many(200, packet(1372));
    CHECK(marketdata::Multicast::run_of(many) == 65'000 / 1372);
    many.assign(200, packet(100));
    CHECK(marketdata::Multicast::run_of(many) == 64);
}

TEST_CASE("multicast: packets of a run come one by one, on both lines, the same bytes") {
    const MarketDataSettings settings = own_lines();
    const StreamSettings& stream = settings.channels.front().stream;
    TestSocket a(stream.line_a);
    TestSocket b(stream.line_b);
    marketdata::Multicast lines(stream, settings);
    std::vector<Packet> packets;
    for (uint64_t i = 0; i < 40; ++i) {
        Packet packet(wire::SessionName("2026112301"), 1 + 2 * i, 0);
        Bytes block(2 + (i % 7 == 6 ? 19 : 36), static_cast<unsigned char>(i));
        block[0] = 0;
        block[1] = static_cast<unsigned char>(block.size() - 2);
        REQUIRE(packet.append(block));
        REQUIRE(packet.append(block));
        packets.push_back(packet);
    }
    lines.send(packets);
    CHECK(lines.counters().failed == 0);
    CHECK(lines.counters().packets == 40);
    for (TestSocket* line : {&a, &b}) {
        for (const Packet& packet : packets) {
            const auto heard = line->receive();
            REQUIRE(heard);
            CHECK(std::equal(heard->begin(), heard->end(), packet.view().begin(),
                             packet.view().end()));
        }
        CHECK_FALSE(line->receive());
    }
}

}  // namespace carbonx::tests
