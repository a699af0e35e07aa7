// A connection that is lost: what happens to the orders, and how what was missed comes.
#include <chrono>
#include <set>
#include <thread>

#include "tools/certify_steps.h"

namespace carbonx::tools {

namespace {

void pause(int milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

// The orders have been cancelled by then, if they are.
void pass_grace(const Certification& run) {
    constexpr int exchange_ms = 2'000;  // a busy disk included
    pause(run.settings.cancel_grace_ms + exchange_ms);
}

// As it was sent, but for what a resend changes.
Heard expect_again(Desk& desk, int number, const std::string& fields) {
    return desk.expect("8", "43=Y|122=*|34=" + std::to_string(number) + "|" + fields);
}

void expect_fill(Desk& desk, int from, int to) {
    desk.expect("4", "123=Y|43=Y|122=*|34=" + std::to_string(from) + "|36=" + std::to_string(to));
}

void ask_for(Desk& desk, int begin, int end) {
    desk.say(
        {.type = "2", .body = "7=" + std::to_string(begin) + "|16=" + std::to_string(end) + "|"});
}

void filled_while_away(Certification& run) {
    constexpr int orders = 3;
    std::vector<std::string> ids;
    for (int i = 0; i < orders; ++i) ids.push_back(run.resting_order(run.broker, "38=10"));
    const int missed = run.broker.next_in;
    run.broker.drop();
    run.other.order("54=2|38=30|59=3");
    run.other.expect("8", "150=0");
    for (int i = 0; i < orders; ++i) run.other.expect("8", "150=F");

    const Heard logon = run.broker.come_back();
    require_fields(logon, "A", "34=" + std::to_string(missed + orders));
    ask_for(run.broker, missed, 0);
    std::vector<std::string> exec_ids;
    for (int i = 0; i < orders; ++i) {
        const std::string fill = "150=F|39=2|97=-|11=" + ids[static_cast<std::size_t>(i)];
        exec_ids.push_back(expect_again(run.broker, missed + i, fill)[17]);
    }
    require(exec_ids[0] != exec_ids[1] && exec_ids[1] != exec_ids[2], "an ExecID comes twice");
    expect_fill(run.broker, missed + orders, missed + orders + 1);

    // Asked for again they are the same ones.
    ask_for(run.broker, missed, missed);
    expect_again(run.broker, missed, "17=" + exec_ids[0]);
    run.resting_order(run.broker, "38=10");
}

void cancelled_while_away(Certification& run, const std::string& wish, bool day, bool gtc) {
    run.broker.drop();
    run.broker.log_on("5001=" + wish + "|");
    const std::string day_id = run.resting_order(run.broker, "38=10");
    const std::string gtc_id = run.resting_order(run.broker, "38=20|59=1");
    const int missed = run.broker.next_in;
    run.broker.drop();
    pass_grace(run);
    run.broker.come_back("5001=N|");
    const int cancels = (day ? 1 : 0) + (gtc ? 1 : 0);
    require(run.broker.next_in == missed + cancels + 1,
            std::to_string(run.broker.next_in - missed - 1) + " reports while it was away, not " +
                std::to_string(cancels));
    if (cancels == 0) return run.broker.expect_nothing();
    ask_for(run.broker, missed, missed + cancels - 1);
    std::set<std::string> told;
    for (int i = 0; i < cancels; ++i) {
        told.insert(expect_again(run.broker, missed + i, "150=4|39=4|378=7|58=*")[11]);
    }
    require(told.count(day_id) == (day ? 1 : 0) && told.count(gtc_id) == (gtc ? 1 : 0),
            "these are not the orders that should be cancelled");
}

void cancelled_after_logout(Certification& run) {
    run.broker.drop();
    run.broker.log_on("5001=Y|");
    run.resting_order(run.broker, "38=10");
    run.broker.log_out();
    const int missed = run.broker.next_in;
    pass_grace(run);
    run.broker.come_back("5001=N|");
    ask_for(run.broker, missed, missed);
    expect_again(run.broker, missed, "150=4|39=4|378=7");
}

void back_in_time(Certification& run) {
    run.broker.drop();
    run.broker.log_on("5001=Y|");
    const std::string id = run.resting_order(run.broker, "38=10");
    const int expected = run.broker.next_in;
    run.broker.drop();
    run.broker.come_back("5001=Y|");
    require(run.broker.next_in == expected + 1, "something was reported meanwhile");
    pass_grace(run);
    run.broker.say({.type = "H", .body = "11=" + id + "|54=1|"});
    run.broker.expect("8", "150=I|39=0|151=10");
}

void wish_that_does_not_exist(Certification& run) {
    run.broker.drop();
    run.broker.connect();
    run.broker.say({.type = "A", .body = run.broker.logon_body() + "5001=X|"});
    run.broker.expect_logout("the Logon is not valid*");
}

}  // namespace

Chapter disconnect_chapter() {
    return {
        "Disconnect and recovery",
        {
            {"orders that fill while the connection is down: on return each report once, in order, "
             "by resend (43=Y, 122)",
             filled_while_away},
            {"5001=Y: day orders are cancelled after the grace time (378=7), good-till-cancel stay",
             [](Certification& run) { cancelled_while_away(run, "Y", true, false); }},
            {"5001=G: good-till-cancel orders go, too",
             [](Certification& run) { cancelled_while_away(run, "G", true, true); }},
            {"5001=N: all orders stay",
             [](Certification& run) { cancelled_while_away(run, "N", false, false); }},
            {"5001=Y: a Logout counts as a disconnect", cancelled_after_logout},
            {"5001=Y: who is back within the grace time keeps the orders", back_in_time},
            {"5001 with another value: refused by a Logout", wish_that_does_not_exist},
        }};
}

}  // namespace carbonx::tools
