// The publisher: the event log in, all streams of the public feed out.
//
// Threads: one, which steps it with poll(). It does nothing else, so that nothing delays a packet;
// what subscribers missed is the affair of another thread (recovery.h).
// Always: the streams are a function of the event log (live_stream.h).
#pragma once

#include <vector>

#include "marketdata/follower.h"
#include "marketdata/live_stream.h"

namespace carbonx::marketdata {

// UDP, as the settings say. Throws std::runtime_error that names the mend.
std::unique_ptr<Lines> open_multicast(const StreamSettings& stream,
                                      const MarketDataSettings& settings);

class Publisher {
public:
    // Throws std::system_error where there is no event log yet, and std::runtime_error that names
    // the mend for everything else.
    explicit Publisher(const Settings& settings, const MakeLines& make_lines = open_multicast);

    // Reads and sends what there is now; the monotonic clock. Returns the work done.
    std::size_t poll(uint64_t now_ns);

    const std::vector<std::unique_ptr<LiveStream>>& streams() const { return streams_; }
    // The next event that it will read: its place in the event log.
    uint64_t position() const { return events_.position(); }

    // Behind so many what is packed goes out, full or not: a burst fills a hundred packets before,
    // and a stream that has no share in it waits for a millisecond or two.
    static constexpr std::size_t events_per_poll = 4096;

private:
    void find_present_day(const Settings& settings);

    Follower events_;
    std::vector<std::unique_ptr<LiveStream>> streams_;
};

}  // namespace carbonx::marketdata
