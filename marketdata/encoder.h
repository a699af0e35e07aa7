// Events to ITCH messages, by the rules of README.md.
//
// Threads: one.
// Always: pure. The messages, their order and their bytes follow from the events alone, so that a
// restarted publisher and a replay make the same stream. Nothing goes out that a wire struct has no
// field for: no account, session or client id.
#pragma once

#include <vector>

#include "engine/api/event.h"
#include "marketdata/wire.h"

namespace carbonx::marketdata {

// What one event gives. The blocks are as in a packet: length and message, one after the other.
struct Encoded {
    bool session_begins = false;  // before the messages
    bool session_ends = false;    // behind them
    std::vector<unsigned char> blocks;
};

class Encoder {
public:
    explicit Encoder(int32_t utc_offset_minutes);

    // Takes the next event; its sequence is its place in the event log. The result stays valid
    // until the next call. Requires: every event since the first, in order.
    const Encoded& encode(const EventHead& event, uint64_t sequence);

    // Of the trading day that has begun last; blank before the first.
    const wire::SessionName& session() const { return session_; }

private:
    struct CounterState {
        wire::Alpha<8> symbol;
        Quantity round_lot;
        bool halted = false;  // on its own
        wire::Alpha<4> reason;
    };
    // An order as subscribers see it.
    struct Standing {
        uint64_t reference = 0;  // 0: it does not stand in the book
        Quantity leaves;
    };

    void configure(const Configured& event);
    void list(const InstrumentListed& event);
    void list(const CounterListed& event);
    void change_phase(const PhaseChanged& event);
    void begin_session(const PhaseChanged& event);
    void end_session(const PhaseChanged& event);
    void change_state(const EventHead& head, bool halted, wire::Alpha<4> reason);

    // Within a session.
    void encode_order(const EventHead& event, uint64_t sequence);
    void stand(const EventHead& head, OrderId id, uint64_t sequence, Quantity quantity,
               Price price);
    void execute(const Trade& event, uint64_t sequence);
    void remove(const EventHead& head, OrderId id);
    void replace(const Replaced& event, uint64_t sequence);

    void add_system_event(const EventHead& head, wire::SystemCode code);
    void add_directory(const EventHead& head, CounterId id);
    void add_state(const EventHead& head, CounterId id);
    void add_market_states(const EventHead& head);
    template <class Message>
    void add(const EventHead& head, CounterId locate, Message message);

    CounterState& counter(CounterId id);
    Standing& standing(OrderId id);

    const uint64_t utc_offset_ns_;        // modulo a day
    std::vector<Quantity> round_lots_;    // by instrument
    std::vector<CounterState> counters_;  // by id, as many as are listed
    std::vector<Standing> orders_;        // by slot
    Phase phase_ = Phase::closed;
    bool market_hours_ = false;  // start of market hours has been sent today
    wire::SessionName session_;
    Encoded encoded_;
};

}  // namespace carbonx::marketdata
