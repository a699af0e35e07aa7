// Events to ITCH messages, by the rules of README.md: the books of one channel's instruments.
//
// Threads: one.
// Always: pure, as every Encoder. Nothing goes out that a wire struct has no field for: no account,
// session or client id. Its table of standing orders is the books: within a price, orders stand in
// the order of their references.
#pragma once

#include <optional>
#include <vector>

#include "engine/api/settings.h"
#include "marketdata/encoder.h"

namespace carbonx::marketdata {

class ItchEncoder final : public Encoder {
public:
    // Of the channel with this number, of these. Requires: it is one of them.
    explicit ItchEncoder(int32_t utc_offset_minutes,
                         const std::vector<ChannelSettings>& channels = {{}}, uint32_t number = 1);

    const Encoded& encode(const EventHead& event, uint64_t sequence) override;
    // System events so far, the directory, the states, and the orders by counter, side, price and
    // time: all as the stream has told it, so that what happens between two sessions is not in it.
    void snapshot(Blocks& blocks) const override;

private:
    struct InstrumentState {
        Quantity round_lot;
        bool included = false;  // in this channel
    };
    struct CounterState {
        wire::Alpha<8> symbol;
        Quantity round_lot;
        bool included = false;
        bool halted = false;  // on its own
        wire::Alpha<4> reason;
        std::optional<wire::TradingAction> told;  // its state as subscribers know it
    };
    // An order as subscribers see it.
    struct Standing {
        uint64_t reference = 0;  // 0: it does not stand in the book
        Quantity leaves;
        uint32_t price = 0;
        CounterId counter{};
        Side side{};
    };

    void configure(const Configured& event);
    void list(const InstrumentListed& event);
    void list(const CounterListed& event);
    void change_phase(const PhaseChanged& event);
    void begin_session(const PhaseChanged& event);
    void change_state(const EventHead& head, bool halted, wire::Alpha<4> reason);

    // Within a session.
    void encode_order(const EventHead& event, uint64_t sequence);
    void stand(const EventHead& head, OrderId id, uint64_t sequence, Quantity quantity,
               Price price);
    void execute(const Trade& event, uint64_t sequence);
    void remove(const EventHead& head, OrderId id);
    void replace(const Replaced& event, uint64_t sequence);

    void add_directory(Blocks& blocks, uint64_t time_ns, CounterId id) const;
    void add_order(Blocks& blocks, uint64_t time_ns, const Standing& order) const;
    void tell_state(CounterId id);
    void tell_market_states();
    template <class Message>
    void send(const EventHead& head, Message message);

    CounterState& counter(CounterId id);
    Standing& standing(OrderId id);

    const std::vector<ChannelSettings> channels_;
    const uint32_t number_;
    std::vector<InstrumentState> instruments_;  // by id
    std::vector<CounterState> counters_;        // by id, as many as are listed
    std::vector<Standing> orders_;              // by slot
    Phase phase_ = Phase::closed;
    uint64_t time_ns_ = 0;  // of the last event
};

}  // namespace carbonx::marketdata
