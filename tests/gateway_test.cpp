// The gateway over real sockets, before an exchange stepped by hand.
#include "tests/broker.h"

using namespace carbonx;
using namespace carbonx::tests;

TEST_CASE("gateway: an order is accepted with its place in the book, and cancelled") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("D", Broker::order("a", '1', 100, "10.05"));

    const Fields accepted = broker.receive();
    CHECK(accepted[35] == "8");
    CHECK(accepted[150] == "0");
    CHECK(accepted[39] == "0");
    CHECK(accepted[11] == "a");
    CHECK(accepted[1] == "FIRM1");
    CHECK(accepted[55] == "V415024H");
    CHECK(accepted[15] == "HKD");
    CHECK(accepted[54] == "1");
    CHECK(accepted[38] == "100");
    CHECK(accepted[44] == "10.05");
    CHECK(accepted[151] == "100");
    CHECK(accepted[14] == "0");
    CHECK(accepted[6] == "0");
    CHECK(accepted[17] == accepted[198] + "B");

    broker.send("F", Broker::cancel("b", "a", '1', "37=" + accepted[37] + "|"));
    const Fields cancelled = broker.receive();
    CHECK(cancelled[150] == "4");
    CHECK(cancelled[39] == "4");
    CHECK(cancelled[11] == "b");
    CHECK(cancelled[41] == "a");
    CHECK(cancelled[37] == accepted[37]);
    CHECK(cancelled[151] == "0");
    CHECK(broker.hears_nothing());
}

TEST_CASE("gateway: a trade is told to both sides, with the serials that moved and the fee") {
    GatewayVenue venue;
    Broker seller(venue, "BROKER1");
    Broker buyer(venue, "BROKER2");
    seller.log_on();
    buyer.log_on();
    seller.send("D", Broker::order("s", '2', 60, "10.00"));
    CHECK(seller.receive()[150] == "0");
    buyer.send("D", Broker::order("b", '1', 100, "10.02", "", "FIRM2"));

    const Fields accepted = buyer.receive();
    CHECK(accepted[150] == "0");
    CHECK(accepted[198].empty());
    const Fields bought = buyer.receive();
    CHECK(bought[150] == "F");
    CHECK(bought[39] == "1");
    CHECK(bought[32] == "60");
    CHECK(bought[31] == "10.00");
    CHECK(bought[151] == "40");
    CHECK(bought[14] == "60");
    CHECK(bought[6] == "10.0000");
    CHECK(bought[851] == "2");
    CHECK(bought[5006] == "0.60");
    CHECK(bought[17] == bought[527] + "B");
    CHECK(bought[75] == "20260302");
    // The rest stands in the book behind the trade and its delivery.
    CHECK(std::stoull(bought[198]) > std::stoull(bought[527]));
    CHECK(bought[5002] == "1");
    CHECK(bought[5007] == "VCS-4150-");
    CHECK(bought[5004] == "2000000");
    CHECK(bought[5005] == "2000059");

    const Fields sold = seller.receive();
    CHECK(sold[150] == "F");
    CHECK(sold[39] == "2");
    CHECK(sold[151] == "0");
    CHECK(sold[851] == "1");
    CHECK(sold[527] == bought[527]);
    CHECK(sold[17] == bought[527] + "S");
    CHECK(sold[5004] == "2000000");
}

TEST_CASE("gateway: a replace keeps the order's id, and its place when only the quantity shrinks") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    const Fields accepted = broker.receive();

    broker.send("G", Broker::replace("b", "a", '1', 50, "10.00"));
    const Fields smaller = broker.receive();
    CHECK(smaller[150] == "5");
    CHECK(smaller[39] == "0");
    CHECK(smaller[11] == "b");
    CHECK(smaller[41] == "a");
    CHECK(smaller[37] == accepted[37]);
    CHECK(smaller[198] == accepted[198]);
    CHECK(smaller[151] == "50");

    broker.send("G", Broker::replace("c", "b", '1', 50, "10.01"));
    const Fields moved = broker.receive();
    CHECK(moved[198] != accepted[198]);
    CHECK(moved[44] == "10.01");

    broker.send("F", Broker::cancel("d", "a", '1'));
    const Fields stale = broker.receive();
    CHECK(stale[35] == "9");
    CHECK(stale[102] == "1");
    CHECK(stale[434] == "1");
    CHECK(stale[39] == "0");
    broker.send("F", Broker::cancel("e", "c", '1'));
    CHECK(broker.receive()[150] == "4");
    broker.send("G", Broker::replace("f", "c", '1', 20, "10.00"));
    const Fields late = broker.receive();
    CHECK(late[35] == "9");
    CHECK(late[102] == "0");
    CHECK(late[434] == "2");
    CHECK(late[39] == "4");
    broker.send("F", Broker::cancel("g", "nothing", '1'));
    const Fields unknown = broker.receive();
    CHECK(unknown[102] == "1");
    CHECK(unknown[37] == "NONE");
}

TEST_CASE("gateway: a replace and a cancel that come before the order's id is known wait for it") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    venue.venue.hold_journal(true);
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    broker.send("G", Broker::replace("b", "a", '1', 50, "10.01"));
    broker.send("F", Broker::cancel("c", "b", '1'));
    broker.send("D", Broker::order("d", '1', 10, "9.00"));
    CHECK(broker.hears_nothing());
    venue.venue.hold_journal(false);

    CHECK(broker.receive()[17] != "");
    const Fields replaced = broker.receive();
    CHECK(replaced[150] == "5");
    CHECK(replaced[11] == "b");
    const Fields cancelled = broker.receive();
    CHECK(cancelled[150] == "4");
    CHECK(cancelled[11] == "c");
    const Fields last = broker.receive();
    CHECK(last[150] == "0");
    CHECK(last[11] == "d");
}

TEST_CASE("gateway: a ClOrdID is used once a session and day") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    // The second is refused at once, the first is accepted by the exchange.
    const Fields refused = broker.receive_without_engine();
    CHECK(refused[150] == "8");
    CHECK(refused[39] == "8");
    CHECK(refused[103] == "6");
    CHECK(refused[58] == "client_id_duplicate: this ClOrdID has been used already (C2)");
    CHECK(refused[38] == "100");
    CHECK(broker.receive()[150] == "0");

    broker.send("F", Broker::cancel("a", "a", '1'));
    const Fields cancel = broker.receive();
    CHECK(cancel[35] == "9");
    CHECK(cancel[102] == "6");

    // Said to be sent again: nothing new, and its state.
    broker.send("D", Broker::order("a", '1', 100, "10.00"), "97=Y|");
    const Fields state = broker.receive();
    CHECK(state[150] == "I");
    CHECK(state[39] == "0");
    CHECK(venue.venue.exchange().open_order_count() == 1);
}

TEST_CASE("gateway: a mass cancel reports each order and then itself") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("D", Broker::order("a", '1', 10, "10.00"));
    broker.send("D", Broker::order("b", '1', 20, "9.90"));
    broker.send("q", "11=q1|530=7|60=" + Broker::now() + "|");
    CHECK(broker.receive()[11] == "a");
    CHECK(broker.receive()[11] == "b");
    for (const char* id : {"a", "b"}) {
        const Fields cancelled = broker.receive();
        CHECK(cancelled[150] == "4");
        CHECK(cancelled[11] == id);
    }
    const Fields report = broker.receive();
    CHECK(report[35] == "r");
    CHECK(report[11] == "q1");
    CHECK(report[530] == "7");
    CHECK(report[531] == "7");
    CHECK(report[533] == "2");

    broker.send("q", "11=q2|530=3|60=" + Broker::now() + "|");
    const Fields refused = broker.receive();
    CHECK(refused[35] == "r");
    CHECK(refused[531] == "0");
    CHECK(refused[532] == "0");
    broker.send("q", "11=q3|530=1|55=NOTHING|60=" + Broker::now() + "|");
    CHECK(broker.receive()[532] == "1");
}

TEST_CASE("gateway: the status of orders open and done, of none, and of all") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("AF", "584=m0|585=7|");
    const Fields none = broker.receive();
    CHECK(none[39] == "8");
    CHECK(none[103] == "5");
    CHECK(none[584] == "m0");
    CHECK(none[912] == "Y");

    broker.send("D", Broker::order("a", '1', 10, "10.00"));
    broker.send("D", Broker::order("b", '1', 20, "9.90"));
    broker.send("D", Broker::order("c", '1', 30, "9.80"));
    for (int i = 0; i < 3; ++i) CHECK(broker.receive()[150] == "0");
    broker.send("F", Broker::cancel("d", "b", '1'));
    CHECK(broker.receive()[150] == "4");

    broker.send("H", "11=a|790=s1|55=V415024H|54=1|");
    const Fields open = broker.receive();
    CHECK(open[150] == "I");
    CHECK(open[39] == "0");
    CHECK(open[11] == "a");
    CHECK(open[790] == "s1");
    CHECK(open[584].empty());
    broker.send("H", "11=b|790=s2|55=V415024H|54=1|");
    const Fields done = broker.receive();
    CHECK(done[150] == "I");
    CHECK(done[39] == "4");
    CHECK(done[790] == "s2");
    broker.send("H", "11=z|55=V415024H|54=1|");
    const Fields unknown = broker.receive();
    CHECK(unknown[39] == "8");
    CHECK(unknown[103] == "5");
    CHECK(unknown[37] == "NONE");

    broker.send("AF", "584=m1|585=7|");
    const Fields first = broker.receive();
    CHECK(first[11] == "a");
    CHECK(first[584] == "m1");
    CHECK(first[911] == "2");
    CHECK(first[912] == "N");
    const Fields last = broker.receive();
    CHECK(last[11] == "c");
    CHECK(last[912] == "Y");
}

TEST_CASE("gateway: instruments and the market's phase can be asked for") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("x", "320=r|559=4|");
    const Fields all = broker.receive();
    CHECK(all[35] == "y");
    CHECK(all[320] == "r");
    CHECK(all[560] == "0");
    CHECK(all[393] == "2");
    CHECK(all[893] == "Y");
    CHECK(all[146] == "2");
    CHECK(all.text.find("55=V415024C|") != std::string::npos);
    broker.send("x", "320=r|559=0|55=V415024H|");
    const Fields one = broker.receive();
    CHECK(one[146] == "1");
    CHECK(one[55] == "V415024H");
    CHECK(one[107] == "Cookstoves");
    CHECK(one[15] == "HKD");
    CHECK(one[561] == "10");
    CHECK(one.text.find("870=8|871=99|872=MinPriceIncrement=0.01|871=99|872=LowLimitPrice=8.00|"
                        "871=99|872=HighLimitPrice=12.00|871=99|872=ReferencePrice=10.00|"
                        "871=99|872=CollarBps=500|871=99|872=FeePpm=1000|"
                        "871=99|872=Instrument=V415024|871=99|872=MaxOrderQty=1000000|15=HKD") !=
          std::string::npos);
    broker.send("x", "320=r|559=0|55=NOTHING|");
    CHECK(broker.receive()[560] == "2");
    broker.send("x", "320=r|559=1|");
    CHECK(broker.receive()[560] == "1");

    broker.send("g", "335=p|263=1|");
    const Fields phase = broker.receive();
    CHECK(phase[35] == "h");
    CHECK(phase[340] == "2");
    CHECK(phase[336] == "20260302");
    CHECK(phase[625] == "CONTINUOUS");
    venue.venue.set_phase(Phase::halted);
    const Fields halted = broker.receive();
    CHECK(halted[340] == "1");
    CHECK(halted[325] == "Y");
    CHECK(halted[335] == "p");
}

TEST_CASE("gateway: a day's end expires day orders, and the next day restates the others") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("D", Broker::order("day", '1', 10, "10.00"));
    broker.send("D", Broker::order("gtc", '1', 10, "9.90", "59=1|"));
    CHECK(broker.receive()[150] == "0");
    const Fields accepted = broker.receive();
    venue.venue.set_phase(Phase::closed);
    const Fields expired = broker.receive();
    CHECK(expired[150] == "C");
    CHECK(expired[39] == "C");
    CHECK(expired[11] == "day");
    venue.venue.set_phase(Phase::pre_open, Venue::first_day + 1);
    const Fields restated = broker.receive();
    CHECK(restated[150] == "D");
    CHECK(restated[378] == "1");
    CHECK(restated[11] == "gtc");
    CHECK(restated[37] == accepted[37]);
    CHECK(restated[198] != accepted[198]);

    broker.send("D", Broker::order("gtc", '1', 10, "9.90"));
    CHECK(broker.receive()[103] == "6");
    broker.send("D", Broker::order("day", '1', 10, "9.90"));
    CHECK(broker.receive()[150] == "0");
}

TEST_CASE("gateway: a session that the exchange has not listed is told so") {
    GatewayVenue venue;
    venue.kill_gateway();
    FixSessionSettings late;
    late.comp_id = "BROKER3";
    late.password_hash = secret_hash;
    venue.venue.settings.gateway.sessions.push_back(late);
    venue.start_gateway();
    {
        Broker broker(venue, "BROKER3");
        broker.send_logon();
        const Fields logout = broker.receive();
        CHECK(logout[35] == "5");
        CHECK(logout[58] == "the session is not listed on the exchange yet: ask its operators");
    }
    auto session = make_command<ListSession>();
    session.participant = ParticipantId{2};
    session.source = Source::gateway;
    session.name = Text<24>("BROKER3");
    venue.venue.apply(session);
    Broker broker(venue, "BROKER3", 1, 2);  // a Logon that is refused is not counted
    broker.log_on();
    broker.send("D", Broker::order("a", '1', 10, "10.00"));
    CHECK(broker.receive()[150] == "0");
}
