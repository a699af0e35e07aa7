// The gateway when something breaks: a kill, a silent engine, a full ring, a broker that is gone.
#include "gateway/store.h"
#include "tests/broker.h"

using namespace carbonx;
using namespace carbonx::tests;

TEST_CASE("gateway: what waits outlives a kill of the gateway, and is done once") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    venue.venue.hold_journal(true);
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    broker.send("F", Broker::cancel("b", "a", '1'));
    broker.send("D", Broker::order("c", '1', 10, "9.00"));
    CHECK(broker.hears_nothing());
    venue.kill_gateway();
    venue.venue.hold_journal(false);
    venue.start_gateway();

    broker.disconnect();
    broker.connect();
    broker.log_on();
    CHECK(broker.receive()[11] == "a");
    CHECK(broker.receive()[11] == "b");
    CHECK(broker.receive()[11] == "c");
    CHECK(broker.hears_nothing());
    CHECK(venue.venue.exchange().open_order_count() == 1);
}

TEST_CASE("gateway: what was served before a kill does not come back, refused or not") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    broker.send("F", Broker::cancel("b", "a", '1'));
    broker.send("D", Broker::order("late", '1', 10, "9.00", "", "LATER"));
    broker.send("D", Broker::order("c", '1', 10, "9.00"));
    broker.send("F", Broker::cancel("d", "c", '1'));
    venue.settle(false);
    venue.venue.pump();  // answers a
    venue.settle(false);
    CHECK(broker.receive_without_engine()[11] == "a");
    const Fields refused = broker.receive_without_engine();
    CHECK(refused[11] == "late");
    CHECK(refused[150] == "8");
    venue.kill_gateway();  // while d waits

    auto account = make_command<ListAccount>();
    account.participant = ParticipantId{2};
    account.name = Text<24>("LATER");
    venue.venue.apply(account);
    venue.start_gateway();
    broker.disconnect();
    broker.connect();
    broker.log_on();
    CHECK(broker.receive()[11] == "b");
    CHECK(broker.receive()[11] == "c");
    CHECK(broker.receive()[11] == "d");
    CHECK(broker.hears_nothing());
}

TEST_CASE("gateway: what waited and cannot be read is refused, and the gateway goes on") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    venue.kill_gateway();
    const auto directory = gateway::sessions_directory(venue.venue.settings);
    gateway::WaitingMessages(directory / "BROKER1.waiting")
        .push({"35=ZZ\00134=9\001", {9, false, false}});
    venue.start_gateway();

    broker.disconnect();
    broker.connect();
    broker.log_on();
    const Fields refused = broker.receive();
    CHECK(refused[35] == "j");
    CHECK(refused[45] == "9");
    CHECK(refused[372] == "ZZ");
    CHECK(refused[380] == "0");
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    CHECK(broker.receive()[150] == "0");
}

TEST_CASE("gateway: the file of what waits is bounded, and keeps what waits over kills") {
    const GatewayVenue venue;
    const auto file = venue.venue.settings.data_directory / "waiting";
    const std::string text = "35=D\00158=" + std::string(4000, 'x') + "\001";
    uint64_t pushed = 0;
    uint64_t popped = 0;
    for (int life = 0; life < 20; ++life) {
        gateway::WaitingMessages waiting(file);
        CHECK(waiting.size() == pushed - popped);
        for (int i = 0; i < 100; ++i) waiting.push({text, {++pushed, false, false}});
        for (int i = 0; i < 98; ++i) {
            REQUIRE(waiting.front().arrival.msg_seq_num == ++popped);
            waiting.pop();
        }
        CHECK(std::filesystem::file_size(file) < 2'000'000);
    }
    gateway::WaitingMessages waiting(file);
    REQUIRE(waiting.size() == 40);
    CHECK(waiting.front().arrival.poss_dup);
    while (!waiting.empty()) waiting.pop();
    CHECK(waiting.bytes() == 0);
    CHECK(gateway::WaitingMessages(file).empty());
}

TEST_CASE("gateway: what waits is bounded in bytes, and more is told to come again") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    broker.send("F", Broker::cancel("b", "a", '1'));
    const std::string text = "58=" + std::string(7'500, 'x') + "|";
    for (int i = 0; i < 600; ++i) {
        broker.send("D", Broker::order("o" + std::to_string(i), '1', 10, "9.00", text));
        if (i % 8 == 0) venue.settle(false);
    }
    const Fields busy = broker.receive_without_engine();
    CHECK(busy[58] == "exchange_busy: the exchange is busy: send again in a moment (G2)");
    const int first = std::stoi(busy[11].substr(1));
    CHECK(first > 500);
    CHECK(first < 560);
}

TEST_CASE("gateway: an engine that has lost what was reported is not followed") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    CHECK(broker.receive()[11] == "a");
    SECTION("found at start") {
        venue.kill_gateway();
        venue.venue.lose_commands(2);
        CHECK_THROWS_WITH(venue.start_gateway(),
                          Catch::Contains("the engine has lost events: BROKER1 was told of event"));
    }
    SECTION("found while following it") {
        venue.venue.lose_commands(2);
        venue.venue.advance_ms(200);
        CHECK_THROWS_WITH(venue.settle(), Catch::StartsWith("the engine has lost events"));
    }
}

TEST_CASE("gateway: after its kill each report comes once and in order, by ordinary resend") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    Broker other(venue, "BROKER2");
    broker.log_on();
    other.log_on();
    broker.send("D", Broker::order("a", '2', 100, "10.00"));
    CHECK(broker.receive()[11] == "a");
    venue.venue.hold_journal(true);
    other.send("D", Broker::order("x", '1', 30, "10.00", "", "FIRM2"));
    venue.settle();
    broker.send("D", Broker::order("b", '2', 10, "10.10"));
    CHECK(broker.hears_nothing());
    venue.kill_gateway();
    venue.venue.hold_journal(false);
    venue.start_gateway();

    broker.disconnect();
    broker.connect();
    broker.log_on();
    const Fields trade = broker.receive();
    CHECK(trade[150] == "F");
    CHECK(trade[32] == "30");
    CHECK(trade[6] == "10.0000");
    CHECK(trade[43] == "Y");
    CHECK(broker.receive()[11] == "b");
    CHECK(broker.hears_nothing());
    CHECK(other.is_closed());

    venue.kill_gateway();
    venue.start_gateway();
    broker.disconnect();
    broker.connect();
    broker.log_on();
    CHECK(broker.hears_nothing());
}

TEST_CASE("gateway: a message that is sent again after a kill does not enter twice") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    const int number = broker.next_out();
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    venue.settle(false);  // in the ring, and counted
    venue.kill_gateway();

    // As if it had been killed between the ring and the count of the message.
    {
        gateway::SessionStore store(venue.venue.settings.data_directory / "sessions", "BROKER1");
        REQUIRE(store.getNextTargetMsgSeqNum() == number + 1);
        store.setNextTargetMsgSeqNum(number);
        REQUIRE(store.write());
    }
    venue.start_gateway();
    broker.disconnect();
    broker.connect();
    broker.send_logon();
    const Fields logon = broker.receive();
    CHECK(logon[35] == "A");
    const Fields asked = broker.receive();
    REQUIRE(asked[35] == "2");
    CHECK(asked[7] == std::to_string(number));
    broker.post("D", number, Broker::order("a", '1', 100, "10.00"),
                "43=Y|122=" + Broker::now() + "|");
    broker.post("4", number + 1, "123=Y|36=" + std::to_string(broker.next_out()) + "|",
                "43=Y|122=" + Broker::now() + "|");
    venue.settle();
    CHECK(venue.venue.exchange().open_order_count() == 1);
}

// Its ClOrdID is forgotten by then.
TEST_CASE("gateway: a message that is sent again after a kill does not enter on another day") {
    GatewayVenue venue;
    venue.venue.set_phase(Phase::closed);
    venue.venue.set_phase(Phase::pre_open, 20260303);
    venue.venue.set_phase(Phase::continuous);
    const bool is_added = GENERATE(false, true);  // the session, while the gateway runs
    const std::string name = is_added ? "BROKER7" : "BROKER1";
    if (is_added) {
        auto& sessions = venue.venue.settings.gateway.sessions;
        sessions.push_back(sessions.front());
        sessions.back().comp_id = name;
        venue.settle();
        venue.gateway->reload(venue.venue.settings);
        auto listing = make_command<ListSession>();
        listing.participant = ParticipantId{2};
        listing.source = Source::gateway;
        listing.name = Text<24>(name);
        venue.venue.apply(listing);
        venue.settle();
    }
    Broker broker(venue, name);
    broker.log_on();
    const int number = broker.next_out();
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    venue.settle(false);  // in the ring, and counted
    venue.kill_gateway();
    {
        gateway::SessionStore store(venue.venue.settings.data_directory / "sessions", name);
        store.setNextTargetMsgSeqNum(number);
        REQUIRE(store.write());
    }
    venue.venue.pump();  // and taken
    const auto begin_day = [&] {
        venue.venue.set_phase(Phase::closed);
        venue.venue.set_phase(Phase::pre_open, 20260304);
        venue.venue.set_phase(Phase::continuous);
    };
    const bool is_down = GENERATE(true, false);
    if (is_down) begin_day();
    venue.start_gateway();
    if (!is_down) begin_day();
    venue.settle();
    venue.kill_gateway();  // with all reports stored
    venue.start_gateway();
    broker.disconnect();
    broker.connect();
    broker.send_logon();
    CHECK(broker.receive()[35] == "A");
    CHECK(broker.receive()[35] == "2");
    broker.ask_again();
    CHECK(broker.receive()[150] == "0");
    CHECK(broker.receive()[150] == "C");
    broker.post("D", number, Broker::order("a", '1', 100, "10.00"),
                "43=Y|122=" + Broker::now() + "|");
    broker.post("4", number + 1, "123=Y|36=" + std::to_string(broker.next_out()) + "|",
                "43=Y|122=" + Broker::now() + "|");
    const Fields refused = broker.receive();
    CHECK(refused[150] == "8");
    CHECK(refused[11] == "a");
    CHECK(Catch::StartsWith("exchange_busy: not taken before").match(refused[58]));
    CHECK(venue.venue.exchange().open_order_count() == 0);
    // What is new is taken.
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    CHECK(broker.receive()[150] == "0");
}

TEST_CASE("gateway: a full ring is an answer, and its last quarter is for cancels") {
    GatewayVenue venue(64);
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("D", Broker::order("first", '1', 10, "10.00"));
    CHECK(broker.receive()[150] == "0");
    for (int i = 0; i < 60; ++i)
        broker.send("D", Broker::order("o" + std::to_string(i), '1', 10, "9.00"));

    // Three quarters of sixty-four slots, less the cleared one: forty-seven orders.
    for (int i = 47; i < 60; ++i) {
        const Fields busy = broker.receive_without_engine();
        CHECK(busy[150] == "8");
        CHECK(busy[11] == "o" + std::to_string(i));
        CHECK(busy[103] == "0");
        CHECK(busy[58] == "exchange_busy: the exchange is busy: send again in a moment (G2)");
    }
    broker.send("F", Broker::cancel("c", "first", '1'));
    for (int i = 0; i < 47; ++i) CHECK(broker.receive()[150] == "0");
    CHECK(broker.receive()[150] == "4");
    // What was refused was not used: it may be sent again.
    broker.send("D", Broker::order("o59", '1', 10, "9.00"));
    CHECK(broker.receive()[150] == "0");
}

TEST_CASE("gateway: a session that asked for it has its day orders cancelled when it is gone") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on("5001=Y|");
    broker.send("D", Broker::order("day", '1', 10, "10.00"));
    broker.send("D", Broker::order("gtc", '1', 10, "9.90", "59=1|"));
    CHECK(broker.receive()[150] == "0");
    CHECK(broker.receive()[150] == "0");
    broker.disconnect();
    venue.settle();
    CHECK(venue.venue.exchange().open_order_count() == 2);
    venue.venue.advance_ms(1001);
    venue.settle();
    CHECK(venue.venue.exchange().open_order_count() == 1);

    broker.connect();
    broker.log_on("5001=Y|");
    const Fields cancelled = broker.receive();
    CHECK(cancelled[150] == "4");
    CHECK(cancelled[11] == "day");
    CHECK(cancelled[378] == "7");
    CHECK(cancelled[58] == "disconnected: the session was gone for its grace time (S1)");

    broker.disconnect();
    venue.settle();
    venue.venue.advance_ms(500);
    broker.connect();
    broker.log_on("5001=Y|");
    broker.send("D", Broker::order("day2", '1', 10, "10.00"));
    CHECK(broker.receive()[150] == "0");
    venue.venue.advance_ms(5000);
    venue.settle();
    CHECK(venue.venue.exchange().open_order_count() == 2);
}

TEST_CASE("gateway: with 5001=G good-till-cancel orders go too") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on("5001=G|");
    broker.send("D", Broker::order("gtc", '1', 10, "9.90", "59=1|"));
    CHECK(broker.receive()[150] == "0");
    broker.disconnect();
    venue.settle();
    venue.venue.advance_ms(1001);
    venue.settle();
    CHECK(venue.venue.exchange().open_order_count() == 0);
}

TEST_CASE("gateway: sessions that were up when it was killed are taken down when it returns") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on("5001=Y|");
    broker.send("D", Broker::order("day", '1', 10, "10.00"));
    CHECK(broker.receive()[150] == "0");
    venue.kill_gateway();
    venue.start_gateway();
    venue.venue.advance_ms(1001);
    venue.settle();
    CHECK(venue.venue.exchange().open_order_count() == 0);
}

TEST_CASE("gateway: a silent engine is told to those who order and to those who log on") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("D", Broker::order("a", '1', 10, "10.00"));
    CHECK(broker.receive()[150] == "0");
    venue.venue.advance_ms(3000);
    broker.send("D", Broker::order("b", '1', 10, "10.00"));
    broker.send("F", Broker::cancel("c", "a", '1'));
    const Fields busy = broker.receive_without_engine();
    CHECK(busy[11] == "b");
    CHECK(busy[58] == "exchange_busy: the exchange does not answer at present (G2)");
    Broker other(venue, "BROKER2");
    other.send("A", "98=0|108=30|554=secret|");
    CHECK(other.receive_without_engine()[58] ==
          "the exchange does not answer at present: log on again in a moment");

    venue.venue.restart_engine();
    venue.venue.advance_ms(200);
    const Fields cancelled = broker.receive();
    CHECK(cancelled[150] == "4");
    CHECK(cancelled[11] == "c");
}

TEST_CASE("gateway: a new ring makes everyone log on again, and frees what was in flight") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("D", Broker::order("a", '1', 10, "10.00"));
    venue.settle(false);  // in the old ring
    venue.venue.replace_ring();
    venue.venue.advance_ms(200);
    const Fields logout = broker.receive();
    CHECK(logout[35] == "5");
    CHECK(logout[58] == "the exchange has restarted: ask for the status of what was not answered");

    broker.disconnect();
    broker.connect();
    broker.log_on();
    broker.send("D", Broker::order("a", '1', 10, "10.00"));
    CHECK(broker.receive()[150] == "0");
}

TEST_CASE("gateway: the sessions of another venue are not continued") {
    GatewayVenue venue;
    venue.kill_gateway();
    std::ofstream(venue.venue.settings.data_directory / "sessions" / "venue") << "7";
    CHECK_THROWS_WITH(venue.start_gateway(), Catch::Contains("of another venue: move it away"));
}
