// What the ladder shows, as plain values: the market and how well it is heard, at one moment.
//
// Threads: one.
// Always: a LadderMarket refers to nothing that changes, so that a frozen one stays.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "marketdata/receiver/receiver.h"

namespace carbonx::tools {

struct LadderDepth {
    std::vector<marketdata::BookLevel> sides[2];  // buys, sells; the best first
};

struct LadderInstrument {
    uint16_t locate = 0;
    std::string symbol;
    std::string state;
    uint64_t messages_per_second = 0;
    uint64_t message_count = 0;
    uint64_t trade_count = 0;
    uint64_t volume = 0;  // tonnes
    // Since the session's first message, or since a snapshot.
    std::optional<uint64_t> last;
    int64_t change = 0;  // from the first trade's price to the last one's
    std::optional<marketdata::BookLevel> best[2];
};

struct LadderTrade {
    uint16_t locate = 0;
    uint64_t timestamp = 0;
    bool bought = false;  // by the order that came in
    uint64_t price = 0;
    uint64_t quantity = 0;
};

struct LadderLine {
    uint64_t packets = 0;
    uint64_t first = 0;  // messages that it brought before the other
    uint64_t lost = 0;
    uint64_t gaps = 0;
    std::optional<uint64_t> silent_ms;  // none: it was never heard
};

struct LadderFeed {
    std::string session;  // empty: nothing was heard
    uint64_t next_sequence = 1;
    bool over = false;
    std::string stale;  // why; empty: it is not
    uint64_t stale_ms = 0;
    LadderLine lines[2];
    marketdata::ArbiterCounters counters;
    marketdata::SnapshotStatistics snapshots;
    uint64_t missing = 0;  // messages
    std::size_t packets_held = 0;
    uint64_t contradictions = 0;
    std::string warning;
};

struct LadderMarket {
    LadderFeed feed;
    std::vector<LadderInstrument> instruments;               // by symbol
    std::map<uint16_t, LadderDepth> depths;                  // by locate, of those asked for
    std::vector<LadderTrade> trades;                         // of all, the newest first
    std::map<uint16_t, std::vector<LadderTrade>> trades_of;  // by locate, of those asked for
};

// Watches a receiver for what its picture does not keep.
class LadderWatch {
public:
    // After each message, and whenever the picture is another one.
    void message(const marketdata::Image& image);
    void replaced();

    // Depth of one counter, or of all. The monotonic clock.
    LadderMarket market(const marketdata::Receiver& receiver, std::optional<uint16_t> depth_of,
                        uint64_t now_ns);
    // The same of a picture alone.
    LadderMarket market(const marketdata::Image& image, std::optional<uint16_t> depth_of,
                        uint64_t now_ns);

    static constexpr std::size_t depth_max = 100;              // levels of a side
    static constexpr std::size_t trades_max = 100;             // of a counter
    static constexpr uint64_t rate_window_ns = 2'000'000'000;  // at least

private:
    struct Rate {
        uint64_t since_ns = 0;
        uint64_t count = 0;  // messages until then
        uint64_t per_second = 0;
    };
    uint64_t rate(uint16_t locate, uint64_t count, uint64_t now_ns);

    std::map<uint16_t, uint64_t> first_prices_;              // by locate
    std::map<uint16_t, Rate> rates_;                         // by locate
    std::map<uint16_t, std::deque<LadderTrade>> trades_of_;  // by locate, the newest first
    uint64_t trade_count_ = 0;
};

}  // namespace carbonx::tools
