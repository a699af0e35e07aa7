// What the session layer makes of messages that are not as they should be.
#include "tools/certify_steps.h"

namespace carbonx::tools {

namespace {

// Refused by a Reject (3) that names tag and reason; the session goes on behind it.
struct Wrong {
    std::string what;
    std::string type;
    std::string fields;  // of an order in place of the usual ones; else the body
    std::string tag;
    std::string reason;  // 373
    std::string head = "";
};

Step rejected(const Wrong& wrong) {
    const std::string text = wrong.what + ": Reject (3) with 371=" + wrong.tag +
                             ", 373=" + wrong.reason + ", and the session goes on";
    return {text, [wrong](Certification& run) {
                Desk& broker = run.broker;
                const int number = broker.next_out;
                const bool is_order = wrong.type == "D";
                const std::string body =
                    is_order ? broker.order_body(broker.next_id(), wrong.fields) : wrong.fields;
                broker.say({.type = wrong.type, .body = body, .head = wrong.head});
                broker.expect("3", "45=" + std::to_string(number) + "|372=" + wrong.type +
                                       "|371=" + wrong.tag + "|373=" + wrong.reason + "|58=*");
                broker.expect_takes(number + 1);
            }};
}

const std::vector<Wrong>& wrong_messages() {
    static const std::vector<Wrong> all = {
        {"a required tag is missing in an order", "D", "38=-", "38", "1"},
        {"no ClOrdID", "D", "11=-", "11", "1"},
        {"no account", "D", "1=-", "1", "1"},
        {"no side", "D", "54=-", "54", "1"},
        {"no OrdType", "D", "40=-", "40", "1"},
        {"no TransactTime", "D", "60=-", "60", "1"},
        {"a TestRequest without 112", "1", "", "112", "1"},
        {"a cancel without 41", "F", "11=x|55=X|54=1|60=20260302-00:00:00|", "41", "1"},
        {"a replace without 38", "G", "11=x|41=y|55=X|54=1|40=2|60=20260302-00:00:00|", "38", "1"},
        {"a tag that FIX does not define", "D", "9999=x", "9999", "0"},
        {"an extension tag that is not given out", "D", "5099=x", "5099", "0"},
        {"a tag of another message", "D", "41=x", "41", "2"},
        {"a tag of FIX 4.4 that is not of these rules", "D", "167=CS", "167", "2"},
        {"the count of a group that is not of these rules", "D", "453=1", "453", "2"},
        {"a tag of orders in a Heartbeat", "0", "55=X|", "55", "2"},
        {"a tag without a value", "D", "58=", "58", "4"},
        {"a symbol without a value", "D", "55=", "55", "4"},
        {"a side that FIX does not have", "D", "54=Z", "54", "5"},
        {"an OrdType that FIX does not have", "D", "40=Z", "40", "5"},
        {"a TimeInForce that FIX does not have", "D", "59=9", "59", "5"},
        {"a SubscriptionRequestType that FIX does not have", "g", "335=a|263=7|", "263", "5"},
        {"a quantity that is no number", "D", "38=many", "38", "6"},
        {"a price that is no number", "D", "44=1.0.0", "44", "6"},
        {"a side of two characters", "D", "54=11", "54", "6"},
        {"a time that is none", "D", "60=yesterday", "60", "6"},
        {"a PossDupFlag that is neither Y nor N", "D", "", "43", "6", "43=maybe|"},
        {"a tag that comes twice", "0", "112=a|112=b|", "112", "13"},
        {"a tag of the header that comes twice", "D", "", "50", "13", "50=a|50=a|"},
        {"a tag of the header behind the body", "1", "112=a|50=desk|", "50", "14"},
        {"somebody else to speak for", "D", "", "115", "9", "115=ANOTHER|"},
        {"somebody else to deliver to", "D", "", "128", "9", "128=ANOTHER|"},
        {"a possible duplicate without 122", "D", "", "122", "1", "43=Y|"},
    };
    return all;
}

// FIX 4.4 has it, these rules have not.
Step unsupported_type(const std::string& type, const std::string& name) {
    return {name + " (" + type + ") is not supported: j with 380=3, and the session goes on",
            [type](Certification& run) {
                const int number = run.broker.next_out;
                run.broker.say({.type = type, .body = "58=x|"});
                run.broker.expect("j",
                                  "45=" + std::to_string(number) + "|372=" + type + "|380=3|58=*");
                run.broker.expect_takes(number + 1);
            }};
}

// Says it, hears a Reject where one belongs and a Logout, and comes back.
Step logged_out(const std::string& what, const Said& said, const std::string& reject,
                const std::string& text) {
    return {what + " logs out", [said, reject, text](Certification& run) {
                run.broker.say(said);
                if (!reject.empty()) run.broker.expect("3", reject);
                run.broker.expect_logout(text);
                run.broker.come_back();
                run.broker.expect_takes(run.broker.next_out);
            }};
}

void twice(Certification& run) {
    const int number = run.broker.next_out;
    const std::string id = run.broker.next_id();
    run.broker.say({.type = "D", .body = run.broker.order_body(id, "") + "38=10|"});
    run.broker.expect("3", "371=38|373=13");
    run.broker.expect_takes(number + 1);
}

void unknown_type(Certification& run) {
    const int number = run.broker.next_out;
    run.broker.say({.type = "ZZ"});
    run.broker.expect("3", "45=" + std::to_string(number) + "|372=ZZ|373=11|58=*");
    run.broker.expect_takes(number + 1);
}

void any_order(Certification& run) {
    const std::string fields = run.broker.order_body(run.broker.next_id(), "");
    const std::size_t half = fields.find("54=");
    run.broker.say({.type = "D", .body = fields.substr(half) + fields.substr(0, half)});
    run.broker.expect("8", "150=0|39=0");
}

void garbled(Certification& run) {
    const std::string id = run.broker.next_id();
    const std::string good =
        run.broker.text_of({.type = "D", .body = run.broker.order_body(id, "")});
    std::string wrong = good;
    char& digit = wrong[wrong.size() - 2];
    digit = digit == '0' ? '1' : '0';
    run.broker.raw(wrong);
    run.broker.raw("garbage");
    run.broker.raw(good.substr(0, good.size() / 2));
    run.broker.raw(good);
    ++run.broker.next_out;
    run.broker.expect("8", "150=0|39=0|11=" + id);
}

void no_number(Certification& run) {
    const DeskSettings& names = run.broker.settings();
    run.broker.raw(
        sealed("35=0|49=" + names.comp_id + "|56=" + names.target + "|52=" + fix_now() + "|"));
    run.broker.expect_logout("MsgSeqNum (34) is missing*");
}

void wrong_time(Certification& run, int seconds) {
    run.broker.say({.type = "D",
                    .body = run.broker.order_body(run.broker.next_id(), ""),
                    .sending_time = fix_now(seconds)});
    run.broker.expect("3", "371=52|373=10");
    run.broker.expect_logout("SendingTime (52)*");
}

void time_nearly_wrong(Certification& run) {
    for (const int seconds : {-110, 110}) {
        run.broker.say({.type = "D",
                        .body = run.broker.order_body(run.broker.next_id(), ""),
                        .sending_time = fix_now(seconds)});
        run.broker.expect("8", "150=0|39=0");
    }
}

void too_long(Certification& run) {
    run.broker.say({.type = "1", .body = "112=" + std::string(9'000, 'x') + "|"});
    require(!run.broker.hear_any(run.broker.settings().timeout_ms), "it was answered");
    run.broker.expect_closed_without_a_word();
}

}  // namespace

Chapter message_chapter() {
    Chapter chapter{"Messages that are not right", {}};
    std::vector<Step>& steps = chapter.steps;
    for (const Wrong& wrong : wrong_messages()) steps.push_back(rejected(wrong));
    steps.push_back(
        {"a tag of the body comes twice in an order: Reject (3) with 371=38, 373=13", twice});
    steps.push_back(
        {"a message type that FIX does not have: Reject (3) with 373=11", unknown_type});
    const std::vector<std::pair<std::string, std::string>> types = {
        {"V", "market data request"}, {"R", "quote request"},    {"S", "quote"},
        {"AE", "trade report"},       {"AL", "position change"}, {"E", "list of orders"},
        {"s", "cross order"},         {"AB", "multileg order"},  {"U1", "message of users"}};
    for (const auto& [type, name] : types) steps.push_back(unsupported_type(type, name));
    steps.insert(steps.end(),
                 {logged_out("another SenderCompID", {.type = "0", .sender = "ANOTHER"},
                             "371=49|373=9", "SenderCompID (49)*"),
                  logged_out("another TargetCompID", {.type = "0", .target = "ANOTHER"},
                             "371=56|373=9", "TargetCompID (56)*"),
                  {"a SendingTime that is 121 seconds behind: Reject (3) with 373=10, and a Logout",
                   [](Certification& run) { wrong_time(run, -121); }},
                  {"a SendingTime that is 121 seconds ahead: Reject (3) with 373=10, and a Logout",
                   [](Certification& run) { wrong_time(run, 121); }},
                  {"a SendingTime 110 seconds off is taken", time_nearly_wrong},
                  {"another BeginString logs out",
                   [](Certification& run) {
                       run.broker.say({.type = "0", .begin_string = "FIX.4.2"});
                       run.broker.expect_logout("BeginString (8) must be FIX.4.4*");
                   }},
                  {"a message without MsgSeqNum logs out", no_number},
                  {"what is garbled is ignored, and the same message in order is taken", garbled},
                  {"the fields of a body may come in any order", any_order},
                  {"a message above 8,192 bytes ends the connection", too_long}});
    return chapter;
}

}  // namespace carbonx::tools
