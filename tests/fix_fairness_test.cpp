// What one client does to the others: a turn each, a place in the queue, and an end to what is no
// use.
#include "gateway/log_limit.h"
#include "gateway/password_queue.h"
#include "tests/captured_log.h"
#include "tests/fix_client.h"

using namespace carbonx;
using namespace carbonx::gateway;
using namespace carbonx::gateway::test;
using carbonx::tests::CapturedLog;

namespace {

// One whose text says who it is.
PasswordTask task(const std::string& text, const std::shared_ptr<int>& asker) {
    PasswordTask task;
    task.asker = asker;
    task.password = text;
    return task;
}

std::string garbled(int number) {
    std::string text = new_order(number, "a");
    text[text.size() - 2] = text[text.size() - 2] == '0' ? '1' : '0';
    return text;
}

}  // namespace

TEST_CASE("fix: a message that takes long is all of a connection's turn") {
    Venue venue;
    venue.start();
    Client slow(venue), quick(venue);
    slow.send(logon(1));
    CHECK(value(slow.receive(), "35") == "A");
    quick.send(logon(1, "BROKER2"));
    CHECK(value(quick.receive(), "35") == "A");
    // PossResend is not for the hot path.
    std::string all;
    for (int i = 2; i < 12; ++i) all += new_order(i, "s" + std::to_string(i), "", "97=Y|");
    slow.send_unstepped(all);
    REQUIRE(venue.wait([&] { return !venue.handler.messages.empty(); }));

    CHECK(venue.handler.messages.size() == 1);
    for (std::size_t i = 2; i <= 10; ++i) {
        CHECK(venue.transport->poll(venue.now) > 0);  // there is more to do: nobody sleeps
        CHECK(venue.handler.messages.size() == i);
    }
}

TEST_CASE("fix: a connection that nothing comes from costs nothing, and still meets its deadline") {
    Venue venue;
    venue.start();
    const CapturedLog log;
    Client silent(venue);
    CHECK(silent.hears_nothing());
    venue.now += 4'999ms;
    CHECK(silent.stays_open());
    venue.now += 10ms;
    CHECK(silent.is_closed());
    CHECK(venue.counters().logon_timed_out == 1);
    CHECK(log.text.str().find("closed: it has not logged on in time") != std::string::npos);
    CHECK(venue.wait([&] { return venue.transport->connection_count() == 0; }));
}

TEST_CASE("fix: a session that sends mostly what is garbled is logged out") {
    Venue venue;
    venue.start();
    Client client(venue);
    client.send(logon(1));
    CHECK(value(client.receive(), "35") == "A");
    for (int i = 0; i < 1000; ++i) client.send(garbled(2));
    client.send(new_order(2, "good"));
    CHECK(venue.wait([&] { return venue.handler.messages.size() == 1; }));

    client.send(garbled(3));
    const std::string logout = client.receive();
    CHECK(value(logout, "35") == "5");
    CHECK(text_of(logout) == "too many messages that are garbled or rejected");
    CHECK(client.is_closed());
}

TEST_CASE("fix: garbled messages of another second do not add up") {
    Venue venue;
    venue.start();
    Client client(venue);
    client.send(logon(1));
    CHECK(value(client.receive(), "35") == "A");
    for (int second = 0; second < 3; ++second) {
        for (int i = 0; i < 900; ++i) client.send(garbled(2));
        client.send(fix(header("1", 2 + second) + "112=t|"));
        CHECK(value(client.receive("0"), "112") == "t");
        venue.now += 1s;
    }
    CHECK(client.stays_open());
}

TEST_CASE("passwords: each origin has its turn, and who is gone none") {
    PasswordQueue queue;
    const auto here = std::make_shared<int>(0);
    auto gone = std::make_shared<int>(0);
    for (std::size_t i = 0; i < PasswordQueue::waiting_max; ++i) {
        REQUIRE(queue.push("storm", task("s" + std::to_string(i), i % 2 == 0 ? here : gone)));
    }
    CHECK_FALSE(queue.push("storm", task("too many", here)));
    REQUIRE(queue.push("broker", task("b0", here)));
    REQUIRE(queue.push("broker", task("b1", here)));
    gone.reset();

    std::vector<std::string> order;
    while (auto next = queue.pop()) order.push_back(next->password);
    CHECK(order.size() == PasswordQueue::waiting_max / 2 + 2);
    order.resize(5);
    CHECK(order == std::vector<std::string>{"b0", "s0", "b1", "s2", "s4"});
}

TEST_CASE("passwords: who comes from ever other addresses and goes at once fills no memory") {
    PasswordQueue queue;
    const auto here = std::make_shared<int>(0);
    REQUIRE(queue.push("broker", task("b", here)));
    for (int i = 0; i < 10'000; ++i) {
        REQUIRE(queue.push("address " + std::to_string(i), task("x", std::make_shared<int>(0))));
        REQUIRE(queue.size() <= PasswordQueue::forget_every + 1);
    }
    REQUIRE(queue.pop()->password == "b");
}

TEST_CASE("log: of one cause ten lines a second, and how many there were besides") {
    LogLimit limit;
    LogLimit::TimePoint now = LogLimit::TimePoint() + 1h;
    std::size_t said = 0;
    for (int i = 0; i < 25; ++i) said += limit.may_say(now) ? 1 : 0;
    CHECK(said == 10);
    CHECK(limit.take_left_out() == 0);  // the second is not over

    now += 1s;
    CHECK(limit.may_say(now));
    CHECK(limit.take_left_out() == 15);
    CHECK(limit.take_left_out() == 0);
}
