// Trade history (AD): what a firm has traded, asked for once more.
#include "tests/broker.h"
#include "tests/valid_message.h"

using namespace carbonx;
using namespace carbonx::tests;

namespace {

std::string ask(const std::string& id, const std::string& more = "") {
    return "568=" + id + "|569=0|" + more;
}

// BROKER1 and BROKER3 are FIRM1's, BROKER2 is FIRM2's.
struct TradesVenue : GatewayVenue {
    TradesVenue() {
        kill_gateway();
        auto listing = make_command<ListSession>();
        listing.participant = ParticipantId{2};
        listing.source = Source::gateway;
        listing.name = Text<24>("BROKER3");
        venue.apply(listing);
        FixSessionSettings session = venue.settings.gateway.sessions.front();
        session.comp_id = "BROKER3";
        session.reset_on_logon = true;
        venue.settings.gateway.sessions.push_back(session);
        start_gateway();
    }

    // FIRM2 sells so many times ten tonnes to this broker of FIRM1; their reports are read.
    std::vector<Fields> trade(Broker& buyer, Broker& seller, int count = 1) {
        std::vector<Fields> bought;
        for (int i = 0; i < count; ++i) {
            const std::string id = std::to_string(++orders);
            seller.send("D", Broker::order("s" + id, '2', 10, "10.00", "", "FIRM2"));
            CHECK(seller.receive()[150] == "0");
            buyer.send("D", Broker::order("b" + id, '1', 10, "10.00"));
            CHECK(buyer.receive()[150] == "0");
            bought.push_back(buyer.receive());
            CHECK(bought.back()[150] == "F");
            CHECK(seller.receive()[150] == "F");
        }
        return bought;
    }
    void begin_day(uint32_t day) {
        venue.set_phase(Phase::closed);
        venue.set_phase(Phase::pre_open, day);
        venue.set_phase(Phase::continuous);
    }

    int orders = 0;
};

// AQ and all AE; gives the ExecIDs.
std::vector<std::string> told(Broker& broker, const std::string& request) {
    broker.send("AD", request);
    const Fields ack = valid(broker.receive());
    CHECK(ack[35] == "AQ");
    CHECK(ack[749] == "0");
    const int count = std::stoi(ack[748]);
    CHECK(ack[750] == (count > 0 ? "0" : "1"));
    std::vector<std::string> ids;
    for (int i = 1; i <= count; ++i) {
        const Fields trade = valid(broker.receive());
        CHECK(trade[35] == "AE");
        CHECK(trade[568] == ack[568]);
        CHECK(trade[748] == ack[748]);
        CHECK(trade[912] == (i == count ? "Y" : "N"));
        ids.push_back(trade[17]);
    }
    CHECK(broker.hears_nothing());
    return ids;
}

std::vector<std::string> exec_ids(const std::vector<Fields>& reports) {
    std::vector<std::string> ids;
    for (const Fields& report : reports) ids.push_back(report[17]);
    return ids;
}

}  // namespace

TEST_CASE("trade history: each side is told its own, as its report said it") {
    TradesVenue venue;
    Broker buyer(venue, "BROKER1");
    Broker seller(venue, "BROKER2");
    buyer.log_on();
    seller.log_on();
    seller.send("D", Broker::order("s", '2', 60, "10.00", "", "FIRM2"));
    CHECK(seller.receive()[150] == "0");
    buyer.send("D", Broker::order("b", '1', 100, "10.02"));
    CHECK(buyer.receive()[150] == "0");
    for (Broker* broker : {&buyer, &seller}) {
        const Fields report = broker->receive();
        CHECK(report[150] == "F");
        broker->send("AD", ask("t"));
        const Fields ack = valid(broker->receive());
        CHECK(ack[35] == "AQ");
        CHECK(ack[568] == "t");
        CHECK(ack[569] == "0");
        CHECK(ack[748] == "1");
        CHECK(ack[749] == "0");
        CHECK(ack[750] == "0");
        CHECK(ack[55] == "[N/A]");
        const Fields trade = valid(broker->receive());
        CHECK(trade[35] == "AE");
        CHECK(trade[571] == report[17]);
        CHECK(trade[487] == "0");
        CHECK(trade[570] == "Y");
        CHECK(trade[912] == "Y");
        CHECK(trade[552] == "1");
        for (const int tag : {17, 527, 55, 15, 32, 31, 75, 60, 54, 37, 11, 1, 150, 5006, 5002, 5003,
                              5007, 5004, 5005}) {
            INFO(tag);
            CHECK(trade[tag] == report[tag]);
            CHECK_FALSE(trade[tag].empty());
        }
        CHECK(broker->hears_nothing());
    }
}

TEST_CASE("trade history: of all sessions of the firm, and of nobody else's") {
    TradesVenue venue;
    Broker first(venue, "BROKER1");
    Broker third(venue, "BROKER3");
    Broker other(venue, "BROKER2");
    for (Broker* broker : {&first, &third, &other}) broker->log_on();
    std::vector<std::string> all = exec_ids(venue.trade(first, other, 2));
    const std::string last = exec_ids(venue.trade(third, other)).front();
    all.push_back(last);
    CHECK(told(first, ask("t")) == all);
    CHECK(told(third, ask("t")) == all);
    std::vector<std::string> sold;
    for (const std::string& id : all) sold.push_back(id.substr(0, id.size() - 1) + "S");
    CHECK(told(other, ask("t")) == sold);

    // By its ExecID. That of another firm finds as little as that of nobody.
    CHECK(told(first, ask("t", "17=" + last + "|")) == std::vector{last});
    for (const std::string& id :
         {all.front().substr(0, all.front().size() - 1) + "S", std::string("1B"), std::string("B"),
          std::string("G17"), std::string("99999999999999999999B"), "0" + last}) {
        INFO(id);
        CHECK(told(first, ask("t", "17=" + id + "|")).empty());
    }
}

TEST_CASE("trade history: a firm that bought and sold is told each by its side") {
    TradesVenue venue;
    Broker first(venue, "BROKER1");
    Broker other(venue, "BROKER2");
    first.log_on();
    other.log_on();
    const std::string bought = exec_ids(venue.trade(first, other)).front();
    first.send("D", Broker::order("sell", '2', 10, "10.00"));
    CHECK(first.receive()[150] == "0");
    other.send("D", Broker::order("buy", '1', 10, "10.00", "", "FIRM2"));
    const std::string sold = first.receive()[17];
    CHECK(bought.back() == 'B');
    CHECK(sold.back() == 'S');
    CHECK(told(first, ask("t")) == std::vector{bought, sold});
}

TEST_CASE("trade history: of one counter") {
    TradesVenue venue;
    Broker first(venue, "BROKER1");
    Broker other(venue, "BROKER2");
    first.log_on();
    other.log_on();
    const auto hkd = exec_ids(venue.trade(first, other, 3));
    const auto in_cnh = [](std::string order) {
        return order.replace(order.find("V415024H"), 8, "V415024C");
    };
    other.send("D", in_cnh(Broker::order("c", '2', 10, "10.00", "", "FIRM2")));
    first.send("D", in_cnh(Broker::order("d", '1', 10, "10.00")));
    CHECK(first.receive()[150] == "0");
    const Fields cnh = first.receive();
    CHECK(cnh[15] == "CNH");
    CHECK(told(first, ask("t", "55=V415024H|")) == hkd);
    CHECK(told(first, ask("t", "48=V415024C|22=8|")) == std::vector{cnh[17]});
    CHECK(told(first, ask("t", "55=V415024C|17=" + cnh[17] + "|")) == std::vector{cnh[17]});
    CHECK(told(first, ask("t", "55=V415024H|17=" + cnh[17] + "|")).empty());
    CHECK(told(first, ask("t")).size() == 4);
}

TEST_CASE("trade history: of the last five trading days, by one or two dates") {
    TradesVenue venue;
    Broker first(venue, "BROKER1");
    Broker other(venue, "BROKER2");
    first.log_on();
    other.log_on();
    std::map<uint32_t, std::string> of_day;
    for (uint32_t day = Venue::first_day; day < Venue::first_day + 7; ++day) {
        if (day != Venue::first_day) venue.begin_day(day);
        of_day[day] = exec_ids(venue.trade(first, other)).front();
    }
    const auto days = [&](const std::string& from, const std::string& to) {
        return "580=2|75=" + from + "|75=" + to + "|";
    };
    using Ids = std::vector<std::string>;
    CHECK(told(first, ask("t")) == Ids{of_day[20260308]});
    CHECK(told(first, ask("t", "580=1|75=20260305|")) == Ids{of_day[20260305]});
    CHECK(told(first, ask("t", days("20260304", "20260305"))) ==
          Ids{of_day[20260304], of_day[20260305]});
    CHECK(told(first, ask("t", days("20260307", "20260401") + "55=V415024H|")) ==
          Ids{of_day[20260307], of_day[20260308]});
    CHECK(told(first, ask("t", "580=1|75=20260309|")).empty());
    CHECK(told(first, ask("t", "17=" + of_day[20260304] + "|")) == Ids{of_day[20260304]});
    CHECK(told(first, ask("t", "17=" + of_day[20260303] + "|")).empty());
    CHECK(told(first, ask("t", "580=1|75=20260305|17=" + of_day[20260304] + "|")).empty());

    first.send("AD", ask("t", days("20260303", "20260305")));
    CHECK(valid(first.receive())[58] ==
          "value_out_of_range: 75=20260303: trades are told of 5 trading days, from 20260304 (G4)");
}

TEST_CASE("trade history: what is not told is refused by name") {
    TradesVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    const auto refused = [&](const std::string& request) {
        broker.send("AD", request);
        const Fields answer = valid(broker.receive());
        CHECK(answer[35] == "AQ");
        CHECK(answer[748] == "0");
        CHECK(answer[750] == "2");
        return answer[749] + " " + answer[58];
    };
    CHECK(refused("568=t|569=2|") == "8 unsupported: 569=2: expected 0 or 1 (G1)");
    CHECK(refused(ask("t", "263=1|")) ==
          "8 unsupported: 263=1: a trade is told by its execution report (8) as it happens (G1)");
    CHECK(refused(ask("t", "37=1|")) ==
          "8 unsupported: 37=1: name a trade by its ExecID (17) (G1)");
    CHECK(refused(ask("t", "11=1|")) ==
          "8 unsupported: 11=1: name a trade by its ExecID (17) (G1)");
    CHECK(refused(ask("t", "55=V999999H|")).starts_with("1 counter_unknown: "));
    CHECK(refused(ask("t", "580=2|75=20260302|75=20260301|")) ==
          "99 value_out_of_range: 75=20260302: the last day is before the first (G4)");
    CHECK(refused(ask("t", "580=1|75=soon|")) ==
          "99 value_out_of_range: 75=soon: expected yyyymmdd (G4)");
    CHECK(refused(ask("t", "580=1|75=2026032|")).starts_with("99 value_out_of_range: "));
    CHECK(refused(ask("t", "580=3|75=20260302|75=20260302|75=20260302|")) ==
          "99 value_out_of_range: 580=3: one day, or the first and the last (G4)");
    CHECK(refused(ask(std::string(64, 'x'), "37=1|")).starts_with("8 "));
    CHECK(refused(ask(std::string(65, 'x'))).starts_with("99 value_out_of_range: 568=xxx"));
    broker.send("AD", "568=t|569=9|");
    CHECK(broker.receive()[373] == "5");
    broker.send("AD", ask("t", "580=2|75=20260302|"));
    CHECK(broker.receive()[373] == "16");
    broker.send("AD", ask("t", "54=1|"));
    CHECK(broker.receive()[371] == "54");
    CHECK(broker.hears_nothing());
}

TEST_CASE("trade history: a long answer comes beside all else, in order, and one at a time") {
    TradesVenue venue;
    Broker first(venue, "BROKER1");
    Broker third(venue, "BROKER3");
    Broker other(venue, "BROKER2");
    for (Broker* broker : {&first, &third, &other}) broker->log_on();
    const auto ids = exec_ids(venue.trade(first, other, 100));
    first.send("AD", ask("long"));
    first.send("AD", ask("too soon"));
    first.send("D", Broker::order("o", '1', 10, "9.00"));
    third.send("AD", ask("theirs"));
    std::vector<std::string> heard;
    std::size_t trades_before_order = 0;
    CHECK(first.receive()[748] == "100");
    while (heard.size() < ids.size()) {
        const Fields message = first.receive();
        if (message[35] == "AE") heard.push_back(message[17]);
        if (message[35] == "AQ") {
            CHECK(message[58] == "exchange_busy: the trades asked for before are being told (G2)");
        }
        if (message[35] == "8") trades_before_order = heard.size();
    }
    CHECK(heard == ids);
    CHECK(trades_before_order < 50);
    CHECK(third.receive()[748] == "100");
    for (const std::string& id : ids) CHECK(third.receive()[17] == id);
    CHECK(third.hears_nothing());
    CHECK(told(first, ask("again")) == ids);
}

TEST_CASE("trade history: what is being told goes on for who is gone, and waits there") {
    TradesVenue venue;
    Broker first(venue, "BROKER1");
    Broker other(venue, "BROKER2");
    first.log_on();
    other.log_on();
    const auto ids = exec_ids(venue.trade(first, other, 40));
    first.send("AD", ask("t"));
    CHECK(first.receive()[748] == "40");
    CHECK(first.receive()[17] == ids[0]);
    first.disconnect();
    venue.settle();
    first.connect();
    first.log_on();
    for (std::size_t i = 1; i < ids.size(); ++i) {
        const Fields trade = first.receive();
        CHECK(trade[17] == ids[i]);
        CHECK(trade[43] == "Y");
    }
    CHECK(first.hears_nothing());
}

TEST_CASE("trade history: after a kill of the gateway it is asked for again, and is all there") {
    TradesVenue venue;
    Broker first(venue, "BROKER1");
    Broker other(venue, "BROKER2");
    first.log_on();
    other.log_on();
    const auto ids = exec_ids(venue.trade(first, other, 40));
    first.send("AD", ask("t"));
    CHECK(first.receive()[748] == "40");
    CHECK(first.receive()[17] == ids[0]);
    venue.kill_gateway();
    first.disconnect();
    venue.start_gateway();
    first.connect();
    first.log_on();
    std::size_t heard = 1;
    for (Fields trade = first.receive(true, std::chrono::milliseconds(50)); !trade.text.empty();
         trade = first.receive(true, std::chrono::milliseconds(50))) {
        REQUIRE(heard < ids.size());
        CHECK(trade[17] == ids[heard++]);
        CHECK(trade[912] == "N");
    }
    CHECK(heard < ids.size());  // the end of that answer never comes
    CHECK(told(first, ask("t")) == ids);
}

TEST_CASE("trade history: sequences that begin anew have nothing of an answer before") {
    TradesVenue venue;
    Broker third(venue, "BROKER3");
    Broker other(venue, "BROKER2");
    third.log_on();
    other.log_on();
    const auto ids = exec_ids(venue.trade(third, other, 40));
    third.send("AD", ask("t"));
    CHECK(third.receive()[748] == "40");
    third.disconnect();
    Broker again(venue, "BROKER3");
    again.log_on("141=Y|");
    CHECK(again.hears_nothing());
    CHECK(told(again, ask("t")) == ids);
}

TEST_CASE("trade history: a day that begins in the middle of an answer does not end it") {
    TradesVenue venue;
    Broker first(venue, "BROKER1");
    Broker other(venue, "BROKER2");
    first.log_on();
    other.log_on();
    const auto ids = exec_ids(venue.trade(first, other, 40));
    for (uint32_t day = 20260303; day <= 20260306; ++day) venue.begin_day(day);
    venue.settle();
    first.send("AD", ask("t", "580=1|75=20260302|"));
    CHECK(first.receive()[748] == "40");
    venue.begin_day(20260307);
    for (const std::string& id : ids) CHECK(first.receive()[17] == id);
    CHECK(first.hears_nothing());
}

TEST_CASE("trade history: told while the engine is silent") {
    TradesVenue venue;
    Broker first(venue, "BROKER1");
    Broker other(venue, "BROKER2");
    first.log_on();
    other.log_on();
    const auto ids = exec_ids(venue.trade(first, other, 3));
    venue.venue.advance_ms(3'000);
    first.send("AD", ask("t"));
    CHECK(first.receive_without_engine()[748] == "3");
    for (const std::string& id : ids) CHECK(first.receive_without_engine()[17] == id);
}

TEST_CASE("trades: a request of more fields than are read is refused, also behind what waits") {
    TradesVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    std::string dates = "580=120|";
    for (int i = 0; i < 120; ++i) dates += "75=20260302|";
    const auto refused = [&] {
        const Fields reject = valid(broker.receive());
        CHECK(reject[35] == "3");
        CHECK(reject[372] == "AD");
        CHECK(reject[373] == "99");
        CHECK(reject[58] == "more than 128 fields");
    };
    broker.send("AD", ask("many", dates));
    refused();

    venue.venue.hold_journal(true);
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    broker.send("F", Broker::cancel("b", "a", '1'));
    broker.send("AD", ask("more", dates));
    refused();
    venue.venue.hold_journal(false);
    CHECK(broker.receive()[11] == "a");
    CHECK(broker.receive()[11] == "b");
    CHECK(told(broker, ask("few")).empty());
}
