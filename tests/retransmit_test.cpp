// The re-request server, over real sockets.
#include <boost/asio/ip/udp.hpp>
#include <catch2/catch.hpp>

#include "marketdata/retransmit.h"
#include "tests/feed_script.h"
#include "tests/feed_sockets.h"

namespace carbonx::tests {
namespace {

using marketdata::Packet;
namespace wire = marketdata::wire;

const wire::SessionName session("2026112301");

struct Server {
    Server() {
        history.begin(session);
        for (unsigned char i = 1; i <= 100; ++i) {
            Bytes block(2 + 36, i);
            block[0] = 0;
            block[1] = 36;
            history.append(block);
        }
    }
    // The answer to a request, if there is one.
    std::optional<Bytes> ask(const wire::SessionName& name, uint64_t sequence, uint64_t count) {
        const wire::Request request{name, sequence, count};
        return ask(&request, sizeof request);
    }
    std::optional<Bytes> ask(const void* data, std::size_t size) {
        asker.send(server.port(), data, size);
        CHECK(server.poll(now_ns) == 1);
        return asker.receive();
    }

    ScratchDirectory scratch;
    uint64_t now_ns = 1'000'000'000'000;
    RecoverySettings settings;
    marketdata::History history{scratch.path() / "feed"};
    boost::asio::io_context context;
    marketdata::RetransmitServer server{context, {"127.0.0.1", 0}, "rerequest", settings, history};
    TestSocket asker;
};

}  // namespace

TEST_CASE("re-request: the answer is one packet from the message asked for") {
    Server server;
    const auto answer = server.ask(session, 3, 2);
    REQUIRE(answer);
    const auto header = wire::as<wire::PacketHeader>(answer->data());
    CHECK(header.session == session);
    CHECK(header.sequence.value() == 3);
    CHECK(header.count.value() == 2);
    CHECK(answer->size() == 20 + 2 * 38);
    CHECK((*answer)[22] == 3);
    CHECK(answer->back() == 4);
    CHECK(server.server.counters().answered == 1);
}

TEST_CASE("re-request: whole messages, as many as fit or exist") {
    Server server;
    const auto full = server.ask(session, 1, 0xFFFE);
    REQUIRE(full);
    CHECK(full->size() == 20 + 35 * 38);
    const auto rest = server.ask(session, 99, 50);
    REQUIRE(rest);
    CHECK(wire::as<wire::PacketHeader>(rest->data()).count.value() == 2);
}

TEST_CASE("re-request: silence, and a count, for what cannot be answered") {
    Server server;
    const wire::Request request{session, 1, 1};
    char longer[21] = {};
    std::memcpy(longer, &request, sizeof request);
    CHECK_FALSE(server.ask(&request, 19));
    CHECK_FALSE(server.ask(longer, 21));
    CHECK_FALSE(server.ask(&request, 0));
    CHECK(server.server.counters().wrong_size == 3);

    CHECK_FALSE(server.ask(wire::SessionName("2026112201"), 1, 1));
    CHECK(server.server.counters().unknown_session == 1);

    CHECK_FALSE(server.ask(session, 0, 1));
    CHECK_FALSE(server.ask(session, 101, 1));
    CHECK_FALSE(server.ask(session, UINT64_MAX, 0xFFFF));
    CHECK_FALSE(server.ask(session, 1, 0));
    CHECK(server.server.counters().unknown_range == 4);
    CHECK(server.server.counters().answered == 0);
}

TEST_CASE("re-request: live packets never wait for more than a bounded number of answers") {
    Server server;
    const wire::Request request{session, 1, 1};
    for (int i = 0; i < 20; ++i) server.asker.send(server.server.port(), &request, sizeof request);
    CHECK(server.server.poll(server.now_ns) == marketdata::RetransmitServer::requests_per_poll);
    CHECK(server.server.poll(server.now_ns) == 4);
    CHECK(server.server.poll(server.now_ns) == 0);
}

TEST_CASE("re-request: a port in use is named with its mend") {
    Server server;
    const Endpoint taken{"127.0.0.1", server.server.port()};
    CHECK_THROWS_WITH(marketdata::RetransmitServer(server.context, taken, "rerequest",
                                                   server.settings, server.history),
                      Catch::Contains(std::to_string(taken.port)) &&
                          Catch::Contains("already in use") && Catch::Contains("change rerequest"));
}

}  // namespace carbonx::tests
