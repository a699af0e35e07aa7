// A subscriber's picture of the market: books order by order, trading states and the last trades,
// built from the feed's messages alone.
//
// Threads: one.
// Always: within a price, orders stand in order of priority. A message that contradicts the picture
// is counted and changes nothing.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "marketdata/wire.h"

namespace carbonx::marketdata {

struct BookOrder {
    uint64_t reference = 0;
    uint32_t quantity = 0;
};

struct BookLevel {
    std::list<BookOrder> orders;  // in order of priority
    uint64_t quantity() const;
};

// Key: the price, negated for buys, so that the best one comes first.
using BookSide = std::map<int64_t, BookLevel>;
constexpr int64_t price_of(BookSide::key_type key) { return key < 0 ? -key : key; }

struct CounterImage {
    std::string symbol;
    uint32_t round_lot = 0;
    wire::TradingState state{};
    std::string reason;
    BookSide sides[2];  // buys, sells
    uint64_t message_count = 0;
    uint64_t trade_count = 0;
    uint64_t traded_quantity = 0;
    uint32_t last_price = 0;  // 0 before the day's first trade
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
    // A new session: everything begins empty.
    void clear();
    void apply(std::span<const unsigned char> message);

    const std::map<uint16_t, CounterImage>& counters() const { return counters_; }  // by locate
    const std::deque<TradeImage>& trades() const { return trades_; }  // the newest first
    char system_event() const { return system_event_; }               // the last; ' ' before
    uint64_t trade_count() const { return trade_count_; }
    uint64_t contradictions() const { return contradictions_; }

    static constexpr std::size_t trades_kept = 50;

private:
    struct Place {
        uint16_t locate = 0;
        std::size_t side = 0;
        BookSide::iterator level;
        std::list<BookOrder>::iterator order;
    };
    using Places = std::unordered_map<uint64_t, Place>;

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
    bool add(uint64_t reference, uint16_t locate, std::size_t side, uint32_t price,
             uint32_t quantity);
    bool reduce(Places::iterator place, uint32_t quantity);
    void remove(Places::iterator place);

    std::map<uint16_t, CounterImage> counters_;
    Places places_;  // by reference
    std::deque<TradeImage> trades_;
    char system_event_ = ' ';
    uint64_t trade_count_ = 0;
    uint64_t contradictions_ = 0;
};

// Every order of every book, a line each: symbol, B or S, price, quantity, reference; by symbol,
// buys first, best price first, in order of priority.
std::string books_text(const Image& image);

// 100500 -> "10.0500"
std::string price_text(uint64_t price);

}  // namespace carbonx::marketdata
