// The ladder without a terminal: what stands on the screen, and what keys do.
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/feed_by_hand.h"
#include "tools/ladder_screen.h"

namespace carbonx::tests {

using tools::LadderMarket;
using tools::LadderView;
namespace ladder_key = tools::ladder_key;

namespace {

struct Reader {
    Reader() {
        feed.list(1, "V415024H");
        feed.list(2, "V415024C");
        feed.list(3, "G100021H");
        see(feed.add(8, 'B', 100'500, 300, 2));
        see(feed.add(9, 'B', 100'500, 20, 2));
        see(feed.add(10, 'S', 101'000, 70, 2));
        see(feed.add(11, 'B', 90'000, 5, 1));
        see(feed.execute(8, 100, 2));
        see(feed.execute(10, 20, 2));
    }
    void see(const Bytes&) { watch.message(feed.image); }
    LadderMarket market(uint64_t now_ns = 1) {
        return watch.market(feed.image, std::nullopt, now_ns);
    }
    void press(const std::string& keys) {
        for (const char key : keys) view.press(key, market());
    }
    std::string screen(const tools::LadderSize& size = {}) {
        return tools::plain_text(tools::ladder_screen(market(), view, size));
    }
    std::string chosen() { return line(">").substr(1, 8); }
    std::string line(const std::string& beginning) {
        std::istringstream lines(screen());
        for (std::string line; std::getline(lines, line);) {
            if (line.starts_with(beginning)) return line;
        }
        return std::string(80, '?');
    }

    FeedByHand feed;
    tools::LadderWatch watch;
    LadderView view;
};

}  // namespace

TEST_CASE("ladder: counters by activity, the first one's book, and the last trades") {
    Reader reader;
    const std::string screen = reader.screen();
    CAPTURE(screen);
    CHECK(reader.line(">V415024C") ==
          ">V415024C trading          0     10.10     +0.05       120     10.05     10.10");
    CHECK(reader.line(" V415024H") ==
          " V415024H trading          0                             0      9.00          ");
    CHECK(reader.line("V415024C") == "V415024C  trading  spread 0.05  trades 2  volume 120");
    CHECK(reader.line("   2      220     10.05 | 10.10     50       1") ==
          "   2      220     10.05 | 10.10     50       1    | 09:00:00 V415024C     10.10");
}

TEST_CASE("ladder: a counter's own trades stay, however many the others have") {
    Reader reader;
    reader.see(reader.feed.add(12, 'B', 90'000, 1'000, 1));
    for (uint64_t match = 100; match < 200; ++match) reader.see(reader.feed.execute(12, 1, 1));
    while (reader.chosen() != "V415024C") reader.press("j");
    reader.press("\t");  // the page of one book
    CHECK_THAT(reader.screen(), Catch::Contains("09:00:00       20     10.10"));
}

TEST_CASE("ladder: as many lines as there are rows, none wider than the columns") {
    Reader reader;
    for (const auto& size : {tools::LadderSize{24, 80}, {50, 132}, {24, 200}, {10, 30}, {1, 1}}) {
        for (const char* keys : {"", "\t", "\t", "?", "?/abc"}) {
            reader.press(keys);
            std::istringstream lines(reader.screen(size));
            std::size_t count = 0;
            for (std::string line; std::getline(lines, line); ++count) {
                CHECK(line.size() <= size.columns);
            }
            CHECK(count == size.rows);
        }
        reader.press("\x1b");
    }
    CHECK_THAT(reader.screen({20, 70}), Catch::StartsWith("70x20: at least 80x24, please\n"));
}

TEST_CASE("ladder: keys choose a counter, and it stays chosen while the order changes") {
    Reader reader;
    CHECK(reader.chosen() == "V415024C");
    reader.press("j");
    CHECK(reader.chosen() == "V415024H");
    reader.press("jjj");
    CHECK(reader.chosen() == "G100021H");  // the last one
    reader.press("k");
    CHECK(reader.chosen() == "V415024H");
    reader.press("o");
    CHECK(reader.chosen() == "V415024H");
    reader.view.press(ladder_key::home, reader.market());
    CHECK(reader.chosen() == "G100021H");  // by symbol
    reader.see(reader.feed.execute(11, 5, 1));
    CHECK(reader.chosen() == "G100021H");
    reader.view.press(ladder_key::end, reader.market());
    CHECK(reader.chosen() == "V415024H");
}

TEST_CASE("ladder: a symbol is searched as a whole, by its beginning, by a part") {
    Reader reader;
    reader.press("/g1\n");
    CHECK(reader.chosen() == "G100021H");
    reader.press("/v415024h\n");
    CHECK(reader.chosen() == "V415024H");
    reader.press("/21\n");
    CHECK(reader.chosen() == "G100021H");
    reader.press("/24c\x1b");
    CHECK(reader.chosen() == "G100021H");  // thought better of it
    reader.press("/24c");
    CHECK_THAT(reader.screen(), Catch::EndsWith("/24c_\n"));
    reader.press("\x7f\x7f\x7f\x7f");
    CHECK_FALSE(reader.view.search);
    reader.press("/q?\n");
    CHECK_FALSE(reader.view.quit);
    CHECK_THAT(reader.screen(), Catch::EndsWith("q? is not listed\n"));
    reader.press("q");
    CHECK(reader.view.quit);
}

TEST_CASE("ladder: it may begin at a symbol, also one that is listed later") {
    Reader reader;
    reader.view = LadderView("N100021H");
    CHECK(reader.chosen() == "V415024C");
    reader.feed.list(4, "N100021H");
    CHECK(reader.chosen() == "N100021H");
}

TEST_CASE("ladder: the chosen one is in sight among many") {
    Reader reader;
    for (uint16_t i = 4; i < 100; ++i) reader.feed.list(i, "T" + std::to_string(i) + "H");
    for (int i = 0; i < 60; ++i) {
        reader.press("j");
        CHECK(reader.screen().find("\n>") != std::string::npos);
    }
}

TEST_CASE("ladder: the rate counts the messages of the last window") {
    Reader reader;
    constexpr uint64_t second = 1'000'000'000;
    reader.market(second);
    for (int i = 0; i < 60; ++i) reader.feed.add(100 + static_cast<uint64_t>(i), 'B', 100, 1, 3);
    CHECK(reader.market(2 * second).instruments[0].messages_per_second == 0);
    CHECK(reader.market(4 * second).instruments[0].messages_per_second == 20);
    CHECK(reader.market(5 * second).instruments[0].messages_per_second == 20);
    CHECK(reader.market(6 * second).instruments[0].messages_per_second == 0);
}

TEST_CASE("ladder: a new picture forgets the first prices of the old one") {
    Reader reader;
    CHECK(reader.market().instruments[1].change == 500);
    reader.watch.replaced();
    reader.feed.image.clear();
    reader.feed.list(2, "V415024C");
    reader.see(reader.feed.add(8, 'B', 90'000, 300, 2));
    reader.see(reader.feed.execute(8, 100, 2));
    CHECK(reader.market().instruments[0].change == 0);
}

TEST_CASE("ladder: the feed's page tells lines, gaps, snapshots and what is wrong") {
    LadderMarket market;
    LadderView view;
    view.page = tools::LadderPage::feed;
    const auto screen = [&] { return tools::plain_text(tools::ladder_screen(market, view, {})); };
    tools::LadderFeed& feed = market.feed;
    CHECK_THAT(screen(), Catch::Contains("heard                        never         never"));
    feed.session = "2026112301";
    feed.stale = "stale: messages are missing";
    feed.stale_ms = 3'240;
    feed.missing = 12;
    feed.packets_held = 2;
    feed.lines[0] = {1000, 900, 3, 1, 250};
    feed.counters.gaps = 5;
    feed.counters.gaps_closed = 4;
    feed.counters.requests = 9;
    feed.counters.recovery_ns_last = 12'340'000;
    feed.snapshots.started = feed.snapshots.failed = 1;
    feed.snapshots.last_failure = "the server refuses the login";
    feed.warning = "raise net.core.rmem_max";
    const std::string shown = screen();
    CAPTURE(shown);
    CHECK_THAT(shown, Catch::Contains("feed] stale: messages are missing, for 3.2 s\n"));
    CHECK_THAT(shown, Catch::Contains("missing             12 messages; 2 packets held\n"));
    CHECK_THAT(shown, Catch::Contains("packets                       1000             0\n"));
    CHECK_THAT(shown, Catch::Contains("messages lost, late              3             0\n"));
    CHECK_THAT(shown, Catch::Contains("heard                   250 ms ago         never\n"));
    CHECK_THAT(shown, Catch::Contains("5, 4 closed; the last in 12.3 ms"));
    CHECK_THAT(shown, Catch::Contains("1 asked for, 0 taken, 0 not needed, 1 failed"));
    CHECK_THAT(shown, Catch::Contains("the server refuses the login\n"));
    CHECK_THAT(shown, Catch::Contains("warning             raise net.core.rmem_max\n"));
    view.frozen = true;
    CHECK_THAT(screen(), Catch::Contains("feed] FROZEN stale:"));
}

TEST_CASE("ladder: what is no printable character is shown as a question mark") {
    Reader reader;
    reader.feed.list(4, "\x1b[2J\xff");
    CHECK_THAT(reader.screen(), Catch::Contains(" ?[2J?"));
}

}  // namespace carbonx::tests
