// What brokers ask about the market: lists and definitions of counters with what their credits are,
// and the states of counters as they change.
#include "gateway/reject_codes.h"
#include "gateway/security_status.h"
#include "tests/broker.h"

using namespace carbonx;
using namespace carbonx::tests;

namespace {

struct Market {
    GatewayVenue venue;
    Broker broker{venue, "BROKER1"};

    Market() { broker.log_on(); }
    Fields ask(const std::string& type, const std::string& body) {
        broker.send(type, body);
        return hear();
    }
    Fields hear() { return broker.receive(); }
    void halt(const char* reason, CounterId counter = CounterId{1}) {
        auto command = make_command<HaltCounter>(SessionId{}, counter);
        command.reason = Text<4>(reason);
        venue.venue.apply(command);
    }
    void resume(CounterId counter = CounterId{1}) {
        venue.venue.apply(make_command<ResumeCounter>(SessionId{}, counter));
    }
    // Of a project of their own, a vintage each.
    void list_counters(uint32_t count) {
        auto project = make_command<ListProject>();
        project.registry = Registry::acr;
        project.key = Text<32>("7");
        venue.venue.apply(project);
        for (uint32_t i = 0; i < count; ++i) {
            auto instrument = make_command<ListInstrument>();
            instrument.project = ProjectId{2};
            instrument.vintage = static_cast<uint16_t>(1990 + i);
            instrument.round_lot = Quantity{10};
            instrument.quantity_max = Quantity{1'000};
            instrument.name = Text<8>("N" + std::to_string(i));
            venue.venue.apply(instrument);
            auto counter = make_command<ListCounter>();
            counter.instrument = static_cast<InstrumentId>(i + 2);
            counter.currency = Currency::hkd;
            counter.tick = Price{1'000};
            counter.reference = Price{100'000};
            counter.band_bps = 2'000;
            counter.collar_bps = 500;
            counter.symbol = Symbol("N" + std::to_string(i) + "H");
            venue.venue.apply(counter);
        }
        venue.settle();
    }
};

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos;
         at = text.find(part, at + part.size())) {
        ++found;
    }
    return found;
}

// The two of the small market are of one project, with nothing that a label would say.
const std::string kenya =
    "5012=VERRA|5013=4150|5014=Cookstoves|5015=VM0050|5016=KE|5017=2024|5018=REDUCTION|";

}  // namespace

TEST_CASE("market: a list has what the credits are in tags of ours, behind FIX's own groups") {
    Market market;
    const Fields list = market.ask("x", "320=r|559=4|");
    CHECK(list[35] == "y");
    CHECK(list.text.find("|561=10|5010=2|5011=V415024H|" + kenya + "5011=V415024C|" + kenya +
                         "10=") != std::string::npos);
    const Fields none = market.ask("x", "320=r|559=0|55=NOTHING|");
    CHECK(none[560] == "2");
    CHECK(none[146].empty());
    CHECK(none[5010].empty());
}

TEST_CASE("market: a list is cut into fragments that say how many come and which is the last") {
    Market market;
    market.list_counters(101);  // and the two
    market.broker.send("x", "320=r|559=4|");
    std::size_t symbols = 0, carbon = 0;
    for (const char* last : {"N", "N", "Y"}) {
        const Fields part = market.hear();
        CHECK(part[320] == "r");
        CHECK(part[393] == "103");
        CHECK(part[893] == last);
        CHECK(part[146] == part[5010]);
        symbols += count(part.text, "|55=");
        carbon += count(part.text, "|5011=");
    }
    CHECK(symbols == 103);
    CHECK(carbon == 103);
    CHECK(market.broker.hears_nothing());

    // Each of them is resent, however long.
    const int next = market.broker.next_in();
    market.broker.disconnect();
    market.venue.settle();
    Broker again(market.venue, "BROKER1", market.broker.next_out(), next - 3);
    again.log_on();
    for (const char* last : {"N", "N", "Y"}) {
        const Fields part = again.receive();
        CHECK(part[35] == "y");
        CHECK(part[43] == "Y");
        CHECK(part[893] == last);
    }
}

TEST_CASE("market: each way to ask for a list is answered or refused") {
    const std::pair<std::string, std::string> cases[] = {
        {"559=0|55=V415024H|", "0"},
        {"559=0|48=V415024H|22=8|", "0"},
        {"559=0|48=V415024H|22=4|", "1"},  // an ISIN it is not
        {"559=0|55=V415024H|15=HKD|", "0"},
        {"559=0|55=V415024H|15=CNH|", "2"},
        {"559=0|55=NOTHING|", "2"},
        {"559=0|", "1"},
        {"559=1|", "1"},
        {"559=2|", "1"},
        {"559=3|", "1"},
        {"559=4|", "0"},
        {"559=4|263=0|", "0"},
        {"559=4|263=1|", "1"},
        {"559=4|263=2|", "1"},
        {"559=4|15=CNH|", "0"},
        {"559=4|15=USD|", "2"},
        {"559=4|55=V415024H|", "1"},
    };
    Market market;
    for (const auto& [body, result] : cases) {
        CAPTURE(body);
        const Fields answer = market.ask("x", "320=r|" + body);
        CHECK(answer[35] == "y");
        CHECK(answer[560] == result);
        CHECK(answer[893] == "Y");
    }
    CHECK(market.ask("x", "320=r|559=5|")[373] == "5");
    for (const char* unlisted : {"336=20260302|", "58=please|", "460=4|"}) {
        CHECK(market.ask("x", std::string("320=r|559=4|") + unlisted)[373] == "2");
    }
}

TEST_CASE("market: who was told long lists asks again in a moment") {
    Market market;
    market.venue.kill_gateway();
    market.venue.venue.settings.gateway.throttle.session.answers = 4;
    market.venue.start_gateway();
    market.broker.disconnect();
    market.broker.connect();
    market.broker.log_on();
    for (int i = 0; i < 2; ++i) CHECK(market.ask("x", "320=r|559=4|")[35] == "y");
    const Fields refused = market.ask("x", "320=r|559=4|");
    CHECK(refused[35] == "j");
    CHECK(refused[58] == "throttled: too many answers in a second: ask again in a moment (G5)");
    market.venue.venue.advance_ms(250);
    CHECK(market.ask("x", "320=r|559=4|")[35] == "y");
}

TEST_CASE("market: the definition of a counter has all that is listed of it") {
    Market market;
    const Fields answer = market.ask("c", "320=r|321=0|55=V415024H|");
    CHECK(answer[35] == "d");
    CHECK(answer[320] == "r");
    CHECK(answer[322][0] == 'G');
    CHECK(answer[323] == "1");
    CHECK(answer.text.find(
              "|55=V415024H|107=Cookstoves|15=HKD|336=20260302|625=CONTINUOUS|561=10|"
              "870=8|871=99|872=MinPriceIncrement=0.01|871=99|872=LowLimitPrice=8.00|"
              "871=99|872=HighLimitPrice=12.00|871=99|872=ReferencePrice=10.00|"
              "871=99|872=CollarBps=500|871=99|872=FeePpm=1000|871=99|872=Instrument=V415024|"
              "871=99|872=MaxOrderQty=1000000|5010=1|5011=V415024H|" +
              kenya + "10=") != std::string::npos);
    CHECK(market.ask("c", "320=r|321=0|48=V415024C|22=8|15=CNH|")[55] == "V415024C");
}

TEST_CASE("market: labels, removals and names in any script are told whole") {
    Market market;
    auto project = make_command<ListProject>();
    project.registry = Registry::gold_standard;
    project.removal = true;
    project.host_country = Text<2>("CN");
    project.key = Text<32>("GS-7");
    std::string name;
    while (name.size() + 3 <= 96) name += "碳";
    project.name = Text<96>(name);
    market.venue.venue.apply(project);
    auto instrument = make_command<ListInstrument>();
    instrument.project = ProjectId{2};
    instrument.vintage = 2019;
    instrument.labels = label_icvcm_ccp | label_corsia | label_article6 | label_ccb;
    instrument.round_lot = Quantity{1};
    instrument.quantity_max = Quantity{1'000};
    instrument.name = Text<8>("GS719");
    market.venue.venue.apply(instrument);
    auto counter = make_command<ListCounter>();
    counter.instrument = InstrumentId{2};
    counter.currency = Currency::hkd;
    counter.tick = Price{1'000};
    counter.reference = Price{100'000};
    counter.band_bps = 2'000;
    counter.collar_bps = 500;
    counter.symbol = Symbol("GS719H");
    market.venue.venue.apply(counter);
    market.venue.settle();
    const std::string told = "5011=GS719H|5012=GOLD_STANDARD|5013=GS-7|5014=" + name +
                             "|5016=CN|5017=2019|5018=REMOVAL|5019=CCP CORSIA ARTICLE6 CCB|";
    CHECK(market.ask("c", "320=r|321=0|55=GS719H|").text.find(told) != std::string::npos);
    CHECK(market.ask("x", "320=r|559=4|").text.find(told) != std::string::npos);
}

TEST_CASE("market: labels that have changed are told from then on") {
    Market market;
    auto change = make_command<ChangeLabels>();
    change.instrument = InstrumentId{1};
    change.labels = label_icvcm_ccp | label_ccb;
    market.venue.venue.apply(change);
    market.venue.settle();
    CHECK(market.ask("c", "320=r|321=0|55=V415024H|")[5019] == "CCP CCB");
    CHECK(market.ask("c", "320=r|321=0|55=V415024C|")[5019] == "CCP CCB");
    change.labels = 0;
    market.venue.venue.apply(change);
    market.venue.settle();
    CHECK(market.ask("c", "320=r|321=0|55=V415024H|")[5019].empty());
}

TEST_CASE("market: a definition that cannot be given is refused with the reason") {
    struct Case {
        std::string body, type, text;
    };
    const Case cases[] = {
        {"321=0|55=NOTHING|", "6", "counter_unknown: no such counter (I1)"},
        {"321=0|", "6", "counter_unknown: no such counter (I1)"},
        {"321=0|55=V415024H|15=CNH|", "6",
         "counter_unknown: V415024H is a counter in HKD, not in CNH (I1)"},
        {"321=0|48=V415024H|22=4|", "5",
         "unsupported: 22=4 is not supported by this venue yet (G1)"},
        {"321=1|55=V415024H|", "5", "unsupported: 321 must be 0: x lists the counters (G1)"},
        {"321=2|", "5", "unsupported: 321 must be 0: x lists the counters (G1)"},
        {"321=3|", "5", "unsupported: 321 must be 0: x lists the counters (G1)"},
        {"321=0|55=V415024H|263=1|", "5", "unsupported: 263 must be 0: e follows a counter (G1)"},
        {"321=0|55=V415024H|263=2|", "5", "unsupported: 263 must be 0: e follows a counter (G1)"},
    };
    Market market;
    for (const Case& one : cases) {
        CAPTURE(one.body);
        const Fields answer = market.ask("c", "320=r|" + one.body);
        CHECK(answer[35] == "d");
        CHECK(answer[323] == one.type);
        CHECK(answer[58] == one.text);
        CHECK(answer[5010].empty());
    }
}

TEST_CASE("market: the state of a counter is told once, or at each change until it is ended") {
    Market market;
    const Fields now = market.ask("e", "324=s|55=V415024H|263=0|");
    CHECK(now[35] == "f");
    CHECK(now[324] == "s");
    CHECK(now[55] == "V415024H");
    CHECK(now[15] == "HKD");
    CHECK(now[326] == "17");
    CHECK(now[336] == "20260302");
    CHECK(now[625] == "CONTINUOUS");
    CHECK(now[325].empty());
    market.halt("NEWS");
    CHECK(market.broker.hears_nothing());

    const Fields halted = market.ask("e", "324=t|55=V415024H|263=1|");
    CHECK(halted[326] == "2");
    CHECK(halted[5020] == "NEWS");
    CHECK(halted[58] == "counter_halted: the counter is halted (P2)");
    market.resume();
    const Fields resumed = market.hear();
    CHECK(resumed[324] == "t");
    CHECK(resumed[325] == "Y");
    CHECK(resumed[326] == "17");
    CHECK(resumed[5020].empty());
    CHECK(resumed[58].empty());
    market.halt("REG");
    CHECK(market.hear()[5020] == "REG");
    market.halt("NEWS", CounterId{2});  // which nobody follows
    CHECK(market.broker.hears_nothing());

    const Fields ended = market.ask("e", "324=u|55=V415024H|263=2|");
    CHECK(ended[326] == "2");
    CHECK(ended[325].empty());
    market.resume();
    CHECK(market.broker.hears_nothing());
}

TEST_CASE("market: a halt and the end of it are both told, however close they come") {
    Market market;
    CHECK(market.ask("e", "324=s|55=V415024H|263=1|")[326] == "17");
    market.halt("NEWS");
    market.resume();
    CHECK(market.hear()[326] == "2");
    CHECK(market.hear()[326] == "17");
}

TEST_CASE("market: each phase has its state, and a halt of the counter is stronger") {
    Market market;
    CHECK(market.ask("e", "324=s|55=V415024H|263=1|")[326] == "17");
    CHECK(market.ask("e", "324=c|55=V415024C|263=1|")[326] == "17");
    market.halt("NEWS");
    CHECK(market.hear()[326] == "2");
    const auto after = [&](Phase phase, uint32_t day = 0) {
        market.venue.venue.set_phase(phase, day);
        const Fields own = market.hear();
        CHECK(own[324] == "s");
        CHECK(own[326] == "2");
        CHECK(own[5020] == "NEWS");
        const Fields other = market.hear();
        CHECK(other[324] == "c");
        CHECK(other[325] == "Y");
        CHECK(own[625] == other[625]);
        return other;
    };
    const Fields halted = after(Phase::halted);
    CHECK(halted[326] == "2");
    CHECK(halted[5020] == "MKT");
    CHECK(halted[58] == "phase_forbids: the whole market is halted (P1)");
    CHECK(after(Phase::continuous)[326] == "17");
    CHECK(after(Phase::closed)[326] == "18");
    const Fields next_day = after(Phase::pre_open, 20260303);
    CHECK(next_day[326] == "21");
    CHECK(next_day[336] == "20260303");
    CHECK(next_day[625] == "PRE_OPEN");
    CHECK(market.broker.hears_nothing());
}

TEST_CASE("market: asked again for a counter, its changes come under the new name, once") {
    Market market;
    CHECK(market.ask("e", "324=first|55=V415024H|263=1|")[326] == "17");
    CHECK(market.ask("e", "324=second|55=V415024H|263=1|")[326] == "17");
    market.halt("NEWS");
    CHECK(market.hear()[324] == "second");
    CHECK(market.broker.hears_nothing());
}

TEST_CASE("market: what a session follows ends with its logout and with the gateway") {
    Market market;
    CHECK(market.ask("e", "324=s|55=V415024H|263=1|")[326] == "17");
    market.broker.send("5", "");
    CHECK(market.broker.receive()[35] == "5");
    market.broker.disconnect();
    market.venue.settle();
    market.halt("NEWS");
    market.broker.connect();
    market.broker.log_on();
    CHECK(market.broker.hears_nothing());

    CHECK(market.ask("e", "324=s|55=V415024H|263=1|")[5020] == "NEWS");  // known over a restart too
    market.venue.kill_gateway();
    market.broker.disconnect();
    market.venue.start_gateway();
    market.broker.connect();
    market.broker.log_on();
    market.resume();
    CHECK(market.broker.hears_nothing());
    market.halt("REG");
    CHECK(market.ask("e", "324=s|55=V415024H|263=0|")[5020] == "REG");
}

TEST_CASE("market: a state that cannot be told is refused with the reason") {
    struct Case {
        std::string body, text;
    };
    const Case cases[] = {
        {"324=s|55=NOTHING|263=1|", "counter_unknown: no such counter (I1)"},
        {"324=s|263=0|", "counter_unknown: no such counter (I1)"},
        {"324=s|55=V415024H|15=CNH|263=0|",
         "counter_unknown: V415024H is a counter in HKD, not in CNH (I1)"},
        {"324=s|48=V415024H|22=4|263=0|",
         "unsupported: 22=4 is not supported by this venue yet (G1)"},
        {"324=a-name-of-21-letters-|55=V415024H|263=1|",
         "value_out_of_range: 324=a-name-of-21-letters- is longer than 20 characters (G4)"},
    };
    Market market;
    for (const Case& one : cases) {
        CAPTURE(one.body);
        const Fields answer = market.ask("e", one.body);
        CHECK(answer[35] == "f");
        CHECK(answer[326] == "20");
        CHECK(answer[58] == one.text);
    }
    CHECK(market.ask("e", "324=s|55=V415024H|263=3|")[373] == "5");
    CHECK(market.ask("e", "324=s|55=V415024H|263=0|336=20260302|")[373] == "2");
    market.halt("NEWS");
    CHECK(market.broker.hears_nothing());
}

TEST_CASE("market: a session follows a thousand counters, and no more") {
    gateway::StatusSubscriptions followed;
    const ClientId id("s");
    for (uint32_t i = 1; i <= gateway::StatusSubscriptions::counters_max; ++i) {
        REQUIRE(followed.begin(static_cast<CounterId>(i), id));
    }
    CHECK_FALSE(followed.begin(CounterId{1001}, id));
    CHECK(followed.begin(CounterId{7}, ClientId("t")));
    CHECK(followed.find(CounterId{7})->view() == "t");
    followed.end(CounterId{7});
    CHECK(followed.find(CounterId{7}) == nullptr);
    CHECK(followed.begin(CounterId{1001}, id));

    CHECK_FALSE(followed.next_due());
    followed.note_all();
    std::size_t due = 0;
    while (followed.next_due()) ++due;
    CHECK(due == gateway::StatusSubscriptions::counters_max);
}

TEST_CASE("market: too many questions in a second are refused, of every kind") {
    Market market;
    market.venue.kill_gateway();
    market.venue.venue.settings.gateway.throttle = {{4, 1}, {0, 0}, 0};
    market.venue.start_gateway();
    market.broker.disconnect();
    market.broker.connect();
    market.broker.log_on();
    const std::pair<const char*, const char*> questions[] = {{"x", "320=r|559=4|"},
                                                             {"c", "320=r|321=0|55=V415024H|"},
                                                             {"e", "324=s|55=V415024H|263=0|"},
                                                             {"g", "335=p|263=0|"}};
    for (const auto& [type, body] : questions) {
        CHECK(std::string(1, static_cast<char>(type[0] + 1)) == market.ask(type, body)[35]);
    }
    for (const auto& [type, body] : questions) {
        const Fields refused = market.ask(type, body);
        CHECK(refused[35] == "j");
        CHECK(refused[372] == type);
        CHECK(refused[380] == "0");
        CHECK(refused[58] == gateway::refusal_text(Reject::throttled));
    }
}
