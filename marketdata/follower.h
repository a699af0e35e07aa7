// The event log, followed over the engine's restarts.
//
// Threads: one.
#pragma once

#include "engine/api/log.h"
#include "engine/api/settings.h"

namespace carbonx::marketdata {

class Follower {
public:
    // The name is shown to operators. Throws std::system_error where there is no event log yet.
    Follower(const Settings& settings, std::string_view name);

    // The next released event, if there is one.
    const EventHead* next() { return reader_.next(); }
    uint64_t sequence() const { return reader_.sequence(); }  // of what next() gave last
    uint64_t position() const { return reader_.position(); }  // of what next() will give
    uint64_t published() const { return reader_.published(); }
    // Nothing that has happened is still to be read.
    bool at_end() const { return reader_.backlog() == 0; }
    uint64_t venue() const { return venue_; }

    // Call it when idle; the monotonic clock. True when the engine was restarted and is followed
    // now. Throws std::runtime_error when it has lost events that were read, or is another venue's.
    bool follow(uint64_t now_ns);

private:
    static constexpr uint64_t reattach_ns = 100'000'000;  // between looks for a new engine

    EventReader reader_;
    const uint64_t venue_;
    uint64_t looked_ns_ = 0;
};

}  // namespace carbonx::marketdata
