// Where the publisher's packets go, and where re-requests come from: sockets, or a test's own
// network.
//
// Threads: one.
// Always: it never waits; a packet that it cannot take is lost, as any other on the way.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "engine/api/settings.h"
#include "marketdata/history.h"
#include "marketdata/packet.h"

namespace carbonx::marketdata {

struct OutletCounters {
    uint64_t packets = 0;   // on each line
    uint64_t failed = 0;    // not taken by the system, on one line
    uint64_t answered = 0;  // re-requests
};

class Outlet {
public:
    virtual ~Outlet() = default;
    // To lines A and B, in order.
    virtual void send(std::span<const Packet> packets) = 0;
    // Answers re-requests that wait; how many it took.
    virtual std::size_t answer() = 0;
    virtual uint16_t rerequest_port() const = 0;
    virtual OutletCounters counters() const = 0;
};

// Requires: the history, out of which it answers, outlives it.
using MakeOutlet =
    std::function<std::unique_ptr<Outlet>(const MarketDataSettings& settings, History& history)>;

// UDP, as the settings say. Throws std::runtime_error that names the mend.
std::unique_ptr<Outlet> open_sockets(const MarketDataSettings& settings, History& history);

}  // namespace carbonx::marketdata
