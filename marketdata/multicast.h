// Lines A and B on the sending side: every packet goes to both, the same bytes.
//
// Threads: one.
// Always: packets go out in order, and nothing waits; one that the system does not take, such as
// when its send queue is full, is counted and lost on that line, as any other loss on the way, and
// subscribers ask for it again.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "engine/api/settings.h"
#include "marketdata/packet.h"

namespace carbonx::marketdata {

struct MulticastCounters {
    uint64_t packets = 0;  // on each line
    uint64_t failed = 0;   // not taken by the system, on one line
};

class Multicast {
public:
    // Throws std::runtime_error that names the mend.
    Multicast(boost::asio::io_context& context, const MarketDataSettings& settings);

    void send(std::span<const Packet> packets);

    const MulticastCounters& counters() const { return counters_; }

private:
    boost::asio::ip::udp::socket socket_;
    boost::asio::ip::udp::endpoint lines_[2];
    MulticastCounters counters_;
};

}  // namespace carbonx::marketdata
