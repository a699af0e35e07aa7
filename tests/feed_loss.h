// The feed over a bad network: a whole exchange, carbonx-publisher's two threads, a relay that
// loses, repeats and reorders, receivers that are always there and receivers that come late. At
// every check point each receiver's books must be the engine's.
//
// Threads: one. Sockets and time are real, what the relay does is by the seed.
#pragma once

#include <cstdint>
#include <string>

#include "tests/feed_relay.h"

namespace carbonx::tests {

struct LossOptions {
    BadNetwork network;
    uint64_t seed = 1;
    int bursts = 3;
    uint64_t burst_messages = 100'000;
    int receivers = 3;
    int joins = 100;
};

struct LossResult {
    std::string flaw;  // what was wrong first; empty: nothing
    uint64_t messages = 0;
    uint64_t packets = 0;       // that the relay took
    uint64_t packets_lost = 0;  // by the relay
    uint64_t gaps = 0;          // of all receivers
    uint64_t requests = 0;
    uint64_t snapshots = 0;
    uint64_t checks = 0;  // receivers whose books were compared, at all check points
    uint64_t joins = 0;
    // Milliseconds: from a gap to its end; from a late start to the whole book.
    double recovery_ms_median = 0, recovery_ms_max = 0;
    double join_ms_median = 0, join_ms_max = 0;
};

LossResult run_feed_loss(const LossOptions& options);

}  // namespace carbonx::tests
