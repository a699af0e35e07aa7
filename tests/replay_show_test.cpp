// carbonx-replay for operators: where it ends, what it shows there, how fast it goes, and what it
// refuses.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "engine/api/process.h"
#include "engine/text/text_values.h"
#include "tests/replay_day.h"
#include "tools/event_file.h"
#include "tools/figures.h"
#include "tools/order_mirror.h"
#include "tools/rules.h"

namespace carbonx::tests {

using namespace carbonx::tools;
using Catch::Contains;

namespace {

// The sequence of the n-th event of a type, and of its command.
struct Found {
    uint64_t event = 0;
    uint64_t command = 0;
    uint64_t time_ns = 0;
};
Found find(const TradingDay& day, EventType type, int n = 1) {
    EventFile file(day.host.settings.data_directory);
    while (const EventHead* event = file.next()) {
        if (event->type == type && --n == 0) {
            return {file.sequence(), event->command, event->time_ns};
        }
    }
    FAIL("no such event");
    return {};
}

std::string after(uint64_t command) { return "after command " + std::to_string(command) + ","; }

std::string iso(uint64_t time_ns) { return value_text(Time{time_ns}, Names()); }

}  // namespace

TEST_CASE("replay: it ends at a command, event, ExecID, trade, time, order or serial") {
    const TradingDay day;
    const Found trade = find(day, EventType::trade, 2);
    const Found rejected = find(day, EventType::rejected);
    const Found cancelled = find(day, EventType::cancelled);
    const Found last_trade = find(day, EventType::trade, 3);
    const std::string number = std::to_string(trade.event);
    const auto ends = [&](const std::string& until, uint64_t command) {
        const Output output = run(replay(day.host, "--book all --until " + until));
        CAPTURE(until);
        REQUIRE_THAT(output.text, Contains(after(command)) && Contains(" identical "));
        REQUIRE(output.status == 0);
    };
    ends(std::to_string(trade.command), trade.command);
    ends("command:" + std::to_string(trade.command), trade.command);
    ends("event:" + number, trade.command);
    ends(number + "B", trade.command);
    ends(number + "S", trade.command);
    ends("trade:" + number, trade.command);
    ends("2.1", trade.command);
    ends("1.1", cancelled.command);
    ends("serial:VCS-1:1001", find(day, EventType::trade).command);
    ends("serial:VCS-1:1160", last_trade.command);
    // The fill's moment is that of its command; a nanosecond before there are the two sells.
    ends(iso(trade.time_ns), trade.command);
    const uint64_t before = trade.time_ns - 1;
    ends(iso(before), find(day, EventType::accepted, 2).command);
    // By the venue's clock, eight hours ahead of UTC.
    const std::string local = iso(before + 8 * 3'600'000'000'000);
    ends("local:" + local.substr(0, local.size() - 1), find(day, EventType::accepted, 2).command);
    ends(local.substr(0, local.size() - 1) + "+08:00", find(day, EventType::accepted, 2).command);
    // Just before.
    ends(number + "B --before", find(day, EventType::accepted, 2).command);
    ends("event:" + std::to_string(rejected.event) + " --before", trade.command);
}

TEST_CASE("replay: what cannot be found or understood is refused with what was expected") {
    const TradingDay day;
    const auto refused = [&](const std::string& options, const std::string& text) {
        const Output output = run(replay(day.host, options));
        CAPTURE(options);
        REQUIRE_THAT(output.text, Contains("carbonx-replay: ") && Contains(text));
        REQUIRE(output.status != 0);
    };
    const std::string accepted = std::to_string(find(day, EventType::accepted).event);
    refused("--until tuesday", "expected a command as 1549, an event as event:2101");
    refused("--until event:x", "expected a command");
    refused("--until 2026-13-40T00:00:00Z", "expected a command");
    refused("--until 0", "expected a command");
    refused("--until event:999999", "no event 999999 is in this journal");
    refused("--until trade:" + accepted, "no trade " + accepted + " is in this journal");
    refused("--until serial:VCS-1:9", "no serial VCS-1:9 is in this journal");
    refused("--until serial:VCS-1", "expected a serial as PREFIX:NUMBER");
    refused("--until 77.1", "no order 77.1 is in this journal");
    refused("--before", "--before needs --until");
    refused("--speed fast", "expected max, step, or how many times");
    refused("--speed 0", "expected max, step, or how many times");
    refused("--book NONE", "--book NONE: no such counter");
    refused("--account NONE", "--account NONE: no such account");
    refused("--order what", "expected an order id as 396.1, or SESSION:CLORDID");
    refused("--order 77.1", "no order 77.1 is in this journal");
    refused("--order BROKER1:NONE", "no order BROKER1:NONE is in this journal");
    refused("--serial 17", "expected a serial as PREFIX:NUMBER");
    refused("--serial VCS-1:9", "no serial VCS-1:9 has been in this venue");
    REQUIRE(run(replay(day.host, "--hash-every 0")).status != 0);
    REQUIRE(run(replay(day.host, "--what")).status != 0);
}

TEST_CASE("replay: a book shows every order in its priority, with owner and terms") {
    const TradingDay day;
    const std::string trade = std::to_string(find(day, EventType::trade, 2).event);
    const std::string text = run(replay(day.host, "--book V1H --until trade:" + trade)).text;
    REQUIRE_THAT(text,
                 Contains("phase continuous, trading day 2026-03-02, 1 open orders") &&
                     Contains("book of V1H in HKD: reference price 10.00, band 8.00 to 12.00, "
                              "last price 10.05") &&
                     Contains("BROKER1:S2") && !Contains("BROKER1:S1") && Contains(" 50 "));
    REQUIRE_THAT(run(replay(day.host, "--book all --until 2")).text,
                 Contains("all books are empty"));
}

TEST_CASE("replay: an account shows cash, credits by lot and serials, and its open orders") {
    const TradingDay day;
    const std::string text = run(replay(day.host, "--account BROKER2 --account BROKER1")).text;
    // Paid 100 x 10.00 + 50 x 10.05 + 20 x 10.05, and a thousandth of each as fees.
    REQUIRE_THAT(text, Contains("account BROKER2 of BROKER2") && Contains("18,294.80") &&
                           Contains("lot 1, verra VCS-1: 1001 to 1170 (170 t)") &&
                           Contains(": buy 5 of 5 V1H at 9.50, day, BROKER2:B4"));
    REQUIRE_THAT(text, Contains("account BROKER1 of BROKER1") && Contains("330 t") &&
                           Contains("1171 to 1500") && Contains("no open orders"));
}

TEST_CASE("replay: an order's life names the rule behind each step") {
    const TradingDay day;
    const std::string filled = run(replay(day.host, "--order BROKER2:B1")).text;
    REQUIRE_THAT(filled, Contains("accepted ") && Contains("rule M1 Price, then time") &&
                             Contains("order 0.1 had stood at 10.00 since event ") &&
                             Contains("that of order 1.1, 10.05") && Contains("rule L6 Delivery"));
    REQUIRE_THAT(filled, !Contains("client_id=B3"));
    const std::string cancelled = run(replay(day.host, "--order 1.1")).text;
    REQUIRE_THAT(cancelled, Contains("rule M5 Crossing") && Contains("rule R1 ") &&
                                Contains("leaves=30 reason=requested"));
    REQUIRE_THAT(run(replay(day.host, "--order BROKER2:B2")).text,
                 Contains("rule O4 price_outside_band: the price is outside the static band"));
    // As it was called before: the life and the books at its end.
    REQUIRE_THAT(run(replay(day.host, "--until 1.1")).text,
                 Contains("order 1.1\n") && Contains("\nV1H B 9.5000 5 "));
}

TEST_CASE("replay: a serial's path has its deposit, each trade with its price, and its holder") {
    const TradingDay day;
    const std::string trade = std::to_string(find(day, EventType::trade, 3).event);
    REQUIRE_THAT(
        run(replay(day.host, "--serial VCS-1:1160")).text,
        Contains("deposited for BROKER1: 1,001 to 1,500 of lot 1") &&
            Contains("BROKER1 sold it to BROKER2 at 10.05 in trade " + trade + " of V1H") &&
            Contains("now: BROKER2 holds it, V1"));
    REQUIRE_THAT(run(replay(day.host, "--serial VCS-1:1500")).text,
                 !Contains("sold it") && Contains("now: BROKER1 holds it, V1"));
}

TEST_CASE("replay: every rule that it names stands in the rulebook, with that name") {
    std::ifstream in(CARBONX_SOURCE_DIRECTORY "/engine/README.md");
    std::stringstream book;
    book << in.rdbuf();
    Event event;
    const auto check = [&] {
        for (const Rule& rule : rules_of(event.head)) {
            const std::string number(rule.number);
            REQUIRE_THAT(book.str(), Contains("**" + number + " " + std::string(rule.name)));
        }
        return !rules_of(event.head).empty();
    };
    for (const EventType type : {EventType::trade, EventType::delivery, EventType::rested,
                                 EventType::replaced, EventType::restated}) {
        event.head.type = type;
        REQUIRE(check());
    }
    event.head.type = EventType::cancelled;
    for (uint8_t reason = 1; reason <= 8; ++reason) {
        reinterpret_cast<Cancelled&>(event).reason = static_cast<CancelReason>(reason);
        REQUIRE(check());
    }
    event = Event{};
    event.head.type = EventType::accepted;
    REQUIRE(!check());
    event.head.flags = flag_resting;
    REQUIRE(check());
    event.head.terms.type = OrderType::market;
    REQUIRE(check());
}

TEST_CASE("replay: step by step, a line of input gives a command and its events") {
    const TradingDay day;
    const std::string text = run("printf '\\n\\n' | " + replay(day.host, "--speed step")).text;
    REQUIRE_THAT(text, Catch::StartsWith("configure ") && Contains("\n    configured ") &&
                           Contains("interrupted after command 3") && Contains("commands=2 "));
}

TEST_CASE("replay: at real speed it takes the commands' own time, and Ctrl-C ends it") {
    const TradingDay day;  // 750 ms of the engine's clock
    const auto seconds = [](const std::string& command) {
        const uint64_t begin_ns = monotonic_ns();
        REQUIRE(run(command).status == 0);
        return static_cast<double>(monotonic_ns() - begin_ns) / 1e9;
    };
    REQUIRE(seconds(replay(day.host, "--speed 1")) >= 0.75);
    const Output output =
        run("timeout --signal INT 1 " + replay(day.host, "--speed 0.001 --book all"));
    REQUIRE_THAT(output.text, Contains("interrupted after command ") && Contains("all books are"));
    REQUIRE(output.status != 0);
}

TEST_CASE("replay: a progress bar on a terminal, and nothing elsewhere") {
    const TradingDay day;
    REQUIRE_THAT(run(replay(day.host)).text, !Contains("\r"));
    const std::string text = run("script -qec '" + replay(day.host) + "' /dev/null").text;
    REQUIRE_THAT(text, Contains("replay: [") && Contains(" %, ") && Contains(" commands, ") &&
                           Contains("identical"));
}

TEST_CASE("figures: thousands, money and times as people read them") {
    REQUIRE(count_figure(0) == "0");
    REQUIRE(count_figure(999) == "999");
    REQUIRE(count_figure(1'234'567) == "1,234,567");
    REQUIRE(money_figure(-12'345'678'900) == "-1,234,567.89");
    REQUIRE(money_figure(5) == "0.0005");
    REQUIRE(time_figure(1'772'400'000'500'000'000, 480) ==
            "2026-03-01 21:20:00.500 UTC (05:20:00.500 at the venue)");
    REQUIRE(duration_figure(7.9) == "7 s");
    REQUIRE(duration_figure(3'725) == "1 h 02 min");
}

}  // namespace carbonx::tests
