// Events to the carbon channel's messages, by the rules of README.md: the directory of projects,
// instruments and counters, labels, states and statistics.
//
// Threads: one.
// Always: pure, as every Encoder. Nothing goes out that a wire struct has no field for: no account,
// participant or holding. No memory grows beyond what is listed.
#pragma once

#include <vector>

#include "marketdata/carbon_wire.h"
#include "marketdata/encoder.h"

namespace carbonx::marketdata {

// A counter's trades of one day.
struct DayStatistics {
    __extension__ using Wide = unsigned __int128;

    Price open, high, low, last;
    uint64_t volume = 0;
    Wide notional = 0;  // ten-thousandths
    uint64_t trade_count = 0;

    void add(Price price, Quantity quantity);
    // Weighted by volume, half rounded up. Requires: there was a trade.
    Price average() const;
};

class CarbonEncoder final : public Encoder {
public:
    explicit CarbonEncoder(int32_t utc_offset_minutes);

    const Encoded& encode(const EventHead& event, uint64_t sequence) override;
    // System events so far; the directory as it is now; the states, while the session lasts; and
    // each counter's statistics as they were told last.
    void snapshot(Blocks& blocks) const override;

private:
    struct CounterState {
        wire::Counter listed;  // as it is now
        bool halted = false;   // on its own
        wire::Alpha<4> reason;
        DayStatistics today;
        bool traded = false;   // since they were told
        uint64_t told_ns = 0;  // 0: not today
        wire::Statistics told;
    };

    void configure(const Configured& event);
    void list(const ProjectListed& event);
    void list(const InstrumentListed& event);
    void list(const CounterListed& event);
    void change_labels(const LabelsChanged& event);
    void change_reference(const ReferenceChanged& event);
    void change_phase(const PhaseChanged& event);
    void change_state(const EventHead& head, bool halted, wire::Alpha<4> reason);
    void take(const Trade& event);

    void begin_session(const PhaseChanged& event);
    void end_session(const PhaseChanged& event);
    void tell_statistics(const EventHead& head);
    void tell_statistics(const EventHead& head, CounterId id, bool closing);
    void add_directory(Blocks& blocks) const;
    void add_states(Blocks& blocks) const;
    void add_state(Blocks& blocks, CounterId id) const;
    template <class Message>
    void send(CounterId locate, const Message& message);

    bool in_session() const { return phase_ != Phase::closed; }
    CounterState& counter(CounterId id);

    std::vector<wire::Project> projects_;  // by id, each of the three, from 1
    std::vector<wire::Instrument> instruments_;
    std::vector<CounterState> counters_;
    std::vector<CounterId> traded_;   // since their statistics were told
    uint64_t statistics_due_ns_ = 0;  // when the next second begins
    Phase phase_ = Phase::closed;
    uint64_t time_ns_ = 0;  // of the last event
};

}  // namespace carbonx::marketdata
