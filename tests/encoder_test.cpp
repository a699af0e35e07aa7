// The feed's rules (marketdata/README.md): which messages each event gives, byte for byte.
#include <algorithm>

#include "marketdata/itch_encoder.h"
#include "tests/encoded_feed.h"

namespace carbonx::tests {
namespace {

class Feed : public EncodedFeed<marketdata::ItchEncoder> {
public:
    // One counter, V415024H, in continuous trading.
    void open() {
        script.list_instrument(10);
        script.list_counter("V415024H");
        script.change_phase(Phase::pre_open);
        script.change_phase(Phase::continuous);
        messages();
    }
};

// 09:00:00 local: 32,400,000,000,000 ns since midnight.
const std::string header_of_1 = " 0001 0000 1d77b67da000 ";
const std::string header_of_2 = " 0002 0000 1d77b67da000 ";
const std::string header_of_0 = " 0000 0000 1d77b67da000 ";
const std::string symbol_1 = " 5634313530323448 ";
const std::string symbol_2 = " 5634313530323443 ";
const std::string market = " 4d4b5420 ";

}  // namespace

TEST_CASE("feed: a trading day begins with its session, the directory and the trading states") {
    Feed feed;
    feed.script.list_instrument(10);
    feed.script.list_counter("V415024H");
    feed.script.list_counter("V415024C");
    CHECK(feed.messages().empty());
    feed.script.change_phase(Phase::pre_open);

    const std::string directory = " 20 4e 0000000a 59 51 5a20 50 4e 4e 20 4e 00000000 4e";
    CHECK(feed.messages() == std::vector<std::string>{
                                 "begin 2026112301",
                                 joined("53" + header_of_0 + "4f"),
                                 joined("53" + header_of_0 + "53"),
                                 joined("52" + header_of_1 + symbol_1 + directory),
                                 joined("48" + header_of_1 + symbol_1 + "51 20" + market),
                                 joined("52" + header_of_2 + symbol_2 + directory),
                                 joined("48" + header_of_2 + symbol_2 + "51 20" + market),
                             });
}

TEST_CASE("feed: market hours start once a day, trading states follow the phase") {
    Feed feed;
    feed.script.list_instrument(10);
    feed.script.list_counter("V415024H");
    feed.script.change_phase(Phase::pre_open);
    feed.messages();

    feed.script.change_phase(Phase::continuous);
    CHECK(feed.messages() ==
          std::vector<std::string>{joined("53" + header_of_0 + "51"),
                                   joined("48" + header_of_1 + symbol_1 + "54 20" + market)});
    feed.script.change_phase(Phase::halted);
    CHECK(feed.messages() ==
          std::vector<std::string>{joined("48" + header_of_1 + symbol_1 + "48 20" + market)});
    feed.script.change_phase(Phase::continuous);
    CHECK(feed.messages() ==
          std::vector<std::string>{joined("48" + header_of_1 + symbol_1 + "54 20" + market)});
}

TEST_CASE("feed: a counter's own halt outlasts the market's phases, with its own reason") {
    Feed feed;
    feed.script.list_instrument(10);
    feed.script.list_counter("V415024H");
    feed.script.list_counter("V415024C");
    feed.script.halt(1, "T1");  // before the day: told when it begins
    feed.script.change_phase(Phase::pre_open);
    CHECK(feed.messages()[4] == joined("48" + header_of_1 + symbol_1 + "48 20 54312020"));

    feed.script.change_phase(Phase::continuous);
    feed.script.change_phase(Phase::halted);
    CHECK(feed.messages() ==
          std::vector<std::string>{joined("53" + header_of_0 + "51"),
                                   joined("48" + header_of_2 + symbol_2 + "54 20" + market),
                                   joined("48" + header_of_2 + symbol_2 + "48 20" + market)});
    feed.script.resume(1);  // the market is still halted
    CHECK(feed.messages() ==
          std::vector<std::string>{joined("48" + header_of_1 + symbol_1 + "48 20" + market)});
    feed.script.change_phase(Phase::continuous);
    feed.script.halt(1, "T2");
    feed.script.resume(1);
    CHECK(feed.types() == "H H H H");
}

TEST_CASE("feed: a counter listed during the day is told at once") {
    Feed feed;
    feed.open();
    feed.script.list_counter("V415024C");

    CHECK(feed.messages() ==
          std::vector<std::string>{joined("52" + header_of_2 + symbol_2 +
                                          " 20 4e 0000000a 59 51 5a20 50 4e 4e 20 4e 00000000 4e"),
                                   joined("48" + header_of_2 + symbol_2 + "54 20" + market)});
}

TEST_CASE("feed: an order that rests is added under its event's sequence") {
    Feed feed;
    feed.open();
    const uint64_t reference = feed.script.accept({0, 1, Side::buy, 100'500, 300}, true);

    CHECK(feed.messages() ==
          std::vector<std::string>{joined("41" + header_of_1 + hex64(reference) + "42 0000012c" +
                                          symbol_1 + "00018894")});
}

TEST_CASE("feed: an order that trades on entry shows the makers' executions and then what rests") {
    Feed feed;
    feed.open();
    const FeedScript::Order first{0, 1, Side::buy, 100'500, 300};
    const FeedScript::Order second{1, 1, Side::buy, 100'400, 50};
    const uint64_t first_reference = feed.script.accept(first, true);
    const uint64_t second_reference = feed.script.accept(second, true);
    feed.messages();
    const FeedScript::Order taker{2, 1, Side::sell, 100'400, 400};
    feed.script.accept(taker, false);
    const uint64_t first_match = feed.script.trade(first, taker, 300);
    const uint64_t second_match = feed.script.trade(second, taker, 50);
    const uint64_t reference = feed.script.rest({2, 1, Side::sell, 100'400, 50});

    CHECK(
        feed.messages() ==
        std::vector<std::string>{
            joined("45" + header_of_1 + hex64(first_reference) + "0000012c" + hex64(first_match)),
            joined("45" + header_of_1 + hex64(second_reference) + "00000032" + hex64(second_match)),
            joined("41" + header_of_1 + hex64(reference) + "53 00000032" + symbol_1 + "00018830")});
}

TEST_CASE("feed: what never stood in the book gives nothing when it is cancelled") {
    Feed feed;
    feed.open();
    const FeedScript::Order maker{0, 1, Side::buy, 100'500, 300};
    feed.script.accept(maker, true);
    feed.messages();
    const FeedScript::Order taker{1, 1, Side::sell, 100'500, 400};
    feed.script.accept(taker, false);
    feed.script.trade(maker, taker, 300);
    feed.script.cancel({1, 1, Side::sell, 100'500, 100}, CancelReason::remainder);
    CHECK(feed.types() == "E");
    // The maker is gone by its execution; its slot serves another order, which stands for itself.
    const uint64_t reference = feed.script.accept({0, 1, Side::buy, 100'000, 20}, true);
    feed.messages();
    feed.script.cancel({0, 1, Side::buy, 100'000, 20});
    CHECK(feed.messages() ==
          std::vector<std::string>{joined("44" + header_of_1 + hex64(reference))});
}

TEST_CASE("feed: a replace keeps its place, moves, or leaves the book") {
    Feed feed;
    feed.open();
    const uint64_t old_reference = feed.script.accept({0, 1, Side::buy, 100'500, 300}, true);
    feed.messages();

    SECTION("a smaller quantity is a cancel of the difference") {
        feed.script.replace({0, 1, Side::buy, 100'500, 120}, flag_priority_kept);
        CHECK(feed.messages() == std::vector<std::string>{joined(
                                     "58" + header_of_1 + hex64(old_reference) + "000000b4")});
        feed.script.trade({0, 1, Side::buy, 100'500, 120}, {1, 1, Side::sell, 100'500, 120}, 120);
        CHECK(feed.types() == "E");
    }
    SECTION("the same quantity is nothing") {
        feed.script.replace({0, 1, Side::buy, 100'500, 300}, flag_priority_kept);
        CHECK(feed.messages().empty());
    }
    SECTION("a new place is a new reference") {
        const uint64_t reference =
            feed.script.replace({0, 1, Side::buy, 100'600, 310}, flag_resting);
        CHECK(feed.messages() ==
              std::vector<std::string>{joined("55" + header_of_1 + hex64(old_reference) +
                                              hex64(reference) + "00000136 000188f8")});
        feed.script.cancel({0, 1, Side::buy, 100'600, 310});
        CHECK(feed.messages() ==
              std::vector<std::string>{joined("44" + header_of_1 + hex64(reference))});
    }
    SECTION("one that trades at once is deleted, and added again with what rests") {
        const FeedScript::Order maker{1, 1, Side::sell, 100'700, 100};
        feed.script.accept(maker, true);
        feed.messages();
        feed.script.replace({0, 1, Side::buy, 100'700, 300}, 0);
        feed.script.trade(maker, {0, 1, Side::buy, 100'700, 300}, 100);
        feed.script.rest({0, 1, Side::buy, 100'700, 200});
        CHECK(feed.types() == "D E A");
    }
}

TEST_CASE("feed: a day ends with its expired orders, the end of hours and of messages") {
    Feed feed;
    feed.open();
    const FeedScript::Order day{0, 1, Side::buy, 100'500, 300};
    const FeedScript::Order lasting{1, 1, Side::sell, 100'600, 40};
    const uint64_t reference = feed.script.accept(day, true);
    feed.script.accept(lasting, true);
    feed.messages();
    feed.script.cancel(day, CancelReason::expired);
    feed.script.change_phase(Phase::closed);
    CHECK(feed.messages() == std::vector<std::string>{joined("44" + header_of_1 + hex64(reference)),
                                                      joined("53" + header_of_0 + "4d"),
                                                      joined("53" + header_of_0 + "45"),
                                                      joined("53" + header_of_0 + "43"), "end"});
}

TEST_CASE("feed: a day that never traded has no market hours") {
    Feed feed;
    feed.script.change_phase(Phase::pre_open);
    feed.script.change_phase(Phase::closed);
    CHECK(feed.types() == "begin 2026112301 S S S S end");
}

TEST_CASE("feed: between sessions nothing is sent, and the next one brings lasting orders anew") {
    Feed feed;
    feed.open();
    const FeedScript::Order kept{0, 1, Side::buy, 100'500, 300};
    const FeedScript::Order dropped{1, 1, Side::buy, 100'400, 300};
    const FeedScript::Order outside{2, 1, Side::buy, 100'300, 300};
    for (const auto& order : {kept, dropped, outside}) feed.script.accept(order, true);
    feed.script.change_phase(Phase::closed);
    feed.messages();

    feed.script.cancel(dropped);
    feed.script.halt(1, "T1");
    feed.script.resume(1);
    feed.script.list_counter("V415024C");
    CHECK(feed.messages().empty());

    feed.script.change_phase(Phase::pre_open, 20261124);
    feed.script.change_reference(1);
    feed.script.cancel(outside, CancelReason::outside_band);
    const uint64_t reference = feed.script.restate(kept);
    const auto messages = feed.messages();
    CHECK(messages.front() == "begin 2026112401");
    CHECK(messages.size() == 8);  // begin, S S, R H R H, A
    CHECK(messages.back() ==
          joined("41" + header_of_1 + hex64(reference) + "42 0000012c" + symbol_1 + "00018894"));
    feed.script.change_phase(Phase::continuous, 20261124);
    CHECK(feed.types() == "S H H");
}

TEST_CASE("feed: a snapshot between sessions has what was told, and nothing that came later") {
    Feed feed;
    feed.open();
    FeedScript::Order lasting{0, 1, Side::buy, 100'000, 300};
    feed.script.accept(lasting, true);
    feed.script.change_phase(Phase::closed);
    feed.messages();
    const auto told = feed.snapshot();
    CHECK(feed.types_of(told) == "S S S S S S R H A");
    CHECK(told[7].substr(38, 2) == "54");  // it was trading to the end

    feed.script.halt(1, "T1");
    feed.script.cancel(lasting);
    feed.script.list_counter("V415024C");
    CHECK(feed.messages().empty());
    CHECK(feed.snapshot() == told);
}

TEST_CASE("feed: timestamps count from local midnight") {
    Feed feed;
    feed.open();
    feed.script.time_ns = FeedScript::nine_o_clock_ns + 15 * 3'600'000'000'000ULL;  // midnight
    feed.script.halt(1, "T1");
    CHECK(feed.messages()[0].substr(10, 12) == "000000000000");
    feed.script.time_ns -= 1;
    feed.script.resume(1);
    CHECK(feed.messages()[0].substr(10, 12) == "4e94914effff");
}

TEST_CASE("feed: nothing that is a broker's own changes a byte of it") {
    Feed feed;
    feed.open();
    feed.script.accept({0, 1, Side::buy, 100'500, 300}, true);
    const std::string message = feed.messages()[0];
    CHECK(message.find(hex("private")) == std::string::npos);
    CHECK(message.size() == 2 * 36);  // all of which the first test of adds accounts for
}

TEST_CASE("feed: what a broker asked of its accounts is never told") {
    Feed feed;
    for (const Phase phase : {Phase::closed, Phase::continuous}) {
        if (phase == Phase::continuous) feed.open();
        feed.script.answer_query(AccountState{});
        feed.script.answer_query(HoldingState{});
        feed.script.answer_query(CashState{});
        feed.script.answer_query(Rejected{});
        CHECK(feed.messages().empty());
    }
}

TEST_CASE("feed: the specification's examples are what is sent") {
    Feed feed;
    feed.script.list_instrument(10);
    feed.script.list_counter("V415024H");
    feed.script.change_phase(Phase::pre_open);
    const FeedScript::Order buy{0, 1, Side::buy, 100'500, 300};
    const FeedScript::Order sell{1, 1, Side::sell, 101'000, 200};
    feed.script.accept(buy, true);
    feed.script.accept(sell, true);
    feed.script.change_phase(Phase::continuous);
    feed.script.trade(buy, {2, 1, Side::sell, 100'500, 100}, 100);
    feed.script.replace({0, 1, Side::buy, 100'500, 150}, flag_priority_kept);
    feed.script.replace({1, 1, Side::sell, 100'900, 250}, flag_resting);
    feed.script.cancel({0, 1, Side::buy, 100'500, 150});

    check_readme_examples("Examples", 8, feed.messages());
}

}  // namespace carbonx::tests
