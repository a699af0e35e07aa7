// How a session begins and lives.
#include "tools/certify_steps.h"

namespace carbonx::tools {

namespace {

Step closed_without_a_word(const std::string& what, const Said& said) {
    return {what + " is closed without a word", [said](Certification& run) {
                run.broker.drop();
                run.broker.connect();
                Said first = said;
                first.number = 1;
                if (first.type == "A" && first.body.empty()) first.body = run.broker.logon_body();
                run.broker.say(first);
                run.broker.expect_closed_without_a_word();
            }};
}

// Without the password.
Step refused(const std::string& what, const Said& said, const std::string& text) {
    return {what + " is answered by a Logout: " + text, [said, text](Certification& run) {
                run.broker.drop();
                run.broker.connect();
                Said logon = said;
                logon.body += "554=" + run.broker.settings().password + "|";
                run.broker.say(logon);
                run.broker.expect_logout(text + "*");
            }};
}

void garbled_logon(Certification& run) {
    run.broker.drop();
    run.broker.connect();
    std::string logon = run.broker.text_of({.type = "A", .body = run.broker.logon_body()});
    char& digit = logon[logon.size() - 2];
    digit = digit == '0' ? '1' : '0';
    run.broker.raw(logon);
    run.broker.expect_closed_without_a_word();
}

void silent_connection(Certification& run) {
    run.broker.drop();
    run.broker.connect();
    constexpr int patience_ms = 15'000;
    require(!run.broker.hear_any(patience_ms), "the venue speaks first");
    run.broker.expect_closed_without_a_word();
}

void second_logon(Certification& run) {
    Desk second(run.broker.settings());
    second.connect();
    second.say({.type = "A", .body = second.logon_body(), .number = run.broker.next_out});
    second.expect_closed_without_a_word();
    run.broker.expect_takes(run.broker.next_out);
}

void second_firm_password(Certification& run) {
    DeskSettings wrong = run.broker.settings();
    wrong.password = run.other.settings().password;
    Desk thief(wrong);
    run.broker.drop();
    thief.connect();
    thief.say({.type = "A", .body = thief.logon_body()});
    thief.expect_closed_without_a_word();
}

void numbers_go_on(Certification& run) {
    run.broker.log_out();
    const int next_in = run.broker.next_in;
    const Heard logon = run.broker.come_back();
    require_fields(logon, "A", "34=" + std::to_string(next_in));
    run.broker.expect_takes(run.broker.next_out);
}

void numbers_begin_anew(Certification& run) {
    run.broker.expect_takes(run.broker.next_out);
    run.broker.drop();
    run.broker.log_on();
    run.broker.expect_takes(2);
}

void logon_too_low(Certification& run) {
    const int expected = run.broker.next_out;
    run.broker.drop();
    run.broker.connect();
    run.broker.say({.type = "A", .body = run.broker.logon_body(), .number = 1});
    run.broker.expect_logout("MsgSeqNum too low, expecting " + std::to_string(expected) + "*");
    run.broker.come_back();
    run.broker.expect_takes(expected + 1);
}

void logon_too_high(Certification& run) {
    const int expected = run.broker.next_out;
    run.broker.log_out();
    run.broker.next_out += 3;
    run.broker.come_back();
    run.broker.expect("2", "7=" + std::to_string(expected + 1) + "|16=0");
    run.broker.say({.type = "4",
                    .body = "123=Y|36=" + std::to_string(run.broker.next_out) + "|",
                    .number = expected + 1,
                    .head = sent_again()});
    run.broker.expect_takes(run.broker.next_out);
}

void logon_within(Certification& run) {
    run.broker.say({.type = "A", .body = run.broker.logon_body()});
    run.broker.expect_logout("already logged on");
}

void heartbeats(Certification& run) {
    run.broker.drop();
    run.broker.connect();
    run.broker.next_out = run.broker.next_in = 1;
    constexpr int interval_s = 5;
    constexpr int patience_ms = 9'000;
    run.broker.say({.type = "A", .body = run.broker.logon_body(interval_s) + "141=Y|5001=N|"});
    run.broker.expect("A", "108=5");
    const auto beat = run.broker.hear_any(patience_ms);
    require(beat.has_value(), "no Heartbeat within the interval");
    require_fields(*beat, "0", "112=-");
    const auto question = run.broker.hear_any(patience_ms);
    require(question.has_value(), "no TestRequest, though this client is silent");
    require_fields(*question, "1", "112=*");
    run.broker.say({.type = "0", .body = "112=" + (*question)[112] + "|"});
    run.broker.expect_takes(run.broker.next_out);
}

}  // namespace

Chapter logon_chapter() {
    const std::string bounds = "HeartBtInt must be from";
    Chapter chapter{"Logon", {}};
    std::vector<Step>& steps = chapter.steps;
    steps = {
        {"a Logon is answered by a Logon with the same 108; 141=Y begins both numbers at 1",
         numbers_begin_anew},
        {"without 141 the numbers go on where they were", numbers_go_on},
        closed_without_a_word("a wrong password", {.type = "A", .body = "98=0|108=30|554=wrong|"}),
        closed_without_a_word("no password", {.type = "A", .body = "98=0|108=30|"}),
        {"another firm's password is closed without a word", second_firm_password},
        closed_without_a_word("an unknown CompID", {.type = "A", .sender = "NOBODY-AT-ALL"}),
        closed_without_a_word("a wrong TargetCompID", {.type = "A", .target = "ELSEWHERE"}),
        closed_without_a_word("another version of FIX", {.type = "A", .begin_string = "FIX.4.2"}),
        {"a Logon with a wrong checksum is closed without a word", garbled_logon},
        {"a second Logon of a live CompID is closed without a word, and the first goes on",
         second_logon},
        {"a connection that says nothing is closed without a word", silent_connection},
    };
    for (const std::string type : {"0", "1", "2", "3", "4", "5", "D", "ZZ"}) {
        steps.push_back(closed_without_a_word("a first message that is no Logon (35=" + type + ")",
                                              {.type = type}));
    }
    steps.insert(
        steps.end(),
        {refused("a heartbeat interval below the bounds", {.type = "A", .body = "98=0|108=4|"},
                 bounds),
         refused("a heartbeat interval above the bounds", {.type = "A", .body = "98=0|108=61|"},
                 bounds),
         refused("no heartbeat interval", {.type = "A", .body = "98=0|"}, bounds),
         refused("encryption", {.type = "A", .body = "98=1|108=30|"},
                 "EncryptMethod (98) must be 0"),
         refused("a tag that is no Logon's", {.type = "A", .body = "98=0|108=30|55=X|"},
                 "the Logon is not valid"),
         refused("141=Y with another number than 1",
                 {.type = "A", .body = "98=0|108=30|141=Y|", .number = 7},
                 "MsgSeqNum (34) must be 1"),
         {"a Logon whose number is too low is answered by a Logout that says which is expected",
          logon_too_low},
         {"a Logon whose number is too high is answered, and the gap asked for", logon_too_high},
         {"a Logon within its own session logs out", logon_within},
         {"a Heartbeat when the venue has nothing to say, a TestRequest when this client has not",
          heartbeats},
         {"a Logout is answered by a Logout", [](Certification& run) { run.broker.log_out(); }}});
    return chapter;
}

}  // namespace carbonx::tools
