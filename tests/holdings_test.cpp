// Holdings (AN): what a firm's accounts have of each instrument, asked for and subscribed to.
#include "gateway/holding_changes.h"
#include "tests/query_venue.h"

using namespace carbonx;
using namespace carbonx::tests;

TEST_CASE("holdings: the answer, then each account's credits of each instrument") {
    QueryVenue venue;
    venue.list_instrument(true);
    venue.list_account("FIRM1-2");
    venue.deposit(AccountId{4}, InstrumentId{2}, 9'000'000, 500);
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("D", Broker::order("s", '2', 60, "10.00"));
    CHECK(broker.receive()[150] == "0");

    broker.send("AN", holdings("q1", "263=0|581=1|715=20260302|60=" + Broker::now() + "|"));
    CHECK(body(valid(broker.receive())) == "35=AO|710=q1|727=2|728=0|729=0|1=[N/A]|581=1|");
    CHECK(body(valid(broker.receive())) ==
          "35=AP|710=q1|724=0|727=2|728=0|715=20260302|1=FIRM1|581=1|55=V415024|15=HKD|"
          "730=10.00|731=1|734=10.00|702=2|703=TOT|704=10000|703=DLV|705=60|753=1|707=FMTM|"
          "708=100000.00|");
    CHECK(body(valid(broker.receive())) ==
          "35=AP|710=q1|724=0|727=2|728=0|715=20260302|1=FIRM1-2|581=1|55=V415023|15=CNH|"
          "730=8.00|731=1|734=8.00|702=2|703=TOT|704=500|703=DLV|705=0|753=1|707=FMTM|"
          "708=4000.00|");
    CHECK(broker.hears_nothing());
}

TEST_CASE("holdings: of one account, of one instrument, by its name or that of a counter") {
    QueryVenue venue;
    venue.list_instrument(true);
    venue.list_account("FIRM1-2");
    venue.deposit(firm1, InstrumentId{2}, 9'000'000, 500);
    venue.deposit(AccountId{4}, InstrumentId{2}, 9'100'000, 700);
    Broker broker(venue, "BROKER1");
    broker.log_on();
    const auto told = [&](const std::string& more) {
        broker.send("AN", holdings("q", more));
        std::string rows;
        const Fields ack = valid(broker.receive());
        CHECK(ack[35] == "AO");
        for (int left = std::stoi(ack[727]); left > 0; --left) {
            const Fields row = valid(broker.receive());
            rows += row[1] + " " + row[55] + " " + row[704] + "; ";
        }
        return rows;
    };

    CHECK(told("1=FIRM1|") == "FIRM1 V415024 10000; FIRM1 V415023 500; ");
    CHECK(told("1=FIRM1-2|") == "FIRM1-2 V415023 700; ");
    CHECK(told("55=V415023|") == "FIRM1 V415023 500; FIRM1-2 V415023 700; ");
    CHECK(told("55=V415023C|") == "FIRM1 V415023 500; FIRM1-2 V415023 700; ");
    CHECK(told("48=V415024H|22=8|1=FIRM1|") == "FIRM1 V415024 10000; ");
    broker.send("AN", holdings("none", "1=FIRM1-2|55=V415024C|"));
    CHECK(body(valid(broker.receive())) ==
          "35=AO|710=none|727=0|728=2|729=0|1=FIRM1-2|581=1|55=V415024|");
    CHECK(broker.hears_nothing());
}

TEST_CASE("holdings: valued at the last close; an instrument without a counter has no price") {
    QueryVenue venue;
    venue.list_instrument(false);
    venue.deposit(firm1, InstrumentId{2}, 9'000'000, 500);
    Broker seller(venue, "BROKER1");
    Broker buyer(venue, "BROKER2");
    seller.log_on();
    buyer.log_on();
    seller.send("D", Broker::order("s", '2', 10, "10.50"));
    CHECK(seller.receive()[150] == "0");
    buyer.send("D", Broker::order("b", '1', 10, "10.50", "", "FIRM2"));
    CHECK(seller.receive()[150] == "F");
    venue.venue.set_phase(Phase::closed);
    venue.venue.set_phase(Phase::pre_open, Venue::first_day + 1);

    seller.send("AN", holdings("q"));
    CHECK(valid(seller.receive())[727] == "2");
    const Fields row = valid(seller.receive());
    CHECK(row[715] == "20260303");
    CHECK(row[704] == "9990");
    CHECK(row[730] == "10.50");
    CHECK(row[734] == "10.00");
    CHECK(row[708] == "104895.00");
    CHECK(body(valid(seller.receive())) ==
          "35=AP|710=q|724=0|727=2|728=0|715=20260303|1=FIRM1|581=1|55=V415023|730=0.00|731=2|"
          "734=0.00|702=2|703=TOT|704=500|703=DLV|705=0|753=1|707=FMTM|708=0.00|");
}

TEST_CASE("holdings: another firm's account is as good as none, and each refusal has its words") {
    QueryVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    const auto refused = [&](const std::string& request) {
        broker.send("AN", request);
        const Fields answer = valid(broker.receive());
        CHECK(answer[35] == "AO");
        CHECK(answer[727] == "0");
        CHECK(answer[729] == "2");
        return answer[728] + " " + answer[58];
    };
    const std::string unknown =
        "1 account_unknown: no such account, or it is not the sender's (A5)";
    CHECK(refused(holdings("q1", "1=FIRM2|")) == unknown);
    CHECK(refused(holdings("q2", "1=NOBODY|")) == unknown);
    CHECK(refused(holdings("q3", "1=FIRM2|263=2|")) == unknown);
    CHECK(refused(holdings("q4", "55=V999999|")).starts_with("1 instrument_unknown: "));
    CHECK(refused("710=q5|724=1|") ==
          "4 unsupported: 724=1 is not supported by this venue yet (G1)");
    CHECK(refused(holdings("q6", "715=20260301|")) ==
          "4 unsupported: 715=20260301: holdings are told as they are now, on 20260302 (G1)");
    CHECK(refused(holdings("q7", "48=V415024H|22=4|")).starts_with("4 unsupported: 22=4"));
    CHECK(refused(holdings("this-id-is-far-too-long")).starts_with("1 value_out_of_range: "));

    broker.send("AN", holdings("q8", "453=1|448=X|"));
    const Fields reject = broker.receive();
    CHECK(reject[35] == "3");
    CHECK(reject[371] == "448");
    CHECK(reject[373] == "2");
    broker.send("AN", "724=0|");
    CHECK(broker.receive()[371] == "710");
    broker.send("AN", "710=q9|724=7|");
    CHECK(broker.receive()[373] == "5");
    CHECK(broker.hears_nothing());
}

TEST_CASE("holdings: who subscribes is told each change, until it says no more") {
    QueryVenue venue;
    venue.list_instrument(true);
    Broker broker(venue, "BROKER1");
    Broker other(venue, "BROKER2");
    broker.log_on();
    other.log_on();
    broker.send("AN", holdings("sub", "263=1|"));
    CHECK(broker.receive()[35] == "AO");
    CHECK(broker.receive()[704] == "10000");
    const auto change = [&] {
        const Fields told = valid(broker.receive());
        CHECK(told[35] == "AP");
        CHECK(told[325] == "Y");
        CHECK(told[710] == "sub");
        CHECK(told[727] == "1");
        venue.venue.advance_ms(1'001);
        return told[1] + " " + told[55] + " " + told[704] + " " + told[705];
    };

    // A sell reserves; a partial fill takes; what is left is released.
    broker.send("D", Broker::order("s", '2', 60, "10.00"));
    CHECK(broker.receive()[150] == "0");
    CHECK(change() == "FIRM1 V415024 10000 60");
    broker.send("G", Broker::replace("s2", "s", '2', 50, "10.00"));
    CHECK(broker.receive()[150] == "5");
    CHECK(change() == "FIRM1 V415024 10000 50");
    other.send("D", Broker::order("b", '1', 20, "10.00", "", "FIRM2"));
    CHECK(broker.receive()[150] == "F");
    CHECK(change() == "FIRM1 V415024 9980 30");
    broker.send("F", Broker::cancel("c", "s2", '2'));
    CHECK(broker.receive()[150] == "4");
    CHECK(change() == "FIRM1 V415024 9980 0");
    // The buyer's side, a deposit of what it had not, a withdrawal of all of it.
    other.send("D", Broker::order("s", '2', 10, "10.00", "", "FIRM2"));
    CHECK(other.receive()[150] == "0");
    broker.send("D", Broker::order("b", '1', 10, "10.00"));
    CHECK(broker.receive()[150] == "0");
    CHECK(broker.receive()[150] == "F");
    CHECK(change() == "FIRM1 V415024 9990 0");
    venue.deposit(firm1, InstrumentId{2}, 9'000'000, 500);
    CHECK(change() == "FIRM1 V415023 500 0");
    auto withdrawal = make_command<WithdrawCredits>();
    withdrawal.account = firm1;
    withdrawal.lot = LotId{3};
    withdrawal.quantity = Quantity{500};
    venue.venue.apply(withdrawal);
    CHECK(change() == "FIRM1 V415023 0 0");
    // What is another firm's, or only cash, changes nothing here.
    venue.deposit(AccountId{3}, InstrumentId{1}, 9'500'000, 10);
    broker.send("D", Broker::order("cash", '1', 10, "9.00"));
    CHECK(broker.receive()[150] == "0");
    CHECK(broker.hears_nothing());

    broker.send("AN", holdings("end", "263=2|"));
    CHECK(body(valid(broker.receive())) == "35=AO|710=end|727=0|728=0|729=0|1=[N/A]|581=1|");
    venue.deposit(firm1, InstrumentId{2}, 9'600'000, 10);
    venue.venue.advance_ms(1'001);
    CHECK(broker.hears_nothing());
}

TEST_CASE("holdings: what changes often within a second is told as it is then") {
    QueryVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("AN", holdings("sub", "263=1|"));
    CHECK(broker.receive()[35] == "AO");
    CHECK(broker.receive()[35] == "AP");
    for (int i = 1; i <= 9; ++i) {
        broker.send("D", Broker::order("s" + std::to_string(i), '2', 10, "10.00"));
        while (broker.receive()[35] != "8") continue;
    }
    venue.settle();
    venue.venue.advance_ms(1'001);
    Fields last = broker.receive();
    CHECK(last[35] == "AP");
    CHECK(last[705] == "90");
    CHECK(broker.hears_nothing());
}

TEST_CASE("holdings: a subscription is to one account or instrument, and one of a session") {
    QueryVenue venue;
    venue.list_instrument(true);
    venue.list_account("FIRM1-2");
    Broker broker(venue, "BROKER1");
    broker.log_on();
    const auto subscribe = [&](const std::string& id, const std::string& more) {
        broker.send("AN", holdings(id, "263=1|" + more));
        Fields told = broker.receive();
        CHECK(told[35] == "AO");
        for (int left = std::stoi(told[727]); left > 0; --left) CHECK(broker.receive()[35] == "AP");
        return told;
    };
    subscribe("one", "1=FIRM1-2|55=V415023|");
    venue.deposit(firm1, InstrumentId{2}, 9'000'000, 1);
    venue.deposit(AccountId{4}, InstrumentId{1}, 9'000'100, 1);
    CHECK(broker.hears_nothing());
    venue.deposit(AccountId{4}, InstrumentId{2}, 9'000'200, 1);
    CHECK(broker.receive()[710] == "one");
    venue.venue.advance_ms(1'001);

    // A second takes the place of the first; one that is refused does not.
    subscribe("two", "55=V415024|");
    broker.send("AN", holdings("three", "263=1|1=FIRM2|"));
    CHECK(broker.receive()[729] == "2");
    venue.deposit(AccountId{4}, InstrumentId{2}, 9'000'300, 1);
    CHECK(broker.hears_nothing());
    venue.deposit(AccountId{4}, InstrumentId{1}, 9'000'400, 1);
    CHECK(broker.receive()[710] == "two");
}

TEST_CASE("holdings: a subscription ends with the connection") {
    QueryVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("AN", holdings("sub", "263=1|"));
    CHECK(broker.receive()[35] == "AO");
    CHECK(broker.receive()[35] == "AP");
    broker.disconnect();
    venue.settle();
    venue.deposit(firm1, InstrumentId{1}, 9'000'000, 1);
    venue.settle();
    broker.connect();
    broker.log_on();
    venue.deposit(firm1, InstrumentId{1}, 9'100'000, 1);
    venue.venue.advance_ms(1'001);
    CHECK(broker.hears_nothing());
}

TEST_CASE("holdings: a change is not forgotten while the ring is full or the session is down") {
    gateway::Directory directory;
    const gateway::Orders orders;
    gateway::HoldingChanges changes(directory, orders);
    const auto tell = [&](auto event) {
        event.head.type = decltype(event)::type;
        event.head.slots = sizeof event / sizeof(Slot) & 15;
        directory.apply(event.head);
        changes.on_event(event.head);
    };
    AccountListed account;
    account.id = AccountId{1};
    account.listing.participant = ParticipantId{1};
    account.listing.name = Text<24>("FIRM");
    tell(account);
    SessionListed listed;
    listed.id = SessionId{1};
    listed.listing.participant = ParticipantId{1};
    tell(listed);
    SessionChanged session;
    session.head.session = SessionId{1};
    session.up = true;
    tell(session);
    AccountState answer;
    answer.head.session = SessionId{1};
    answer.content = AccountContent::holdings;
    answer.client_id = ClientId("sub");
    changes.begin(answer);
    CreditsDeposited deposit;
    deposit.id = LotId{1};
    deposit.listing.account = AccountId{1};
    deposit.listing.instrument = InstrumentId{7};

    uint64_t now_ns = 1;
    const auto asked = [&](bool has_room) {
        int count = 0;
        changes.ask(now_ns, [&](const AccountQuery& query) {
            CHECK(query.content == AccountContent::holding);
            CHECK(query.account == AccountId{1});
            CHECK(query.instrument == InstrumentId{7});
            ++count;
            return has_room;
        });
        return count;
    };
    CHECK(asked(true) == 0);
    tell(deposit);
    CHECK(asked(false) == 1);
    session.up = false;
    tell(session);
    CHECK(asked(true) == 0);
    session.up = true;
    tell(session);
    CHECK(asked(true) == 1);
    CHECK(asked(true) == 0);
    changes.on_refused(SessionId{1});
    now_ns += 1'000'000'001;
    CHECK(asked(true) == 1);
    now_ns += 1'000'000'001;
    tell(deposit);
    CHECK(asked(true) == 0);  // the answer is under way, and may be of before
    answer.content = AccountContent::holding;
    answer.account = AccountId{1};
    answer.instrument = InstrumentId{7};
    changes.on_answered(answer);
    CHECK(asked(true) == 1);
}
