// What carbonx-listen shows of the feed.
#include <catch2/catch.hpp>

#include "tests/feed_by_hand.h"
#include "tools/feed_message.h"
#include "tools/feed_text.h"

namespace carbonx::tests {

TEST_CASE("listen: prices have two decimals, and four where they need them") {
    CHECK(tools::short_price_text(100'500) == "10.05");
    CHECK(tools::short_price_text(100'000) == "10.00");
    CHECK(tools::short_price_text(100'525) == "10.0525");
    CHECK(tools::short_price_text(1) == "0.0001");
}

TEST_CASE("listen: each message is a line") {
    FeedByHand feed;
    feed.list(1, "V415024H");
    CHECK(feed.line(feed.add(8, 'B', 100'500, 300)) ==
          "09:00:00.001000002 A V415024H 8 buy 300 @ 10.05");
    CHECK(feed.line(feed.execute(8, 100)) ==
          "09:00:00.001000002 E V415024H 8 executed 100 in match 99");
    marketdata::wire::OrderReplace replace;
    replace.reference = 8;
    replace.new_reference = 12;
    replace.quantity = 50;
    replace.price = 100'400;
    CHECK(feed.line(feed.take(replace)) ==
          "09:00:00.001000002 U V415024H 8 becomes 12: 50 @ 10.04");
    marketdata::wire::SystemEvent event;
    event.code = marketdata::wire::SystemCode::start_of_market_hours;
    CHECK(feed.line(feed.take(event, 0)) == "09:00:00.001000002 S start of market hours");
    const unsigned char unknown[] = {'Z'};
    CHECK(tools::message_text(unknown, feed.image) == "of an unknown type");
    const unsigned char cut[] = {'A', 0};
    CHECK(tools::message_text(cut, feed.image) == "of a wrong size");
}

TEST_CASE("listen: the most active counter comes first, with its ladder and the last trades") {
    FeedByHand feed;
    feed.list(1, "V415024H");
    feed.list(2, "V415024C");
    feed.add(8, 'B', 100'500, 300, 2);
    feed.add(9, 'B', 100'500, 20, 2);
    feed.add(10, 'S', 100'600, 70, 2);
    feed.execute(8, 100, 2);
    const std::string screen = tools::screen_text(feed.image, {"", 24});
    CAPTURE(screen);
    CHECK(screen.find("V415024C") < screen.find("V415024H"));
    CHECK(screen.find("       2          220      10.05 | 10.06      70           1") !=
          std::string::npos);
    CHECK(screen.find("09:00:00.001 V415024C sold   100 @ 10.05\n") != std::string::npos);
    CHECK(tools::screen_text(feed.image, {"NONE", 24}).find("NONE is not listed") !=
          std::string::npos);

    std::size_t begin = 0;
    for (std::size_t end; (end = screen.find('\n', begin)) != std::string::npos; begin = end + 1) {
        CHECK(end - begin <= 80);
    }
}

}  // namespace carbonx::tests
