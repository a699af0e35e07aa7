// Gives each command its sequence and its time, hands it to the journal, applies it, and publishes
// what happened: the engine thread's whole work.
//
// Threads: the engine thread only, but for SequencerStatus, which any may read.
// Always: once started it allocates nothing, takes no lock, calls no kernel and never waits for a
// disk; a command that is not taken stays in its ring. Time never goes back.
#pragma once

#include <vector>

#include "engine/api/log.h"
#include "engine/api/ring.h"
#include "engine/exchange/exchange.h"
#include "engine/journal.h"

namespace carbonx {

// What the engine takes from the machine beside its disk: the time, and numbers to name venues and
// rings by.
struct Clock {
    uint64_t (*utc_ns)() = carbonx::utc_ns;
    uint64_t (*monotonic_ns)() = carbonx::monotonic_ns;
    uint64_t (*random)() = carbonx::random_number;
};

struct SequencerOptions {
    uint64_t tick_ns = 1'000'000'000;     // between two commands at most
    uint64_t silence_ns = 2'000'000'000;  // after which a gateway counts as dead
};

// What others may know of the engine thread. Written by it alone; all relaxed but `answered`, since
// each number is for the eye only.
struct alignas(64) SequencerStatus {
    std::atomic<Phase> phase{};
    std::atomic<uint32_t> trading_day{0};
    std::atomic<uint32_t> open_orders{0};
    std::atomic<uint64_t> next_command{1};  // sequence
    // The operators' last command: the events that it caused are from begin up to end.
    std::atomic<uint64_t> answer_begin{0};
    std::atomic<uint64_t> answer_end{0};
    std::atomic<uint64_t> answered{0};  // place in their ring; release, after the two above
};

class Sequencer {
public:
    // After the recovery: the exchange has all of the journal, and the window all of its events.
    Sequencer(Exchange& exchange, JournalWindow& journal, const Memory& events,
              const SequencerOptions& options, const Clock& clock);

    // Before the first poll. A ring is read on from where the exchange has been; of watched sources
    // the heartbeat is.
    void add_ring(Source source, const Memory& ring, bool watched);
    // The first record of a new journal. Requires: the journal is empty.
    void configure(uint64_t venue, const Capacities& capacities);
    // Behind that, or behind what was recovered: journals this build and its rules.
    void start();

    // Takes what has come in, some of each ring, or lets time pass; how many commands were made.
    std::size_t poll();

    const SequencerStatus& status() const { return status_; }

private:
    struct Input {
        Source source;
        RingConsumer ring;
        bool watched;
        uint64_t last_command = 0;  // the last one taken
        // Its places up to here are given back when this command is durable; 0 for none.
        uint64_t checkpoint_command = 0;
        uint64_t checkpoint_consumed = 0;
    };

    std::size_t take(Input& input);
    void sequence(const CommandHead& asked, Source source, uint64_t time_ns);
    template <class T>
    bool submit(const T& command);
    bool has_room();
    void release_durable();
    std::size_t watch(Input& input);
    bool silent(const Input& input) const;
    std::size_t pass_time();
    uint64_t venue_time_ns();
    void show();

    Exchange& exchange_;
    JournalWindow& journal_;
    LogHeader& header_;
    EventWriter events_;
    const SequencerOptions options_;
    const Clock clock_;
    const uint64_t event_room_;  // free slots without which no command is taken
    std::vector<Input> inputs_;
    uint64_t now_ns_;          // monotonic, of this poll
    uint64_t seen_utc_ns_;     // the clock when it was last not behind the venue's time
    uint64_t seen_ns_;         // and the monotonic one
    uint64_t watched_ns_ = 0;  // monotonic time of the last look at the heartbeats
    SequencerStatus status_;
};

}  // namespace carbonx
