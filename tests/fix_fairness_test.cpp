// What one client does to the others: a turn each, a place in the queue, and an end to what is no
// use.
#include "engine/api/log_limit.h"
#include "engine/api/password_queue.h"
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

TEST_CASE("fix: what was held has its turns, too, when the gap below it is filled") {
    Venue venue;
    venue.start();
    Client slow(venue);
    slow.send(logon(1));
    CHECK(value(slow.receive(), "35") == "A");
    const auto order = [](int i) { return new_order(i, "s" + std::to_string(i), "", "97=Y|"); };
    for (int i = 3; i <= 100; ++i) slow.send(order(i));
    const std::string request = slow.receive();
    CHECK(value(request, "35") == "2");
    slow.send_unstepped(order(2));
    REQUIRE(venue.wait([&] { return !venue.handler.messages.empty(); }));
    CHECK(venue.handler.messages.size() <= 3);

    // What comes meanwhile waits behind them, and nothing is asked for again.
    slow.send_unstepped(order(101));
    while (venue.handler.messages.size() < 100) {
        const std::size_t before = venue.handler.messages.size();
        CHECK(venue.transport->poll(venue.now) > 0);
        REQUIRE(venue.handler.messages.size() > before);
        REQUIRE(venue.handler.messages.size() <= before + 2);
    }
    for (std::size_t i = 0; i < 100; ++i) CHECK(venue.handler.messages[i].number == i + 2);
    slow.send(fix(header("1", 102) + "112=t|"));
    CHECK(value(slow.receive("0"), "112") == "t");
    CHECK(slow.stays_open());
}

TEST_CASE("fix: resends of many sessions take turns, a piece a poll") {
    struct Sink : Channel {
        std::size_t bytes = 0;
        void send(std::string_view text) override { bytes += text.size(); }
        void close() override {}
        std::size_t queued_bytes() const override { return 0; }
        bool is_behind() const override { return false; }
    };
    constexpr std::size_t piece_bytes_max = 160 * 1024;  // with 43 and 122
    Venue venue;
    venue.start();
    venue.sessions->set_time(utc_ns());
    MessageWriter report;
    report.begin("8");
    report.add(58, std::string(1'000, 'x'));
    for (uint64_t key = 1; key <= 1'000; ++key) {
        for (SessionIndex i = 0; i < 2; ++i) venue.sessions->send(i, report, key);
    }
    Sink sinks[2];
    for (SessionIndex i = 0; i < 2; ++i) {
        const std::string name = "BROKER" + std::to_string(i + 1);
        SessionIndex session = 0;
        REQUIRE(venue.sessions->connect(logon(1, name), {"127.0.0.1"}, sinks[i], session) ==
                LogonResult::accepted);
        venue.sessions->receive(i, fix(header("2", 2, name) + "7=1|16=0|"));
    }

    const auto total = [&] { return sinks[0].bytes + sinks[1].bytes; };
    CHECK(total() < piece_bytes_max);
    while (total() < 2'000'000) {
        const std::size_t before[] = {sinks[0].bytes, sinks[1].bytes};
        REQUIRE(venue.sessions->poll(venue.now) > 0);
        venue.sessions->poll(venue.now);
        CHECK(sinks[0].bytes > before[0]);
        CHECK(sinks[1].bytes > before[1]);
        CHECK(sinks[0].bytes < before[0] + piece_bytes_max);
        CHECK(sinks[1].bytes < before[1] + piece_bytes_max);
    }
    venue.sessions->abandon(0);
    venue.sessions->abandon(1);
}

TEST_CASE("fix: a client that sends what no rules list is logged out in the end") {
    Venue venue;
    venue.start();
    Client client(venue);
    client.send(logon(1));
    CHECK(value(client.receive(), "35") == "A");
    for (int i = 2; i <= 1'002; ++i) client.send(fix(header("R", i) + "131=q|"));
    for (int i = 2; i <= 1'001; ++i) REQUIRE(value(client.receive(), "35") == "j");
    std::string last = client.receive();
    if (value(last, "35") == "j") last = client.receive();
    CHECK(value(last, "35") == "5");
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
