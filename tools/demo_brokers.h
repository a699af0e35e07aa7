// The demo's brokers: each a FIX session like any other, which quotes both sides of its counters
// and trades on those of the others.
//
// Threads: one steps them all.
// Always: what they do follows from the seed and from what the venue answers; the pace is the given
// one, whatever the venue's is.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tools/fix_client.h"
#include "tools/percentiles.h"

namespace carbonx::tools {

// A counter as the venue's security list tells it, prices in ten-thousandths.
struct DemoCounter {
    std::string symbol;
    int32_t tick = 0;
    int32_t low = 0;
    int32_t high = 0;
    int32_t fair = 0;  // what the brokers believe it is worth, wandering
};

struct DemoTotals {
    uint64_t orders = 0;  // new orders sent
    uint64_t cancels = 0;
    uint64_t replaces = 0;
    uint64_t refused = 0;                     // reports and rejects that say no
    std::unordered_set<std::string> matches;  // numbers of the trades
    Percentiles answer;                       // from a new order out to its first report in
};

class DemoBroker {
public:
    DemoBroker(boost::asio::io_context& io, const FixClientSettings& settings, uint64_t seed,
               std::vector<DemoCounter>& counters, DemoTotals& totals);

    FixClient& client() { return client_; }
    void ask_list();
    bool has_list() const { return list_complete_; }
    // Will quote both sides of every second counter before anything else.
    void make_every_second(std::size_t first);
    // Requires: counters are listed. Does one thing: quotes, trades, replaces or cancels.
    void act();

private:
    struct Open {
        uint64_t number = 0;  // its client id
        std::size_t counter = 0;
        bool buy = false;
        int64_t executed = 0;
        bool confirmed = false;  // the venue has it, and nothing of ours is under way
    };

    void received(const FixView& message);
    void executed(const FixView& message);
    void listed(const FixView& message);
    void quote(std::size_t counter, bool buy);
    void take();
    void replace(Open& order);
    void cancel(Open& order);
    void enter(std::size_t counter, bool buy, int32_t price, int64_t quantity, bool immediate);
    Open* any_open();
    void forget(uint64_t number);
    int32_t near_fair(std::size_t counter, int ticks);
    int64_t random(int64_t low, int64_t high);

    std::vector<DemoCounter>& counters_;
    DemoTotals& totals_;
    std::mt19937_64 random_;
    uint64_t next_number_ = 0;
    std::deque<std::pair<std::size_t, bool>> first_quotes_;  // counter and side, still to be made
    std::vector<Open> open_;
    std::unordered_map<uint64_t, std::size_t> places_;  // in open_, by client id
    std::unordered_map<uint64_t, uint64_t> sent_ns_;    // by client id, until the first report
    bool list_complete_ = false;
    FixClient client_;  // last: its handler uses the others
};

}  // namespace carbonx::tools
