// Where a stream's packets go: multicast, or a test's own network.
//
// Threads: one.
// Always: it never waits; a packet that it cannot take is lost, as any other on the way.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "engine/api/settings.h"
#include "marketdata/packet.h"

namespace carbonx::marketdata {

struct LineCounters {
    uint64_t packets = 0;  // on each line
    uint64_t failed = 0;   // not taken by the system, on one line
};

class Lines {
public:
    virtual ~Lines() = default;
    // To lines A and B, in order, the same bytes.
    virtual void send(std::span<const Packet> packets) = 0;
    virtual LineCounters counters() const = 0;
};

using MakeLines = std::function<std::unique_ptr<Lines>(const StreamSettings& stream,
                                                       const MarketDataSettings& settings)>;

}  // namespace carbonx::marketdata
