// The resend of a whole day: everything in order, with little memory, and without others waiting.
#include <fstream>

#include "tests/fix_client.h"

using namespace carbonx;
using namespace carbonx::gateway;
using namespace carbonx::gateway::test;

namespace {

// Under a sanitizer everything takes many times as long, and memory is not what it is.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int reports = 50'000;
constexpr bool memory_counts = false;
#else
constexpr int reports = 1'000'000;
constexpr bool memory_counts = true;
#endif
constexpr std::size_t queued_bytes_max = 256 * 1024;
constexpr std::size_t memory_kib_max = 8 * 1024;  // what a resend may add, the client's own in it
constexpr int orders = 10;
// What a client that reads gets, between its neighbour's order and the order's arrival: the piece
// under way, and what stands in the kernel's buffers.
constexpr int messages_between_max = 20'000;

// What the process has in memory and in no file.
std::size_t memory_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("RssAnon:")) return std::stoul(line.substr(8));
    }
    return 0;
}

std::string exec_id(int number) { return std::to_string(number) + "B"; }

// A report as long as most are.
void send_report(Venue& venue, SessionIndex to, const std::string& exec_id, uint64_t key) {
    MessageWriter report;
    report.begin("8");
    report.add(17, exec_id);
    report.add(150, '0');
    report.add(39, '0');
    report.add_time(60, utc_ns());
    report.add(37, key);
    report.add(11, "ORDER-" + exec_id);
    report.add(1, "FIRM1");
    report.add(55, "V415024H");
    report.add(15, "HKD");
    report.add(54, '1');
    report.add(38, 100);
    report.add(40, '2');
    report.add_decimal(44, 100'500);
    report.add(59, '0');
    report.add(151, 100);
    report.add(14, 0);
    report.add(6, "0");
    report.add(198, key);
    venue.sessions->send(to, report, key);
}

std::string order(int number) {
    return fix(header("D", number + 1, "BROKER2") + "11=o" + std::to_string(number) +
               "|1=ACC|55=SYM|54=1|60=" + now_text() + "|38=10|40=2|44=5.5|");
}

// The day, and a start after it.
void trade_a_day(Venue& venue) {
    venue.start();
    venue.sessions->set_time(utc_ns());
    for (int i = 1; i <= reports; ++i) {
        send_report(venue, 0, exec_id(i), static_cast<uint64_t>(i) * 2);
        if (i % 1'000 == 0 || i == reports) REQUIRE(venue.sessions->write_stores());
    }
    venue.restart();
    REQUIRE(venue.sessions->next_sender_number(0) == reports + 1);
}

}  // namespace

TEST_CASE("fix: a million reports are sent again in order, in little memory, while others trade") {
    Venue venue;
    trade_a_day(venue);
    Client first(venue);
    first.send(logon(1, "BROKER1"));
    REQUIRE(value(first.receive(), "35") == "A");
    Client other(venue);
    other.send(logon(1, "BROKER2"));
    REQUIRE(value(other.receive(), "35") == "A");

    const std::size_t memory_before = memory_kib();
    std::size_t memory_most = memory_before;
    std::size_t queued_most = 0;
    int wrong = 0;
    int asked = 0;     // orders of the other client
    int asked_at = 0;  // what the first one had got by then
    int between_most = 0;
    first.send(fix(header("2", 2) + "7=1|16=0|"));
    for (int number = 1; number <= reports; ++number) {
        const std::string message = first.receive();
        REQUIRE_FALSE(message.empty());
        const bool right = value(message, "34") == std::to_string(number) &&
                           value(message, "17") == exec_id(number) && value(message, "43") == "Y";
        wrong += right ? 0 : 1;
        queued_most = std::max(queued_most, venue.sessions->queued_bytes(0));
        if (number % 10'000 == 0) memory_most = std::max(memory_most, memory_kib());

        if (asked < orders && number == (asked + 1) * (reports / (orders + 1))) {
            ++asked;
            asked_at = number;
            other.send(order(asked));
        }
        if (asked_at != 0 && venue.handler.messages.size() == static_cast<std::size_t>(asked)) {
            between_most = std::max(between_most, number - asked_at);
            asked_at = 0;
            send_report(venue, 1, "X" + std::to_string(asked), 0);
            CHECK(value(other.receive(), "17") == "X" + std::to_string(asked));
        }
    }
    // The Logon's answer, which is not sent again, ends it.
    const std::string end = first.receive();
    CHECK(value(end, "35") == "4");
    CHECK(value(end, "123") == "Y");
    CHECK(value(end, "36") == std::to_string(reports + 2));
    CHECK(wrong == 0);
    CHECK(venue.handler.messages.size() == orders);
    CHECK(between_most <= messages_between_max);
    CHECK(queued_most > 0);
    CHECK(queued_most <= queued_bytes_max);
    if (memory_counts) CHECK(memory_most - memory_before <= memory_kib_max);
}
