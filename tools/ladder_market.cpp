#include "tools/ladder_market.h"

#include <algorithm>

#include "tools/feed_text.h"

namespace carbonx::tools {
namespace {

using marketdata::CounterImage;
using marketdata::Image;

LadderDepth depth_of(const CounterImage& counter) {
    LadderDepth depth;
    for (std::size_t side = 0; side < 2; ++side) {
        for (const auto& level : counter.sides[side]) {
            if (depth.sides[side].size() == LadderWatch::depth_max) break;
            depth.sides[side].push_back(level);
        }
    }
    return depth;
}

LadderFeed feed_of(const marketdata::Receiver& receiver, uint64_t now_ns) {
    const marketdata::StreamReceiver& stream = receiver.stream();
    const marketdata::Arbiter& arbiter = stream.arbiter();
    LadderFeed feed;
    feed.session = arbiter.session().view();
    feed.next_sequence = arbiter.next_sequence();
    feed.over = arbiter.session_over();
    const marketdata::Status status = receiver.status(now_ns);
    if (status.stale()) {
        feed.stale = marketdata::text(status.staleness);
        feed.stale_ms = (now_ns - std::min(now_ns, status.since_ns)) / 1'000'000;
    }
    for (std::size_t i = 0; i < 2; ++i) {
        const marketdata::LineStatistics& line = stream.line(i);
        feed.lines[i] = {line.packets, line.messages_first, line.messages_lost, line.gaps, {}};
        if (line.heard_ns != 0) {
            feed.lines[i].silent_ms = (now_ns - std::min(now_ns, line.heard_ns)) / 1'000'000;
        }
    }
    feed.counters = arbiter.counters();
    feed.snapshots = stream.snapshots();
    feed.missing = arbiter.missing();
    feed.packets_held = arbiter.packets_held();
    feed.contradictions = receiver.image().contradictions();
    feed.warning = stream.warning();
    return feed;
}

LadderTrade shown(const marketdata::TradeImage& trade) {
    return {trade.locate, trade.timestamp, trade.maker_side == 'S', trade.price, trade.quantity};
}

}  // namespace

void LadderWatch::message(const Image& image) {
    if (image.trade_count() == trade_count_ || image.trades().empty()) return;
    trade_count_ = image.trade_count();
    const marketdata::TradeImage& trade = image.trades().front();
    first_prices_.try_emplace(trade.locate, trade.price);
    std::deque<LadderTrade>& of = trades_of_[trade.locate];
    of.push_front(shown(trade));
    if (of.size() > trades_max) of.pop_back();
}

void LadderWatch::replaced() { *this = {}; }

LadderMarket LadderWatch::market(const marketdata::Receiver& receiver,
                                 std::optional<uint16_t> locate, uint64_t now_ns) {
    LadderMarket market = this->market(receiver.image(), locate, now_ns);
    market.feed = feed_of(receiver, now_ns);
    return market;
}

LadderMarket LadderWatch::market(const Image& image, std::optional<uint16_t> locate,
                                 uint64_t now_ns) {
    LadderMarket market;
    for (const auto& [number, counter] : image.counters()) {
        LadderInstrument shown;
        shown.locate = number;
        shown.symbol = counter.symbol;
        shown.state = state_text(counter);
        shown.message_count = counter.message_count;
        shown.messages_per_second = rate(number, counter.message_count, now_ns);
        shown.trade_count = counter.trade_count;
        shown.volume = counter.traded_quantity;
        if (counter.last_price != 0) {
            shown.last = counter.last_price;
            const auto first = first_prices_.find(number);
            if (first != first_prices_.end()) {
                shown.change =
                    static_cast<int64_t>(*shown.last) - static_cast<int64_t>(first->second);
            }
        }
        for (std::size_t side = 0; side < 2; ++side) {
            if (counter.sides[side].empty()) continue;
            shown.best[side] = counter.sides[side][0];
        }
        market.instruments.push_back(shown);
        if (locate && *locate != number) continue;
        market.depths[number] = depth_of(counter);
        const std::deque<LadderTrade>& of = trades_of_[number];
        market.trades_of[number].assign(of.begin(), of.end());
    }
    std::ranges::sort(market.instruments, {}, &LadderInstrument::symbol);
    for (const marketdata::TradeImage& trade : image.trades()) {
        market.trades.push_back(shown(trade));
    }
    return market;
}

// Over the last window that has ended.
uint64_t LadderWatch::rate(uint16_t locate, uint64_t count, uint64_t now_ns) {
    Rate& rate = rates_[locate];
    const uint64_t passed_ns = now_ns - std::min(now_ns, rate.since_ns);
    if (rate.since_ns != 0 && passed_ns < rate_window_ns) return rate.per_second;
    if (rate.since_ns != 0) {
        const uint64_t more = count - std::min(count, rate.count);
        rate.per_second = (more * 1'000'000'000 + passed_ns / 2) / passed_ns;
    }
    rate.since_ns = now_ns;
    rate.count = count;
    return rate.per_second;
}

}  // namespace carbonx::tools
