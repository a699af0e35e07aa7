// Cash (BB), and how questions about accounts go with all else that a session says.
#include "tests/query_venue.h"

using namespace carbonx;
using namespace carbonx::tests;

TEST_CASE("cash: each account's, by currency, what is free and what open buys reserve") {
    QueryVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("D", Broker::order("b", '1', 100, "9.00"));
    CHECK(broker.receive()[150] == "0");
    broker.send("BB", cash("c1", "263=0|581=1|"));
    CHECK(body(valid(broker.receive())) ==
          "35=BA|909=c1|910=1|911=2|912=N|1=FIRM1|581=1|15=HKD|899=999099.10|900=1000000.00|"
          "901=900.90|715=20260302|");
    CHECK(body(valid(broker.receive())) ==
          "35=BA|909=c1|910=0|911=2|912=Y|1=FIRM1|581=1|15=CNH|899=1000000.00|900=1000000.00|"
          "901=0.00|715=20260302|");
    broker.send("BB", cash("c2", "1=FIRM1|"));
    CHECK(valid(broker.receive())[909] == "c2");
    CHECK(valid(broker.receive())[912] == "Y");
    CHECK(broker.hears_nothing());
}

TEST_CASE("cash: another firm's account is as good as none, and nothing is subscribed to") {
    QueryVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    const auto refused = [&](const std::string& request) {
        broker.send("BB", request);
        const Fields answer = valid(broker.receive());
        CHECK(answer[35] == "BG");
        CHECK(answer[945] == "4");
        CHECK(answer[911] == "0");
        return answer[946] + " " + answer[58];
    };
    const std::string unknown =
        "3 account_unknown: no such account, or it is not the sender's (A5)";
    CHECK(refused(cash("c1", "1=FIRM2|")) == unknown);
    CHECK(refused(cash("c2", "1=NOBODY|")) == unknown);
    CHECK(refused(cash("c3", "263=1|")) ==
          "8 unsupported: 263=1 is not supported by this venue yet (G1)");
    CHECK(refused(cash("c4", "263=2|")).starts_with("8 unsupported: "));
    CHECK(refused(cash("this-id-is-far-too-long")).starts_with("99 value_out_of_range: "));
}

TEST_CASE("cash: of a firm without accounts, the answer says that there are no rows") {
    GatewayVenue venue;
    venue.kill_gateway();
    auto participant = make_command<ListParticipant>();
    participant.participant_class = ParticipantClass::hong_kong;
    participant.open_orders_max = 1;
    participant.name = Text<24>("FIRM3");
    venue.venue.apply(participant);
    auto listing = make_command<ListSession>();
    listing.participant = ParticipantId{4};
    listing.source = Source::gateway;
    listing.name = Text<24>("BROKER3");
    venue.venue.apply(listing);
    FixSessionSettings session = venue.venue.settings.gateway.sessions.front();
    session.comp_id = "BROKER3";
    venue.venue.settings.gateway.sessions.push_back(session);
    venue.start_gateway();
    Broker broker(venue, "BROKER3");
    broker.log_on();
    broker.send("BB", cash("c1"));
    CHECK(body(valid(broker.receive())) == "35=BG|909=c1|945=2|946=0|911=0|");
    broker.send("AN", holdings("q1"));
    CHECK(body(valid(broker.receive())) == "35=AO|710=q1|727=0|728=2|729=0|1=[N/A]|581=1|");
    CHECK(broker.hears_nothing());
}

TEST_CASE("queries: answered in turn with what the session sends behind them") {
    QueryVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("AN", holdings("q1"));
    broker.send("BB", cash("c1"));
    broker.send("AN", holdings("q2"));
    broker.send("D", Broker::order("o", '1', 10, "9.00"));
    for (const char* expected : {"AO", "AP", "BA", "BA", "AO", "AP", "8"}) {
        CHECK(broker.receive()[35] == expected);
    }
    CHECK(broker.hears_nothing());
}

TEST_CASE("queries: answers are counted, and who was told too much waits") {
    QueryVenue venue;
    venue.throttle_answers(3);
    Broker broker(venue, "BROKER1");
    broker.log_on();
    const std::string throttled =
        "throttled: too many answers in a second: ask again in a moment (G5)";
    for (int i = 0; i < 2; ++i) {  // two rows each: after them there is a debt of one
        broker.send("BB", cash("c"));
        CHECK(broker.receive()[35] == "BA");
        CHECK(broker.receive()[35] == "BA");
    }
    broker.send("BB", cash("more"));
    const Fields no_cash = broker.receive();
    CHECK(no_cash[35] == "BG");
    CHECK(no_cash[946] == "99");
    CHECK(no_cash[58] == throttled);
    broker.send("AN", holdings("more"));
    const Fields no_holdings = broker.receive();
    CHECK(no_holdings[728] == "99");
    CHECK(no_holdings[58] == throttled);
    broker.send("AD", "568=t|569=0|");
    const Fields no_trades = valid(broker.receive());
    CHECK(no_trades[749] == "99");
    CHECK(no_trades[58] == throttled);
    // Orders have their own bucket, and a debt is paid by time.
    broker.send("D", Broker::order("o", '1', 10, "9.00"));
    CHECK(broker.receive()[150] == "0");
    venue.venue.advance_ms(700);
    broker.send("BB", cash("again"));
    CHECK(broker.receive()[35] == "BA");
}

TEST_CASE("queries: asked together, each is let in by what the one before has cost") {
    QueryVenue venue;
    venue.throttle_answers(1);
    Broker broker(venue, "BROKER1");
    broker.log_on();
    for (const char* id : {"c1", "c2", "c3"}) broker.send("BB", cash(id));
    CHECK(broker.receive()[35] == "BA");
    CHECK(broker.receive()[35] == "BA");
    CHECK(broker.receive()[58].starts_with("throttled: "));
    CHECK(broker.receive()[58].starts_with("throttled: "));
    CHECK(broker.hears_nothing());
}

TEST_CASE("queries: a mass status is counted by the orders that it tells") {
    QueryVenue venue;
    venue.throttle_answers(2);
    Broker broker(venue, "BROKER1");
    broker.log_on();
    const auto ask = [&](const char* id) {
        broker.send("AF", std::string("584=") + id + "|585=7|");
    };
    for (const char* id : {"o1", "o2", "o3"}) {
        broker.send("D", Broker::order(id, '1', 10, "9.00"));
        CHECK(broker.receive()[150] == "0");
    }
    ask("all");
    ask("again");
    for (int i = 0; i < 3; ++i) CHECK(broker.receive()[584] == "all");
    const Fields refused = broker.receive();
    CHECK(refused[584] == "again");
    CHECK(refused[39] == "8");
    CHECK(refused[58] == "throttled: too many answers in a second: ask again in a moment (G5)");

    // One of no order costs nothing more, and lets the next one in.
    venue.venue.advance_ms(2'000);
    broker.send("q", "11=q|530=7|60=" + Broker::now() + "|");
    for (int i = 0; i < 3; ++i) CHECK(broker.receive()[150] == "4");
    CHECK(broker.receive()[35] == "r");
    for (int i = 0; i < 5; ++i) {
        ask("none");
        CHECK(broker.receive()[103] == "5");
    }
}

TEST_CASE("queries: a disabled firm is answered, and a drop copy is not") {
    QueryVenue venue;
    venue.kill_gateway();
    auto listing = make_command<ListSession>();
    listing.participant = ParticipantId{2};
    listing.source = Source::gateway;
    listing.name = Text<24>("COPY1");
    venue.venue.apply(listing);
    FixSessionSettings session = venue.venue.settings.gateway.sessions.front();
    session.comp_id = "COPY1";
    session.role = SessionRole::drop_copy;
    venue.venue.settings.gateway.sessions.push_back(session);
    venue.start_gateway();
    auto disable = make_command<DisableParticipant>();
    disable.participant = ParticipantId{2};
    venue.venue.apply(disable);
    Broker broker(venue, "BROKER1");
    Broker copy(venue, "COPY1");
    broker.log_on();
    copy.log_on();
    CHECK(broker.receive()[35] == "B");
    CHECK(copy.receive()[35] == "B");
    broker.send("AN", holdings("q"));
    CHECK(broker.receive()[35] == "AO");
    CHECK(broker.receive()[35] == "AP");
    for (const auto& [type, request] : std::map<std::string, std::string>{
             {"AN", holdings("q")}, {"BB", cash("c")}, {"AD", "568=t|569=0|"}}) {
        copy.send(type, request);
        const Fields refused = valid(copy.receive());
        CHECK(refused[35] == "j");
        CHECK(refused[372] == type);
        CHECK(refused[380] == "6");
    }
    CHECK(copy.hears_nothing());
}

TEST_CASE("queries: a silent engine is told at once, and holds up nothing") {
    QueryVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("AN", holdings("q1"));
    venue.settle(false);  // in the ring
    venue.venue.advance_ms(3'000);
    broker.send("BB", cash("c1"));
    CHECK(broker.receive_without_engine()[58] ==
          "exchange_busy: the exchange does not answer at present (G2)");
    broker.send("D", Broker::order("o", '1', 10, "9.00"));
    CHECK(broker.receive_without_engine()[150] == "8");
    CHECK(broker.receive()[710] == "q1");
    CHECK(broker.receive()[35] == "AP");
    broker.send("BB", cash("c1"));
    CHECK(broker.receive()[35] == "BA");
}

TEST_CASE("queries: one that the exchange refuses subscribes to nothing") {
    QueryVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("AN", holdings("sub", "263=1|"));
    venue.settle(false);  // in the ring, as the exchange takes the gateway for dead
    auto down = make_command<SourceDown>();
    down.which = Source::gateway;
    venue.venue.apply(down);
    const Fields refused = valid(broker.receive());
    CHECK(refused[729] == "2");
    CHECK(refused[728] == "99");
    CHECK(refused[58].starts_with("session_disconnected: "));
    venue.settle();  // the session is up again
    broker.send("AN", holdings("once"));
    CHECK(broker.receive()[728] == "0");
    CHECK(broker.receive()[35] == "AP");
    venue.deposit(firm1, InstrumentId{1}, 9'000'000, 1);
    CHECK(broker.hears_nothing());
}

TEST_CASE("queries: after a new ring they can be asked again") {
    QueryVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("AN", holdings("q1", "263=1|"));
    venue.settle(false);  // in the old ring
    venue.venue.replace_ring();
    venue.venue.advance_ms(200);
    CHECK(broker.receive()[35] == "5");
    broker.disconnect();
    broker.connect();
    broker.log_on();
    broker.send("AN", holdings("q1"));
    CHECK(broker.receive()[35] == "AO");
    CHECK(broker.receive()[35] == "AP");
    venue.deposit(firm1, InstrumentId{1}, 9'000'000, 1);  // the lost request subscribed to nothing
    CHECK(broker.hears_nothing());
}

TEST_CASE("queries: an answer comes once, over a kill of the gateway and a restart of the engine") {
    QueryVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("AN", holdings("q1", "263=1|"));
    venue.settle(false);  // in the ring
    venue.kill_gateway();
    broker.disconnect();
    venue.venue.pump();  // the answer is in the log, and nobody has read it
    venue.venue.restart_engine();
    venue.start_gateway();
    broker.connect();
    broker.log_on();
    CHECK(valid(broker.receive())[710] == "q1");
    CHECK(valid(broker.receive())[704] == "10000");
    CHECK(broker.hears_nothing());
    venue.kill_gateway();
    broker.disconnect();
    venue.start_gateway();
    broker.connect();
    broker.log_on();
    CHECK(broker.hears_nothing());
    venue.deposit(firm1, InstrumentId{1}, 9'000'000, 1);  // a subscription is of a connection
    CHECK(broker.hears_nothing());
}

TEST_CASE("queries: sent again, with 43=Y or 97=Y, they are answered anew") {
    QueryVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("AN", holdings("q1"));
    CHECK(broker.receive()[35] == "AO");
    CHECK(broker.receive()[35] == "AP");
    broker.send("AN", holdings("q1"), "97=Y|");
    CHECK(broker.receive()[710] == "q1");
    CHECK(broker.receive()[35] == "AP");
    broker.send("BB", cash("c1"), "43=Y|122=" + Broker::now() + "|");
    CHECK(broker.receive()[35] == "BA");
    CHECK(broker.receive()[35] == "BA");
    // A number that was taken already is not.
    broker.post("BB", broker.next_out() - 1, cash("c1"), "43=Y|122=" + Broker::now() + "|");
    CHECK(broker.hears_nothing());
}
