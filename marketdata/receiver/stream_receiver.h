// Puts one stream together, whatever its messages are: joins lines A and B, asks again for what is
// missing, and loads a snapshot where that is too much.
//
// Threads: one, which steps it with poll().
// Always: the handler gets each message once and in sequence, from message 1 or from where a
// snapshot stands; a snapshot that is not whole, or not ahead, changes nothing.
//
// A snapshot is asked for at the start, before anything is heard, since a quiet stream is heard
// once a second only; when more than snapshot_messages are missing, such as for one who comes late;
// or when nothing has come of re-requests for a second. What the lines bring meanwhile is held.
// Messages are asked for again unless a snapshot is being loaded, and also then when it takes more
// than a second; so each of the two servers stands in for the other.
#pragma once

#include <string_view>

#include "marketdata/receiver/arbiter.h"
#include "marketdata/receiver/line_statistics.h"
#include "marketdata/receiver/snapshot_loader.h"
#include "marketdata/receiver/sockets.h"

namespace carbonx::marketdata {

// Where a stream is to be had. As delivered: the books of channel 1, without snapshots.
struct Subscription {
    Address line_a{"239.192.1.1", 26400};
    Address line_b{"239.192.1.2", 26400};
    std::string interface = "127.0.0.1";  // the address of this machine's by which lines come in
    Address rerequest{"127.0.0.1", 26410};
    Address snapshot{"127.0.0.1", 26420};
    std::string user;      // for snapshots, 6 characters at most; empty: no snapshots are asked for
    std::string password;  // 10 at most
};

struct ReceiverLimits {
    Arbiter::Bounds held;                                     // packets that came too early
    std::size_t receive_buffer_bytes = std::size_t{8} << 20;  // asked of the system, for a line
    uint64_t snapshot_messages = 5'000;                       // missing, above which one helps
};

enum class Staleness : uint8_t { none, not_joined, missing, silent };
std::string_view text(Staleness staleness);

// Whether the present messages are known to have come, and if not why and since when.
struct Status {
    Staleness staleness = Staleness::none;
    uint64_t since_ns = 0;
    bool stale() const { return staleness != Staleness::none; }
};

struct SnapshotStatistics {
    uint64_t started = 0;
    uint64_t taken = 0;
    uint64_t not_needed = 0;  // given up, or behind: re-requests were faster, or a new session came
    uint64_t failed = 0;
    uint64_t messages = 0;  // of all
    uint64_t load_ns_last = 0;
    std::string last_failure;
};

class StreamHandler {
public:
    virtual ~StreamHandler() = default;
    // All that was known is of no use any more; message 1 comes next, or a snapshot.
    virtual void session_begins(const wire::SessionName& session) = 0;
    virtual void message(uint64_t sequence, std::span<const unsigned char> message) = 0;
    // A snapshot is built aside, from nothing. It may end without being taken.
    virtual void snapshot_begins() = 0;
    virtual void snapshot_message(std::span<const unsigned char> message) = 0;
    // It stands in place of all messages below the sequence, which comes next.
    virtual void snapshot_taken(uint64_t next_sequence) = 0;
};

class StreamReceiver {
public:
    // Throws std::runtime_error that names the mend. Requires: the handler outlives it.
    StreamReceiver(const Subscription& subscription, StreamHandler& handler,
                   const ReceiverLimits& limits = {});

    // Takes what has come and asks for what is missing; the monotonic clock. Returns the work done.
    std::size_t poll(uint64_t now_ns);

    Status status(uint64_t now_ns) const;
    const Arbiter& arbiter() const { return arbiter_; }
    const LineStatistics& line(std::size_t number) const { return statistics_[number]; }  // A, B
    const SnapshotStatistics& snapshots() const { return snapshots_; }
    bool loading_snapshot() const { return loader_.running(); }
    // Where the system gave less than was asked: what, and the mend. Empty: it gave all.
    const std::string& warning() const { return warning_; }

    static constexpr uint64_t silence_ns = 3'000'000'000;
    static constexpr uint64_t unanswered_ns = 1'000'000'000;
    static constexpr uint64_t patience_ns = 1'000'000'000;    // with a snapshot's server
    static constexpr uint64_t back_off_ns_min = 500'000'000;  // from a snapshot's end to the next
    static constexpr uint64_t back_off_ns_max = 30'000'000'000;  // twice as long after each failure

private:
    std::size_t drain_line(std::size_t number, uint64_t now_ns);
    std::size_t drain_answers(uint64_t now_ns);
    std::size_t load(uint64_t now_ns);
    void end_load(bool helped, uint64_t now_ns);
    void drop_load();
    void recover(uint64_t now_ns);

    StreamHandler& handler_;
    const ReceiverLimits limits_;
    const bool has_snapshots_;
    boost::asio::io_context context_;
    Socket lines_[2];
    Socket rerequest_;
    std::string warning_;
    Arbiter arbiter_;
    LineStatistics statistics_[2];
    bool joined_ = false;         // this session was whole once
    uint64_t not_joined_ns_ = 0;  // since when it is not
    SnapshotLoader loader_;
    SnapshotStatistics snapshots_;
    uint64_t back_off_ns_ = back_off_ns_min;
    uint64_t next_load_ns_ = 0;  // not before
    uint64_t taken_ns_ = 0;      // when the last one was
};

}  // namespace carbonx::marketdata
