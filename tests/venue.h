// A whole venue under a fake clock, stepped by hand in one thread: the exchange, a gateway's ring,
// the event window, and a small market. What a gateway or a publisher under test sees is what it
// would see of carbonx-engine.
//
// Always: nothing happens by itself; time stands still between two advance().
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/api/log.h"
#include "engine/api/ring.h"
#include "engine/api/settings.h"
#include "engine/exchange/exchange.h"

namespace carbonx::tests {

class Venue {
public:
    // Directories of its own, and a configured exchange with nothing listed.
    explicit Venue(uint32_t ring_slots = 1U << 10);
    ~Venue();
    Venue(const Venue&) = delete;
    Venue& operator=(const Venue&) = delete;

    // For the processes under test: these directories, any free port, no sessions yet.
    Settings settings;

    uint64_t utc_ns() const { return utc_ns_; }
    uint64_t monotonic_ns() const { return utc_ns_ - boot_ns; }
    void advance_ms(uint64_t milliseconds) { utc_ns_ += milliseconds * 1'000'000; }

    // Commands of operators and of the sequencer: done at once, and durable.
    template <class T>
    void apply(const T& command) {
        Command record;
        std::memcpy(static_cast<void*>(&record), &command, sizeof command);
        const bool internal = T::type >= CommandType::configure;
        sequence(record, internal ? Source::sequencer : Source::operators);
        commit();
    }
    // What the sequencer does in one turn: takes all of the gateway's ring, or lets time pass.
    std::size_t pump();
    // While held, the journal is not durable: commands are done, and nobody may know of it.
    void hold_journal(bool held);

    // The engine's process is killed and started again: the same events in a new window.
    void restart_engine();
    // The same, and the last commands are gone: a power cut, or an older directory.
    void lose_commands(std::size_t count);
    // The machine went down and is up again: what is in memory only, and what the journal had not
    // made durable, is gone.
    void cut_power();
    // The engine is started with a new, empty ring.
    void replace_ring();

    Exchange& exchange() { return *exchange_; }
    // Every event so far, copied, with its sequence.
    struct Recorded {
        uint64_t sequence;
        Event event;
    };
    std::vector<Recorded> events() const;

    // The small market: project VCS 4150, instrument V415024 in lots of 10, counters V415024H (HKD)
    // and V415024C (CNH) with tick 0.01, reference 10.00, band 20 %, collar 5 %, fee 0.1 %.
    // Participants HOUSE, FIRM1 and FIRM2, with accounts of the same names, 1,000,000.00 of each
    // currency and 10,000 tonnes each; sessions BROKER1 and BROKER2. The market is continuous.
    void list_small_market();
    void set_phase(Phase phase, uint32_t trading_day = 0);
    static constexpr uint32_t first_day = 20260302;

private:
    static constexpr uint64_t boot_ns = 1'772'400'000'000'000'000;  // monotonic zero
    static constexpr uint64_t venue_id = 42;
    static constexpr uint32_t window_slots = 1U << 17;

    void sequence(Command command, Source source);
    void commit();
    void make_window();
    void make_ring();
    LogHeader& header() const { return event_log::header(window_); }

    const uint32_t ring_slots_;
    std::filesystem::path root_;
    uint64_t utc_ns_ = boot_ns + 36'000'000'000'000;
    bool held_ = false;
    uint64_t ring_epoch_ = 0;
    uint64_t operators_sequence_ = 0;
    std::vector<Command> journal_;
    Capacities capacities_;
    Memory window_;
    Memory ring_memory_;
    std::unique_ptr<Exchange> exchange_;
    std::unique_ptr<EventWriter> writer_;
    std::unique_ptr<RingConsumer> ring_;
};

}  // namespace carbonx::tests
