// The FIX session catalogue, 1S and 2S: how a session begins.
#include "tests/session_case.h"

using namespace carbonx;
using namespace carbonx::tests;

TEST_CASE("fix session 1S a: a valid Logon is answered by a Logon") {
    SessionCase fix;
    fix.say({.type = "A"});
    const Fields answer = fix.hear();
    CHECK(answer[35] == "A");
    CHECK(answer[34] == "1");
    CHECK(answer[49] == "CARBONX");
    CHECK(answer[56] == "BROKER1");
    CHECK(answer[98] == "0");
    CHECK(answer[108] == "30");
    CHECK(answer[141].empty());
    CHECK(fix.takes(2));
}

TEST_CASE(
    "fix session 1S a: a Logon with a number too high is answered, then the gap is asked for") {
    SessionCase fix;
    fix.next_out = 5;
    fix.say({.type = "A"});
    CHECK(fix.hear()[35] == "A");
    const Fields request = fix.hear();
    CHECK(request[35] == "2");
    CHECK(request[7] == "1");
    CHECK(request[16] == "0");

    SECTION("and what comes after it waits until it is filled") {
        fix.say({.type = "D"});
        CHECK(fix.hears_nothing());
        fix.say({.type = "4", .body = "123=Y|36=5|", .number = 1, .head = fix.again()});
        CHECK(fix.hear()[150] == "0");
        CHECK(fix.takes(7));
    }
    SECTION("and the Logon itself may be filled with the rest") {
        fix.say({.type = "4", .body = "123=Y|36=6|", .number = 1, .head = fix.again()});
        CHECK(fix.takes(6));
    }
    SECTION("and orders that were lost are taken in their turn") {
        for (const int number : {1, 2, 3, 4}) {
            fix.say({.type = "D", .number = number, .head = fix.again()});
        }
        for (int i = 0; i < 4; ++i) CHECK(fix.hear()[150] == "0");
        CHECK(fix.takes(6));
    }
}

TEST_CASE("fix session 1S a: messages that come with the Logon are taken after it") {
    SessionCase fix;
    std::string bytes;
    for (const char* type : {"A", "D", "1"}) bytes += fix.text_of({.type = type});
    fix.raw(bytes);
    CHECK(fix.hear()[35] == "A");
    Fields order = fix.hear();
    if (order[35] == "0") order = fix.hear();  // the exchange's answer may come behind
    CHECK(order[150] == "0");
    CHECK(fix.takes(4));
}

TEST_CASE("fix session 1S a: the heartbeat interval is the client's, within the bounds") {
    for (const char* seconds : {"5", "60"}) {
        SessionCase fix;
        fix.say({.type = "A", .body = "98=0|554=secret|108=" + std::string(seconds) + "|"});
        CHECK(fix.hear()[108] == seconds);
    }
}

TEST_CASE("fix session 1S a: a Logon with ResetSeqNumFlag begins both sides at 1") {
    LoggedOn fix;
    CHECK(fix.takes(2));
    fix.connect();
    fix.next_out = 1;
    fix.say({.type = "A", .body = fix.body_of("A") + "141=Y|"});
    const Fields answer = fix.hear();
    CHECK(answer[35] == "A");
    CHECK(answer[34] == "1");
    CHECK(answer[141] == "Y");
    CHECK(fix.takes(2));
}

TEST_CASE("fix session 1S b: a second Logon of a live CompID is closed without a word") {
    LoggedOn fix;
    const int second = fix.open_socket();
    fix.raw(second, fix.text_of({.type = "A", .number = 2}));
    fix.venue.settle();
    char byte = 0;
    CHECK(::recv(second, &byte, 1, 0) == 0);
    ::close(second);

    // Neither side's numbers have moved.
    fix.say({.type = "1", .body = "112=still here|"});
    const Fields answer = fix.hear();
    CHECK(answer[112] == "still here");
    CHECK(answer[34] == "2");
}

TEST_CASE("fix session 1S b: of two Logons at the same time one is let in") {
    SessionCase fix;
    const int other = fix.open_socket();
    const std::string logon = fix.text_of({.type = "A", .number = 1});
    fix.raw(other, logon);
    fix.raw(logon);
    fix.venue.settle();
    char bytes[1000];
    const ssize_t first = ::recv(other, bytes, sizeof bytes, 0);
    const bool other_is_in = first > 0;
    CHECK(other_is_in != (fix.hear()[35] == "A"));
    CHECK(fix.stays_open() != other_is_in);
    ::close(other);
}

TEST_CASE("fix session 1S b: a Logon within its own session logs out, and resets nothing") {
    for (const std::string more : {"", "141=Y|"}) {
        for (const int number : {1, 2, 5}) {
            DYNAMIC_SECTION("Logon with " << more << " number " << number) {
                LoggedOn fix;
                fix.say({.type = "A", .body = fix.body_of("A") + more, .number = number});
                const Fields logout = fix.hear();
                CHECK(logout[35] == "5");
                CHECK(logout[58] == "already logged on");
                CHECK(fix.is_closed());
                fix.connect();
                fix.say({.type = "A", .number = 2});
                CHECK(fix.hear()[34] == "3");
                CHECK(fix.takes(3));
            }
        }
    }
}

TEST_CASE("fix session 1S c: an identity that is not configured is closed without a word") {
    SessionCase fix;
    SECTION("the client's name") { fix.say({.type = "A", .sender = "BROKER9"}); }
    SECTION("the venue's name") { fix.say({.type = "A", .target = "CARBONY"}); }
    SECTION("no name of the client") {
        fix.raw(sealed("35=A|56=CARBONX|34=1|52=" + fix.now() + "|98=0|108=30|554=secret|"));
    }
    SECTION("no name of the venue") {
        fix.raw(sealed("35=A|49=BROKER1|34=1|52=" + fix.now() + "|98=0|108=30|554=secret|"));
    }
    SECTION("another version of FIX") { fix.say({.type = "A", .begin_string = "FIX.4.2"}); }
    CHECK(fix.is_closed_without_a_word());

    fix.connect();
    fix.next_out = 1;
    fix.say({.type = "A"});
    CHECK(fix.hear()[34] == "1");
}

TEST_CASE("fix session 1S c: a Logon without the right password is closed without a word") {
    SessionCase fix;
    for (const char* body : {"98=0|108=30|554=Secret|", "98=0|108=30|"}) {
        DYNAMIC_SECTION(body) {
            fix.say({.type = "A", .body = body});
            CHECK(fix.is_closed_without_a_word());

            // It has used no number, on neither side.
            fix.connect();
            fix.next_out = 1;
            fix.say({.type = "A"});
            CHECK(fix.hear()[34] == "1");
            CHECK(fix.takes(2));
        }
    }
}

TEST_CASE("fix session 1S c: an address that is not configured is closed without a word") {
    SessionCase fix(
        [](Settings& settings) { settings.gateway.sessions[0].allowed_addresses = {"10.0.0.1"}; });
    fix.say({.type = "A"});
    CHECK(fix.is_closed_without_a_word());
}

namespace {

struct InvalidLogon {
    std::string what;
    Said said;
    std::string text;  // of the Logout
};

std::vector<InvalidLogon> invalid_logons() {
    const std::string bounds = "HeartBtInt must be from 5 to 60 seconds";
    const std::string password = "554=secret|";
    return {
        {"108 missing", {.type = "A", .body = "98=0|" + password}, bounds},
        {"108=0", {.type = "A", .body = "98=0|108=0|" + password}, bounds},
        {"108=-1", {.type = "A", .body = "98=0|108=-1|" + password}, bounds},
        {"108 too short", {.type = "A", .body = "98=0|108=4|" + password}, bounds},
        {"108 too long", {.type = "A", .body = "98=0|108=61|" + password}, bounds},
        {"108 no number", {.type = "A", .body = "98=0|108=half|" + password}, bounds},
        {"98 missing",
         {.type = "A", .body = "108=30|" + password},
         "the Logon is not valid: Required tag missing:98"},
        {"98 not supported",
         {.type = "A", .body = "98=1|108=30|" + password},
         "EncryptMethod (98) must be 0"},
        {"a tag that does not exist",
         {.type = "A", .body = "98=0|108=30|9999=x|" + password},
         "the Logon is not valid: Invalid tag number:9999"},
        {"a tag of another message",
         {.type = "A", .body = "98=0|108=30|55=V415024H|" + password},
         "the Logon is not valid: Tag not defined for this message type:55"},
        {"a tag without a value",
         {.type = "A", .body = "98=0|108=30|553=|" + password},
         "the Logon is not valid: Tag specified without a value:553"},
        {"a tag twice",
         {.type = "A", .body = "98=0|108=30|108=30|" + password},
         "the Logon is not valid: Tag appears more than once:108"},
        {"a wish that does not exist",
         {.type = "A", .body = "98=0|108=30|5001=X|" + password},
         "the Logon is not valid: Value is incorrect (out of range) for this tag:5001"},
        {"141 neither Y nor N",
         {.type = "A", .body = "98=0|108=30|141=yes|" + password},
         "the Logon is not valid: Incorrect data format for value:141"},
        {"SendingTime malformed",
         {.type = "A", .sending_time = "now"},
         "the Logon is not valid: Incorrect data format for value:52"},
        {"SendingTime behind",
         {.type = "A", .sending_time = SessionCase::now(-121)},
         "SendingTime (52) is more than 120 seconds from the venue's time"},
        {"SendingTime ahead",
         {.type = "A", .sending_time = SessionCase::now(121)},
         "SendingTime (52) is more than 120 seconds from the venue's time"},
        {"sent for somebody else",
         {.type = "A", .head = "115=BROKER9|"},
         "OnBehalfOfCompID (115) is not supported"},
        {"reset with another number than 1",
         {.type = "A", .body = "98=0|108=30|141=Y|" + password, .number = 7},
         "MsgSeqNum (34) must be 1 with ResetSeqNumFlag"},
    };
}

}  // namespace

TEST_CASE("fix session 1S d: an invalid Logon is answered by a Logout that says why") {
    SessionCase fix;
    for (const InvalidLogon& invalid : invalid_logons()) {
        DYNAMIC_SECTION(invalid.what) {
            fix.say(invalid.said);
            const Fields logout = fix.hear();
            CHECK(logout[35] == "5");
            CHECK(logout[58] == invalid.text);
            CHECK(fix.is_closed());

            // It has not used its number: the next Logon may have the same.
            fix.connect();
            fix.next_out = 1;
            fix.say({.type = "A"});
            CHECK(fix.hear()[34] == "2");
            CHECK(fix.takes(2));
        }
    }
}

TEST_CASE("fix session 1S d: a Logon without a MsgSeqNum is answered by a Logout that says so") {
    SessionCase fix;
    const std::string rest = "52=" + fix.now() + "|98=0|108=30|554=secret|";
    SECTION("missing") { fix.raw(sealed("35=A|49=BROKER1|56=CARBONX|" + rest)); }
    SECTION("no number") { fix.raw(sealed("35=A|49=BROKER1|56=CARBONX|34=one|" + rest)); }
    SECTION("empty") { fix.raw(sealed("35=A|49=BROKER1|56=CARBONX|34=|" + rest)); }
    const Fields logout = fix.hear();
    CHECK(logout[35] == "5");
    CHECK(logout[58] == "MsgSeqNum (34) is missing or no number");
    CHECK(fix.is_closed());
}

TEST_CASE("fix session 1S d: a Logon without SendingTime is answered by a Logout that says so") {
    SessionCase fix;
    fix.raw(sealed("35=A|49=BROKER1|56=CARBONX|34=1|98=0|108=30|554=secret|"));
    CHECK(fix.hear()[58] == "SendingTime (52) is missing");
    CHECK(fix.is_closed());
}

TEST_CASE("fix session 1S d: a Logon with a number too low is told what is expected") {
    for (const bool again : {false, true}) {
        DYNAMIC_SECTION((again ? "a possible duplicate" : "no duplicate")) {
            LoggedOn fix;
            CHECK(fix.takes(2));
            fix.connect();
            fix.say({.type = "A", .number = 1, .head = again ? fix.again() : ""});
            const Fields logout = fix.hear();
            CHECK(logout[35] == "5");
            CHECK(logout[58] == "MsgSeqNum too low, expecting 3 but received 1");
            CHECK(fix.is_closed());
            fix.connect();
            fix.say({.type = "A", .number = 3});
            CHECK(fix.hear()[35] == "A");
            CHECK(fix.takes(4));
        }
    }
}

TEST_CASE("fix session 1S d: a garbled Logon is closed without a word") {
    SessionCase fix;
    std::string logon = fix.text_of({.type = "A"});
    SECTION("checksum") { logon[logon.size() - 2] = logon[logon.size() - 2] == '0' ? '1' : '0'; }
    SECTION("MsgType is not third") {
        logon =
            sealed("49=BROKER1|35=A|56=CARBONX|34=1|52=" + fix.now() + "|98=0|108=30|554=secret|");
    }
    fix.raw(logon);
    CHECK(fix.is_closed_without_a_word());
    fix.connect();
    fix.say({.type = "A", .number = 1});
    CHECK(fix.hear()[34] == "1");
}

TEST_CASE("fix session 2S: a first message that is no Logon is closed without a word") {
    for (const char* type : {"0", "1", "2", "3", "4", "5", "D", "j", "ZZ"}) {
        DYNAMIC_SECTION("type " << type) {
            SessionCase fix;
            fix.say({.type = type});
            CHECK(fix.is_closed_without_a_word());
            fix.connect();
            fix.next_out = 1;
            fix.say({.type = "A"});
            CHECK(fix.hear()[34] == "1");
            CHECK(fix.takes(2));
        }
    }
}

TEST_CASE("fix session 2S: a connection that says nothing is closed after its time") {
    SessionCase fix;
    fix.pass(4);
    CHECK(fix.stays_open());
    fix.pass(2);
    CHECK(fix.is_closed_without_a_word());
}

TEST_CASE("fix session 1S c: a Logon with what is no tag or no text is refused in words") {
    const std::string good = "98=0|108=30|554=secret|";
    const std::pair<std::string, std::string> cases[] = {
        {good + "0141=Y|", "a tag is 1 to 9 digits without a leading zero"},
        {good + "4294967437=Y|", "a tag is 1 to 9 digits without a leading zero"},
        {good + "58=a\tb|", "58 has a control character"},
        {good + "58=\xff|", "58 is not UTF-8"},
        {good + "925=harbour-77\x02|", "925 has a control character"}};
    for (const auto& [body, text] : cases) {
        SessionCase fix;
        INFO(body);
        fix.say({.type = "A", .body = body});
        const Fields answer = fix.hear();
        CHECK(answer[35] == "5");
        CHECK(answer[58] == text);
        CHECK(fix.is_closed());
    }
}

TEST_CASE("fix session 1S c: a password with NULs at its end is wrong") {
    SessionCase fix;
    fix.say({.type = "A", .body = "98=0|108=30|554=secret" + std::string(1, '\0') + "|"});
    CHECK(fix.is_closed_without_a_word());
}
