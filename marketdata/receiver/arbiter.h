// A subscriber's first step: out of packets from two lines and from re-requests, in any order, each
// message once and in sequence.
//
// Threads: one. Always: pure but for the time that it is given, of a monotonic clock, from 1.
//
// Packets that come too early are held, within bounds: beyond them the earliest is given up and is
// missing again. Heartbeats and ends of session tell what is missing but are never taken for
// messages. A session with a later name replaces the present one, packets of any other are counted
// and dropped.
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
    uint64_t skipped = 0;   // messages that a snapshot stood for
    uint64_t repeats = 0;   // packets without news: every second one, where both lines are whole
    uint64_t given_up = 0;  // packets that were held and found no room any more
    uint64_t other_session = 0;
    uint64_t malformed = 0;
    // A gap opens when the first message is missing and closes when nothing is. What one who comes
    // late has missed is a gap too.
    uint64_t gaps = 0;
    uint64_t gaps_closed = 0;
    uint64_t requests = 0;
    uint64_t recovery_ns_last = 0;  // from opening to closing
    uint64_t recovery_ns_max = 0;
};

class Arbiter {
public:
    struct Handler {
        std::function<void(const wire::SessionName& session)> session_begins;
        std::function<void(uint64_t sequence, std::span<const unsigned char> message)> message;
    };
    struct Bounds {
        std::size_t packets = 65'536;
        std::size_t bytes = std::size_t{32} << 20;
    };
    explicit Arbiter(Handler handler) : Arbiter(std::move(handler), Bounds()) {}
    Arbiter(Handler handler, const Bounds& bounds)
        : handler_(std::move(handler)), bounds_(bounds) {}

    // Takes one UDP payload, from whichever line or answer. How many of its messages were news;
    // nothing where the packet was dropped, as malformed or of another session.
    std::optional<uint64_t> take(std::span<const unsigned char> packet, uint64_t now_ns);

    // What to ask the re-request server for now; call it until there is nothing. A hole is asked
    // for when it is reorder_ns old, again when there was no answer for retry_ns, and what an
    // answer left of it at once.
    std::optional<wire::Request> request(uint64_t now_ns);

    // This session is the present one, as a snapshot's server tells before the lines do. Requires:
    // it is a later one.
    void begin(const wire::SessionName& session);
    // A snapshot of this session stands for all messages below the sequence: they are done with.
    void skip_to(uint64_t sequence, uint64_t now_ns);

    const wire::SessionName& session() const { return session_; }
    uint64_t next_sequence() const { return next_; }
    // Nothing is missing that is known to have been sent, and something has been heard.
    bool caught_up() const { return !session_.view().empty() && holes_.empty(); }
    bool session_over() const { return session_over_ && caught_up(); }
    uint64_t missing() const { return missing_; }  // messages
    uint64_t gap_ns() const { return gap_ns_; }    // since when something is missing; 0: nothing is
    // When it last came closer to closing the gap: the gap's opening, or the last message given on.
    uint64_t advanced_ns() const { return advanced_ns_; }
    std::size_t bytes_held() const { return bytes_held_; }
    std::size_t packets_held() const { return early_.size(); }
    const ArbiterCounters& counters() const { return counters_; }

    static constexpr uint64_t reorder_ns = 2'000'000;
    static constexpr uint64_t retry_ns = 50'000'000;
    static constexpr std::size_t holes_asked = 16;  // at a time

private:
    struct Hole {
        uint64_t end = 0;      // of the message behind it
        uint64_t seen_ns = 0;  // when it was found
        uint64_t asked_ns = 0;
    };
    bool whole(std::span<const unsigned char> packet) const;
    void open_hole(uint64_t end, uint64_t now_ns);
    uint64_t fill(uint64_t first, uint64_t end);
    void hold(uint64_t first, std::span<const unsigned char> packet);
    void give_up_earliest();
    void deliver(std::span<const unsigned char> packet);
    void deliver_early();
    void note_gap(uint64_t now_ns);

    const Handler handler_;
    const Bounds bounds_;
    wire::SessionName session_;
    uint64_t next_ = 1;   // the next message to give on
    uint64_t known_ = 1;  // messages below it are known to have been sent
    bool session_over_ = false;
    std::map<uint64_t, Hole> holes_;  // what is missing below known_, by its first message
    uint64_t missing_ = 0;            // messages in holes_
    std::map<uint64_t, std::vector<unsigned char>> early_;  // packets by their first message
    std::size_t bytes_held_ = 0;                            // in early_
    uint64_t gap_ns_ = 0;
    uint64_t advanced_ns_ = 0;
    ArbiterCounters counters_;
};

}  // namespace carbonx::marketdata
