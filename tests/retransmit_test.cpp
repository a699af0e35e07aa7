// The re-request server, over real sockets.
#include <boost/asio/ip/udp.hpp>
#include <catch2/catch.hpp>
#include <random>

#include "marketdata/recovery/retransmit.h"
#include "tests/feed_script.h"
#include "tests/feed_sockets.h"

namespace carbonx::tests {
namespace {

using marketdata::Packet;
namespace wire = marketdata::wire;

const wire::SessionName session("2026112301");

struct Server {
    explicit Server(const RecoverySettings& recovery = {}) : settings(recovery) {
        history.begin(session);
        for (unsigned char i = 1; i <= 100; ++i) {
            Bytes block(2 + 36, i);
            block[0] = 0;
            block[1] = 36;
            history.append(block);
        }
    }
    // A plain request comes from this address of the machine; whether it is answered.
    bool ask_from(const char* address) {
        using boost::asio::ip::udp;
        udp::socket socket(context, {boost::asio::ip::make_address(address), 0});
        socket.non_blocking(true);
        const wire::Request request{session, 1, 1};
        const udp::endpoint to(boost::asio::ip::make_address("127.0.0.1"), server.port());
        socket.send_to(boost::asio::buffer(&request, sizeof request), to);
        CHECK(server.poll(now_ns) == 1);
        return socket.available() > 0;
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
    CHECK_FALSE(server.asker.receive());  // one packet, whatever the count
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

TEST_CASE("re-request: an address has its requests a second and a second's burst, then silence") {
    RecoverySettings settings;
    settings.requests_per_second = 10;
    Server server(settings);
    const auto answered = [&](int asked) {
        int count = 0;
        for (; asked > 0; --asked) count += server.ask_from("127.0.0.1") ? 1 : 0;
        return count;
    };
    CHECK(answered(15) == 10);
    CHECK(server.server.counters().over_rate == 5);
    CHECK(server.ask_from("127.0.0.2"));  // has its own
    server.now_ns += 99'000'000;
    CHECK(answered(1) == 0);
    server.now_ns += 1'000'000;
    CHECK(answered(3) == 1);
    server.now_ns += 500'000'000;
    CHECK(answered(10) == 5);
    server.now_ns += 60'000'000'000;
    CHECK(answered(20) == 10);  // a burst is never more than a second's
}

TEST_CASE("re-request: without a rate there is no limit") {
    RecoverySettings settings;
    settings.requests_per_second = 0;
    Server server(settings);
    for (int i = 0; i < 5'000; ++i) REQUIRE(server.ask(session, 1, 1));
}

TEST_CASE(
    "re-request: ever other addresses neither shut one out nor free one that has had enough") {
    using boost::asio::ip::address_v4;
    using boost::asio::ip::address_v6;
    marketdata::RequestLimit limit(1'000);
    const address_v4 good(1), greedy(2);
    uint64_t now_ns = 1'000'000'000'000;
    std::mt19937 random(1);
    std::size_t good_count = 0, greedy_count = 0;
    for (uint32_t i = 0; i < 1'000'000; ++i) {
        now_ns += 10'000;  // ten seconds in all
        limit.take(address_v4(static_cast<uint32_t>(random())), now_ns);
        if (i % 200 == 0) good_count += limit.take(good, now_ns) ? 1 : 0;
        greedy_count += limit.take(greedy, now_ns) ? 1 : 0;
    }
    CHECK(good_count == 5'000);
    CHECK(greedy_count <= 11'001);
    // The same address, mapped into IPv6.
    CHECK_FALSE(
        limit.take(boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, greedy), now_ns));
    CHECK(limit.take(address_v6::loopback(), now_ns));
}

TEST_CASE("re-request: who is not allowed hears nothing") {
    RecoverySettings settings;
    settings.allowed_addresses = {"10.0.0.0/8", "127.0.0.1"};
    Server server(settings);
    CHECK(server.ask_from("127.0.0.1"));
    CHECK_FALSE(server.ask_from("127.0.0.2"));
    CHECK(server.server.counters().address_not_allowed == 1);
    CHECK(server.server.counters().answered == 1);
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
