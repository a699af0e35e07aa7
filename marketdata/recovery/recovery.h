// What subscribers can ask for: all streams once more, made from the event log beside the
// publisher, and kept for re-requests and snapshots.
//
// Threads: one, which steps it with poll(); it shares nothing with the publisher's.
// Always: the same messages under the same numbers as on the lines. It may be some events ahead of
// the lines, or behind them.
#pragma once

#include <vector>

#include "marketdata/follower.h"
#include "marketdata/recovery/recorded_stream.h"

namespace carbonx::marketdata {

class Recovery {
public:
    // Throws std::system_error where there is no event log yet.
    explicit Recovery(const Settings& settings);

    // Reads what there is now; the monotonic clock. Returns the work done.
    std::size_t poll(uint64_t now_ns);

    // In the order of plan_streams().
    const std::vector<std::unique_ptr<RecordedStream>>& streams() const { return streams_; }
    // Places in the event log: how far it has read, and how far there is to read.
    uint64_t position() const { return events_.position(); }
    uint64_t published() const { return events_.published(); }

    static constexpr std::size_t events_per_poll = 4096;

private:
    Follower events_;
    std::vector<std::unique_ptr<RecordedStream>> streams_;
};

}  // namespace carbonx::marketdata
