// The FIX session catalogue, 4 to 6 and 12, 13: heartbeats, test requests and the end of a session.
#include "tests/session_case.h"

using namespace carbonx;
using namespace carbonx::tests;

namespace {

constexpr int interval = 10;  // HeartBtInt of these sessions, seconds

struct Beating : SessionCase {
    Beating() {
        say({.type = "A", .body = "98=0|108=10|554=secret|"});
        REQUIRE(hear()[35] == "A");
    }
    // Of the messages that have come.
    int count(const std::string& type) {
        int count = 0;
        while (!hears_nothing()) {
            if (hear()[35] == type) ++count;
        }
        return count;
    }
};

}  // namespace

TEST_CASE("fix session 4a: a Heartbeat is sent when nothing else was for the interval") {
    Beating fix;
    fix.pass(interval - 1);
    CHECK(fix.hears_nothing());
    fix.pass(2);
    const Fields heartbeat = fix.hear();
    CHECK(heartbeat[35] == "0");
    CHECK(heartbeat[112].empty());
    CHECK(fix.hears_nothing());

    for (int i = 0; i < 3; ++i) {
        fix.say({.type = "0"});
        fix.pass(interval);
        CHECK(fix.count("0") == 1);
    }
}

TEST_CASE("fix session 4a: what was sent meanwhile puts the Heartbeat off") {
    Beating fix;
    fix.pass(6);
    CHECK(fix.takes(2));
    fix.pass(interval - 1);
    CHECK(fix.hears_nothing());
    fix.pass(2);
    CHECK(fix.hear()[35] == "0");
}

TEST_CASE("fix session 4b: a TestRequest is answered by a Heartbeat with its TestReqID") {
    Beating fix;
    for (const std::string id : {"a", "TEST", "with spaces and = signs"}) {
        fix.say({.type = "1", .body = "112=" + id + "|"});
        const Fields heartbeat = fix.hear();
        CHECK(heartbeat[35] == "0");
        CHECK(heartbeat[112] == id);
    }
}

TEST_CASE("fix session 4b: TestRequests that come together are answered each and in order") {
    Beating fix;
    std::string bytes;
    for (const std::string id : {"a", "b", "c"}) {
        bytes += fix.text_of({.type = "1", .body = "112=" + id + "|"});
    }
    fix.raw(bytes);
    for (const std::string id : {"a", "b", "c"}) CHECK(fix.hear()[112] == id);
}

TEST_CASE("fix session 5: a Heartbeat is accepted, with a TestReqID or without") {
    Beating fix;
    fix.say({.type = "0"});
    fix.say({.type = "0", .body = "112=nobody asked|"});
    CHECK(fix.hears_nothing());
    CHECK(fix.takes(4));
}

TEST_CASE("fix session 6: a client that is silent is sent a TestRequest, and may answer") {
    Beating fix;
    fix.pass(interval + 1);
    CHECK(fix.count("1") == 0);
    fix.pass(2);
    Fields request = fix.hear();
    REQUIRE(request[35] == "1");
    CHECK_FALSE(request[112].empty());
    fix.say({.type = "0", .body = "112=" + request[112] + "|"});
    fix.pass(interval + 1);
    CHECK(fix.count("1") == 0);
    CHECK_FALSE(fix.is_closed());
    fix.pass(2);
    CHECK(fix.count("1") == 1);
}

TEST_CASE("fix session 6: a client that does not answer the TestRequest is disconnected") {
    Beating fix;
    fix.pass(2 * interval);
    CHECK_FALSE(fix.is_closed());
    fix.pass(5);
    while (!fix.hears_nothing()) fix.hear();
    CHECK(fix.is_closed());

    fix.connect();
    fix.say({.type = "A"});
    CHECK(fix.hear()[35] == "A");
    CHECK(fix.takes(3));
}

TEST_CASE("fix session 6: any message shows that the client lives") {
    // Refused, a duplicate, above a gap: it has come.
    const std::string kinds[] = {"0", "D", "refused", "duplicate", "ahead", "ahead and hot"};
    for (const std::string& kind : kinds) {
        DYNAMIC_SECTION(kind) {
            Beating fix;
            for (int second = 0; second < 60; second += 5) {
                if (kind == "refused") fix.say({.type = "0", .body = "9999=x|"});
                if (kind == "duplicate") {
                    fix.say({.type = "0", .number = 1, .head = fix.again()});
                }
                if (kind == "ahead") fix.say({.type = "0", .number = 3 + second});
                if (kind == "ahead and hot") fix.say({.type = "D", .number = 3 + second});
                if (kind == "0" || kind == "D") fix.say({.type = kind});
                fix.pass(5);
            }
            CHECK(fix.count("1") == 0);
            CHECK_FALSE(fix.is_closed());
        }
    }
}

TEST_CASE("fix session 6: what is garbled does not show that the client lives") {
    Beating fix;
    for (int second = 0; second < 30; second += 5) {
        if (fix.is_closed()) break;
        std::string wrong = fix.text_of({.type = "0", .number = 2});
        wrong[wrong.size() - 2] = wrong[wrong.size() - 2] == '0' ? '1' : '0';
        fix.raw(wrong);
        fix.pass(5);
        fix.count("1");
    }
    CHECK(fix.is_closed());
}

TEST_CASE("fix session 13b: a Logout is answered by a Logout, and numbers go on") {
    LoggedOn fix;
    fix.say({.type = "D"});
    fix.say({.type = "5"});
    const Fields report = fix.hear();
    const Fields logout = report[35] == "5" ? report : fix.hear();
    CHECK(logout[35] == "5");
    CHECK(logout[58].empty());
    CHECK(fix.is_closed());

    // The report of what was ordered before may have come too late: then it is there by resend.
    fix.connect();
    fix.say({.type = "A"});
    const Fields answer = fix.hear();
    CHECK(answer[35] == "A");
    CHECK(answer[34] == "4");
    CHECK(fix.takes(5));
}

TEST_CASE("fix session 13b: a Logout with a text is answered all the same") {
    LoggedOn fix;
    fix.say({.type = "5", .body = "58=good night|"});
    CHECK(fix.hear()[35] == "5");
    CHECK(fix.is_closed());
}

TEST_CASE("fix session 13b: behind a gap a Logout is answered when the gap is filled") {
    LoggedOn fix;
    fix.say({.type = "5", .number = 4});
    const Fields request = fix.hear();
    CHECK(request[35] == "2");
    CHECK(request[7] == "2");
    CHECK(fix.hears_nothing());
    CHECK_FALSE(fix.is_closed());

    SECTION("by the messages") {
        fix.say({.type = "D", .number = 2, .head = fix.again()});
        fix.say({.type = "0", .number = 3, .head = fix.again()});
    }
    SECTION("by a fill up to it") {
        fix.say({.type = "4", .body = "123=Y|36=4|", .number = 2, .head = fix.again()});
    }
    SECTION("by a fill of it too") {
        fix.say({.type = "4", .body = "123=Y|36=5|", .number = 2, .head = fix.again()});
    }
    SECTION("by a reset") { fix.say({.type = "4", .body = "36=5|", .number = 5}); }
    Fields logout = fix.hear();
    if (logout[35] == "8") logout = fix.hear();
    CHECK(logout[35] == "5");
    CHECK(fix.is_closed());
    fix.connect();
    fix.say({.type = "A", .number = 5});
    CHECK(fix.hear()[35] == "A");
    CHECK(fix.takes(6));
}

TEST_CASE(
    "fix session 13b: a Logout whose gap stays is answered after a while, and nothing is lost") {
    LoggedOn fix;
    fix.say({.type = "5", .number = 4});
    CHECK(fix.hear()[35] == "2");
    fix.pass(9);
    CHECK(fix.hears_nothing());
    fix.pass(3);
    CHECK(fix.hear()[35] == "5");
    CHECK(fix.is_closed());

    fix.connect();
    fix.say({.type = "A", .number = 5});
    CHECK(fix.hear()[35] == "A");
    CHECK(fix.hear()[7] == "2");  // the gap is still asked for
    fix.say({.type = "D", .number = 2, .head = fix.again()});
    CHECK(fix.hear()[150] == "0");
}
