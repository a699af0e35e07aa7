// The engine's own part of a round trip: a command into a gateway's ring, its event visible to that
// gateway. Asked by the ring of the venue's second gateway, which is no process, so that only the
// engine is in the way.
//
// Threads: one, which polls as a gateway does.
// Always: orders rest and never trade, as those of FixOrders.
#pragma once

#include <cstdint>
#include <optional>

#include "bench/fix_venue.h"
#include "engine/api/log.h"
#include "engine/api/ring.h"

namespace carbonx::bench {

class EngineHop {
public:
    // Requires: the venue runs, and outlives it. Throws std::runtime_error.
    EngineHop(const FixVenue& venue, unsigned brokers);

    // Reads what others have caused meanwhile.
    void catch_up();
    void send();
    // How many orders' events have become visible. Throws std::runtime_error at a refusal.
    std::size_t poll();

private:
    const Memory memory_;
    RingProducer ring_;
    EventReader events_;
    const unsigned broker_;
    uint64_t sent_ = 0;
};

}  // namespace carbonx::bench
