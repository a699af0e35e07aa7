// How many messages a second a session, and all sessions of a firm together, may send: token
// buckets that hold one second's worth. Cancels have their own, so that a flood of orders never
// keeps anyone from taking his risk away.
//
// Threads: the gateway thread only.
// Always: over any time t no more than rate x (1 s + t) is let through; nothing is let through by
// one bucket and refused by the other of the two that a message needs.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/api/settings.h"

namespace carbonx::gateway {

class TokenBucket {
public:
    // rate: a second; 0: no limit.
    explicit TokenBucket(uint32_t rate = 0) : rate_(rate), tokens_ns_(second_ns) {}

    bool has_one(uint64_t now_ns) {
        if (rate_ == 0) return true;
        // Kept as time: one token is second_ns / rate_ of it.
        tokens_ns_ = std::min(second_ns, tokens_ns_ + (now_ns - filled_ns_));
        filled_ns_ = now_ns;
        return tokens_ns_ >= second_ns / rate_;
    }
    // Requires: has_one() said so just now.
    void take() {
        if (rate_ != 0) tokens_ns_ -= second_ns / rate_;
    }

private:
    static constexpr uint64_t second_ns = 1'000'000'000;

    uint64_t rate_;
    uint64_t tokens_ns_;
    uint64_t filled_ns_ = 0;
};

class Throttle {
public:
    Throttle() = default;
    explicit Throttle(const MessageRates& rates) : orders_(rates.orders), cancels_(rates.cancels) {}

    TokenBucket& bucket(bool is_cancel) { return is_cancel ? cancels_ : orders_; }

private:
    TokenBucket orders_;  // and every other message that is no cancel
    TokenBucket cancels_;
};

// Takes one from both, or from neither.
inline bool take(TokenBucket& session, TokenBucket& firm, uint64_t now_ns) {
    if (!session.has_one(now_ns) || !firm.has_one(now_ns)) return false;
    session.take();
    firm.take();
    return true;
}

}  // namespace carbonx::gateway
