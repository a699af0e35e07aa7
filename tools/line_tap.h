// Hears a feed's lines as they are: each datagram with its sender and the time at which the system
// received it.
//
// Threads: one.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <span>
#include <vector>

#include "marketdata/receiver/stream_receiver.h"
#include "tools/feed_recording.h"

namespace carbonx::tools {

class LineTap {
public:
    // Both lines of the subscription. Throws std::runtime_error that names the mend.
    explicit LineTap(const marketdata::Subscription& subscription);

    // Records what has come. Returns how many datagrams. Throws as the recording does.
    std::size_t poll(PacketRecording& recording);

private:
    struct Line {
        Endpoint group;
        marketdata::Socket socket;
    };
    static constexpr std::size_t at_once = 64;  // then the other line has its turn
    std::size_t drain(Line& line, PacketRecording& recording);

    boost::asio::io_context context_;
    std::vector<Line> lines_;
    std::vector<unsigned char> bytes_;
};

}  // namespace carbonx::tools
