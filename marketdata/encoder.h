// What makes a stream out of the event log: the ITCH channels' encoders and the carbon channel's.
//
// Threads: one.
// Always: pure. The messages, their order and their bytes follow from the events alone, so that a
// restarted publisher, its recovery and a replay make the same stream.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/event.h"
#include "marketdata/wire.h"

namespace carbonx::marketdata {

// As in a packet: length and message, one after the other.
using Blocks = std::vector<unsigned char>;

// What one event gives.
struct Encoded {
    bool session_begins = false;  // before the messages
    bool session_ends = false;    // behind them
    Blocks blocks;

    void clear() {
        session_begins = session_ends = false;
        blocks.clear();
    }
};

// Of a counter, by the market's phase and whether it is halted on its own.
wire::TradingState trading_state(Phase phase, bool halted);

class Encoder {
public:
    virtual ~Encoder() = default;

    // Takes the next event; its sequence is its place in the event log. The result stays valid
    // until the next call. Requires: every event since the first, in order.
    virtual const Encoded& encode(const EventHead& event, uint64_t sequence) = 0;

    // Appends what puts a newcomer where the stream stands, as messages of the stream itself.
    virtual void snapshot(Blocks& blocks) const = 0;

    // Of the trading day that has begun last; blank before the first.
    const wire::SessionName& session() const { return session_; }

protected:
    // The suffix: two characters, of this stream alone.
    Encoder(int32_t utc_offset_minutes, std::string_view suffix);

    // System events, of every stream alike. A day's first ones, with its session; the start of
    // market hours, once a day; and the last ones. Those so far, for a snapshot.
    void begin_day(const PhaseChanged& event);
    void open_market(const PhaseChanged& event);
    void end_day(const PhaseChanged& event);
    void add_system_events(Blocks& blocks) const;

    template <class Message>
    void add(Blocks& blocks, uint64_t time_ns, CounterId locate, Message message) const;

    Encoded encoded_;

private:
    struct Hour {
        wire::SystemCode code{};
        uint64_t time_ns = 0;
    };

    void add_system_event(const EventHead& head, wire::SystemCode code);
    void add_hour(Blocks& blocks, const Hour& hour) const;
    uint64_t since_midnight(uint64_t time_ns) const;

    const uint64_t utc_offset_ns_;  // modulo a day
    const std::string suffix_;
    wire::SessionName session_;
    std::vector<Hour> hours_;    // the day's system events so far
    bool market_hours_ = false;  // start of market hours has been sent today
};

template <class Message>
void Encoder::add(Blocks& blocks, uint64_t time_ns, CounterId locate, Message message) const {
    message.header.type = Message::type;
    message.header.locate = index(locate);
    message.header.timestamp = since_midnight(time_ns);
    wire::append_block(blocks, message);
}

}  // namespace carbonx::marketdata
