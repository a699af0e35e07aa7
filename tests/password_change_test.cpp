// A broker changes its password: BE in, BF out, and what is left of it in files and logs.
#include <fstream>
#include <iterator>

#include "engine/api/password.h"
#include "gateway/password_tries.h"
#include "gateway/reject_codes.h"
#include "tests/broker.h"
#include "tests/captured_log.h"

using namespace carbonx;
using namespace carbonx::tests;

namespace {

std::string change(const std::string& from, const std::string& to,
                   const std::string& comp_id = "BROKER1", const std::string& id = "u") {
    return "923=" + id + "|924=3|553=" + comp_id + "|554=" + from + "|925=" + to + "|";
}

// What the venue does with a Logon that has this password.
bool logs_on(GatewayVenue& venue, int next_out, int next_in, const std::string& password,
             const std::string& comp_id = "BROKER1") {
    Broker broker(venue, comp_id, next_out, next_in);
    broker.send("A", "98=0|108=30|554=" + password + "|");
    venue.settle();
    const Fields reply = broker.receive(true, std::chrono::milliseconds(100));
    if (reply.text.empty()) CHECK(broker.is_closed());
    return reply[35] == "A";
}

// A hash that takes its time, so that it is checked beside the gateway thread.
void give_slow_passwords(GatewayVenue& venue) {
    venue.kill_gateway();
    for (FixSessionSettings& session : venue.venue.settings.gateway.sessions) {
        session.password_hash = to_text(hash_password("secret", {64, 1, 1, {}, {}}));
    }
    venue.start_gateway();
}

std::string all_files(const GatewayVenue& venue) {
    std::string all;
    for (const auto& directory :
         {venue.venue.settings.data_directory, venue.venue.settings.runtime_directory}) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
            if (!entry.is_regular_file()) continue;
            std::string text(entry.file_size(), '\0');
            std::ifstream(entry.path(), std::ios::binary).read(text.data(), std::ssize(text));
            all += text;
        }
    }
    return all;
}

void check_response(const Fields& response, const std::string& status, const std::string& text) {
    CHECK(response[35] == "BF");
    CHECK(response[553] == "BROKER1");
    CHECK(response[926] == status);
    CHECK(response[927] == text);
}

}  // namespace

TEST_CASE("password: a change is answered when it is made, and holds at the next logon") {
    GatewayVenue venue;
    give_slow_passwords(venue);
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("BE", change("secret", "harbour-77"));
    const Fields response = broker.receive();
    check_response(response, "5", "the new password holds from now on");
    CHECK(response[923] == "u");
    CHECK(all_files(venue).find("scrypt:64:1:1:") != std::string::npos);
    broker.disconnect();
    venue.settle();

    CHECK_FALSE(logs_on(venue, broker.next_out(), broker.next_in(), "secret"));
    CHECK(logs_on(venue, broker.next_out(), broker.next_in(), "harbour-77"));
}

TEST_CASE("password: what is answered is on the disk, over a kill at that moment") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("BE", change("secret", "harbour-77"));
    CHECK(broker.receive()[926] == "5");
    venue.kill_gateway();
    broker.disconnect();
    venue.start_gateway();
    CHECK_FALSE(logs_on(venue, broker.next_out(), broker.next_in(), "secret"));
    CHECK(logs_on(venue, broker.next_out(), broker.next_in(), "harbour-77"));
}

TEST_CASE("password: killed before the answer, one of the two holds and the other does not") {
    GatewayVenue venue;
    give_slow_passwords(venue);
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("BE", change("secret", "harbour-77"));
    REQUIRE(venue.wait([&] { return venue.gateway->sessions()[0].next_in == 3; }));
    venue.kill_gateway();
    broker.disconnect();
    venue.start_gateway();
    const bool old_one = logs_on(venue, broker.next_out(), broker.next_in(), "secret");
    const int next_in = old_one ? broker.next_in() + 1 : broker.next_in();
    const int next_out = old_one ? broker.next_out() + 1 : broker.next_out();
    CHECK(logs_on(venue, next_out, next_in, "harbour-77") != old_one);
}

TEST_CASE("password: an operator's new one in the settings beats the change") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("BE", change("secret", "harbour-77"));
    CHECK(broker.receive()[926] == "5");
    broker.disconnect();
    venue.settle();
    Settings fresh = venue.venue.settings;
    fresh.gateway.sessions[0].password_hash =
        to_text(hash_password("given-by-operator", {2, 1, 1, {}, {}}));
    venue.gateway->reload(fresh);
    CHECK_FALSE(logs_on(venue, broker.next_out(), broker.next_in(), "harbour-77"));
    CHECK(logs_on(venue, broker.next_out(), broker.next_in(), "given-by-operator"));
}

TEST_CASE("password: what asks for anything else is told why not, and changes nothing") {
    struct Case {
        std::string body, status, text;
    };
    const std::string needed =
        "value_out_of_range: 554, the present password, and 925, the new one, are needed (G4)";
    const std::string only_change =
        "unsupported: 924 must be 3, change password: logging on and off is A and 5 (G1)";
    const Case cases[] = {
        {"923=u|924=1|553=BROKER1|554=secret|", "6", only_change},
        {"923=u|924=2|553=BROKER1|", "6", only_change},
        {"923=u|924=4|553=BROKER1|", "6", only_change},
        {change("secret", "harbour-77", "BROKER2"), "3",
         "value_out_of_range: 553 must be the session's CompID, BROKER1 (G4)"},
        {"923=u|924=3|553=BROKER1|925=harbour-77|", "6", needed},
        {"923=u|924=3|553=BROKER1|554=secret|", "6", needed},
        {change("secret", "secret"), "6",
         "value_out_of_range: the new password is the same as 554 (G4)"},
    };
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    for (const Case& one : cases) {
        CAPTURE(one.body);
        broker.send("BE", one.body);
        check_response(broker.receive(), one.status, one.text);
    }
    broker.disconnect();
    venue.settle();
    CHECK(logs_on(venue, broker.next_out(), broker.next_in(), "secret"));
}

TEST_CASE("password: a new one that nobody should have is refused with the rule") {
    const std::pair<std::string, std::string> cases[] = {
        {"short-7", "is too short: at least 10 characters"},
        {std::string(200, 'x'), "is too long: at most 128 characters"},
        {"aaaaaaaaaa", "is too simple: at least 5 different characters"},
        {"h\xC3\xA4"
         "fen-2026",
         "has a character that is not printable ASCII"},
        {"harbour-77 ", "begins or ends with a space"},
    };
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    for (const auto& [password, why] : cases) {
        broker.send("BE", change("secret", password));
        check_response(broker.receive(), "6",
                       "value_out_of_range: the new password " + why + " (G4)");
    }
}

TEST_CASE("password: three wrong ones in a row log the session out") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    for (const char* guess : {"Secret-1", "Secret-2", "Secret-3"}) {
        broker.send("BE", change(guess, "harbour-77"));
        check_response(broker.receive(), "4", "554 is not the present password");
    }
    const Fields logout = broker.receive();
    CHECK(logout[35] == "5");
    CHECK(logout[58] == "3 wrong passwords in a row");
    CHECK(broker.is_closed());
    CHECK(venue.gateway->sessions()[0].refused == 3);
    CHECK(logs_on(venue, broker.next_out(), broker.next_in(), "secret"));
}

TEST_CASE("password: a right one between wrong ones begins the row anew") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    for (const char* guess : {"Secret-1", "Secret-2", "secret", "Secret-3", "Secret-4"}) {
        broker.send("BE", change(guess, "harbour-77"));
        CHECK(broker.receive()[35] == "BF");
    }
    CHECK(broker.hears_nothing());
}

TEST_CASE("password: at most five tries in a minute, over logouts too") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    const char* const chain[] = {"secret",     "harbour-11", "harbour-22",
                                 "harbour-33", "harbour-44", "harbour-55"};
    for (std::size_t i = 0; i + 1 < std::size(chain); ++i) {
        broker.send("BE", change(chain[i], chain[i + 1]));
        CHECK(broker.receive()[926] == "5");
    }
    const auto is_throttled = [&] {
        broker.send("BE", change("harbour-55", "harbour-66"));
        check_response(broker.receive(), "6",
                       "throttled: at most 5 tries to change a password in a minute (G5)");
    };
    is_throttled();
    broker.send("5", "");
    CHECK(broker.receive()[35] == "5");
    broker.disconnect();
    venue.settle();
    broker.connect();
    broker.send("A", "98=0|108=30|554=harbour-55|");
    CHECK(broker.receive()[35] == "A");
    venue.venue.advance_ms(59'999);
    venue.settle();
    // Not so long without a heartbeat that the session is down.
    if (broker.receive(true, std::chrono::milliseconds(20))[35] == "1") broker.send("0", "");
    is_throttled();
    venue.venue.advance_ms(1);
    venue.settle();
    broker.send("BE", change("harbour-55", "harbour-66"));
    CHECK(broker.receive()[926] == "5");
}

TEST_CASE("password: one change at a time, and others' messages do not wait for it") {
    GatewayVenue venue;
    give_slow_passwords(venue);
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("BE", change("secret", "harbour-77", "BROKER1", "first"));
    broker.send("BE", change("secret", "harbour-88", "BROKER1", "second"));
    broker.send("g", "335=p|263=0|");
    std::map<std::string, Fields> answers;
    for (int i = 0; i < 3; ++i) {
        const Fields answer = broker.receive();
        answers[answer[35] == "BF" ? answer[923] : answer[35]] = answer;
    }
    CHECK(answers["first"][926] == "5");
    check_response(answers["second"], "6",
                   "exchange_busy: the change asked for before is under way (G2)");
    CHECK(answers["h"][340] == "2");
}

TEST_CASE("password: a client that is gone when its change is made hears of it by resend") {
    GatewayVenue venue;
    give_slow_passwords(venue);
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("BE", change("secret", "harbour-77"));
    REQUIRE(venue.wait([&] { return venue.gateway->sessions()[0].next_in == 3; }));
    broker.disconnect();
    const auto file = gateway::sessions_directory(venue.venue.settings) / "gateway-1.passwords";
    const auto holds = [&] { return std::filesystem::exists(file); };
    REQUIRE(venue.wait(holds));
    venue.settle();
    broker.connect();
    broker.send("A", "98=0|108=30|554=harbour-77|");
    venue.settle();
    CHECK(broker.receive()[35] == "A");
    broker.ask_again();
    const Fields response = broker.receive();
    check_response(response, "5", "the new password holds from now on");
    CHECK(response[43] == "Y");
}

TEST_CASE("password: a request that is sent again changes nothing twice") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("BE", change("secret", "harbour-77"));
    CHECK(broker.receive()[926] == "5");
    const std::string again = "43=Y|122=" + Broker::now() + "|";
    broker.post("BE", 2, change("secret", "harbour-77"), again);  // below the expected number
    CHECK(broker.hears_nothing());
    broker.send("BE", change("secret", "harbour-77"), again);  // at it, as after a power cut
    check_response(broker.receive(), "5", "the new password holds already");
    broker.send("BE", change("secret", "harbour-77"), "97=Y|");
    check_response(broker.receive(), "5", "the new password holds already");
    broker.send("BE", change("secret", "harbour-77"));  // said anew, it is a wrong password
    check_response(broker.receive(), "4", "554 is not the present password");
    broker.disconnect();
    venue.settle();
    CHECK(logs_on(venue, broker.next_out(), broker.next_in(), "harbour-77"));
}

TEST_CASE("password: a drop copy changes its own, and may still say nothing else") {
    GatewayVenue venue;
    venue.kill_gateway();
    venue.venue.settings.gateway.sessions[0].role = SessionRole::drop_copy;
    venue.start_gateway();
    Broker copy(venue, "BROKER1");
    copy.log_on();
    copy.send("BE", change("secret", "harbour-77"));
    check_response(copy.receive(), "5", "the new password holds from now on");
    copy.send("g", "335=p|263=0|");
    CHECK(copy.receive()[380] == "6");
}

TEST_CASE("password: above the session's rate it is refused as any message") {
    GatewayVenue venue;
    venue.kill_gateway();
    venue.venue.settings.gateway.throttle = {{1, 1}, {0, 0}, 0};
    venue.start_gateway();
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("BE", change("secret", "harbour-77"));
    broker.send("BE", change("harbour-77", "harbour-88"));
    Fields done = broker.receive();
    Fields refused = broker.receive();
    if (done[35] == "j") std::swap(done, refused);  // hashing takes a while
    CHECK(done[926] == "5");
    CHECK(refused[35] == "j");
    CHECK(refused[372] == "BE");
    CHECK(refused[380] == "0");
    CHECK(refused[58] == gateway::refusal_text(Reject::throttled));
}

TEST_CASE("password: none is ever in a file or a log, whatever becomes of the message") {
    CapturedLog log;
    GatewayVenue venue;
    give_slow_passwords(venue);
    const std::string old_one = "sEcReT-old-1", new_one = "sEcReT-new-2";
    {
        Broker broker(venue, "BROKER1");
        broker.log_on();
        broker.send("BE", change("secret", old_one));
        CHECK(broker.receive()[926] == "5");
        venue.venue.hold_journal(true);  // so that messages wait, in a file
        broker.send("D", Broker::order("a", '1', 100, "10.00"));
        broker.send("F", Broker::cancel("b", "a", '1'));
        broker.send("BE", change(old_one, new_one));
        CHECK(broker.receive()[926] == "5");
        broker.send("BE", change(old_one, "x"));                               // no password at all
        broker.send("BE", change(old_one, new_one) + "554=" + old_one + "|");  // twice
        broker.send("BE", change(old_one, new_one) + "44=10|");                // what is not listed
        broker.send("D", Broker::order("c", '1', 100, "10.00") + "554=" + old_one + "|");
        broker.post("BE", broker.next_out() + 1, change(old_one, new_one));  // above a gap
        venue.settle();
        broker.post("BE", broker.next_out(), change(old_one, new_one));  // and the gap
        venue.settle();
        venue.venue.hold_journal(false);
        venue.settle();
    }
    CHECK_FALSE(logs_on(venue, 100, 1, old_one));
    venue.kill_gateway();
    venue.start_gateway();
    for (const char* one : {"sEcReT", "old-1", "new-2"}) {
        CHECK(all_files(venue).find(one) == std::string::npos);
        CHECK(log.text.str().find(one) == std::string::npos);
    }
    CHECK(log.text.str().find("35=BE") != std::string::npos);  // it was logged, without them
}
