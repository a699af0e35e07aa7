// Holdings (AN) and cash (BB): what a firm's accounts hold, asked for and subscribed to.
#include "gateway/holding_changes.h"
#include "tests/broker.h"
#include "tests/valid_message.h"

using namespace carbonx;
using namespace carbonx::tests;

namespace {

std::string holdings(const std::string& id, const std::string& more = "") {
    return "710=" + id + "|724=0|" + more;
}

std::string cash(const std::string& id, const std::string& more = "") {
    return "909=" + id + "|" + more;
}

// From tag 35 on, without what differs from run to run.
std::string body(const Fields& message) {
    std::string result;
    std::size_t at = message.text.find("|35=") + 1;
    while (at < message.text.size()) {
        const std::size_t end = message.text.find('|', at) + 1;
        const std::string field = message.text.substr(at, end - at);
        const std::string tag = field.substr(0, field.find('='));
        const bool varies = tag == "34" || tag == "49" || tag == "52" || tag == "56" ||
                            tag == "721" || tag == "908" || tag == "10";
        if (!varies) result += field;
        at = end;
    }
    return result;
}

struct QueryVenue : GatewayVenue {
    // An instrument in HKD and CNH as the first is; nobody has it.
    void list_instrument(bool with_counter) {
        auto instrument = make_command<ListInstrument>();
        instrument.project = ProjectId{1};
        instrument.vintage = 2023;
        instrument.round_lot = Quantity{10};
        instrument.quantity_max = Quantity{1'000'000};
        instrument.name = Text<8>("V415023");
        venue.apply(instrument);
        if (!with_counter) return;
        auto counter = make_command<ListCounter>();
        counter.instrument = InstrumentId{2};
        counter.currency = Currency::cnh;
        counter.tick = Price{100};
        counter.reference = Price{80'000};
        counter.band_bps = 2000;
        counter.collar_bps = 500;
        counter.fee_ppm = 1000;
        counter.symbol = Symbol("V415023C");
        venue.apply(counter);
    }
    void deposit(AccountId account, InstrumentId instrument, uint64_t first, uint64_t tonnes) {
        auto credits = make_command<DepositCredits>();
        credits.account = account;
        credits.instrument = instrument;
        credits.serial_first = first;
        credits.serial_last = first + tonnes - 1;
        credits.vintage_start = 20230101;
        credits.vintage_end = 20231231;
        credits.serial_prefix = Text<40>("VCS-4150-");
        venue.apply(credits);
    }
    void list_account(const char* name) {
        auto account = make_command<ListAccount>();
        account.participant = ParticipantId{2};
        account.name = Text<24>(name);
        venue.apply(account);
    }
    void throttle_answers(uint32_t answers) {
        venue.settings.gateway.throttle.session.answers = answers;
        gateway.reset();
        start_gateway();
    }
};

constexpr AccountId firm1{2};

}  // namespace

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
    CHECK(reject[371] == "453");
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
