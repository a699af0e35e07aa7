// A past trading day's public feed, sent once more: to groups that are not the venue's.
//
// Threads: one, the replay's.
// Always: the streams are the publisher's own (live_stream.h), so that messages, their numbers and
// their sessions' names are those of the day, byte for byte. Re-requests and snapshots are not
// served. It waits where the publisher would not: packets go out no faster than the limit.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "engine/api/settings.h"
#include "marketdata/live_stream.h"

namespace carbonx::tools {

class ReplayPass;

struct PublishOptions {
    std::string to;  // "group:port" of the first stream's line A; empty: nothing is published
    std::string interface;  // address of the one to send on; empty: as the settings say
    uint32_t day = 0;       // yyyymmdd; 0: the last one
    uint32_t packets_per_second = packets_per_second_default;

    static constexpr uint32_t packets_per_second_default = 4000;
};

// Limits what several streams send, all together and counted on one line.
class PacketPace {
public:
    explicit PacketPace(uint32_t packets_per_second) : packet_ns_(1e9 / packets_per_second) {}
    // Before so many packets.
    void wait(std::size_t packets);

private:
    const double packet_ns_;
    double due_ns_ = 0;
};

class ReplayPublish {
public:
    // The streams of these settings. Throws std::runtime_error that names the mend, above all for a
    // group that is the venue's own.
    ReplayPublish(const PublishOptions& options, const Settings& settings);

    // Which day is sent: it must have begun in this pass, which is used up. Requires: before the
    // first event. Throws std::runtime_error that names the days that there are.
    void find_day(ReplayPass& pass);
    // Requires: every event since the first, in order.
    void take(const EventHead& event, uint64_t sequence);
    // What is packed goes out, and heartbeats where it has been silent.
    void rest();
    // The ends of the sessions, as often and as long as the publisher tells them; a signal to stop
    // ends it.
    void linger();

    bool is_on() const { return state_ == State::on; }      // the day
    bool is_over() const { return state_ == State::over; }  // the same
    // Where each stream goes; and what went there.
    void print_lines(std::ostream& out) const;
    void print_counts(std::ostream& out) const;

private:
    enum class State : uint8_t { before, on, over };
    struct Stream {
        std::string name;
        StreamSettings addresses;
        std::unique_ptr<marketdata::LiveStream> live;
    };

    void begin_with(uint32_t day);

    const uint32_t asked_day_;
    PacketPace pace_;
    std::vector<Stream> streams_;
    uint32_t day_ = 0;
    State state_ = State::before;
};

}  // namespace carbonx::tools
