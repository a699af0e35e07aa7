// The publisher: events in, the public feed out, on lines A and B and on re-request.
//
// Threads: one, which steps it with poll().
// Always: a message is in the history before it is on the lines, and on the lines before the cursor
// says so. The stream is a function of the event log: a restarted publisher reads the log from its
// first event, goes on behind what was sent, and repeats at most the last packets, message for
// message.
#pragma once

#include "engine/api/log.h"
#include "engine/api/settings.h"
#include "marketdata/cursor.h"
#include "marketdata/encoder.h"
#include "marketdata/history.h"
#include "marketdata/outlet.h"

namespace carbonx::marketdata {

class Publisher {
public:
    // Throws std::system_error where there is no event log yet, and std::runtime_error that names
    // the mend for everything else.
    explicit Publisher(const Settings& settings, const MakeOutlet& make_outlet = open_sockets);

    // Reads, sends and answers what there is to do now; the monotonic clock. Returns the work done.
    std::size_t poll(uint64_t now_ns);

    const wire::SessionName& session() const { return history_.session(); }
    uint64_t next_sequence() const { return history_.next_sequence(); }
    uint16_t rerequest_port() const { return outlet_->rerequest_port(); }
    OutletCounters counters() const { return outlet_->counters(); }

    static constexpr uint64_t silence_ns = 1'000'000'000;     // then a heartbeat goes out
    static constexpr uint64_t end_grace_ns = 60'000'000'000;  // of telling that the session is over
    static constexpr uint64_t reattach_ns = 100'000'000;      // between looks for a new engine
    static constexpr std::size_t events_per_poll = 256;

private:
    void take(const EventHead& event, uint64_t now_ns);
    void begin_session();
    void send(uint64_t now_ns);
    void beat(uint64_t now_ns);
    bool follow_engine(uint64_t now_ns);
    void check_sent() const;
    // Where to start when nothing is known to have been sent: the whole of the present trading day.
    SentPosition latest_session() const;

    const Settings settings_;
    EventReader reader_;
    const uint64_t venue_;
    Encoder encoder_;
    History history_;
    Packetiser packetiser_;
    Cursor cursor_;
    SentPosition sent_;
    const std::unique_ptr<Outlet> outlet_;
    bool session_over_ = false;
    uint64_t session_over_ns_ = 0;
    uint64_t sent_ns_ = 0;      // when a packet went out last
    uint64_t attached_ns_ = 0;  // when the engine was looked for last
};

}  // namespace carbonx::marketdata
