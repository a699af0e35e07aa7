// Lines A and B on the sending side, by UDP.
//
// Threads: one.
// Always: packets go out in order, and nothing waits; one that the system does not take, such as
// when its send queue is full, is counted and lost on that line, as any other loss on the way, and
// subscribers ask for it again.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "marketdata/lines.h"

namespace carbonx::marketdata {

class Multicast final : public Lines {
public:
    // Throws std::runtime_error that names the mend.
    Multicast(const StreamSettings& stream, const MarketDataSettings& settings);

    void send(std::span<const Packet> packets) override;
    LineCounters counters() const override { return counters_; }

private:
    boost::asio::io_context context_;
    boost::asio::ip::udp::socket socket_;
    boost::asio::ip::udp::endpoint lines_[2];
    LineCounters counters_;
};

}  // namespace carbonx::marketdata
