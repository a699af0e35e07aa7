// TCP between brokers and the gateway, without a kernel: bytes that arrive in pieces, when chance
// will, or never.
//
// Threads: one. Always: in order and unchanged up to where a connection breaks, at any byte.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/network.h"
#include "tests/simulate_chance.h"

namespace carbonx::tests {

// A connection.
struct Wire {
    struct Direction {
        std::string sent;     // on its way
        std::string arrived;  // and not yet read
        bool closed = false;  // by the sender: what was sent still arrives
    };
    Direction to_gateway, to_broker;
    bool broken = false;  // both sides learn it, and nothing arrives any more

    static constexpr std::size_t sent_max = 4096;  // more waits at the sender
};

class SimulatedNetwork {
public:
    explicit SimulatedNetwork(Chance& chance) : chance_(chance) {}

    // A broker's call to the gateway; nullptr when nobody listens.
    std::shared_ptr<Wire> connect();
    // Some of what is on its way arrives, or all.
    std::size_t deliver(bool all);
    // Nothing is under way and nothing waits to be read.
    bool is_silent() const;

    // The gateway's side of all connections.
    gateway::MakeNetwork listen();

private:
    class Listener;
    Chance& chance_;
    Listener* listener_ = nullptr;
    std::vector<std::shared_ptr<Wire>> wires_;
};

}  // namespace carbonx::tests
