// The gateway after a power cut: its memory is gone, and of its files what was not synced.
#include <set>

#include "gateway/store.h"
#include "tests/broker.h"
#include "tests/forgetful_disk.h"

using namespace carbonx;
using namespace carbonx::tests;
using carbonx::gateway::SessionStore;
using carbonx::gateway::Start;

namespace {

using Random = std::mt19937_64;

template <class Chance>
void cut_power(GatewayVenue& venue, Chance& random) {
    venue.kill_gateway();
    ForgetfulDisk::cut_power(venue.venue.settings.data_directory, random);
    venue.venue.cut_power();
}

// All that was not synced is gone.
struct LosesAll {
    uint64_t operator()() { return 0; }
};

// Remembers what it sent and heard, as a broker's FIX engine does.
struct KeepingBroker {
    Broker broker;
    std::map<int, std::string> sent;           // orders, by number
    std::map<std::string, std::string> heard;  // by ExecID, without what a resend changes
    std::set<std::string> taken;               // ClOrdIDs, by the exchange
    std::set<std::string> refused;             // ClOrdIDs, by the gateway
    uint64_t last_key = 0;
    int repeated = 0;

    KeepingBroker(GatewayVenue& venue, const std::string& name) : broker(venue, name) {}

    void order(const std::string& text) {
        sent[broker.next_out()] = text;
        broker.send("D", text);
    }

    void log_on_again() {
        broker.disconnect();
        broker.connect();
        broker.send_logon();
        REQUIRE(broker.receive()[35] == "A");
        const Fields asked = broker.receive(true, std::chrono::milliseconds(20));
        broker.ask_again();
        hear();
        if (asked.text.empty()) return;
        REQUIRE(asked[35] == "2");
        const std::string resent = "43=Y|122=" + Broker::now() + "|";
        const auto fill = [&](int from, int to) {
            if (from < to) broker.post("4", from, "123=Y|36=" + std::to_string(to) + "|", resent);
        };
        int next = std::stoi(asked[7]);
        for (auto it = sent.lower_bound(next); it != sent.end(); ++it) {
            fill(next, it->first);
            broker.post("D", it->first, it->second, resent);
            next = it->first + 1;
        }
        fill(next, broker.next_out());
        hear();
    }

    void hear() {
        while (true) {
            const Fields fields = broker.receive(true, std::chrono::milliseconds(15));
            if (fields.text.empty()) return;
            if (fields[35] == "8") note(fields);
        }
    }

    void note(const Fields& report) {
        const std::string id = report[17];
        const std::string what = report[11] + " " + report[37] + " " + report[150] + " " +
                                 report[32] + " " + report[14] + " " + report[151];
        if (id[0] == 'G') {
            CHECK(report[150] == "8");
            refused.insert(report[11]);
            return;
        }
        const auto [known, is_new] = heard.emplace(id, what);
        CHECK(known->second == what);
        if (!is_new) {
            ++repeated;
            CHECK((report[97] == "Y" || report[43] == "Y"));
            return;
        }
        const uint64_t key = std::stoull(id) * 2 + (id.back() == 'S' ? 1 : 0);
        CHECK(key > last_key);
        last_key = key;
        if (report[150] == "0" || report[150] == "8") CHECK(taken.insert(report[11]).second);
    }
};

// The ExecIDs of all reports that the session must have had.
std::set<std::string> due(const Venue& venue, SessionId session) {
    std::map<OrderId, Side> sides;
    std::set<std::string> ids;
    const auto add = [&](uint64_t sequence, OrderId order) {
        if (sides.count(order) == 0) return;
        ids.insert(std::to_string(sequence) + (sides[order] == Side::buy ? 'B' : 'S'));
    };
    for (const Venue::Recorded& one : venue.events()) {
        const EventHead& head = one.event.head;
        if (head.type == EventType::accepted && head.session == session) {
            const OrderId order = as_event<Accepted>(head).order_id;
            sides[order] = head.terms.side;
            add(one.sequence, order);
        } else if (head.type == EventType::rejected && head.session == session) {
            ids.insert(std::to_string(one.sequence) + (head.terms.side == Side::buy ? 'B' : 'S'));
        } else if (head.type == EventType::trade) {
            add(one.sequence, as_event<Trade>(head).maker);
            add(one.sequence, as_event<Trade>(head).taker);
        } else if (head.type == EventType::cancelled) {
            add(one.sequence, as_event<Cancelled>(head).order_id);
        } else if (head.type == EventType::restated) {
            add(one.sequence, as_event<Restated>(head).order_id);
        }
    }
    return ids;
}

std::set<std::string> ids(const KeepingBroker& broker) {
    std::set<std::string> ids;
    for (const auto& [id, what] : broker.heard) ids.insert(id);
    return ids;
}

}  // namespace

TEST_CASE("power cut: with all un-synced data gone, every order is known and reported again") {
    const ForgetfulDisk disk;
    GatewayVenue venue(1U << 10, ForgetfulDisk::calls());
    KeepingBroker broker(venue, "BROKER1");
    broker.broker.log_on();
    broker.order(Broker::order("a", '1', 100, "10.00"));
    broker.order(Broker::order("unknown", '1', 100, "10.00", "", "NOBODY"));
    broker.hear();
    CHECK(broker.taken.count("a") == 1);
    CHECK(broker.refused.count("unknown") == 1);
    venue.venue.hold_journal(true);
    broker.order(Broker::order("lost", '1', 50, "9.90"));
    broker.hear();
    const int heard_until = broker.broker.next_in();

    LosesAll loses_all;
    cut_power(venue, loses_all);
    venue.start_gateway();
    broker.broker.disconnect();
    broker.broker.connect();
    broker.broker.send_logon();
    const Fields logon = broker.broker.receive();
    CHECK(logon[35] == "A");
    CHECK(std::stoi(logon[34]) >= heard_until);
    broker.log_on_again();
    CHECK(broker.repeated == 1);  // a: known by its ExecID
    CHECK(broker.refused == std::set<std::string>{"lost", "unknown"});
    CHECK(venue.venue.exchange().open_order_count() == 1);

    // What was refused was not used, and nothing is in doubt any more.
    broker.order(Broker::order("lost", '1', 50, "9.90"));
    broker.hear();
    CHECK(broker.taken.count("lost") == 1);
    CHECK(venue.venue.exchange().open_order_count() == 2);
}

TEST_CASE("power cut: what a cut resend would report is marked, what came later is not") {
    const ForgetfulDisk disk;
    GatewayVenue venue(1U << 10, ForgetfulDisk::calls());
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    CHECK(broker.receive()[97].empty());
    LosesAll loses_all;
    cut_power(venue, loses_all);
    venue.start_gateway();
    broker.disconnect();
    broker.connect();
    broker.send_logon();
    CHECK(broker.receive()[35] == "A");
    CHECK(broker.receive()[35] == "2");
    broker.ask_again();
    const Fields again = broker.receive();
    CHECK(again[11] == "a");
    CHECK(again[97] == "Y");
    CHECK(broker.receive()[35] == "2");  // behind its answer, ours once more
    broker.post("4", 1, "123=Y|36=" + std::to_string(broker.next_out()) + "|",
                "43=Y|122=" + Broker::now() + "|");
    broker.send("D", Broker::order("b", '1', 100, "10.00"));
    const Fields next = broker.receive();
    CHECK(next[11] == "b");
    CHECK(next[97].empty());
}

TEST_CASE("power cut: at any moment and with any un-synced part lost, nothing is lost or doubled") {
    const unsigned seed = Catch::rngSeed() + 1;
    INFO("seed " << seed);
    Random random(seed);
    const ForgetfulDisk disk;
    GatewayVenue venue(1U << 10, ForgetfulDisk::calls());
    KeepingBroker first(venue, "BROKER1");
    KeepingBroker second(venue, "BROKER2");
    first.broker.log_on();
    second.broker.log_on();
    int orders = 0;
    uint32_t day = Venue::first_day;
    for (int round = 0; round < 25; ++round) {
        INFO("round " << round);
        if (random() % 4 == 0) {  // a day begins, and with it the settled numbers are synced
            venue.venue.set_phase(Phase::closed);
            venue.venue.set_phase(Phase::pre_open, ++day);
            venue.venue.set_phase(Phase::continuous);
            venue.settle();
        }
        for (uint64_t step = 2 + random() % 4; step > 0; --step) {
            KeepingBroker& broker = random() % 2 == 0 ? first : second;
            const bool is_first = &broker == &first;
            for (uint64_t count = 1 + random() % 3; count > 0; --count) {
                const std::string account = random() % 8 == 0 ? "NOBODY"
                                            : is_first        ? "FIRM1"
                                                              : "FIRM2";
                broker.order(Broker::order("o" + std::to_string(++orders),
                                           random() % 2 == 0 ? '1' : '2', 10,
                                           random() % 2 == 0 ? "10.00" : "9.99", "59=1|", account));
            }
            if (random() % 4 == 0) venue.venue.hold_journal(true);
            venue.settle(random() % 4 != 0);
            if (random() % 2 == 0) broker.hear();
        }
        if (random() % 4 == 0) {
            venue.kill_gateway();
            venue.venue.hold_journal(false);
        } else {
            cut_power(venue, random);
        }
        venue.start_gateway();
        if (random() % 4 == 0) {  // killed, or without power again before anybody is back
            if (random() % 2 == 0) {
                venue.kill_gateway();
            } else {
                cut_power(venue, random);
            }
            venue.start_gateway();
        }
        first.log_on_again();
        second.log_on_again();
        first.hear();
        REQUIRE(ids(first) == due(venue.venue, SessionId{1}));
        REQUIRE(ids(second) == due(venue.venue, SessionId{2}));
    }
    CHECK(first.repeated + second.repeated > 0);
    for (const KeepingBroker* broker : {&first, &second}) {
        for (const auto& [number, text] : broker->sent) {
            const std::string id = text.substr(3, text.find('|') - 3);
            INFO(number << " " << id);
            CHECK(broker->taken.count(id) + broker->refused.count(id) == 1);
        }
    }
}

TEST_CASE("power cut: a message that waits or is in the ring as a day begins is asked for again") {
    const ForgetfulDisk disk;
    GatewayVenue venue(1U << 10, ForgetfulDisk::calls());
    Broker broker(venue, "BROKER1");
    broker.log_on();
    venue.venue.hold_journal(true);
    int number = 0;
    const bool waits = GENERATE(true, false);
    if (waits) {
        broker.send("D", Broker::order("a", '1', 100, "10.00", "59=1|"));
        number = broker.next_out();
        broker.send("F", Broker::cancel("b", "a", '1'));
        venue.settle();
    }
    venue.venue.set_phase(Phase::closed);
    venue.venue.set_phase(Phase::pre_open, Venue::first_day + 1);
    if (!waits) {
        for (int i = 0; i < 12'000; ++i) {  // some polls to read
            auto cash = make_command<DepositCash>();
            cash.account = AccountId{2};
            cash.currency = Currency::hkd;
            cash.amount = 1;
            venue.venue.apply(cash);
        }
        number = broker.next_out();
        broker.send("D", Broker::order("a", '1', 100, "10.00", "59=1|"));
    }
    venue.venue.hold_journal(false);
    venue.settle(false);  // reads the day, and then pushes what the engine never sees
    LosesAll loses_all;
    cut_power(venue, loses_all);
    venue.start_gateway();
    broker.disconnect();
    broker.connect();
    broker.send_logon();
    CHECK(broker.receive()[35] == "A");
    const Fields asked = broker.receive();
    REQUIRE(asked[35] == "2");
    CHECK(asked[7] == std::to_string(number));
}

TEST_CASE("power cut: after a clean stop nothing is lost, so nothing is sent again") {
    const ForgetfulDisk disk;
    GatewayVenue venue(1U << 10, ForgetfulDisk::calls());
    KeepingBroker broker(venue, "BROKER1");
    broker.broker.log_on();
    broker.order(Broker::order("a", '1', 100, "10.00"));
    broker.hear();
    venue.gateway->stop("the gateway is stopping");
    venue.settle();
    REQUIRE(venue.gateway->is_settled());
    venue.gateway->close();
    broker.hear();
    const int next_in = broker.broker.next_in();
    LosesAll loses_all;
    cut_power(venue, loses_all);
    venue.start_gateway();
    broker.broker.disconnect();
    broker.broker.connect();
    broker.broker.log_on();
    CHECK(broker.broker.next_in() == next_in + 1);
    CHECK(broker.broker.hears_nothing());
}

TEST_CASE("power cut: a request for numbers that were skipped is answered up to the next message") {
    const ForgetfulDisk disk;
    GatewayVenue venue(1U << 10, ForgetfulDisk::calls());
    {
        Broker broker(venue, "BROKER1");
        broker.log_on();
        broker.send("D", Broker::order("a", '1', 100, "10.00"));
        CHECK(broker.receive()[11] == "a");
        venue.venue.set_phase(Phase::closed);
        CHECK(broker.receive()[150] == "C");
        venue.venue.set_phase(Phase::pre_open, Venue::first_day + 1);  // syncs what was said
        venue.settle();
    }
    LosesAll loses_all;
    cut_power(venue, loses_all);
    venue.start_gateway();
    Broker broker(venue, "BROKER1", 3, 2);
    broker.send_logon();
    CHECK(broker.receive()[35] == "A");
    broker.ask_again(100);
    CHECK(broker.receive()[11] == "a");
    CHECK(broker.receive()[150] == "C");
    CHECK(broker.hears_nothing());
    CHECK(broker.next_in() > 100);
}
