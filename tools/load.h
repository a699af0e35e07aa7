// Open-loop load over FIX: orders that rest and are cancelled, at times fixed beforehand.
//
// Threads: one.
// Always: a latency counts from the time at which the message should have been sent, whatever held
// it up, so that a slow venue cannot slow the questions down (no coordinated omission).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/feed_tap.h"
#include "tools/fix_client.h"
#include "tools/percentiles.h"

namespace carbonx::tools {

struct LoadTotals {
    uint64_t sent = 0;
    uint64_t answered = 0;
    uint64_t refused = 0;
    std::size_t request_bytes = 0;  // of a new order, as last sent
    std::size_t answer_bytes = 0;   // of a report, as last received
    Percentiles fix_out;            // message in to report out, at this client's socket
    Percentiles multicast_out;      // new order in to its add on the multicast
};

class Load {
public:
    // Logs on, and learns from the first session what is listed. Throws when it cannot.
    Load(boost::asio::io_context& io, const std::vector<FixClientSettings>& sessions, FeedTap* tap);
    ~Load();  // logs out

    // Sends the next message: a new order, or the cancel of one that has rested for a while.
    void send(uint64_t intended_ns);
    std::size_t poll();
    // Messages without an answer, and orders not yet seen on the multicast.
    uint64_t waiting() const {
        return totals_.sent - totals_.answered + intended_by_reference_.size();
    }
    LoadTotals& totals() { return totals_; }

private:
    struct Request {
        uint64_t intended_ns = 0;
        std::size_t order = 0;  // which one: a request's own number for a new order
        bool answered = false;
    };
    struct Counter {
        std::string symbol;
        std::string price;  // at which a buy rests and never trades
    };

    void log_on();
    void received(const FixView& message);
    void listed(const FixView& message);
    void added(std::string_view message);
    FixClient& session_of(std::size_t order) { return *clients_[order % clients_.size()]; }
    const Counter& counter_of(std::size_t order) { return counters_[order % counters_.size()]; }
    std::string client_id(std::size_t request) const;

    FeedTap* const tap_;
    std::vector<std::unique_ptr<FixClient>> clients_;
    std::vector<Counter> counters_;
    bool list_complete_ = false;
    const uint64_t first_id_;  // client ids count from here
    std::vector<Request> requests_;
    std::size_t next_cancel_ = 0;  // requests before it are cancels or cancelled
    std::size_t resting_ = 0;
    bool cancel_next_ = false;
    // One half of a pair that waits for the other: the intended time or the time seen, by
    // reference.
    std::unordered_map<uint64_t, uint64_t> intended_by_reference_;
    std::unordered_map<uint64_t, uint64_t> seen_by_reference_;
    LoadTotals totals_;
};

}  // namespace carbonx::tools
