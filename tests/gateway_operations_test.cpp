// What operators ask of the running gateway: requests and answers, and what brokers see of it.
#include "engine/api/password.h"
#include "gateway/operations.h"

#include <fstream>
#include <random>

#include "tests/broker.h"
#include "tests/forgetful_disk.h"

using namespace carbonx;
using namespace carbonx::tests;

namespace {

// An operator of the gateway; the settings that a reload reads are here.
struct Operator {
    GatewayVenue& venue;
    Settings file = venue.venue.settings;
    std::string file_error = {};

    // Words with | between them; the answer's last line.
    std::string ask(std::string request) {
        answer.clear();
        std::replace(request.begin(), request.end(), '|', '\t');
        gateway::Operations operations(*venue.gateway, [this] {
            if (!file_error.empty()) throw std::runtime_error(file_error);
            return file;
        });
        std::istringstream lines(operations.answer("alice", request));
        std::string last;
        for (std::string line; std::getline(lines, line); last = line) {
            if (line[0] == '|') answer.push_back(line.substr(1));
        }
        venue.settle();
        return last;
    }
    // A value of the session's line in `sessions`.
    std::string value(const std::string& comp_id, const std::string& key) {
        REQUIRE(ask("sessions") == "done");
        for (const std::string& line : answer) {
            if (!line.starts_with("comp_id=" + comp_id + "\t")) continue;
            const std::size_t at = line.find("\t" + key + "=");
            REQUIRE(at != std::string::npos);
            const std::size_t begin = at + key.size() + 2;
            return line.substr(begin, line.find('\t', begin) - begin);
        }
        return "no such session";
    }
    FixSessionSettings& session(const std::string& comp_id) {
        auto& all = file.gateway.sessions;
        const auto is_it = [&](const auto& one) { return one.comp_id == comp_id; };
        return *std::find_if(all.begin(), all.end(), is_it);
    }

    std::vector<std::string> answer = {};
};

// Of the password "other".
const std::string other_hash = to_text(hash_password("other", parse_password_hash(secret_hash)));

// What the Logout says that answers a Logon.
std::string refusal(GatewayVenue& venue, const std::string& comp_id, int next_out, int next_in) {
    Broker broker(venue, comp_id, next_out, next_in);
    broker.send_logon();
    const Fields reply = broker.receive();
    if (reply.text.empty() && broker.is_closed()) return "closed without a word";
    return reply[35] == "5" ? reply[58] : "let in by " + reply[35];
}

void list_session(GatewayVenue& venue, const char* comp_id) {
    auto command = make_command<ListSession>();
    command.participant = ParticipantId{2};
    command.source = Source::gateway;
    command.name = Text<24>(comp_id);
    venue.venue.apply(command);
    venue.settle();
}

}  // namespace

TEST_CASE("operations: the sessions are told with all that an operator looks for") {
    GatewayVenue venue;
    venue.clock_shift_ms = 0;
    Operator alice{venue};
    CHECK(alice.ask("sessions") == "done");
    REQUIRE(alice.answer.size() == 2);
    CHECK(alice.answer[1] ==
          "comp_id=BROKER2\tfirm=FIRM2\trole=order_entry\tstate=logged_out\taddress=\tsince=\t"
          "next_in=1\tnext_out=1\tqueued_bytes=0\twaiting=0\tin=0\tout=0\trefused=0\tthrottled=0");

    Broker broker(venue, "BROKER2");
    broker.log_on();
    broker.send("D", Broker::order("a", '1', 100, "10.00", "", "FIRM2"));
    broker.send("D", Broker::order("b", '1', 100, "10.00", "", "NOBODY"));
    CHECK(broker.receive()[11] == "a");
    CHECK(broker.receive()[11] == "b");
    CHECK(alice.ask("sessions") == "done");
    CHECK(alice.answer[1] ==
          "comp_id=BROKER2\tfirm=FIRM2\trole=order_entry\tstate=logged_on\taddress=127.0.0.1\t"
          "since=20260302-07:20:00\tnext_in=4\tnext_out=4\tqueued_bytes=0\twaiting=0\tin=2\t"
          "out=2\trefused=1\tthrottled=0");

    venue.venue.advance_ms(1000);
    broker.disconnect();
    venue.settle();
    CHECK(alice.value("BROKER2", "state") == "logged_out");
    CHECK(alice.value("BROKER2", "since") == "20260302-07:20:01");
    CHECK(alice.value("BROKER2", "in") == "2");
}

TEST_CASE("operations: what waits for the exchange is counted") {
    GatewayVenue venue;
    Operator alice{venue};
    Broker broker(venue, "BROKER1");
    broker.log_on();
    venue.venue.hold_journal(true);
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    broker.send("F", Broker::cancel("b", "a", '1'));
    broker.send("D", Broker::order("c", '1', 10, "9.00"));
    venue.settle();
    CHECK(alice.value("BROKER1", "waiting") == "2");
    broker.disconnect();
    venue.settle();
    CHECK(alice.ask("reset|BROKER1") ==
          "refused 2 messages of BROKER1 wait for the exchange: reset it when `sessions` shows "
          "none");
    venue.venue.hold_journal(false);
    venue.settle();
    CHECK(alice.value("BROKER1", "waiting") == "0");
    CHECK(alice.ask("reset|BROKER1") == "done");
}

TEST_CASE("operations: a disabled session is logged out and stays out until it is enabled") {
    GatewayVenue venue;
    Operator alice{venue};
    Broker broker(venue, "BROKER1");
    broker.log_on();
    CHECK(alice.ask("disable|BROKER1|call the risk desk") == "done");
    const Fields logout = broker.receive();
    CHECK(logout[35] == "5");
    CHECK(logout[58] == "the session is disabled: call the risk desk");
    CHECK(broker.is_closed());
    CHECK(alice.value("BROKER1", "state") == "disabled");
    CHECK(alice.value("BROKER2", "state") == "logged_out");
    CHECK(refusal(venue, "BROKER1", 2, 3) == "the session is disabled: call the risk desk");

    venue.kill_gateway();
    venue.start_gateway();
    CHECK(alice.value("BROKER1", "state") == "disabled");
    CHECK(refusal(venue, "BROKER1", 3, 4) == "the session is disabled: call the risk desk");

    CHECK(alice.ask("disable|BROKER1") == "done");
    CHECK(refusal(venue, "BROKER1", 4, 5) ==
          "the session is disabled: ask the exchange's operators");
    CHECK(alice.ask("enable|BROKER1") == "done");
    venue.kill_gateway();
    venue.start_gateway();
    Broker again(venue, "BROKER1", 2, 6);
    again.log_on();
    CHECK(alice.ask("enable|BROKER1") == "refused BROKER1 is not disabled: its broker may log on");
}

TEST_CASE("operations: whom to disable is on the disk before anybody is told") {
    const ForgetfulDisk disk;
    GatewayVenue venue(1U << 10, ForgetfulDisk::calls());
    Operator alice{venue};
    CHECK(alice.ask("disable|BROKER1|no") == "done");
    CHECK(alice.ask("disable|BROKER2|neither") == "done");
    CHECK(alice.ask("enable|BROKER1") == "done");
    std::mt19937_64 random(1);
    venue.kill_gateway();
    ForgetfulDisk::cut_power(venue.venue.settings.data_directory, random);
    venue.venue.cut_power();
    venue.start_gateway();
    CHECK(alice.value("BROKER1", "state") == "logged_out");
    CHECK(alice.value("BROKER2", "state") == "disabled");
}

TEST_CASE("operations: a reason of spaces takes nobody else's place in the file") {
    GatewayVenue venue;
    Operator alice{venue};
    CHECK(alice.ask("disable|BROKER1| ") == "done");
    CHECK(alice.ask("disable|BROKER2|  two  words ") == "done");
    venue.kill_gateway();
    venue.start_gateway();
    CHECK(refusal(venue, "BROKER1", 1, 1) == "the session is disabled:  ");
    CHECK(refusal(venue, "BROKER2", 1, 1) == "the session is disabled:   two  words ");
}

TEST_CASE("operations: a session is logged out with the reason, and may come back") {
    GatewayVenue venue;
    Operator alice{venue};
    CHECK(alice.ask("logout|BROKER1") ==
          "refused BROKER1 is not logged on: there is nothing to do");
    Broker broker(venue, "BROKER1");
    broker.log_on();
    CHECK(alice.ask("logout|BROKER1|your line is tested: 10 minutes") == "done");
    CHECK(broker.receive()[58] == "your line is tested: 10 minutes");
    CHECK(broker.is_closed());
    broker.disconnect();
    broker.connect();
    broker.log_on();
    CHECK(alice.ask("logout|BROKER1") == "done");
    CHECK(broker.receive()[58] == "logged out by the exchange's operators");
}

TEST_CASE("operations: a reset begins both sequences at 1 and repeats no report") {
    GatewayVenue venue;
    Operator alice{venue};
    {
        Broker broker(venue, "BROKER1");
        broker.log_on();
        broker.send("D", Broker::order("a", '1', 100, "10.00"));
        CHECK(broker.receive()[11] == "a");
        CHECK(alice.ask("reset|BROKER1") == "refused BROKER1 is logged on: log it out first");
        CHECK(alice.ask("logout|BROKER1") == "done");
    }
    CHECK(alice.ask("reset|BROKER1") == "done");
    CHECK(alice.value("BROKER1", "next_in") == "1");
    CHECK(alice.value("BROKER1", "next_out") == "1");
    SECTION("as it is") {}
    SECTION("after a kill") {
        venue.kill_gateway();
        venue.start_gateway();
    }
    Broker broker(venue, "BROKER1");
    broker.log_on();
    CHECK(broker.hears_nothing());
    broker.send("F", Broker::cancel("b", "a", '1'));
    CHECK(broker.receive()[11] == "b");
    CHECK(alice.value("BROKER1", "next_in") == "3");
}

TEST_CASE(
    "operations: after a reset, a client that goes on with old numbers enters nothing twice") {
    GatewayVenue venue;
    Operator alice{venue};
    {
        Broker broker(venue, "BROKER1");
        broker.log_on();
        broker.send("D", Broker::order("a", '1', 100, "10.00"));
        CHECK(broker.receive()[11] == "a");
        broker.send("5", "");
        venue.settle();
    }
    CHECK(alice.ask("reset|BROKER1") == "done");
    Broker broker(venue, "BROKER1", 4, 1);
    broker.log_on();
    const Fields asked = broker.receive();
    REQUIRE(asked[35] == "2");
    CHECK(asked[7] == "1");
    const std::string resent = "43=Y|122=" + Broker::now() + "|";
    broker.post("4", 1, "123=Y|36=2|", resent);
    broker.post("D", 2, Broker::order("a", '1', 100, "10.00"), resent);
    // Not known to the exchange: of an earlier day, as far as anybody knows.
    broker.post("D", 3, Broker::order("old", '1', 100, "10.00"), resent);
    const Fields refused = broker.receive();
    CHECK(refused[11] == "old");
    CHECK(refused[39] == "8");
    CHECK(refused[58].find("exchange_busy") == 0);
    CHECK(broker.hears_nothing());
    CHECK(venue.venue.exchange().open_order_count() == 1);
    broker.post("4", 4, "123=Y|36=5|", resent);
    broker.send("D", Broker::order("new", '1', 100, "10.00"));
    CHECK(broker.receive()[11] == "new");
}

TEST_CASE("operations: a reset is durable when it is answered, whatever the disk forgets") {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        const ForgetfulDisk disk;
        GatewayVenue venue(1U << 10, ForgetfulDisk::calls());
        Operator alice{venue};
        {
            Broker broker(venue, "BROKER1");
            broker.log_on();
            broker.send("D", Broker::order("a", '1', 100, "10.00"));
            CHECK(broker.receive()[11] == "a");
        }
        venue.settle();
        REQUIRE(alice.ask("reset|BROKER1") == "done");
        std::mt19937_64 random(seed);
        venue.kill_gateway();
        ForgetfulDisk::cut_power(venue.venue.settings.data_directory, random);
        venue.venue.cut_power();
        venue.start_gateway();
        CHECK(alice.value("BROKER1", "next_in") == "1");
        // The report of a is not told again: its key outlived the reset.
        Broker broker(venue, "BROKER1");
        broker.log_on();
        CHECK(broker.hears_nothing());
    }
}

TEST_CASE("operations: a notice is News for all that are logged on, or for one") {
    GatewayVenue venue;
    venue.clock_shift_ms = 0;
    Operator alice{venue};
    CHECK(alice.ask("notice|*|The market opens late") == "done");
    CHECK(alice.answer == std::vector<std::string>{"told to 0 sessions"});
    Broker one(venue, "BROKER1"), two(venue, "BROKER2");
    one.log_on();
    two.log_on();
    CHECK(one.hears_nothing());
    CHECK(alice.ask("notice|*|The market opens late|At 10:30, not 9:30.|碳市場") == "done");
    CHECK(alice.answer == std::vector<std::string>{"told to 2 sessions"});
    for (Broker* broker : {&one, &two}) {
        const Fields news = broker->receive();
        CHECK(news[35] == "B");
        CHECK(news[42] == "20260302-07:20:00.000");
        CHECK(news[148] == "The market opens late");
        CHECK(news.text.find("|33=2|58=At 10:30, not 9:30.|58=碳市場|") != std::string::npos);
    }
    CHECK(alice.ask("notice|BROKER2|Call us") == "done");
    CHECK(alice.answer == std::vector<std::string>{"told to 1 session"});
    CHECK(two.receive().text.find("|148=Call us|33=1|58=Call us|") != std::string::npos);
    CHECK(one.hears_nothing());
    one.disconnect();
    venue.settle();
    CHECK(alice.ask("notice|BROKER1|Call us") == "refused BROKER1 is not logged on");
    CHECK(alice.ask("notice|NOBODY|Call us") ==
          "refused no session is called NOBODY: `sessions` lists them");
    CHECK(alice.ask("notice|BROKER1") ==
          "refused `notice` is asked as: notice COMPID|* HEADLINE [LINE]...");
}

TEST_CASE("operations: the kill switch is News for the firm's sessions, once and over a kill") {
    GatewayVenue venue;
    Broker one(venue, "BROKER1"), two(venue, "BROKER2");
    one.log_on();
    two.log_on();
    one.send("D", Broker::order("a", '1', 100, "10.00"));
    CHECK(one.receive()[150] == "0");
    const auto flip = [&](auto command) {
        command.participant = ParticipantId{2};  // FIRM1
        venue.venue.apply(command);
        venue.settle();
    };
    flip(make_command<DisableParticipant>());
    CHECK(one.receive()[148] ==
          "participant_disabled: FIRM1 enters no orders, its open ones go (S4)");
    CHECK(one.receive()[150] == "4");
    CHECK(two.hears_nothing());
    one.disconnect();
    venue.settle();
    flip(make_command<EnableParticipant>());
    venue.kill_gateway();
    venue.start_gateway();
    Broker back(venue, "BROKER1", one.next_out(), one.next_in());
    back.log_on();
    CHECK(back.receive()[148] == "participant_enabled: FIRM1 may enter orders again (S4)");
    CHECK(back.hears_nothing());
}

TEST_CASE("operations: what cannot be done is a sentence that names the mend") {
    GatewayVenue venue;
    Operator alice{venue};
    for (const char* verb : {"disable", "enable", "logout", "reset"}) {
        CHECK(alice.ask(std::string(verb) + "|NOBODY") ==
              "refused no session is called NOBODY: `sessions` lists them");
    }
    CHECK(alice.ask("disable") == "refused `disable` is asked as: disable COMPID [REASON]");
    CHECK(alice.ask("disable|BROKER1|a|b") ==
          "refused `disable` is asked as: disable COMPID [REASON]");
    CHECK(alice.ask("disable||x") == "refused `disable` is asked as: disable COMPID [REASON]");
    CHECK(alice.ask("enable") == "refused `enable` is asked as: enable COMPID");
    CHECK(alice.ask("logout") == "refused `logout` is asked as: logout COMPID [REASON]");
    CHECK(alice.ask("reset|BROKER1|now") == "refused `reset` is asked as: reset COMPID");
    CHECK(alice.ask("sessions|BROKER1") == "refused `sessions` is asked as: sessions");
    CHECK(alice.ask("reload|now") == "refused `reload` is asked as: reload");
    CHECK(alice.ask("restart").find("refused `restart` is no request: sessions, ") == 0);
    CHECK(alice.ask("").find("refused `` is no request: ") == 0);
    CHECK(alice.ask("logout|BROKER1|a\001b") ==
          "refused a request has no control characters: leave them out");
    CHECK(alice.value("BROKER1", "state") == "logged_out");
}

TEST_CASE("reload: a file with an error changes nothing, and the error is the answer") {
    GatewayVenue venue;
    Operator alice{venue};
    alice.session("BROKER1").password_hash = other_hash;
    alice.file_error = "venue.toml:7: [gateway] number must be a whole number";
    CHECK(alice.ask("reload") == "refused venue.toml:7: [gateway] number must be a whole number");
    alice.file_error.clear();
    alice.file.gateway.sessions.push_back(alice.session("BROKER1"));
    alice.file.gateway.sessions.back().comp_id = "../x";
    CHECK(alice.ask("reload") == "refused session '../x': a CompID is letters, digits, . _ -");
    Broker broker(venue, "BROKER1");
    broker.log_on();  // with the old password
}

TEST_CASE("reload: what has not changed is not touched") {
    GatewayVenue venue;
    Operator alice{venue};
    Broker broker(venue, "BROKER1");
    broker.log_on();
    CHECK(alice.ask("reload") == "done");
    CHECK(alice.answer == std::vector<std::string>{"nothing has changed"});
    CHECK(broker.hears_nothing());
    CHECK(alice.value("BROKER1", "state") == "logged_on");
}

TEST_CASE("reload: a session's settings hold from its next logon on") {
    GatewayVenue venue;
    Operator alice{venue};
    Broker broker(venue, "BROKER1");
    broker.log_on();
    alice.session("BROKER1").password_hash = other_hash;
    alice.session("BROKER1").reset_on_logon = false;
    CHECK(alice.ask("reload") == "done");
    CHECK(alice.answer == std::vector<std::string>{"session BROKER1 changed"});
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    CHECK(broker.receive()[11] == "a");
    broker.disconnect();
    venue.settle();

    CHECK(refusal(venue, "BROKER1", 3, 3) == "closed without a word");
    Broker again(venue, "BROKER1", 3, 3);
    again.send("A", "98=0|108=30|554=other|141=Y|");
    CHECK(again.receive()[58] == "ResetSeqNumFlag is not accepted");
    alice.session("BROKER1").allowed_addresses = {"10.0.0.1"};
    CHECK(alice.ask("reload") == "done");
    Broker elsewhere(venue, "BROKER1", 4, 4);
    elsewhere.send("A", "98=0|108=30|554=other|");
    CHECK(elsewhere.is_closed());
}

TEST_CASE("reload: the bounds of heartbeats are for all sessions, from the next logon on") {
    GatewayVenue venue;
    Operator alice{venue};
    alice.file.gateway.heartbeat_max_s = 20;
    alice.file.written["gateway.heartbeat_max_s"] = "20";
    CHECK(alice.ask("reload") == "done");
    CHECK(alice.answer == std::vector<std::string>{"gateway.heartbeat_max_s changed"});
    CHECK(refusal(venue, "BROKER2", 1, 1) == "HeartBtInt must be from 5 to 20 seconds");
    CHECK(alice.ask("reload") == "done");
    CHECK(alice.answer == std::vector<std::string>{"nothing has changed"});
}

TEST_CASE("reload: a session that is added trades at once, with its reports over a restart") {
    GatewayVenue venue;
    Operator alice{venue};
    alice.file.gateway.sessions.push_back(alice.session("BROKER1"));
    alice.file.gateway.sessions.back().comp_id = "BROKER7";
    SECTION("listed by the exchange before") { list_session(venue, "BROKER7"); }
    CHECK(alice.ask("reload") == "done");
    CHECK(alice.answer == std::vector<std::string>{"session BROKER7 added"});
    SECTION("listed by the exchange afterwards") {
        CHECK(alice.value("BROKER7", "state") == "unlisted");
        list_session(venue, "BROKER7");
    }
    CHECK(alice.value("BROKER7", "state") == "logged_out");
    Broker broker(venue, "BROKER7");
    broker.log_on();
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    CHECK(broker.receive()[11] == "a");

    venue.kill_gateway();
    venue.venue.settings = alice.file;
    venue.start_gateway();
    broker.disconnect();
    broker.connect();
    broker.log_on();
    CHECK(broker.hears_nothing());
    broker.send("F", Broker::cancel("b", "a", '1'));
    CHECK(broker.receive()[11] == "b");
}

TEST_CASE("reload: a session that is removed is a stranger; its reports wait until it is back") {
    GatewayVenue venue;
    Operator alice{venue};
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("D", Broker::order("a", '1', 100, "10.00", "59=1|"));
    CHECK(broker.receive()[11] == "a");
    const Settings all = alice.file;
    std::erase_if(alice.file.gateway.sessions,
                  [](const auto& s) { return s.comp_id == "BROKER1"; });
    CHECK(alice.ask("reload") == "done");
    CHECK(alice.answer == std::vector<std::string>{"session BROKER1 removed; its store stays"});
    CHECK(broker.receive()[58] == "the session is not in the venue's settings any more");
    CHECK(alice.value("BROKER1", "state") == "removed");
    CHECK(alice.ask("reload") == "done");
    CHECK(alice.answer == std::vector<std::string>{"nothing has changed"});
    {
        Broker stranger(venue, "BROKER1", 3, 4);
        stranger.send_logon();
        CHECK(stranger.is_closed());
        CHECK(stranger.hears_nothing());
    }
    Broker other(venue, "BROKER2");  // its place is the same
    other.log_on();
    other.send("D", Broker::order("x", '2', 100, "10.00", "", "FIRM2"));
    CHECK(other.receive()[150] == "0");
    CHECK(other.receive()[150] == "F");

    alice.file = all;
    CHECK(alice.ask("reload") == "done");
    CHECK(alice.answer == std::vector<std::string>{"session BROKER1 is back"});
    Broker back(venue, "BROKER1", 3, 4);
    back.log_on();
    const Fields fill = back.receive();
    CHECK(fill[150] == "F");
    CHECK(fill[11] == "a");
}

TEST_CASE("reload: a session with a store from before needs a restart, and then misses nothing") {
    GatewayVenue venue;
    {
        Broker broker(venue, "BROKER1");
        broker.log_on();
        broker.send("D", Broker::order("a", '1', 100, "10.00", "59=1|"));
        CHECK(broker.receive()[11] == "a");
    }
    venue.settle();
    const Settings all = venue.venue.settings;
    venue.kill_gateway();
    auto& sessions = venue.venue.settings.gateway.sessions;
    std::erase_if(sessions, [](const auto& one) { return one.comp_id == "BROKER1"; });
    venue.start_gateway();
    {
        Broker other(venue, "BROKER2");
        other.log_on();
        other.send("D", Broker::order("x", '2', 100, "10.00", "", "FIRM2"));
        CHECK(other.receive()[150] == "0");
        CHECK(other.receive()[150] == "F");
    }
    Operator alice{venue, all};
    CHECK(alice.ask("reload") == "done");
    CHECK(alice.answer ==
          std::vector<std::string>{"session BROKER1 needs a restart: it was a session before, "
                                   "and has missed reports"});
    venue.kill_gateway();
    venue.venue.settings = all;
    venue.start_gateway();
    Broker back(venue, "BROKER1", 3, 3);
    back.log_on();
    CHECK(back.receive()[150] == "F");
}

TEST_CASE("reload: throttles hold at once, for sessions that are logged on too") {
    GatewayVenue venue;
    Operator alice{venue};
    Broker broker(venue, "BROKER1");
    broker.log_on();
    alice.file.gateway.throttle.session.orders = 1;
    alice.file.written["gateway.throttle.session_orders"] = "1";
    CHECK(alice.ask("reload") == "done");
    CHECK(alice.answer == std::vector<std::string>{"gateway.throttle.session_orders changed"});
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    broker.send("D", Broker::order("b", '1', 100, "10.00"));
    CHECK(broker.receive()[11] == "b");
    CHECK(alice.value("BROKER1", "throttled") == "1");
    CHECK(alice.value("BROKER1", "refused") == "1");
    alice.file.gateway.throttle = {};
    CHECK(alice.ask("reload") == "done");
    CHECK(broker.receive()[11] == "a");
    broker.send("D", Broker::order("c", '1', 100, "10.00"));
    broker.send("D", Broker::order("d", '1', 100, "10.00"));
    CHECK(broker.receive()[39] == "0");
    CHECK(broker.receive()[39] == "0");
}

TEST_CASE("reload: drop copies come and change their role at a restart only") {
    GatewayVenue venue;
    Operator alice{venue};
    alice.file.gateway.sessions.push_back(alice.session("BROKER1"));
    alice.file.gateway.sessions.back().comp_id = "COPY1";
    alice.file.gateway.sessions.back().role = SessionRole::drop_copy;
    alice.session("BROKER2").role = SessionRole::drop_copy;
    CHECK(alice.ask("reload") == "done");
    CHECK(alice.answer ==
          std::vector<std::string>{
              "session COPY1 needs a restart: a drop copy begins with its firm's first report",
              "session BROKER2 needs a restart: its role has changed"});
    CHECK(alice.value("COPY1", "state") == "no such session");
    CHECK(alice.value("BROKER2", "role") == "order_entry");
}

TEST_CASE("reload: what is fixed while it runs is named, and the rest is done") {
    GatewayVenue venue;
    Operator alice{venue};
    alice.file.gateway.comp_id = "OTHER";
    alice.file.gateway.number = 2;
    alice.file.written["gateway.comp_id"] = "'OTHER'";
    alice.file.written["gateway.number"] = "2";
    alice.file.written["gateway.cancel_grace_ms"] = "5";
    alice.session("BROKER2").password_hash = other_hash;
    for (int i = 0; i < 2; ++i) {
        CHECK(alice.ask("reload") == "done");
        std::vector<std::string> told = {"gateway.comp_id needs a restart",
                                         "gateway.number needs a restart"};
        if (i == 0) told.insert(told.begin(), "gateway.cancel_grace_ms changed");
        if (i == 0) told.emplace_back("session BROKER2 changed");
        CHECK(alice.answer == told);
    }
    Broker broker(venue, "BROKER1");
    broker.log_on();
    CHECK(refusal(venue, "BROKER2", 1, 1) == "closed without a word");
}
