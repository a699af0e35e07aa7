// The FIX session catalogue, 2 and 3: what a message's header and trailer must be.
#include "tests/session_case.h"

using namespace carbonx;
using namespace carbonx::tests;

TEST_CASE("fix session 2a: the expected MsgSeqNum is accepted") {
    for (const std::string type : admin_and_hot) {
        DYNAMIC_SECTION("type " << type) {
            LoggedOn fix;
            for (int i = 0; i < 3; ++i) {
                fix.say({.type = type});
                CHECK(fix.is_taken(type));
            }
            CHECK(fix.takes(5));
        }
    }
}

TEST_CASE("fix session 2b: a MsgSeqNum higher than expected is answered by a ResendRequest") {
    for (const std::string type : {"0", "1", "3", "D", "V", "ZZ"}) {
        DYNAMIC_SECTION("type " << type) {
            LoggedOn fix;
            fix.next_out = 4;
            fix.say({.type = type});
            const Fields request = fix.hear();
            CHECK(request[35] == "2");
            CHECK(request[7] == "2");
            CHECK(request[16] == "0");
            CHECK(fix.hears_nothing());  // it waits for its turn

            // More behind the gap is not asked for again.
            fix.say({.type = "D"});
            fix.say({.type = "0"});
            CHECK(fix.hears_nothing());

            fix.say({.type = "D", .number = 2, .head = fix.again()});
            CHECK(fix.hear()[11] == (type == "D" ? "c3" : "c2"));
            fix.say({.type = "4", .body = "123=Y|36=4|", .number = 3, .head = fix.again()});
            const std::map<std::string, std::string> answers = {
                {"1", "0"}, {"V", "j"}, {"ZZ", "3"}, {"D", "8"}};
            if (answers.contains(type)) CHECK(fix.hear()[35] == answers.at(type));
            CHECK(fix.hear()[35] == "8");
            CHECK(fix.takes(7));
        }
    }
}

TEST_CASE("fix session 2b: what is not valid and comes above a gap is refused in its turn, once") {
    for (const std::string type : admin_and_hot) {
        DYNAMIC_SECTION("type " << type) {
            LoggedOn fix;
            const std::string body = fix.body_of(type) + "9999=x|";
            fix.say({.type = type, .body = body, .number = 3});
            CHECK(fix.hear()[35] == "2");
            CHECK(fix.hears_nothing());
            fix.say({.type = "0", .number = 2, .head = fix.again()});
            const Fields reject = fix.hear();
            CHECK(reject[35] == "3");
            CHECK(reject[45] == "3");
            CHECK(reject[371] == "9999");
            fix.say({.type = type, .body = body, .number = 3, .head = fix.again()});
            CHECK(fix.takes(4));
        }
    }
}

TEST_CASE("fix session 2b: a resend that skips a message is asked for again from there") {
    LoggedOn fix;
    fix.say({.type = "D", .number = 6});
    CHECK(fix.hear()[7] == "2");
    fix.say({.type = "D", .number = 2, .head = fix.again()});
    CHECK(fix.hear()[150] == "0");
    fix.say({.type = "D", .number = 4, .head = fix.again()});
    const Fields request = fix.hear();
    CHECK(request[35] == "2");
    CHECK(request[7] == "3");
    fix.say({.type = "D", .number = 5, .head = fix.again()});
    CHECK(fix.hears_nothing());
    fix.say({.type = "D", .number = 3, .head = fix.again()});
    for (int i = 0; i < 4; ++i) CHECK(fix.hear()[150] == "0");
    CHECK(fix.takes(7));
}

TEST_CASE("fix session 2c: a MsgSeqNum lower than expected without PossDupFlag logs out") {
    for (const std::string type : {"0", "1", "2", "3", "5", "D", "V", "ZZ"}) {
        DYNAMIC_SECTION("type " << type) {
            LoggedOn fix;
            REQUIRE(fix.takes(2));
            fix.say({.type = type, .number = 2});
            const Fields logout = fix.hear();
            CHECK(logout[35] == "5");
            CHECK(logout[58] == "MsgSeqNum too low, expecting 3 but received 2");
            CHECK(fix.hears_nothing());
            CHECK(fix.is_closed());

            // And the numbers stay as they were.
            fix.connect();
            fix.say({.type = "A", .number = 3});
            CHECK(fix.hear()[35] == "A");
            CHECK(fix.takes(4));
        }
    }
}

TEST_CASE("fix session 2c: PossDupFlag=N and a number of 0 are no excuse") {
    for (const std::string type : admin_and_hot) {
        DYNAMIC_SECTION("type " << type) {
            LoggedOn fix;
            SECTION("PossDupFlag=N") { fix.say({.type = type, .number = 1, .head = "43=N|"}); }
            SECTION("MsgSeqNum=0") {
                fix.raw(sealed("35=" + type + "|49=BROKER1|56=CARBONX|34=0|52=" + fix.now() + "|" +
                               fix.body_of(type)));
            }
            CHECK(fix.hear()[58].starts_with("MsgSeqNum too low, expecting 2 but received "));
            CHECK(fix.is_closed());
        }
    }
}

TEST_CASE("fix session 2c: a message without a MsgSeqNum logs out") {
    for (const std::string type : admin_and_hot) {
        DYNAMIC_SECTION("type " << type) {
            LoggedOn fix;
            const std::string body = "52=" + fix.now() + "|" + fix.body_of(type);
            SECTION("missing") { fix.raw(sealed("35=" + type + "|49=BROKER1|56=CARBONX|" + body)); }
            SECTION("no number") {
                fix.raw(sealed("35=" + type + "|49=BROKER1|56=CARBONX|34=2x|" + body));
            }
            SECTION("too great for one") {
                fix.raw(sealed("35=" + type + "|49=BROKER1|56=CARBONX|34=99999999999|" + body));
            }
            const Fields logout = fix.hear();
            CHECK(logout[35] == "5");
            CHECK(logout[58] == "MsgSeqNum (34) is missing or no number");
            CHECK(fix.is_closed());
        }
    }
}

TEST_CASE("fix session 2d: a garbled message is ignored and the next one is taken") {
    for (const std::string type : admin_and_hot) {
        LoggedOn fix;
        const std::string good = fix.text_of({.type = type, .number = 2});
        const auto is_ignored = [&](const std::string& what, const std::string& bytes) {
            INFO("type " << type << ": " << what);
            fix.raw(bytes);
            CHECK(fix.hears_nothing());
        };
        is_ignored("no message at all", "garbage\x01");
        is_ignored("cut short", good.substr(0, good.size() / 2));
        is_ignored("BeginString alone", "8=FIX.4.4\x01");
        is_ignored("a field without =", sealed("35=" + type + "|49=BROKER1|56=CARBONX|34=2|52=" +
                                               fix.now() + "|" + fix.body_of(type) + "58|"));
        is_ignored("a tag that is no number",
                   sealed("35=" + type + "|49=BROKER1|56=CARBONX|34=2|52=" + fix.now() + "|" +
                          fix.body_of(type) + "x58=a|"));
        std::string wrong = good;
        wrong[wrong.find("34=2") + 3] = '9';
        is_ignored("another number than the checksum knows", wrong);

        fix.raw(good);
        CHECK(fix.is_taken(type));
        CHECK(fix.takes(3));
    }
}

TEST_CASE("fix session 2e: a possible duplicate that was received is ignored") {
    for (const std::string type : {"0", "1", "2", "3", "4", "5", "A", "D"}) {
        DYNAMIC_SECTION("type " << type) {
            LoggedOn fix;
            fix.say({.type = "D", .body = fix.order("first")});
            CHECK(fix.hear()[150] == "0");
            const std::string body = type == "4" ? "123=Y|36=2|" : "";
            fix.say({.type = type, .body = body, .number = 2, .head = fix.again()});
            CHECK(fix.hears_nothing());
            CHECK(fix.takes(3));
        }
    }
}

TEST_CASE(
    "fix session 2e: a possible duplicate sent again in the same millisecond is ignored too") {
    LoggedOn fix;
    fix.say({.type = "D", .body = fix.order("first")});
    CHECK(fix.hear()[150] == "0");
    const std::string head = "43=Y|122=" + fix.now() + "|";
    fix.say({.type = "D", .body = fix.order("first"), .number = 2, .head = head});
    CHECK(fix.takes(3));
}

TEST_CASE("fix session 2e: a possible duplicate that was not received is processed") {
    for (const std::string type : admin_and_hot) {
        DYNAMIC_SECTION("type " << type) {
            LoggedOn fix;
            fix.say({.type = type, .head = fix.again()});
            CHECK(fix.is_taken(type));
            CHECK(fix.takes(3));
        }
    }
}

TEST_CASE("fix session 2e: a resent message of the session's own counts, and does nothing more") {
    for (const std::string type : {"0", "1", "2", "5", "A"}) {
        DYNAMIC_SECTION("type " << type) {
            LoggedOn fix;
            fix.say({.type = type, .head = fix.again()});
            CHECK(fix.hears_nothing());
            CHECK(fix.takes(3));
        }
    }
}

TEST_CASE("fix session 2f: OrigSendingTime later than SendingTime is refused") {
    for (const std::string type : admin_and_hot) {
        DYNAMIC_SECTION("type " << type) {
            LoggedOn fix;
            fix.say({.type = type, .head = "43=Y|122=" + fix.now(1) + "|"});
            const Fields reject = fix.hear();
            CHECK(reject[35] == "3");
            CHECK(reject[45] == "2");
            CHECK(reject[371] == "122");
            CHECK(reject[372] == type);
            CHECK(reject[373] == "10");
            CHECK(reject[58] == "OrigSendingTime (122) is later than SendingTime (52)");
            CHECK(fix.hears_nothing());
            CHECK(fix.takes(3));  // it has used its number
        }
    }
}

TEST_CASE("fix session 2g: PossDupFlag without OrigSendingTime is refused") {
    for (const std::string type : admin_and_hot) {
        for (const int number : {1, 2}) {
            DYNAMIC_SECTION("type " << type << " number " << number) {
                LoggedOn fix;
                fix.say({.type = type, .number = number, .head = "43=Y|"});
                const Fields reject = fix.hear();
                CHECK(reject[35] == "3");
                CHECK(reject[45] == std::to_string(number));
                CHECK(reject[371] == "122");
                CHECK(reject[373] == "1");
                CHECK(fix.takes(number + 1));
            }
        }
    }
}

TEST_CASE("fix session 2g: a gap fill may do without OrigSendingTime") {
    LoggedOn fix;
    fix.say({.type = "4", .body = "123=Y|36=5|", .head = "43=Y|"});
    CHECK(fix.takes(5));
}

TEST_CASE("fix session 2h: every message that the venue sends has the BeginString it accepts") {
    LoggedOn fix;
    fix.say({.type = "D"});
    CHECK(fix.hear().text.starts_with("8=FIX.4.4|9="));
    fix.say({.type = "1"});
    CHECK(fix.hear().text.starts_with("8=FIX.4.4|9="));
}

TEST_CASE("fix session 2i: another BeginString within the session logs out") {
    for (const std::string type : {"0", "5", "D"}) {
        for (const std::string begin_string : {"FIX.4.2", "FIXT.1.1", "FIX.4.4x"}) {
            DYNAMIC_SECTION("type " << type << " of " << begin_string) {
                LoggedOn fix;
                fix.say({.type = type, .begin_string = begin_string});
                const Fields logout = fix.hear();
                CHECK(logout[35] == "5");
                CHECK(logout[58] == "BeginString (8) must be FIX.4.4, not " + begin_string);
                CHECK(fix.is_closed());
                fix.connect();
                fix.say({.type = "A", .number = 2});
                CHECK(fix.hear()[35] == "A");
            }
        }
    }
}

TEST_CASE(
    "fix session 2j: every message that the venue sends has the CompIDs it accepts, reversed") {
    LoggedOn fix;
    for (const std::string type : {"1", "D"}) {
        fix.say({.type = type});
        const Fields answer = fix.hear();
        CHECK(answer[49] == "CARBONX");
        CHECK(answer[56] == "BROKER1");
    }
}

TEST_CASE("fix session 2k: wrong CompIDs are refused and log out") {
    for (const std::string type : {"0", "5", "D"}) {
        for (const bool sender : {true, false}) {
            DYNAMIC_SECTION("type " << type << (sender ? " sender" : " target")) {
                LoggedOn fix;
                Said said{.type = type};
                (sender ? said.sender : said.target) = "BROKER2";
                fix.say(said);
                const Fields reject = fix.hear();
                CHECK(reject[35] == "3");
                CHECK(reject[45] == "2");
                CHECK(reject[371] == (sender ? "49" : "56"));
                CHECK(reject[372] == type);
                CHECK(reject[373] == "9");
                const Fields logout = fix.hear();
                CHECK(logout[35] == "5");
                CHECK(logout[58] == (sender ? "SenderCompID (49) must be BROKER1, not BROKER2"
                                            : "TargetCompID (56) must be CARBONX, not BROKER2"));
                CHECK(fix.is_closed());
                fix.connect();
                fix.say({.type = "A", .number = 3});  // it has used its number
                CHECK(fix.hear()[35] == "A");
                CHECK(fix.takes(4));
            }
        }
    }
}

TEST_CASE("fix session 2l, 2m: a wrong BodyLength makes a message garbled") {
    for (const std::string type : admin_and_hot) {
        for (const int error : {-1, 1, 3}) {
            DYNAMIC_SECTION("type " << type << " off by " << error) {
                LoggedOn fix;
                const std::string good = fix.text_of({.type = type, .number = 2});
                const std::size_t at = good.find("9=") + 2;
                const std::size_t end = good.find('\x01', at);
                const int length = std::stoi(good.substr(at, end - at));
                const std::string wrong =
                    good.substr(0, at) + std::to_string(length + error) + good.substr(end);
                // What follows is a message of its own, whatever the wrong length swallows.
                fix.raw(wrong + good);
                CHECK(fix.is_taken(type));
                CHECK(fix.takes(3));
            }
        }
    }
}

TEST_CASE("fix session 2m: a BodyLength that is no number makes a message garbled") {
    LoggedOn fix;
    for (const std::string length : {"", "x", "-5", "5x", "00000000000000000005"}) {
        fix.raw_text("8=FIX.4.4|9=" + length + "|35=0|10=000|");
        CHECK(fix.hears_nothing());
    }
    CHECK(fix.takes(2));
}

TEST_CASE("fix session 2n: SendingTime within two minutes of the venue's is accepted") {
    for (const std::string type : admin_and_hot) {
        LoggedOn fix;
        for (const int seconds : {-119, -60, 0, 60, 119}) {
            INFO("type " << type << " off by " << seconds);
            fix.say({.type = type, .sending_time = fix.now(seconds)});
            CHECK(fix.is_taken(type));
        }
        CHECK(fix.takes(7));
    }
}

TEST_CASE("fix session 2n: SendingTime in whole seconds is accepted") {
    for (const std::string type : admin_and_hot) {
        LoggedOn fix;
        fix.say({.type = type, .sending_time = fix.now().substr(0, 17)});
        CHECK(fix.is_taken(type));
        CHECK(fix.takes(3));
    }
}

TEST_CASE("fix session 2o: SendingTime further off is refused and logs out") {
    for (const std::string type : {"0", "5", "D"}) {
        for (const int seconds : {-121, 121, -8 * 3600}) {
            DYNAMIC_SECTION("type " << type << " off by " << seconds) {
                LoggedOn fix;
                fix.say({.type = type, .sending_time = fix.now(seconds)});
                const Fields reject = fix.hear();
                CHECK(reject[35] == "3");
                CHECK(reject[45] == "2");
                CHECK(reject[371] == "52");
                CHECK(reject[372] == type);
                CHECK(reject[373] == "10");
                const Fields logout = fix.hear();
                CHECK(logout[35] == "5");
                CHECK(logout[58] ==
                      "SendingTime (52) is more than 120 seconds from the venue's time");
                CHECK(fix.is_closed());
                fix.connect();
                fix.say({.type = "A", .number = 3});  // it has used its number
                CHECK(fix.hear()[35] == "A");
                CHECK(fix.takes(4));
            }
        }
    }
}

TEST_CASE("fix session 2p: every MsgType of the rules of engagement is accepted") {
    LoggedOn fix;
    const std::vector<std::pair<std::string, std::string>> questions = {
        {"D", "8"}, {"g", "h"}, {"x", "y"}, {"H", "8"}, {"AF", "8"}, {"q", "r"}};
    const std::map<std::string, std::string> bodies = {{"g", "335=p|263=0|"},
                                                       {"x", "320=s|559=4|"},
                                                       {"H", "11=none|54=1|55=V415024H|"},
                                                       {"AF", "584=m|585=7|"},
                                                       {"q", "11=all|530=7|60=" + fix.now() + "|"}};
    for (const auto& [type, answer] : questions) {
        INFO("type " << type);
        fix.say({.type = type, .body = bodies.contains(type) ? bodies.at(type) : ""});
        Fields heard = fix.hear();
        if (type == "q") heard = fix.hear();  // behind the order that it cancelled
        CHECK(heard[35] == answer);
    }
}

TEST_CASE("fix session 2q: a MsgType that does not exist is refused") {
    LoggedOn fix;
    int number = 2;
    for (const std::string type : {"ZZ", "zz", "DD", "1D", "**"}) {
        INFO("type " << type);
        fix.say({.type = type, .number = number, .head = ""});
        const Fields reject = fix.hear();
        CHECK(reject[35] == "3");
        CHECK(reject[45] == std::to_string(number));
        CHECK(reject[372] == type);
        CHECK(reject[373] == "11");
        ++number;
    }
    CHECK(fix.takes(number));
}

TEST_CASE("fix session 2r: a MsgType that exists and is not supported is a business reject") {
    LoggedOn fix;
    int number = 2;
    // Ours are of FIX 4.4; those that begin with U are anybody's.
    for (const std::string type : {"V", "E", "AE", "U1", "UX"}) {
        INFO("type " << type);
        fix.say({.type = type, .body = "262=r|9999=x|", .number = number});
        const Fields reject = fix.hear();
        CHECK(reject[35] == "j");
        CHECK(reject[45] == std::to_string(number));
        CHECK(reject[372] == type);
        CHECK(reject[380] == "3");
        ++number;
    }
    CHECK(fix.takes(number));
}

TEST_CASE("fix session 2s: header fields may come in any order behind the first three") {
    for (const std::string type : admin_and_hot) {
        LoggedOn fix;
        fix.raw(sealed("35=" + type + "|52=" + fix.now() + "|34=2|56=CARBONX|49=BROKER1|" +
                       fix.body_of(type)));
        CHECK(fix.is_taken(type));
        CHECK(fix.takes(3));
    }
}

TEST_CASE("fix session 2t: 8, 9 and 35 that are not the first three make a message garbled") {
    for (const std::string type : admin_and_hot) {
        LoggedOn fix;
        const std::string rest = "34=2|52=" + fix.now() + "|" + fix.body_of(type);
        fix.raw(sealed("49=BROKER1|35=" + type + "|56=CARBONX|" + rest));
        CHECK(fix.hears_nothing());
        fix.raw(sealed("49=BROKER1|56=CARBONX|" + rest));  // no 35 at all
        CHECK(fix.hears_nothing());
        fix.raw_text("9=5|8=FIX.4.4|35=0|10=000|");
        CHECK(fix.hears_nothing());
        fix.raw_text("35=0|8=FIX.4.4|9=5|10=000|");
        CHECK(fix.hears_nothing());
        CHECK(fix.takes(2));
    }
}

TEST_CASE("fix session 3a, 3d: CheckSum is three digits, right and last: what the venue sends") {
    LoggedOn fix;
    for (const std::string type : {"1", "D"}) {
        fix.say({.type = type});
        const std::string answer = fix.hear().text;
        const std::size_t at = answer.size() - 7;
        REQUIRE(answer.substr(at, 3) == "10=");
        unsigned sum = 0;
        for (const char c : answer.substr(0, at)) {
            sum += c == '|' ? 1U : static_cast<unsigned char>(c);
        }
        CHECK(std::stoul(answer.substr(at + 3, 3)) == sum % 256);
        const std::size_t body = answer.find("35=");
        CHECK(std::stoul(answer.substr(answer.find("9=") + 2)) == at - body);
    }
}

TEST_CASE("fix session 3b: a message with a wrong CheckSum is ignored") {
    for (const std::string type : admin_and_hot) {
        LoggedOn fix;
        const std::string good = fix.text_of({.type = type, .number = 2});
        for (const std::size_t digit : {2U, 3U, 4U}) {
            std::string wrong = good;
            char& c = wrong[wrong.size() - digit];
            c = c == '0' ? '1' : '0';
            fix.raw(wrong);
            CHECK(fix.hears_nothing());
        }
        fix.raw(good);
        CHECK(fix.is_taken(type));
        CHECK(fix.takes(3));
    }
}

TEST_CASE("fix session 3c: what is lost by garbling is asked for with the next message") {
    for (const std::string type : admin_and_hot) {
        LoggedOn fix;
        std::string wrong = fix.text_of({.type = type, .number = 2});
        wrong[wrong.size() - 2] = wrong[wrong.size() - 2] == '0' ? '1' : '0';
        fix.raw(wrong);
        fix.say({.type = type, .number = 3});
        const Fields request = fix.hear();
        CHECK(request[35] == "2");
        CHECK(request[7] == "2");
    }
}

TEST_CASE(
    "fix session 3e: a CheckSum that is not last, not of three digits or not ended is garbled") {
    for (const std::string type : admin_and_hot) {
        LoggedOn fix;
        const std::string good = fix.text_of({.type = type, .number = 2});
        const std::string before = good.substr(0, good.size() - 7);
        const std::string digits = good.substr(good.size() - 4, 3);
        for (const std::string& trailer :
             {"10=" + digits.substr(1) + "\x01", "10=0" + digits + "\x01", "10=" + digits + "|",
              std::string("10=\x01"), "10=ab" + digits.substr(2) + "\x01",
              "10= " + digits.substr(1) + "\x01"}) {
            INFO("type " << type << " trailer " << trailer);
            fix.raw(before + trailer);
            CHECK(fix.hears_nothing());
        }
        // A second CheckSum in the body: the last one counts, and the first is out of place.
        fix.raw(good);
        CHECK(fix.is_taken(type));
        CHECK(fix.takes(3));
    }
}
