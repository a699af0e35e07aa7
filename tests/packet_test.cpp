// MoldUDP64 packets and the history behind re-requests.
#include <catch2/catch.hpp>
#include <string>

#include "marketdata/packet.h"
#include "marketdata/recovery/history.h"
#include "tests/feed_script.h"

namespace carbonx::tests {
namespace {

using marketdata::History;
using marketdata::Packet;
using marketdata::Packetiser;
namespace wire = marketdata::wire;

const wire::SessionName session("2026112301");

// A block whose message has this size and says which one it is.
std::vector<unsigned char> block(std::size_t size, uint64_t number) {
    std::vector<unsigned char> bytes(2 + size, static_cast<unsigned char>(number));
    bytes[0] = static_cast<unsigned char>(size >> 8);
    bytes[1] = static_cast<unsigned char>(size);
    return bytes;
}

// What the packet's messages say.
std::vector<uint64_t> numbers(const Packet& packet) {
    std::vector<uint64_t> list;
    auto blocks = packet.view().subspan(sizeof(wire::PacketHeader));
    while (!blocks.empty()) {
        list.push_back(marketdata::first_block(blocks)[2]);
        blocks = blocks.subspan(marketdata::first_block(blocks).size());
    }
    CHECK(list.size() == packet.header().count.value());
    return list;
}

}  // namespace

TEST_CASE("wire: a text from the network cannot speak to a terminal") {
    CHECK(marketdata::wire::Alpha<8>("\x1b[2J\xff A").printable() == "?[2J? A");
    CHECK(marketdata::wire::Alpha<8>("V415024H").printable() == "V415024H");
}

TEST_CASE("packet: a heartbeat is a header with the next sequence and no message") {
    const Packet packet(session, 0x0102, wire::count_heartbeat);
    CHECK(std::string(packet.view().begin(), packet.view().end()) ==
          std::string("2026112301\0\0\0\0\0\0\1\2\0\0", 20));
    CHECK(packet.next_sequence() == 0x0102);
    CHECK(Packet(session, 9, wire::count_end_of_session).next_sequence() == 9);
}

TEST_CASE("packet: 35 adds fill one, and the 36th begins the next") {
    Packetiser packetiser;
    packetiser.begin(session, 1);
    for (uint64_t i = 1; i <= 36; ++i) packetiser.append(block(36, i));
    REQUIRE(packetiser.ready().size() == 1);
    packetiser.flush();
    REQUIRE(packetiser.ready().size() == 2);

    CHECK(packetiser.ready()[0].size == 20 + 35 * 38);
    CHECK(packetiser.ready()[0].header().count.value() == 35);
    CHECK(packetiser.ready()[0].header().sequence.value() == 1);
    CHECK(packetiser.ready()[1].header().sequence.value() == 36);
    CHECK(packetiser.ready()[1].size == 58);  // a lone add
    CHECK(packetiser.ready()[1].next_sequence() == 37);
}

TEST_CASE("packet: a payload may be exactly 1,372 bytes and never more") {
    Packetiser packetiser;
    packetiser.begin(session, 1);
    packetiser.append(block(1000, 1));
    packetiser.append(block(1372 - 20 - 1002 - 2, 2));
    packetiser.append(block(1, 3));
    packetiser.flush();
    REQUIRE(packetiser.ready().size() == 2);
    CHECK(packetiser.ready()[0].size == 1372);
}

TEST_CASE("packet: flushing what is empty sends nothing") {
    Packetiser packetiser;
    packetiser.begin(session, 1);
    packetiser.flush();
    CHECK(packetiser.ready().empty());
}

TEST_CASE("packet: a new session's packets begin with its own numbers") {
    Packetiser packetiser;
    packetiser.begin(session, 5);
    packetiser.append(block(12, 5));
    packetiser.flush();
    packetiser.begin(wire::SessionName("2026112401"), 1);
    packetiser.append(block(12, 1));
    packetiser.flush();
    REQUIRE(packetiser.ready().size() == 2);
    CHECK(packetiser.ready()[0].header().sequence.value() == 5);
    CHECK(packetiser.ready()[1].header().session.view() == "2026112401");
    CHECK(packetiser.ready()[1].header().sequence.value() == 1);
}

TEST_CASE("history: any message can be read again, as many as exist, are wanted and fit") {
    const ScratchDirectory scratch;
    History history(scratch.path() / "feed");
    history.begin(session);
    std::mt19937_64 random(1);
    for (uint64_t i = 1; i <= 250; ++i) history.append(block(12 + random() % 28, i));

    for (uint64_t i = 1; i <= 250; ++i) {
        const auto packet = history.read(session, i, 1000);
        REQUIRE(packet);
        CHECK(packet->header().sequence.value() == i);
        const auto list = numbers(*packet);
        for (std::size_t k = 0; k < list.size(); ++k) CHECK(list[k] == i + k);
        const bool full = packet->size + 2 + 39 > wire::packet_bytes_max;
        CHECK((full || packet->next_sequence() == 251));
        CHECK(numbers(*history.read(session, i, 1)).size() == 1);
    }
}

TEST_CASE("history: what does not exist is not read") {
    const ScratchDirectory scratch;
    History history(scratch.path() / "feed");
    CHECK_FALSE(history.read(wire::SessionName(), 1, 1));
    history.begin(session);
    CHECK_FALSE(history.read(session, 1, 1));
    history.append(block(12, 1));
    CHECK(history.read(session, 1, 1));
    CHECK_FALSE(history.read(session, 0, 1));
    CHECK_FALSE(history.read(session, 2, 1));
    CHECK_FALSE(history.read(session, UINT64_MAX, 1));
    CHECK_FALSE(history.read(session, 1, 0));
    CHECK_FALSE(history.read(wire::SessionName("2026112302"), 1, 1));
}

TEST_CASE("history: a new session begins empty") {
    const ScratchDirectory scratch;
    History history(scratch.path() / "feed");
    history.begin(session);
    for (uint64_t i = 1; i <= 100; ++i) history.append(block(12, i));
    history.begin(wire::SessionName("2026112401"));
    CHECK_FALSE(history.read(session, 1, 1));
    CHECK(history.next_sequence() == 1);
    history.append(block(12, 42));
    CHECK(numbers(*history.read(wire::SessionName("2026112401"), 1, 9)) ==
          std::vector<uint64_t>{42});
}

}  // namespace carbonx::tests
