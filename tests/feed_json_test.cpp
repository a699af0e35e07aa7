// The public feed as JSON lines.
#include "tools/feed_json.h"

#include <catch2/catch.hpp>

#include "marketdata/carbon_wire.h"
#include "tests/feed_by_hand.h"
#include "tools/carbon_message.h"

namespace carbonx::tests {

using tools::MessagePlace;

constexpr MessagePlace place{"2026112301", 12};

TEST_CASE("json: a message is an object, with numbers as numbers and prices as decimal strings") {
    FeedByHand feed;
    feed.list(1, "V415024H");
    CHECK(tools::message_json(place, feed.add(8, 'B', 100'500, 300), feed.image) ==
          R"({"session":"2026112301","sequence":12,"time":"09:00:00.001000002",)"
          R"("symbol":"V415024H","type":"A","reference":8,"side":"buy","quantity":300,)"
          R"("price":"10.0500"})"
          "\n");
    wire::SystemEvent event;
    event.code = wire::SystemCode::start_of_market_hours;
    CHECK(tools::message_json(place, feed.take(event, 0), feed.image) ==
          R"({"session":"2026112301","sequence":12,"time":"09:00:00.001000002",)"
          R"("type":"S","event":"start of market hours"})"
          "\n");
}

TEST_CASE("json: whatever comes is valid JSON") {
    const FeedByHand feed;
    const unsigned char unknown[] = {'"', 0, 1};
    CHECK(tools::message_json(place, unknown, feed.image) ==
          R"({"session":"2026112301","sequence":12,"time":null,"type":"\""})"
          "\n");
    CHECK(tools::message_json(place, {}, feed.image) ==
          R"({"session":"2026112301","sequence":12,"time":null,"type":""})"
          "\n");
    tools::JsonLine json;
    json.text("a\\", "\x01 \x7f \"\\ é € 𝄞");
    json.text("b", "\xff \xc3 \xe2\x82 \xed\xa0\x80 \xc0\xaf \xf4\x90\x80\x80");
    json.null("c");
    CHECK(json.line() == R"({"a\\":"\u0001 \u007f \"\\ é € 𝄞",)"
                         R"("b":"\ufffd \ufffd \ufffd\ufffd \ufffd\ufffd\ufffd \ufffd\ufffd )"
                         R"(\ufffd\ufffd\ufffd\ufffd","c":null})"
                         "\n");
}

TEST_CASE("json: a trade has the side of the order that came in") {
    FeedByHand feed;
    feed.list(1, "V415024H");
    const Bytes add = feed.add(8, 'B', 100'500, 300);
    CHECK(tools::trade_json(place, add, feed.image) == "");
    const Bytes executed = feed.execute(8, 100);
    CHECK(tools::trade_json(place, executed, feed.image) ==
          R"({"session":"2026112301","sequence":12,"time":"09:00:00.001000002",)"
          R"("symbol":"V415024H","match":99,"side":"sell","quantity":100,"price":"10.0500"})"
          "\n");
}

TEST_CASE("json: the best prices are told when they change") {
    FeedByHand feed;
    tools::FeedTops tops;
    const auto after = [&](const Bytes& message) { return tops.after(place, message, feed.image); };
    feed.list(1, "V415024H");
    const std::string head = R"({"session":"2026112301","sequence":12,"time":"09:00:00.001000002",)"
                             R"("symbol":"V415024H","state":"trading",)";
    const std::string no_ask = R"("ask":null,"ask_quantity":0,"ask_orders":0})"
                               "\n";
    CHECK(after(feed.add(8, 'B', 100'500, 300)) ==
          head + R"("bid":"10.0500","bid_quantity":300,"bid_orders":1,)" + no_ask);
    CHECK(after(feed.add(9, 'B', 100'400, 300)) == "");  // behind the best
    CHECK(after(feed.add(10, 'B', 100'500, 20)) ==
          head + R"("bid":"10.0500","bid_quantity":320,"bid_orders":2,)" + no_ask);
    CHECK(
        tops.all({"2026112301", 13}, feed.image) ==
        R"({"session":"2026112301","sequence":13,"time":null,"symbol":"V415024H","state":"trading",)"
        R"("bid":"10.0500","bid_quantity":320,"bid_orders":2,)" +
            no_ask);
}

namespace {

template <class Message>
Bytes carbon_bytes(Message message, uint16_t locate) {
    message.header.type = Message::type;
    message.header.locate = locate;
    message.header.timestamp = 32'400'001'000'002;
    const auto* from = reinterpret_cast<const unsigned char*>(&message);
    return {from, from + sizeof message};
}

}  // namespace

TEST_CASE("carbon: a message is a line of fields by name, as text and as JSON") {
    tools::CarbonNames names;
    wire::Counter counter;
    counter.symbol = wire::Alpha<8>("V415024H");
    names.observe(carbon_bytes(counter, 1));
    wire::Statistics statistics;
    statistics.open = statistics.high = 100'500;
    statistics.low = statistics.last = statistics.average = 100'400;
    statistics.volume = 400;
    statistics.notional = 40'230'000;
    statistics.trade_count = 2;
    statistics.reference = 101'000;
    statistics.closing = 'Y';
    const Bytes closing = carbon_bytes(statistics, 1);
    CHECK(tools::carbon_text(closing, names) ==
          "09:00:00.001000002 t V415024H open=10.0500 high=10.0500 low=10.0400 last=10.0400 "
          "average=10.0400 volume=400 notional=4023.0000 trades=2 reference=10.1000 closing=Y");
    CHECK(tools::carbon_json(place, closing, names) ==
          R"({"session":"2026112301","sequence":12,"time":"09:00:00.001000002",)"
          R"("symbol":"V415024H","type":"t","open":"10.0500","high":"10.0500","low":"10.0400",)"
          R"("last":"10.0400","average":"10.0400","volume":400,"notional":"4023.0000",)"
          R"("trades":2,"reference":"10.1000","closing":"Y"})"
          "\n");

    wire::Project project;
    project.number = 1;
    project.registry = 'E';
    project.key = wire::Utf8<32>("CCER-1");
    project.host_country = wire::Alpha<2>("CN");
    project.effect = 'R';
    project.methodology = wire::Utf8<96>("造林碳汇");
    project.name = wire::Utf8<96>("Saihanba \"forest\"");
    const Bytes planted = carbon_bytes(project, 0);
    CHECK(tools::carbon_text(planted, names) ==
          "09:00:00.001000002 p project=1 registry=E key=CCER-1 host_country=CN effect=R "
          "methodology=造林碳汇 name=\"Saihanba \"forest\"\"");
    CHECK_THAT(tools::carbon_json(place, planted, names),
               Catch::EndsWith(R"("methodology":"造林碳汇","name":"Saihanba \"forest\""})"
                               "\n"));
    const unsigned char cut[] = {'t', 0};
    CHECK(tools::carbon_text(cut, names) == "of a wrong size");
    CHECK(tools::carbon_text({}, names) == "of an unknown type");
}

}  // namespace carbonx::tests
