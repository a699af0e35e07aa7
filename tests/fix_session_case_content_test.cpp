// The FIX session catalogue, 7, 14, 15, 17 and 18: what a message says.
#include "tests/session_case.h"

using namespace carbonx;
using namespace carbonx::tests;

namespace {

// What is refused for its content, by a Reject that names the tag; each has used its number.
struct Refused {
    std::string type, body, tag, reason;
    std::string head = "";
};

void check_refused(const std::vector<Refused>& all) {
    LoggedOn fix;
    for (const Refused& one : all) {
        const int number = fix.next_out;
        INFO("type " << one.type << " " << one.head << one.body);
        fix.say({.type = one.type, .body = one.body, .head = one.head});
        const Fields reject = fix.hear();
        CHECK(reject[35] == "3");
        CHECK(reject[45] == std::to_string(number));
        CHECK(reject[371] == one.tag);
        CHECK(reject[372] == one.type);
        CHECK(reject[373] == one.reason);
        CHECK_FALSE(reject[58].empty());
        REQUIRE(fix.takes(number + 1));
    }
}

std::string order(const std::string& more) { return SessionCase::order("x", more); }
std::string replaced(std::string text, const std::string& what, const std::string& by) {
    return text.replace(text.find(what), what.size(), by);
}

}  // namespace

TEST_CASE("fix session 7: a Reject is accepted, and the session goes on") {
    LoggedOn fix;
    fix.say({.type = "3", .body = "45=1|371=108|372=A|373=5|58=too short|"});
    CHECK(fix.hears_nothing());
    fix.say({.type = "j", .body = "45=1|372=8|380=0|58=no|"});
    CHECK(fix.hears_nothing());
    CHECK(fix.takes(4));
}

TEST_CASE("fix session 14a: a tag that FIX does not define is refused") {
    check_refused({{"D", order("9999=x|"), "9999", "0"},
                   {"0", "9999=x|", "9999", "0"},
                   {"D", order("5099=x|"), "5099", "0"},
                   {"1", "112=a|4999=x|", "4999", "0"},
                   {"D", order("20000=x|"), "20000", "0"},
                   {"D", order(""), "627", "0", "627=1|"},  // of the header, and not of our rules
                   {"0", "", "627", "0", "627=1|"}});
}

TEST_CASE("fix session 14a: what is no tag is refused, and no tag is named") {
    check_refused({{"D", order("0=x|"), "", "0"},
                   {"D", replaced(order(""), "38=100|", "4294967334=10|"), "", "0"},
                   {"D", replaced(order(""), "38=100|", "038=10|"), "", "0"},
                   {"D", order("1234567890=x|"), "", "0"},
                   {"D", order(""), "", "0", "050=desk|"},
                   {"1", "0112=k|", "", "0"},
                   {"1", "4294967408=k|", "", "0"},
                   {"2", "07=1|16=0|", "", "0"},
                   {"BE", "923=a|924=3|553=BROKER1|0554=secret|925=harbour-77|", "", "0"}});
}

TEST_CASE("fix session 14a: a number under what is no tag counts, and its message does not act") {
    LoggedOn fix;
    for (const std::string key : {"034=", "4294967330="}) {
        const int number = fix.next_out;
        fix.raw(sealed("35=D|49=BROKER1|56=CARBONX|" + key + std::to_string(number) +
                       "|52=" + fix.now() + "|" + fix.body_of("D")));
        const Fields reject = fix.hear();
        CHECK(reject[35] == "3");
        CHECK(reject[373] == "0");
        CHECK(reject[371].empty());
        CHECK(fix.takes(number + 1));
    }
    CHECK(fix.venue.venue.exchange().open_order_count() == 0);
}

TEST_CASE("fix session 14a: a ResendRequest ahead of its turn with what is no tag does not act") {
    LoggedOn fix;
    fix.say({.type = "2", .body = "07=1|16=0|", .number = 5});
    const Fields reject = fix.hear();
    CHECK(reject[35] == "3");
    CHECK(reject[373] == "0");
    const Fields request = fix.hear();
    CHECK(request[35] == "2");
    CHECK(request[7] == "2");
    CHECK(fix.hears_nothing());
}

TEST_CASE("fix session 14b: a required tag that is missing is refused") {
    const auto without = [](const std::string& text, int tag) {
        const std::string key = "|" + std::to_string(tag) + "=";
        const std::string all = "|" + text;
        const std::size_t at = all.find(key);
        return (all.substr(0, at) + all.substr(all.find('|', at + 1))).substr(1);
    };
    check_refused({{"1", "58=x|", "112", "1"},
                   {"3", "58=x|", "45", "1"},
                   {"D", without(order(""), 11), "11", "1"},
                   {"D", without(order(""), 1), "1", "1"},
                   {"D", without(order(""), 54), "54", "1"},
                   {"D", without(order(""), 60), "60", "1"},
                   {"D", without(order(""), 38), "38", "1"},
                   {"D", without(order(""), 40), "40", "1"},
                   {"F", without(Broker::cancel("a", "b", '1'), 41), "41", "1"},
                   {"G", without(Broker::replace("a", "b", '1', 5, "9"), 38), "38", "1"}});
}

TEST_CASE("fix session 14b: a header without names or time is refused") {
    for (const std::string type : admin_and_hot) {
        LoggedOn fix;
        const std::string sender = "49=BROKER1|", target = "56=CARBONX|";
        const std::string time = "52=" + fix.now() + "|";
        const std::map<std::string, std::string> headers = {
            {"49", target + time}, {"56", sender + time}, {"52", sender + target}};
        int number = 2;
        for (const auto& [tag, header] : headers) {
            INFO("type " << type << " without " << tag);
            fix.raw(sealed("35=" + type + "|34=" + std::to_string(number) + "|" + header +
                           fix.body_of(type)));
            const Fields reject = fix.hear();
            CHECK(reject[35] == "3");
            CHECK(reject[45] == std::to_string(number));
            CHECK(reject[371] == tag);
            CHECK(reject[373] == "1");
            ++number;
        }
        CHECK(fix.takes(number));
    }
}

TEST_CASE("fix session 14c: a tag of another message, or not of these rules, is refused") {
    check_refused({{"D", order("41=x|"), "41", "2"},     // of F and G
                   {"D", order("7=1|"), "7", "2"},       // of ResendRequest
                   {"0", "55=V415024H|", "55", "2"},     // of orders
                   {"1", "112=a|108=30|", "108", "2"},   // of Logon
                   {"D", order("167=CS|"), "167", "2"},  // of FIX 4.4, and not of our rules
                   {"D", order("956=x|"), "956", "2"},
                   {"D", order("5001=Y|"), "5001", "2"}});  // of Logon, an extension
}

TEST_CASE("fix session 14d: a tag without a value is refused") {
    check_refused({{"D", order("58=|"), "58", "4"},
                   {"D", replaced(order(""), "55=V415024H|", "55=|"), "55", "4"},
                   {"D", replaced(order(""), "44=10.00|", "44=|"), "44", "4"},
                   {"1", "112=|", "112", "4"},
                   {"0", "112=|", "112", "4"},
                   {"D", order(""), "50", "4", "50=|"},
                   {"0", "", "97", "4", "97=|"}});
}

TEST_CASE("fix session 14e: a value that the tag does not have is refused") {
    check_refused({{"D", replaced(order(""), "54=1|", "54=Z|"), "54", "5"},
                   {"D", replaced(order(""), "40=2|", "40=Z|"), "40", "5"},
                   {"D", order("59=9|"), "59", "5"},
                   {"g", "335=a|263=7|", "263", "5"},
                   {"q", "11=q|530=Q|60=" + SessionCase::now() + "|", "530", "5"}});
}

TEST_CASE("fix session 14f: a value that is not of the tag's format is refused") {
    check_refused({{"D", replaced(order(""), "38=100|", "38=many|"), "38", "6"},
                   {"D", replaced(order(""), "38=100|", "38=1e2|"), "38", "6"},
                   {"D", replaced(order(""), "44=10.00|", "44=1.0.0|"), "44", "6"},
                   {"D", replaced(order(""), "44=10.00|", "44=+10|"), "44", "6"},
                   {"D", replaced(order(""), "54=1|", "54=11|"), "54", "6"},
                   {"D", order("126=tomorrow|"), "126", "6"},
                   {"0", "", "43", "6", "43=maybe|"},
                   {"D", order(""), "43", "6", "43=maybe|"}});
}

TEST_CASE("fix session 14f: control characters, and bytes that are not UTF-8, are refused") {
    const std::string wrong[] = {std::string(1, '\0'), "\t",      "\x1f", "\x7f", "\xe9", "\xff",
                                 "\xc0\x80",      // a NUL, longer than it need be
                                 "\xed\xa0\x80",  // half of a pair
                                 "\xf4\x90\x80\x80",   "\xe2\x82"};
    for (const std::string& bytes : wrong) {
        const std::string dirty = "a" + bytes;
        check_refused({{"D", replaced(order(""), "11=x|", "11=" + dirty + "|"), "11", "6"},
                       {"D", replaced(order(""), "55=V415024H|", "55=" + dirty + "|"), "55", "6"},
                       {"D", order("58=" + dirty + "|"), "58", "6"},
                       {"D", order(""), "50", "6", "50=" + dirty + "|"},
                       {"1", "112=" + dirty + "|", "112", "6"},
                       {"AN", "710=" + dirty + "|724=0|", "710", "6"},
                       {"BE", "923=a|924=3|553=BROKER1|554=secret" + bytes + "|925=harbour-77|",
                        "554", "6"}});
    }
}

TEST_CASE("fix session 14f: text in UTF-8 is taken") {
    LoggedOn fix;
    const std::string text = "\xc3\xa9 \xe7\xa2\xb3 \xf0\x9f\x8c\xb3";
    fix.say({.type = "D", .body = order("58=" + text + "|")});
    CHECK(fix.hear()[150] == "0");
    fix.say({.type = "1", .body = "112=" + text + "|"});
    CHECK(fix.hear()[112] == text);
}

TEST_CASE("fix session 14f: a type or a name with a control character is not repeated") {
    LoggedOn fix;
    fix.say({.type = "D\x02"});
    const Fields type = fix.hear();
    CHECK(type[35] == "3");
    CHECK(type[371] == "35");
    CHECK(type[373] == "6");
    CHECK(type[372].empty());
    fix.say({.type = "0", .sender = "BROKER\x02"});
    const Fields name = fix.hear();
    CHECK(name[35] == "3");
    CHECK(name[371] == "49");
    CHECK(name[58] == "49 has a control character");
    CHECK(fix.hear()[35] == "5");
}

TEST_CASE("fix session 14f: a time that is not of the format is refused") {
    for (const std::string type : admin_and_hot) {
        for (const std::string time :
             {"now", "20260302", "2026-03-02T10:00:00", "20260302-25:00:00", "20261302-10:00:00"}) {
            LoggedOn fix;
            INFO("type " << type << " " << time);
            fix.say({.type = type, .sending_time = time});
            const Fields reject = fix.hear();
            CHECK(reject[35] == "3");
            CHECK(reject[371] == "52");
            CHECK(reject[373] == "6");
            CHECK(fix.takes(3));
        }
    }
}

TEST_CASE("fix session 14g: header, body and trailer out of their order are refused") {
    for (const std::string type : {"1", "D"}) {
        LoggedOn fix;
        const auto said = [&](const std::string& fields) {
            fix.raw(sealed("35=" + type + "|" + fields));
            const Fields reject = fix.hear();
            CHECK(reject[35] == "3");
            CHECK(reject[45] == std::to_string(fix.next_out));
            CHECK(reject[373] == "14");
            CHECK(fix.takes(fix.next_out + 1));
            return reject[371];
        };
        const auto names = [&] {
            return "49=BROKER1|56=CARBONX|34=" + std::to_string(fix.next_out) + "|";
        };
        const std::string time = "52=" + fix.now() + "|";
        CHECK(said(names() + fix.body_of(type) + time) == "52");
        CHECK(said(names() + time + fix.body_of(type) + "50=desk|") == "50");
        CHECK(said(fix.body_of(type) + names() + time) == "49");
    }
}

TEST_CASE("fix session 14h: a tag that comes twice is refused") {
    check_refused({{"D", order("38=100|"), "38", "13"},
                   {"D", order("58=a|58=b|"), "58", "13"},
                   {"1", "112=a|112=b|", "112", "13"},
                   {"0", "112=a|112=a|", "112", "13"},
                   {"D", order(""), "50", "13", "50=a|50=a|"},
                   {"D", order(""), "97", "13", "97=N|97=N|"},
                   {"0", "", "34", "13", "34=2|"},
                   {"0", "", "49", "13", "49=BROKER1|"}});
}

TEST_CASE("fix session 14i, 14j: no message to the venue has a group, so its count is refused") {
    check_refused({{"D", order("453=1|"), "453", "2"}, {"D", order("78=1|"), "78", "2"}});
}

TEST_CASE("fix session 14k: a value with the delimiter in it makes a message garbled") {
    for (const std::string type : {"1", "D"}) {
        LoggedOn fix;
        const std::string body = type == "1" ? "112=a|b|" : SessionCase::order("x", "58=a|b|");
        fix.say({.type = type, .body = body, .number = 2});
        CHECK(fix.hears_nothing());
        CHECK(fix.takes(2));
    }
}

TEST_CASE("fix session 14l: while the exchange is away an order is refused as busy") {
    LoggedOn fix;
    fix.venue.venue.advance_ms(10'000);  // and the engine does not run
    SimulatedClock::set(fix.venue.venue.utc_ns());
    fix.say({.type = "D"});
    fix.venue.settle(false);
    const Fields report = fix.hear();
    CHECK(report[35] == "8");
    CHECK(report[39] == "8");
    CHECK(report[103] == "0");
    CHECK(report[58].starts_with("exchange_busy"));
    CHECK(fix.takes(3));
}

TEST_CASE("fix session 14m: a tag that the others require and is missing is refused by its rule") {
    LoggedOn fix;
    fix.say({.type = "D", .body = replaced(order(""), "44=10.00|", "")});
    const Fields price = fix.hear();
    CHECK(price[39] == "8");
    CHECK(price[58].starts_with("price_missing"));
    fix.say({.type = "D", .body = replaced(fix.order("y"), "55=V415024H|", "")});
    const Fields counter = fix.hear();
    CHECK(counter[39] == "8");
    CHECK(counter[58].starts_with("counter_unknown"));
    CHECK(fix.takes(4));
}

TEST_CASE("fix session 15: body fields may come in any order") {
    LoggedOn fix;
    std::vector<std::string> fields = {
        "11=%|",   "1=FIRM1|", "55=V415024H|", "54=1|",
        "38=100|", "40=2|",    "44=10.00|",    "60=" + fix.now() + "|"};
    for (int i = 0; i < 8; ++i) {
        std::rotate(fields.begin(), fields.begin() + 1, fields.end());
        std::string body;
        for (const std::string& field : fields) body += field;
        fix.say({.type = "D", .body = replaced(body, "%", "any" + std::to_string(i))});
        CHECK(fix.hear()[150] == "0");
    }
    CHECK(fix.takes(10));
}

TEST_CASE("fix session 17c: a signature, which these rules do not have, is refused") {
    check_refused({{"D", order("89=abc|93=3|"), "89", "0"}, {"0", "89=abc|93=3|", "89", "0"}});
}

TEST_CASE(
    "fix session 18a: what is said for oneself needs no third party, and desks may be named") {
    for (const std::string type : admin_and_hot) {
        LoggedOn fix;
        fix.say({.type = type, .head = "50=desk|57=orders|142=HK|143=HK|"});
        CHECK(fix.is_taken(type));
        CHECK(fix.takes(3));
    }
}

TEST_CASE("fix session 18b: a third party is refused") {
    for (const std::string type : admin_and_hot) {
        check_refused({{type, "", "115", "9", "115=FIRM2|"},
                       {type, "", "128", "9", "128=FIRM2|"},
                       {type, "", "116", "9", "116=desk|"},
                       {type, "", "129", "9", "129=desk|"}});
    }
}
