// What an operator sees of a FIX session.
//
// Threads: the gateway thread only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

namespace carbonx::gateway {

// A logon and what came of it: numbers are used one by one, so they count the messages.
struct Visit {
    uint64_t since_ns = 0;  // the last logon or logout; 0: none since the gateway's start
    bool is_over = true;
    int in = 0;  // messages when it is over; before, the next numbers as it began
    int out = 0;

    void begin(uint64_t utc_ns, int next_in, int next_out) {
        *this = {utc_ns, false, next_in, next_out};
    }
    void end(uint64_t utc_ns, int next_in, int next_out) {
        *this = {utc_ns, true, messages_in(next_in), messages_out(next_out)};
    }
    int messages_in(int next_in) const { return is_over ? in : std::max(0, next_in - in); }
    int messages_out(int next_out) const { return is_over ? out : std::max(0, next_out - out); }
};

struct SessionStatus {
    std::string comp_id;
    std::string firm;       // the participant; empty: the exchange has not listed the session
    std::string role;       // order_entry or drop_copy
    std::string state;      // logged_on, logged_out, disabled, removed or unlisted
    std::string address;    // of the last connection
    uint64_t since_ns = 0;  // 0: since the gateway's start
    int next_in = 0;        // MsgSeqNum
    int next_out = 0;
    std::size_t queued_bytes = 0;  // that the client has not taken
    std::size_t waiting = 0;       // messages that wait for an answer of the exchange
    int messages_in = 0;           // since the last logon, or of that visit when it is over
    int messages_out = 0;
    uint64_t refused = 0;    // messages, by the gateway itself, since its start
    uint64_t throttled = 0;  // of them for coming too fast
};

}  // namespace carbonx::gateway
