// A subscriber's first step: out of packets from two lines and from re-requests, in any order, each
// message once and in sequence.
//
// Threads: one. Always: pure but for the time that it is given.
//
// Packets that come too early wait in a bounded buffer; heartbeats and ends of session tell what is
// missing but are never taken for messages. A session with a later name replaces the present one,
// packets of any other are counted and dropped.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "marketdata/wire.h"

namespace carbonx::marketdata {

struct ArbiterCounters {
    uint64_t packets = 0;
    uint64_t messages = 0;  // given on
    uint64_t repeats = 0;   // packets without news: every second one, where both lines are whole
    uint64_t gaps = 0;      // times that something was missing when a later packet came
    uint64_t requests = 0;
    uint64_t other_session = 0;
    uint64_t malformed = 0;
};

class Arbiter {
public:
    struct Handler {
        std::function<void(const wire::SessionName& session)> session_begins;
        std::function<void(uint64_t sequence, std::span<const unsigned char> message)> message;
    };
    explicit Arbiter(Handler handler) : handler_(std::move(handler)) {}

    // Takes one UDP payload, from whichever line or answer.
    void take(std::span<const unsigned char> packet);

    // What to ask the re-request server for now, if anything: what is missing has been so for
    // reorder_ns, and the last question for it is retry_ns old or was answered.
    std::optional<wire::Request> request(uint64_t now_ns);

    const wire::SessionName& session() const { return session_; }
    uint64_t next_sequence() const { return next_; }
    // Nothing is missing that is known to have been sent, and something has been heard.
    bool caught_up() const { return !session_.view().empty() && next_ >= known_; }
    bool session_over() const { return session_over_ && caught_up(); }
    const ArbiterCounters& counters() const { return counters_; }

    static constexpr uint64_t reorder_ns = 2'000'000;
    static constexpr uint64_t retry_ns = 50'000'000;
    static constexpr std::size_t early_packets_max = 4096;

private:
    bool whole(std::span<const unsigned char> packet) const;
    void deliver(std::span<const unsigned char> packet);
    void deliver_early();

    const Handler handler_;
    wire::SessionName session_;
    uint64_t next_ = 1;   // the next message to give on
    uint64_t known_ = 1;  // messages below it are known to have been sent
    bool session_over_ = false;
    std::map<uint64_t, std::vector<unsigned char>> early_;  // packets by their first message
    uint64_t gap_ns_ = 0;    // since when something is missing; 0: nothing is
    uint64_t asked_ns_ = 0;  // when it was last asked for
    uint64_t asked_sequence_ = 0;
    ArbiterCounters counters_;
};

}  // namespace carbonx::marketdata
