// The FIX session catalogue, 8 to 11, 16, 19 and 20: resends, sequence resets and what is queued.
#include "tests/session_case.h"

using namespace carbonx;
using namespace carbonx::tests;

namespace {

// Logged on with some talk behind it: 1 Logon, 2 Heartbeat, 3 and 4 reports, 5 Heartbeat, 6 report.
struct AfterTalk : LoggedOn {
    AfterTalk() {
        for (const char* type : {"1", "D", "D", "1", "D"}) {
            say({.type = type});
            sent.push_back(hear());
        }
        pass(1);
    }
    const Fields& of_number(int number) const {
        return sent.at(static_cast<std::size_t>(number - 2));
    }

    std::vector<Fields> sent;
};

// As it was, but for what a resend changes.
void check_resent(const Fields& again, const Fields& first) {
    CHECK(again[35] == "8");
    CHECK(again[43] == "Y");
    CHECK(again[122] == first[52]);
    CHECK(again[52] > first[52]);
    for (const int tag : {34, 11, 17, 37, 150, 39, 38, 44, 60, 198})
        CHECK(again[tag] == first[tag]);
}

void check_fill(const Fields& fill, int from, int to) {
    CHECK(fill[35] == "4");
    CHECK(fill[123] == "Y");
    CHECK(fill[43] == "Y");
    CHECK_FALSE(fill[122].empty());
    CHECK(fill[34] == std::to_string(from));
    CHECK(fill[36] == std::to_string(to));
}

std::string range(int begin, int end) {
    return "7=" + std::to_string(begin) + "|16=" + std::to_string(end) + "|";
}

}  // namespace

TEST_CASE("fix session 8: a resend has what was said, and fills what was the session's own") {
    AfterTalk fix;
    SECTION("to the end") { fix.say({.type = "2", .body = range(1, 0)}); }
    SECTION("to the last number") { fix.say({.type = "2", .body = range(1, 6)}); }
    SECTION("to a number that was not sent yet") { fix.say({.type = "2", .body = range(1, 99)}); }
    check_fill(fix.hear(), 1, 3);
    check_resent(fix.hear(), fix.of_number(3));
    check_resent(fix.hear(), fix.of_number(4));
    check_fill(fix.hear(), 5, 6);
    check_resent(fix.hear(), fix.of_number(6));
    CHECK(fix.hears_nothing());
    CHECK(fix.takes(8));
}

TEST_CASE("fix session 8: a resend of one message, and of a part") {
    AfterTalk fix;
    fix.say({.type = "2", .body = range(4, 4)});
    check_resent(fix.hear(), fix.of_number(4));
    fix.say({.type = "2", .body = range(3, 4)});
    check_resent(fix.hear(), fix.of_number(3));
    check_resent(fix.hear(), fix.of_number(4));
    CHECK(fix.hears_nothing());
    fix.say({.type = "D"});
    CHECK(fix.hear()[34] == "7");
}

TEST_CASE("fix session 8: a resend of nothing but the session's own messages is a fill") {
    AfterTalk fix;
    fix.say({.type = "2", .body = range(1, 2)});
    check_fill(fix.hear(), 1, 3);
    CHECK(fix.hears_nothing());
}

TEST_CASE("fix session 8: a resend may be asked for as often as one likes") {
    AfterTalk fix;
    for (int i = 0; i < 3; ++i) {
        fix.say({.type = "2", .body = range(3, 3)});
        check_resent(fix.hear(), fix.of_number(3));
    }
}

TEST_CASE("fix session 8: a range that cannot be is refused and has used its number") {
    AfterTalk fix;
    struct Wrong {
        std::string body, tag, reason;
    };
    const Wrong wrongs[] = {{range(0, 0), "7", "5"},
                            {range(-1, 0), "7", "5"},
                            {"7=4294967298|16=0|", "7", "6"},
                            {"7=1|16=4294967298|", "16", "6"},
                            {range(999, 0), "7", "5"},
                            {range(4, 3), "16", "5"},
                            {range(4, -1), "16", "5"},
                            {"7=one|16=0|", "7", "6"},
                            {"7=1|16=last|", "16", "6"},
                            {"16=0|", "7", "1"},
                            {"7=1|", "16", "1"},
                            {"7=1|16=|", "16", "4"}};
    for (const Wrong& wrong : wrongs) {
        INFO(wrong.body);
        const int number = fix.next_out;
        fix.say({.type = "2", .body = wrong.body});
        const Fields reject = fix.hear();
        CHECK(reject[35] == "3");
        CHECK(reject[45] == std::to_string(number));
        CHECK(reject[371] == wrong.tag);
        CHECK(reject[373] == wrong.reason);
        CHECK(fix.takes(number + 1));
    }
}

TEST_CASE(
    "fix session 8: what is asked for during a resend, and what happens meanwhile, is in order") {
    LoggedOn fix;
    int reports = 0;
    for (int i = 0; i < 600; ++i) {  // more than one piece of a resend
        fix.say({.type = "D"});
        if (fix.hear()[150] == "0") ++reports;
    }
    REQUIRE(reports == 600);
    std::string bytes = fix.text_of({.type = "2", .body = range(2, 0)});
    bytes += fix.text_of({.type = "D"});
    bytes += fix.text_of({.type = "2", .body = range(300, 0)});
    fix.raw(bytes);
    int highest = 1;
    while (highest < 602) {
        const Fields report = fix.hear();
        REQUIRE(report[35] == "8");
        const int number = std::stoi(report[34]);
        CHECK(number <= highest + 1);
        CHECK((report[43] == "Y" || number == 602));
        highest = std::max(highest, number);
    }
    fix.venue.settle();
    while (!fix.hears_nothing()) CHECK(fix.hear()[43] == "Y");
    CHECK(fix.takes(605));
}

TEST_CASE("fix session 10a: a gap fill above the expected number is asked for again") {
    LoggedOn fix;
    fix.say({.type = "4", .body = "123=Y|36=6|", .number = 4});
    const Fields request = fix.hear();
    CHECK(request[35] == "2");
    CHECK(request[7] == "2");
    CHECK(fix.hears_nothing());
    fix.say({.type = "D", .number = 2, .head = fix.again()});
    CHECK(fix.hear()[150] == "0");
    fix.say({.type = "D", .number = 3, .head = fix.again()});
    CHECK(fix.hear()[150] == "0");
    CHECK(fix.takes(6));  // the fill itself was kept
}

TEST_CASE("fix session 10b: a gap fill at the expected number sets the next one") {
    for (const bool again : {false, true}) {
        LoggedOn fix;
        fix.say({.type = "4", .body = "123=Y|36=10|", .head = again ? fix.again() : ""});
        CHECK(fix.hears_nothing());
        CHECK(fix.takes(10));
    }
}

TEST_CASE("fix session 10b: a gap fill frees what waited behind the gap") {
    LoggedOn fix;
    fix.say({.type = "D", .number = 10});
    CHECK(fix.hear()[35] == "2");
    fix.say({.type = "4", .body = "123=Y|36=10|", .number = 2, .head = fix.again()});
    CHECK(fix.hear()[150] == "0");
    CHECK(fix.takes(11));
}

TEST_CASE("fix session 10c: a gap fill below the expected number with PossDupFlag is ignored") {
    LoggedOn fix;
    REQUIRE(fix.takes(2));
    fix.say({.type = "4", .body = "123=Y|36=10|", .number = 2, .head = fix.again()});
    CHECK(fix.hears_nothing());
    CHECK(fix.takes(3));
}

TEST_CASE("fix session 10d: a gap fill below the expected number without PossDupFlag logs out") {
    LoggedOn fix;
    REQUIRE(fix.takes(2));
    fix.say({.type = "4", .body = "123=Y|36=10|", .number = 2});
    const Fields logout = fix.hear();
    CHECK(logout[35] == "5");
    CHECK(logout[58] == "MsgSeqNum too low, expecting 3 but received 2");
    CHECK(fix.is_closed());
}

TEST_CASE("fix session 10e: a gap fill that would lower the number is refused") {
    for (const std::string next : {"3", "2", "1", "0", "-4"}) {
        LoggedOn fix;
        REQUIRE(fix.takes(2));
        fix.say({.type = "4", .body = "123=Y|36=" + next + "|", .number = 3});
        const Fields reject = fix.hear();
        CHECK(reject[35] == "3");
        CHECK(reject[45] == "3");
        CHECK(reject[371] == "36");
        CHECK(reject[373] == "5");
        CHECK(reject[58] ==
              "attempt to lower sequence number, invalid value NewSeqNo (36)=" + next);
        CHECK(fix.takes(3));  // nothing has moved
    }
}

TEST_CASE("fix session 11a: a reset to a higher number is taken whatever its own number") {
    for (const int number : {1, 3, 77}) {
        for (const std::string gap_fill : {"", "123=N|"}) {
            LoggedOn fix;
            REQUIRE(fix.takes(2));
            fix.say({.type = "4", .body = gap_fill + "36=10|", .number = number});
            CHECK(fix.hears_nothing());
            CHECK(fix.takes(10));
        }
    }
}

TEST_CASE("fix session 11a: a reset forgets the gap, and what waits above it is taken") {
    LoggedOn fix;
    fix.say({.type = "D", .number = 5});
    fix.say({.type = "D", .number = 10});
    CHECK(fix.hear()[35] == "2");
    fix.say({.type = "4", .body = "36=10|", .number = 11});
    CHECK(fix.hear()[11] == "c2");
    CHECK(fix.takes(11));
}

TEST_CASE("fix session 11b: a reset to the expected number is taken and changes nothing") {
    LoggedOn fix;
    REQUIRE(fix.takes(2));
    fix.say({.type = "4", .body = "36=3|", .number = 1});
    CHECK(fix.hears_nothing());
    CHECK(fix.takes(3));
}

TEST_CASE("fix session 11c: a reset to a lower number is refused and changes nothing") {
    for (const int number : {1, 3, 77}) {
        LoggedOn fix;
        REQUIRE(fix.takes(2));
        fix.say({.type = "4", .body = "36=2|", .number = number});
        const Fields reject = fix.hear();
        CHECK(reject[35] == "3");
        CHECK(reject[45] == std::to_string(number));
        CHECK(reject[371] == "36");
        CHECK(reject[373] == "5");
        CHECK(fix.takes(3));
    }
}

TEST_CASE("fix session 11c: a reset without a number, or without a whole one, is refused") {
    for (const auto& [body, reason] :
         {std::pair<std::string, std::string>{"123=N|", "1"}, {"36=|", "4"}, {"36=ten|", "6"}}) {
        LoggedOn fix;
        fix.say({.type = "4", .body = body, .number = 2});
        const Fields reject = fix.hear();
        CHECK(reject[371] == "36");
        CHECK(reject[373] == reason);
        CHECK(fix.takes(2));
    }
}

TEST_CASE("fix session 16a, 16b: what happened while the client was away comes by resend") {
    LoggedOn fix;
    fix.say({.type = "D"});
    const Fields order = fix.hear();
    fix.close();
    fix.venue.settle();
    Broker other(fix.venue, "BROKER2");
    other.log_on();
    other.send("D", Broker::order("s", '2', 40, "10.00", "", "FIRM2"));
    CHECK(other.receive()[150] == "0");
    CHECK(other.receive()[150] == "F");
    const std::string traded_at = fix.now();
    fix.pass(5);

    fix.connect();
    fix.say({.type = "A"});
    const Fields logon = fix.hear();
    CHECK(logon[34] == "4");  // 3 was used for the trade meanwhile
    CHECK(fix.hears_nothing());
    fix.say({.type = "2", .body = "7=3|16=0|"});
    const Fields trade = fix.hear();
    CHECK(trade[34] == "3");
    CHECK(trade[150] == "F");
    CHECK(trade[37] == order[37]);
    CHECK(trade[43] == "Y");
    CHECK(trade[122] == traded_at);
    CHECK(trade[52] == fix.now());  // the time at which it is sent
    check_fill(fix.hear(), 4, 5);
    CHECK(fix.takes(5));
}

TEST_CASE("fix session 19a: with PossResend an order that is known is answered with its state") {
    LoggedOn fix;
    const std::string order = fix.order("once");
    fix.say({.type = "D", .body = order});
    const Fields first = fix.hear();
    CHECK(first[150] == "0");
    fix.say({.type = "D", .body = order, .head = "97=Y|"});
    const Fields state = fix.hear();
    CHECK(state[150] == "I");
    CHECK(state[37] == first[37]);
    CHECK(state[39] == "0");
    CHECK(fix.takes(4));
}

TEST_CASE("fix session 19b: with PossResend an order that is not known is taken") {
    LoggedOn fix;
    fix.say({.type = "D", .head = "97=Y|"});
    CHECK(fix.hear()[150] == "0");
    CHECK(fix.takes(3));
}

TEST_CASE("fix session 20: a ResendRequest that comes while a gap is open is answered first") {
    AfterTalk fix;  // both sides are at 7
    fix.say({.type = "D", .number = 9});
    CHECK(fix.hear()[7] == "7");
    fix.say({.type = "2", .body = range(6, 0), .number = 10});
    check_resent(fix.hear(), fix.of_number(6));
    check_fill(fix.hear(), 7, 8);
    const Fields request = fix.hear();  // the gap is still there
    CHECK(request[35] == "2");
    CHECK(request[7] == "7");
    fix.say({.type = "D", .number = 7, .head = fix.again()});
    CHECK(fix.hear()[150] == "0");
    fix.say({.type = "D", .number = 8, .head = fix.again()});
    CHECK(fix.hear()[150] == "0");
    CHECK(fix.hear()[150] == "0");
    CHECK(fix.hears_nothing());  // its turn has come, and it was answered before
    CHECK(fix.takes(11));
}

TEST_CASE(
    "fix session 20: a ResendRequest that itself shows a gap is answered, then the gap asked for") {
    AfterTalk fix;
    fix.say({.type = "2", .body = range(6, 0), .number = 8});
    check_resent(fix.hear(), fix.of_number(6));
    const Fields request = fix.hear();
    CHECK(request[35] == "2");
    CHECK(request[7] == "7");
    fix.say({.type = "D", .number = 7, .head = fix.again()});
    CHECK(fix.hear()[150] == "0");
    CHECK(fix.hears_nothing());
    CHECK(fix.takes(9));
}
