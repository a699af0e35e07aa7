// The whole exchange under an endless flow, with an event window that a publisher follows, and
// nothing else of an engine: what the feed's benchmarks take their events from.
//
// Threads: one; the window's readers are elsewhere.
#pragma once

#include <memory>

#include "bench/disk_directory.h"
#include "bench/endless_flow.h"
#include "engine/api/settings.h"
#include "engine/exchange/exchange.h"

namespace carbonx::bench {

class FeedEngine {
public:
    explicit FeedEngine(const std::filesystem::path& parent);

    // For a publisher: these directories, lines and ports of this process's own.
    const Settings& settings() const { return settings_; }
    // Does the next command; its events are written and not yet published.
    void step();
    void publish() { events_->publish(); }
    uint64_t next_event() const { return events_->next(); }
    LogHeader& header() const { return event_log::header(window_); }
    const Memory& window() const { return window_; }

    static constexpr uint32_t window_slots = 1U << 21;

private:
    EndlessFlow flow_;
    DiskDirectory directory_;
    Settings settings_;
    Memory window_;
    Exchange exchange_;
    std::unique_ptr<EventWriter> events_;
    uint64_t next_command_ = 1;
};

}  // namespace carbonx::bench
