// The carbon channel's rules (marketdata/README.md): which messages each event gives, byte for
// byte.
#include "marketdata/carbon_encoder.h"

#include <algorithm>
#include <map>

#include "marketdata/itch_encoder.h"
#include "marketdata/publisher.h"
#include "tests/carbon_view.h"
#include "tests/encoded_feed.h"

namespace carbonx::tests {
namespace {

using Feed = EncodedFeed<marketdata::CarbonEncoder>;
using Messages = std::vector<std::string>;
using Order = FeedScript::Order;

constexpr uint64_t second = 1'000'000'000;

// 09:00:00 local: 32,400,000,000,000 ns since midnight.
const std::string header_of_0 = " 0000 0000 1d77b67da000 ";
const std::string header_of_1 = " 0001 0000 1d77b67da000 ";
const std::string header_of_2 = " 0002 0000 1d77b67da000 ";
// The same a second later.
const std::string later_of_1 = " 0001 0000 1d77f2186a00 ";

std::string system_event(char code) { return joined("53" + header_of_0) + hex({&code, 1}); }
// A text and the spaces behind it.
std::string padded(std::string_view text, std::size_t size) {
    std::string wide(text);
    wide.resize(size, ' ');
    return hex(wide);
}
std::string status(const std::string& header, std::string_view text) {
    return joined("73" + header) + padded(text, 7);
}
std::string counter(const std::string& header, std::string_view symbol, std::string_view currency) {
    return joined("63" + header) + padded(symbol, 8) + "0001" + padded(currency, 3) +
           joined("00000064 000186a0 00013880 0001d4c0 000007d0 000001f4 000000fa");
}

// V415024H and V415024C in continuous trading.
void open(Feed& feed) {
    feed.script.list_example();
    feed.script.change_phase(Phase::pre_open);
    feed.script.change_phase(Phase::continuous);
    feed.messages();
}
// Two orders meet, and are gone.
void trade(FeedScript& script, int32_t price, uint32_t quantity, uint16_t locate = 1) {
    const Order maker{0, locate, Side::buy, price, quantity};
    const Order taker{1, locate, Side::sell, price, quantity};
    script.accept(maker, true);
    script.accept(taker, false);
    script.trade(maker, taker, quantity);
}

}  // namespace

TEST_CASE("carbon: a trading day begins with its session, the directory and the states") {
    Feed feed;
    feed.script.list_example();
    CHECK(feed.messages().empty());
    feed.script.change_phase(Phase::pre_open);

    CHECK(feed.messages() == Messages{
                                 "begin 20261123CC",
                                 system_event('O'),
                                 system_event('S'),
                                 joined("70" + header_of_0 + "0001 56") + padded("VCS4150", 32) +
                                     hex("RWA") + padded("VMR0006; VM0050", 96) +
                                     padded("DelAgua Clean Cooking Grouped Project in Rwanda", 96),
                                 joined("69" + header_of_0 + "0001") + padded("V415024", 8) +
                                     joined("0001 07e8 00000006 00000001 000186a0"),
                                 counter(header_of_1, "V415024H", "HKD"),
                                 counter(header_of_2, "V415024C", "CNH"),
                                 status(header_of_1, "QPN"),
                                 status(header_of_2, "QPN"),
                             });
}

TEST_CASE("carbon: system events are the books' own") {
    Feed feed;
    EncodedFeed<marketdata::ItchEncoder> books;
    const auto run = [](auto& any) {
        RandomMarket market(any.script, 1);
        for (const uint32_t day : {20261123U, 20261124U}) {
            market.open(day);
            market.act(50);
            any.script.change_phase(Phase::halted, day);
            any.script.change_phase(Phase::continuous, day);
            market.close(day);
        }
        Messages list = any.messages();
        std::erase_if(list, [](const std::string& message) { return !message.starts_with("53"); });
        return list;
    };
    const Messages expected = run(books);
    CHECK(expected.size() == 12);
    CHECK(run(feed) == expected);
}

TEST_CASE("carbon: every registry and effect has its letter") {
    Feed feed;
    ListProject listing = example_project();
    feed.script.change_phase(Phase::pre_open);
    feed.messages();
    std::string letters;
    for (uint8_t registry = 1; registry <= 6; ++registry) {
        listing.registry = Registry{registry};
        listing.removal = registry % 2 == 0;
        feed.script.list_project(listing);
        const std::string message = feed.messages().at(0);
        for (const std::size_t at : {13U, 48U}) {
            letters += static_cast<char>(std::stoi(message.substr(2 * at, 2), nullptr, 16));
        }
    }
    CHECK(letters == "VAGRAACRTAER");
}

TEST_CASE("carbon: a text that fills its room is whole, whatever its script") {
    Feed feed;
    std::string chinese;
    while (chinese.size() < 96) chinese += "碳";
    ListProject listing = example_project();
    listing.name = listing.methodology = Text<96>(chinese);
    feed.script.change_phase(Phase::pre_open);
    feed.messages();
    feed.script.list_project(listing);
    CHECK(feed.messages().at(0).substr(2 * std::size_t{49}) == hex(chinese + chinese));
}

TEST_CASE("carbon: what is listed during the day is told at once") {
    Feed feed;
    feed.script.change_phase(Phase::pre_open);
    feed.script.change_phase(Phase::continuous);
    CHECK(feed.types() == "begin 20261123CC S S S");
    feed.script.list_example();
    const Messages messages = feed.messages();
    CHECK(Feed::types_of(messages) == "p i c s c s");
    CHECK(messages.back() == status(header_of_2, "TCN"));
}

TEST_CASE("carbon: states follow the market's phase, and say when a counter is halted on its own") {
    Feed feed;
    feed.script.list_example();
    feed.script.halt(1, "T1");  // before the day: told when it begins
    feed.script.change_phase(Phase::pre_open);
    CHECK(feed.messages().at(7) == status(header_of_1, "HPYT1"));

    feed.script.change_phase(Phase::continuous);
    CHECK(feed.messages() ==
          Messages{system_event('Q'), status(header_of_1, "HCYT1"), status(header_of_2, "TCN")});
    feed.script.change_phase(Phase::halted);
    CHECK(feed.messages() == Messages{status(header_of_1, "HHYT1"), status(header_of_2, "HHN")});
    feed.script.resume(1);  // the market is still halted
    CHECK(feed.messages() == Messages{status(header_of_1, "HHN")});
    feed.script.change_phase(Phase::continuous);
    CHECK(feed.messages() == Messages{status(header_of_1, "TCN"), status(header_of_2, "TCN")});
    feed.script.halt(2, "NEWS");
    CHECK(feed.messages() == Messages{status(header_of_2, "HCYNEWS")});
}

TEST_CASE("carbon: a label that comes or goes is told with what there was before") {
    Feed feed;
    open(feed);
    feed.script.change_labels(1, label_icvcm_ccp | label_ccb, label_corsia | label_article6);
    CHECK(feed.messages() == Messages{joined("6c" + header_of_0 + "0001 00000009 00000006")});

    // The next day's directory has it, and what changed in between.
    feed.script.change_phase(Phase::closed);
    feed.messages();
    feed.script.change_labels(1, label_ccb, label_icvcm_ccp | label_ccb);
    CHECK(feed.messages().empty());
    feed.script.change_phase(Phase::pre_open, 20261124);
    CHECK(feed.messages().at(4).substr(2 * std::size_t{25}, 8) == "00000008");
}

TEST_CASE("carbon: a day's new reference prices follow its directory") {
    Feed feed;
    open(feed);
    feed.script.change_phase(Phase::closed);
    feed.messages();
    feed.script.change_phase(Phase::pre_open, 20261124);
    feed.script.change_reference(1, Price{101'000}, Price{80'800}, Price{121'200});
    CHECK(feed.messages().back() == joined("72" + header_of_1 + "00018a88 00013ba0 0001d970"));
    // What comes later has it.
    feed.script.change_phase(Phase::continuous, 20261124);
    trade(feed.script, 100'000, 1);
    feed.script.time_ns += second;
    feed.script.tick();
    const std::string statistics = feed.messages().back();
    CHECK(statistics.substr(2 * std::size_t{55}, 8) == "00018a88");
    CHECK(feed.snapshot().at(5).substr(2 * std::size_t{28}, 24) == "00018a8800013ba00001d970");
}

TEST_CASE("carbon: statistics come once a second, before what the next event tells") {
    Feed feed;
    open(feed);
    feed.script.time_ns += second - 1;
    trade(feed.script, 100'500, 300);
    trade(feed.script, 101'000, 100);
    trade(feed.script, 100'200, 3);
    CHECK(feed.messages().empty());
    feed.script.time_ns += 1;
    feed.script.halt(1, "T1");
    // (100500 * 300 + 101000 * 100 + 100200 * 3) / 403 = 100621.8362
    CHECK(feed.messages() ==
          Messages{joined("74" + later_of_1 +
                          "00018894 00018a88 00018768 00018768 0001890e 0000000000000193 "
                          "00000000026ac0c8 0000000000000003 000186a0 4e"),
                   status(later_of_1, "HCYT1")});
    // Nothing new, nothing told.
    feed.script.time_ns += 10 * second;
    feed.script.tick();
    CHECK(feed.messages().empty());
    // What a second holds is one message, of the counters that have traded in it.
    for (int i = 0; i < 100; ++i) trade(feed.script, 100'000 + i * 100, 1, 2);
    trade(feed.script, 100'000, 1, 1);
    CHECK(feed.messages().empty());
    feed.script.time_ns += 5 * second;
    trade(feed.script, 100'000, 1, 2);
    CHECK(feed.types() == "t t");
}

TEST_CASE("carbon: a day ends with the closing statistics of every counter that traded") {
    Feed feed;
    open(feed);
    trade(feed.script, 100'500, 300, 1);
    feed.script.time_ns += second;
    feed.script.tick();
    trade(feed.script, 100'500, 300, 2);
    feed.messages();
    feed.script.change_phase(Phase::closed);
    const Messages messages = feed.messages();
    CHECK(Feed::types_of(messages) == "t t S S S end");
    for (const std::size_t i : {0U, 1U}) {
        CHECK(messages[i].substr(6, 4) == "0000");  // tracking
        CHECK(messages[i].substr(2, 4) == (i == 0 ? "0001" : "0002"));
        CHECK(messages[i].ends_with("59"));
    }
    // The next day begins with none.
    feed.script.change_phase(Phase::pre_open, 20261124);
    feed.script.change_phase(Phase::continuous, 20261124);
    feed.script.time_ns += second;
    feed.script.tick();
    feed.script.change_phase(Phase::closed, 20261124);
    CHECK(feed.types() == "begin 20261124CC S S p i c c s s S s s S S S end");
}

TEST_CASE("carbon: a trade in the day's last second is told before it is told as closing") {
    Feed feed;
    open(feed);
    trade(feed.script, 100'500, 300);
    feed.script.time_ns += second;
    feed.script.change_phase(Phase::closed);
    const Messages messages = feed.messages();
    CHECK(Feed::types_of(messages) == "t t S S S end");
    CHECK(messages[0].ends_with("4e"));
    CHECK(messages[1].ends_with("59"));
}

TEST_CASE("carbon: statistics are what the day's trades add up to") {
    using Wide = marketdata::DayStatistics::Wide;
    Feed feed;
    open(feed);
    for (uint32_t seed = 1; seed <= 200; ++seed) {  // each a day
        INFO("seed " << seed);
        std::mt19937_64 random(seed);
        // From prices near each other to any, from one tonne to the largest order.
        const uint64_t price_max = 1 + random() % 2'000'000'000;
        const uint64_t quantity_max = 1 + random() % 1'000'000'000;
        std::vector<std::pair<uint64_t, uint64_t>> trades;
        const uint64_t count = 1 + random() % 50;
        for (uint64_t i = 0; i < count; ++i) {
            trades.emplace_back(1 + random() % price_max, 1 + random() % quantity_max);
            trade(feed.script, static_cast<int32_t>(trades.back().first),
                  static_cast<uint32_t>(trades.back().second));
            feed.script.time_ns += random() % second;
        }
        feed.script.change_phase(Phase::closed);
        const Messages messages = feed.messages();
        const std::string& message = messages.at(messages.size() - 5);
        feed.script.change_phase(Phase::pre_open, 20261123 + seed);
        feed.script.change_phase(Phase::continuous, 20261123 + seed);
        const auto field = [&](std::size_t offset, std::size_t length) {
            return std::stoull(message.substr(2 * offset, 2 * length), nullptr, 16);
        };

        Wide notional = 0;
        uint64_t volume = 0, high = 0, low = UINT64_MAX;
        for (const auto& [price, quantity] : trades) {
            notional += Wide{price} * quantity;
            volume += quantity;
            high = std::max(high, price);
            low = std::min(low, price);
        }
        CHECK(field(11, 4) == trades.front().first);
        CHECK(field(15, 4) == high);
        CHECK(field(19, 4) == low);
        CHECK(field(23, 4) == trades.back().first);
        CHECK(field(31, 8) == volume);
        CHECK(field(39, 8) ==
              (notional > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(notional)));
        CHECK(field(47, 8) == trades.size());
        // The average is at most half away, upwards if just half.
        const uint64_t average = field(27, 4);
        CHECK(Wide{2 * average} * volume <= 2 * notional + volume);
        CHECK(2 * notional + volume < Wide{2 * average + 2} * volume);
        CHECK(average >= low);
        CHECK(average <= high);
    }
}

TEST_CASE("carbon: a notional too large for its field has all bits set, and the average is right") {
    Feed feed;
    open(feed);
    for (int i = 0; i < 10; ++i) trade(feed.script, 2'000'000'000, 1'000'000'000);
    feed.script.change_phase(Phase::closed);
    const std::string message = feed.messages().at(0);
    CHECK(message.substr(2 * std::size_t{27}, 40) ==
          joined("77359400 00000002540be400 ffffffffffffffff"));
}

TEST_CASE("carbon: orders, accounts and what brokers ask of them are never told") {
    Feed feed;
    for (const Phase phase : {Phase::closed, Phase::continuous}) {
        if (phase == Phase::continuous) open(feed);
        feed.script.answer_query(AccountState{});
        feed.script.answer_query(HoldingState{});
        feed.script.answer_query(CashState{});
        feed.script.answer_query(Rejected{});
        CHECK(feed.messages().empty());
    }
    const Order order{0, 1, Side::buy, 100'500, 300};
    feed.script.accept(order, true);
    feed.script.replace(order, flag_resting);
    feed.script.cancel(order);
    feed.script.restate(order);
    feed.script.accept({1, 1, Side::sell, 100'400, 400}, false);
    feed.script.rest({1, 1, Side::sell, 100'400, 100});
    CHECK(feed.messages().empty());
}

namespace {

// A day in which everything happens that the channel tells; calls check() now and then.
template <class Check>
void run_day(FeedScript& script, RandomMarket& market, uint32_t day, Check check) {
    uint32_t labels = label_corsia | label_article6;
    market.open(day);
    script.change_reference(1, Price{100'100}, Price{80'100}, Price{120'100});
    for (uint32_t i = 0; i < 30; ++i) {
        market.act(1 + i % 7 * 10);
        if (i % 10 == 2) script.halt(1, "T1");
        if (i % 10 == 4) script.resume(1);
        if (i % 10 == 5) script.change_phase(Phase::halted, day);
        if (i % 10 == 6) script.change_phase(Phase::continuous, day);
        if (i % 10 == 7) script.change_labels(1, labels ^ i, labels);
        if (i % 10 == 7) labels ^= i;
        check();
    }
    market.close(day);
    check();
}

}  // namespace

TEST_CASE("carbon: a newcomer's snapshot is what the whole stream has told") {
    Feed feed;
    RandomMarket market(feed.script, 7);
    CarbonView whole;
    uint64_t checks = 0;
    std::vector<CarbonView> newcomers;  // that go on from a snapshot
    const auto check = [&] {
        for (const std::string& message : feed.messages()) {
            whole.apply(message);
            for (CarbonView& newcomer : newcomers) newcomer.apply(message);
        }
        CarbonView fresh;
        for (const std::string& message : feed.snapshot()) fresh.apply(message);
        CHECK(fresh.text() == whole.text());
        for (const CarbonView& newcomer : newcomers) CHECK(newcomer.text() == whole.text());
        newcomers.push_back(std::move(fresh));
        ++checks;
    };
    CHECK(feed.snapshot().empty());
    run_day(feed.script, market, 20261123, check);
    newcomers.clear();
    run_day(feed.script, market, 20261124, check);
    CHECK(checks == 62);
    CHECK(whole.text().size() > 500);
}

namespace {

// What a publisher sends of the carbon channel, by session and number.
class CarbonLines final : public marketdata::Lines {
public:
    using Sessions = std::map<std::string, Messages>;
    explicit CarbonLines(Sessions& sent) : sent_(sent) {}

    void send(std::span<const marketdata::Packet> packets) override {
        for (const marketdata::Packet& packet : packets) {
            Messages& messages = sent_[std::string(packet.header().session.view())];
            auto blocks = packet.view().subspan(sizeof packet.header());
            for (uint64_t i = packet.header().sequence.value(); !blocks.empty(); ++i) {
                const auto block = marketdata::first_block(blocks);
                const std::string message = hex(block.subspan(2));
                blocks = blocks.subspan(block.size());
                REQUIRE(i <= messages.size() + 1);
                if (i > messages.size()) messages.push_back(message);
                CHECK(messages[i - 1] == message);
            }
        }
    }
    marketdata::LineCounters counters() const override { return {}; }

private:
    Sessions& sent_;
};

}  // namespace

TEST_CASE("carbon: a publisher that is killed and restarted goes on with the same stream") {
    const ScratchDirectory scratch;
    FeedScript script(scratch.path());
    RandomMarket market(script, 8);
    Settings settings;
    settings.data_directory = settings.runtime_directory = scratch.path();
    CarbonLines::Sessions sent, elsewhere;
    const auto lines = [&](const StreamSettings& stream, const MarketDataSettings& all) {
        return std::make_unique<CarbonLines>(stream == all.carbon ? sent : elsewhere);
    };
    uint64_t now_ns = second;
    const std::filesystem::path cursor = scratch.path() / "feed-carbon.cursor";
    const std::filesystem::path older = scratch.path() / "older";
    auto publisher = std::make_unique<marketdata::Publisher>(settings, lines);
    std::size_t restarts = 0;
    const auto check = [&] {
        if (restarts % 2 == 0) std::filesystem::copy_file(cursor, older);
        while (publisher->poll(now_ns += 1'000'000) > 0) continue;
        publisher.reset();
        if (restarts++ % 2 == 0)
            std::filesystem::rename(older, cursor);  // what it sent is repeated
        publisher = std::make_unique<marketdata::Publisher>(settings, lines);
    };
    run_day(script, market, 20261123, check);
    run_day(script, market, 20261124, check);
    while (publisher->poll(now_ns += 1'000'000) > 0) continue;

    marketdata::CarbonEncoder encoder(480);
    EventReader events(scratch.path(), scratch.path(), "test");
    CarbonLines::Sessions expected;
    while (const EventHead* event = events.next()) {
        std::span<const unsigned char> blocks{encoder.encode(*event, events.sequence()).blocks};
        while (!blocks.empty()) {
            const auto block = marketdata::first_block(blocks);
            expected[std::string(encoder.session().view())].push_back(hex(block.subspan(2)));
            blocks = blocks.subspan(block.size());
        }
    }
    CHECK(expected.size() == 2);
    CHECK(sent == expected);
    CHECK(restarts == 62);
}

TEST_CASE("carbon: the specification's examples are what is sent") {
    Feed feed;
    feed.script.list_example();
    feed.script.change_phase(Phase::pre_open);
    feed.script.change_reference(1, Price{101'000}, Price{80'800}, Price{121'200});
    feed.script.change_phase(Phase::continuous);
    feed.script.change_labels(1, label_icvcm_ccp | label_corsia | label_article6,
                              label_corsia | label_article6);
    trade(feed.script, 100'500, 300);
    trade(feed.script, 100'800, 100);
    feed.script.halt(1, "T1");
    feed.script.change_phase(Phase::closed);

    check_readme_examples("The carbon channel", 7, feed.messages());
}

}  // namespace carbonx::tests
