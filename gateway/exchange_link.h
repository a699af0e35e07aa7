// The gateway's two ends of shared memory: the ring that commands enter by, and the event log.
//
// Threads: the gateway thread only.
// Always: attached or not; it attaches when the engine has made both, and follows the engine over
// its restarts. A command is pushed only into the ring that the engine reads.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/api/log.h"
#include "engine/api/ring.h"
#include "engine/api/settings.h"

namespace carbonx::gateway {

class ExchangeLink {
public:
    // Requires: the settings outlive it.
    explicit ExchangeLink(const Settings& settings);

    // Some times a second: attaches, or follows. Throws std::runtime_error when what is there now
    // is another venue, or has lost events.
    void poll(uint64_t monotonic_ns);
    bool is_attached() const { return ring_.has_value(); }
    // Why it is not.
    const std::string& obstacle() const { return obstacle_; }
    // True once after the ring was replaced: what the old one held may never be read.
    bool take_ring_replaced() { return std::exchange(ring_replaced_, false); }

    // All below: Requires: is_attached().
    EventReader& events() { return *events_; }
    const EventReader& events() const { return *events_; }
    bool try_push(const CommandHead& command, bool essential);
    // Whether the engine has read all that was pushed, and made it durable.
    bool is_drained() { return ring_->drained(); }
    // Tells the engine that this gateway lives.
    void heartbeat(uint64_t monotonic_ns) { ring_->heartbeat(monotonic_ns); }
    bool is_engine_silent(uint64_t monotonic_ns) const;

private:
    void attach();
    void attach_ring();

    const Settings& settings_;
    std::unique_ptr<EventReader> events_;
    Memory memory_;  // of the ring
    std::optional<RingProducer> ring_;
    uint64_t next_look_ns_ = 0;
    uint64_t venue_ = 0;
    bool ring_replaced_ = false;
    std::string obstacle_;
};

}  // namespace carbonx::gateway
