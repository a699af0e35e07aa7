// A subscriber of the carbon channel: every message from the session's first, with names.
//
// Threads: one, which steps it with poll().
#pragma once

#include "marketdata/receiver/stream_receiver.h"
#include "tools/carbon_message.h"

namespace carbonx::tools {

class CarbonStream : private marketdata::StreamHandler {
public:
    using Observer = std::function<void(uint64_t sequence, std::span<const unsigned char>)>;

    // Throws std::runtime_error that names the mend. Requires: no user, so that no snapshots come.
    CarbonStream(const marketdata::Subscription& subscription, Observer observer)
        : observer_(std::move(observer)), stream_(subscription, *this) {}

    // The monotonic clock. Returns the work done.
    std::size_t poll(uint64_t now_ns) { return stream_.poll(now_ns); }
    const marketdata::StreamReceiver& stream() const { return stream_; }
    const CarbonNames& names() const { return names_; }

private:
    void session_begins(const marketdata::wire::SessionName&) override { names_.clear(); }
    void message(uint64_t sequence, std::span<const unsigned char> message) override {
        names_.observe(message);
        observer_(sequence, message);
    }
    void snapshot_begins() override {}
    void snapshot_message(std::span<const unsigned char>) override {}
    void snapshot_taken(uint64_t) override {}

    const Observer observer_;
    CarbonNames names_;
    marketdata::StreamReceiver stream_;
};

}  // namespace carbonx::tools
