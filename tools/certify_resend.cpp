// Numbers: what is asked for again, what comes twice, what is lost on the way.
#include "tools/certify_steps.h"

namespace carbonx::tools {

namespace {

std::string range(int begin, int end) {
    return "7=" + std::to_string(begin) + "|16=" + std::to_string(end) + "|";
}

void expect_fill(Desk& desk, int from, int to) {
    desk.expect("4", "123=Y|43=Y|34=" + std::to_string(from) + "|36=" + std::to_string(to));
}

void expect_same(Desk& desk, const Heard& first) {
    const Heard again = desk.expect("8", "43=Y|122=" + first[52] + "|34=" + first[34]);
    for (const int tag : {11, 17, 37, 150, 39, 38, 44, 60, 198}) {
        require(again[tag] == first[tag],
                std::to_string(tag) + " is not as it was sent: " + again.shown());
    }
}

// A talk of numbers first: Heartbeat, report, report, Heartbeat, report.
struct Talk {
    int begin = 0;
    std::vector<Heard> reports;
};

Talk talk(Desk& desk) {
    Talk said;
    said.begin = desk.next_in;
    for (const std::string type : {"1", "D", "D", "1", "D"}) {
        if (type == "1") {
            desk.expect_takes(desk.next_out);
        } else {
            desk.order("");
            said.reports.push_back(desk.expect("8", "150=0"));
        }
    }
    return said;
}

void resend(Certification& run, int end_from_begin) {
    Desk& desk = run.broker;
    const Talk said = talk(desk);
    const int begin = said.begin;
    const int end = end_from_begin == 0 ? 0 : begin + end_from_begin;
    desk.say({.type = "2", .body = range(begin, end)});
    expect_fill(desk, begin, begin + 1);
    expect_same(desk, said.reports[0]);
    expect_same(desk, said.reports[1]);
    expect_fill(desk, begin + 3, begin + 4);
    expect_same(desk, said.reports[2]);
}

void resend_one(Certification& run) {
    const Talk said = talk(run.broker);
    for (int i = 0; i < 2; ++i) {
        run.broker.say({.type = "2", .body = range(said.begin + 1, said.begin + 1)});
        expect_same(run.broker, said.reports[0]);
    }
}

void resend_nothing(Certification& run) {
    const int newest = run.broker.next_in - 1;
    struct Wrong {
        std::string body, tag, reason;
    };
    for (const Wrong& wrong : {Wrong{range(newest + 99, 0), "7", "5"}, Wrong{range(0, 0), "7", "5"},
                               Wrong{range(2, 1), "16", "5"}, Wrong{"7=one|16=0|", "7", "6"}}) {
        const int number = run.broker.next_out;
        run.broker.say({.type = "2", .body = wrong.body});
        run.broker.expect(
            "3", "45=" + std::to_string(number) + "|371=" + wrong.tag + "|373=" + wrong.reason);
    }
}

void rejects_are_resent(Certification& run) {
    run.broker.say({.type = "0", .body = "9999=x|"});
    const Heard reject = run.broker.expect("3", "371=9999|373=0");
    run.broker.say({.type = "2", .body = range(reject.number(), reject.number())});
    run.broker.expect("3", "43=Y|122=" + reject[52] + "|45=" + reject[45] + "|371=9999");
}

void gap(Certification& run) {
    Desk& desk = run.broker;
    const int lost = desk.next_out;
    desk.next_out += 2;
    const std::string early = desk.order("");
    desk.expect("2", range(lost, 0).substr(0, range(lost, 0).size() - 1));
    const std::string later = desk.order("");  // is not asked for again
    const std::string first = desk.next_id();
    const std::string second = desk.next_id();
    desk.say(
        {.type = "D", .body = desk.order_body(first, ""), .number = lost, .head = sent_again()});
    desk.expect("8", "150=0|11=" + first);
    desk.say({.type = "D",
              .body = desk.order_body(second, ""),
              .number = lost + 1,
              .head = sent_again()});
    for (const std::string& id : {second, early, later}) desk.expect("8", "150=0|11=" + id);
    desk.expect_takes(desk.next_out);
}

void gap_filled(Certification& run) {
    Desk& desk = run.broker;
    const int lost = desk.next_out;
    desk.next_out += 5;
    const std::string id = desk.order("");
    desk.expect("2", "7=" + std::to_string(lost) + "|16=0");
    desk.say({.type = "4",
              .body = "123=Y|36=" + std::to_string(lost + 5) + "|",
              .number = lost,
              .head = sent_again()});
    desk.expect("8", "150=0|11=" + id);
    desk.expect_takes(desk.next_out);
}

void too_low(Certification& run) {
    const int expected = run.broker.next_out;
    run.broker.say(
        {.type = "D", .body = run.broker.order_body(run.broker.next_id(), ""), .number = 1});
    run.broker.expect_logout("MsgSeqNum too low, expecting " + std::to_string(expected) + "*");
    run.broker.come_back();
    run.broker.expect_takes(expected + 1);
    run.broker.expect_nothing();
}

void received_before(Certification& run) {
    Desk& desk = run.broker;
    const int number = desk.next_out;
    const std::string id = run.resting_order(desk, "");
    desk.say(
        {.type = "D", .body = desk.order_body(id, ""), .number = number, .head = sent_again()});
    desk.expect_takes(desk.next_out);
    desk.expect_nothing();
}

void known_order_again(Certification& run) {
    const std::string id = run.resting_order(run.broker, "");
    run.broker.say({.type = "D", .body = run.broker.order_body(id, ""), .head = sent_again()});
    run.broker.expect_takes(run.broker.next_out);
    run.broker.expect_nothing();
}

void possible_resend(Certification& run) {
    const std::string id = run.broker.next_id();
    run.broker.say({.type = "D", .body = run.broker.order_body(id, ""), .head = "97=Y|"});
    const Heard accepted = run.broker.expect("8", "150=0|39=0|11=" + id);
    run.broker.say({.type = "D", .body = run.broker.order_body(id, ""), .head = "97=Y|"});
    run.broker.expect("8", "150=I|39=0|37=" + accepted[37]);
}

void reset_forward(Certification& run) {
    Desk& desk = run.broker;
    const int higher = desk.next_out + 10;
    desk.say({.type = "4", .body = "123=Y|36=" + std::to_string(higher) + "|"});
    desk.next_out = higher;
    desk.expect_takes(higher);
    const int highest = higher + 100;
    desk.say({.type = "4", .body = "36=" + std::to_string(highest) + "|", .number = 1});
    desk.next_out = highest;
    desk.expect_takes(highest);
}

void reset_backward(Certification& run) {
    Desk& desk = run.broker;
    const int expected = desk.next_out;
    desk.say({.type = "4", .body = "36=1|", .number = expected});
    desk.expect("3", "371=36|373=5");
    desk.say({.type = "4", .body = "123=Y|36=1|", .number = expected});
    desk.expect("3", "371=36|373=5");
    desk.expect_takes(expected);
}

void original_time(Certification& run) {
    run.broker.say({.type = "0", .head = "43=Y|122=" + fix_now(60) + "|"});
    run.broker.expect("3", "371=122|373=10");
    run.broker.expect_takes(run.broker.next_out);
}

void rejects_are_taken(Certification& run) {
    run.broker.say({.type = "3", .body = "45=1|371=108|372=A|373=5|58=certification|"});
    run.broker.say({.type = "j", .body = "45=1|372=8|380=0|58=certification|"});
    run.broker.expect_takes(run.broker.next_out);
}

}  // namespace

Chapter resend_chapter() {
    return {
        "Resend and duplicates",
        {
            {"a resend of a range: reports as they were with 43=Y and 122, gap fills for the rest",
             [](Certification& run) { resend(run, 4); }},
            {"a resend to the end (16=0)", [](Certification& run) { resend(run, 0); }},
            {"a resend of one message, as often as it is asked for", resend_one},
            {"a resend of what cannot be is refused by Reject (3)", resend_nothing},
            {"a Reject (3) is sent again, as it was", rejects_are_resent},
            {"a number that is too high: asked for from there (2), what was lost is taken, once",
             gap},
            {"a number that is too high: a gap fill frees what waited", gap_filled},
            {"a number that is too low without 43=Y logs out, and the order is not entered",
             too_low},
            {"a message received before, with 43=Y, is ignored", received_before},
            {"a known ClOrdID with 43=Y on a new number counts and does nothing more",
             known_order_again},
            {"97=Y: an unknown order is taken, a known one answered with its state",
             possible_resend},
            {"SequenceReset forward, as gap fill and as reset, is taken", reset_forward},
            {"SequenceReset backward is refused by Reject (3), and changes nothing",
             reset_backward},
            {"an OrigSendingTime later than SendingTime: Reject (3) with 371=122, 373=10",
             original_time},
            {"this client's own Reject (3) and j are taken", rejects_are_taken},
        }};
}

}  // namespace carbonx::tools
