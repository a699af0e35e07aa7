// What carries the bytes of the FIX sessions: TCP (transport.h), or a test's own network.
//
// Threads: the gateway thread only.
// Always: it never waits; what it brings goes to Sessions, what it takes came by a Channel. No byte
// of that leaves before Sessions::write_stores() has said that it is stored.
#pragma once

#include <functional>
#include <memory>

#include "engine/api/settings.h"
#include "gateway/sessions.h"

namespace carbonx::gateway {

class TlsContext;

class Network {
public:
    virtual ~Network() = default;
    // Reads, hands on, writes, steps the sessions. Returns the work done; 0: nothing to do.
    virtual std::size_t poll(TimePoint now) = 0;
    // Writes what was queued since the last poll, for a sender that cannot wait for the next one.
    virtual void flush() = 0;
    virtual uint16_t port() const = 0;
    // For who connects from now on. Returns whether the venue's certificate is another one.
    // Requires: TLS is listened for.
    virtual bool change_tls(const std::shared_ptr<TlsContext>&) { return false; }
};

// Requires: the sessions outlive it.
using MakeNetwork =
    std::function<std::unique_ptr<Network>(const GatewaySettings& settings, Sessions& sessions)>;

}  // namespace carbonx::gateway
