// A subscriber's picture of the market: books order by order, trading states and the last trades,
// built from the feed's messages alone.
//
// Threads: one.
// Always: within a price, orders stand in order of priority. A message that contradicts the picture
// is counted and changes nothing.
#pragma once

#include <deque>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "marketdata/receiver/book.h"
#include "marketdata/wire.h"

namespace carbonx::marketdata {

struct CounterImage {
    std::string symbol;
    uint32_t round_lot = 0;
    wire::TradingState state{};
    std::string reason;
    BookSide sides[2] = {BookSide(true), BookSide(false)};  // buys, sells
    uint64_t message_count = 0;
    uint64_t trade_count = 0;
    uint64_t traded_quantity = 0;
    uint32_t last_price = 0;  // 0 before the first trade seen
};

struct TradeImage {
    uint16_t locate = 0;
    uint64_t timestamp = 0;
    char maker_side = ' ';
    uint32_t price = 0;
    uint32_t quantity = 0;
    uint64_t match = 0;
};

class Image {
public:
    Image() = default;
    Image(Image&&) = default;
    Image& operator=(Image&&) = default;

    // A new session: everything begins empty.
    void clear() { *this = Image(); }
    void apply(std::span<const unsigned char> message);

    const std::map<uint16_t, CounterImage>& counters() const { return counters_; }  // by locate
    // Of a level's orders, in order of priority: first(), and behind() until nullptr.
    const Orders& orders() const { return orders_; }
    const std::deque<TradeImage>& trades() const { return trades_; }  // the newest first
    char system_event() const { return system_event_; }               // the last; ' ' before
    // Trades count from where this picture began: a snapshot has none.
    uint64_t trade_count() const { return trade_count_; }
    uint64_t contradictions() const { return contradictions_; }
    uint64_t unknown_count() const { return unknown_count_; }  // messages of no known type

    static constexpr std::size_t trades_kept = 50;

private:
    template <class Message>
    bool take(std::span<const unsigned char> message);
    bool apply(const wire::SystemEvent& message);
    bool apply(const wire::StockDirectory& message);
    bool apply(const wire::TradingAction& message);
    bool apply(const wire::AddOrder& message);
    bool apply(const wire::OrderExecuted& message);
    bool apply(const wire::OrderCancel& message);
    bool apply(const wire::OrderDelete& message);
    bool apply(const wire::OrderReplace& message);
    bool add(const BookOrder& order);
    bool reduce(const BookOrder& order, uint32_t quantity);
    CounterImage* counter(uint64_t locate) const {
        return locate < by_locate_.size() ? by_locate_[locate] : nullptr;
    }

    std::map<uint16_t, CounterImage> counters_;
    std::vector<CounterImage*> by_locate_;  // the same; nullptr where there is none
    Orders orders_;
    std::deque<TradeImage> trades_;
    char system_event_ = ' ';
    uint64_t trade_count_ = 0;
    uint64_t contradictions_ = 0;
    uint64_t unknown_count_ = 0;
};

// Every order of every book, a line each: symbol, B or S, price, quantity, reference; by symbol,
// buys first, best price first, in order of priority.
std::string books_text(const Image& image);

// 100500 -> "10.0500"
std::string price_text(uint64_t price);

}  // namespace carbonx::marketdata
