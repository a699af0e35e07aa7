// Lines A and B on the sending side, by UDP.
//
// A packet costs the system some microseconds on each line, whatever its size, but one call may
// hand over a run of them (segmentation offload) for little more than the cost of one. A run is of
// one size, but for its last packet, which may be shorter: such are bursts of one kind of message.
//
// Threads: one.
// Always: packets go out in order, and nothing waits; what the system does not take, such as when
// its send queue is full, is counted and lost on that line, as any other loss on the way, and
// subscribers ask for it again.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "marketdata/lines.h"

namespace carbonx::marketdata {

// Hands a run of packets to a connected socket in one call, which does not wait; as sendmsg(2).
// Requires: it is a run.
ssize_t send_segments(int socket, std::span<const Packet> run);

class Multicast final : public Lines {
public:
    // Throws std::runtime_error that names the mend.
    Multicast(const StreamSettings& stream, const MarketDataSettings& settings);

    void send(std::span<const Packet> packets) override;
    LineCounters counters() const override { return counters_; }

    // How many of the first packets go in one call. Requires: there is one.
    static std::size_t run_of(std::span<const Packet> packets);

private:
    using Socket = boost::asio::ip::udp::socket;
    void open(Socket& line, const Endpoint& group, const MarketDataSettings& settings);
    void send_run(Socket& line, std::span<const Packet> run);
    void send_each(Socket& line, std::span<const Packet> run);

    boost::asio::io_context context_;
    Socket lines_[2];       // connected: the system need not look for the way each time
    bool segments_ = true;  // the system and the interface know runs
    LineCounters counters_;
};

}  // namespace carbonx::marketdata
