#include "marketdata/multicast.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/multicast.hpp>
#include <cerrno>
#include <stdexcept>

namespace carbonx::marketdata {

namespace asio = boost::asio;
using asio::ip::udp;

Multicast::Multicast(const StreamSettings& stream, const MarketDataSettings& settings)
    : socket_(context_) {
    try {
        lines_[0] = {asio::ip::make_address(stream.line_a.address), stream.line_a.port};
        lines_[1] = {asio::ip::make_address(stream.line_b.address), stream.line_b.port};
        socket_.open(udp::v4());
        socket_.set_option(
            asio::ip::multicast::outbound_interface(asio::ip::make_address_v4(settings.interface)));
        socket_.set_option(asio::ip::multicast::hops(settings.ttl));
        socket_.set_option(asio::ip::multicast::enable_loopback(true));
        socket_.set_option(asio::socket_base::send_buffer_size(4 << 20));
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error("cannot send multicast from " + settings.interface + " to " +
                                 stream.line_a.address + " and " + stream.line_b.address +
                                 ": " + error.code().message() +
                                 ": change marketdata.interface or the lines in the settings");
    }
}

// One system call for many packets and both lines.
void Multicast::send(std::span<const Packet> packets) {
    constexpr std::size_t at_once = 32;
    while (!packets.empty()) {
        const std::size_t count = std::min(packets.size(), at_once);
        iovec bytes[at_once];
        mmsghdr messages[2 * at_once] = {};
        for (std::size_t i = 0; i < 2 * count; ++i) {
            const Packet& packet = packets[i / 2];
            udp::endpoint& line = lines_[i % 2];
            bytes[i / 2] = {const_cast<unsigned char*>(packet.bytes.data()), packet.size};
            messages[i].msg_hdr.msg_name = line.data();
            messages[i].msg_hdr.msg_namelen = static_cast<socklen_t>(line.size());
            messages[i].msg_hdr.msg_iov = &bytes[i / 2];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        std::size_t sent = 0;
        while (sent < 2 * count) {
            const int result = ::sendmmsg(socket_.native_handle(), messages + sent,
                                          static_cast<unsigned>(2 * count - sent), MSG_DONTWAIT);
            if (result > 0) {
                sent += static_cast<std::size_t>(result);
            } else if (errno != EINTR) {
                ++counters_.failed;
                ++sent;  // the next one may go
            }
        }
        counters_.packets += count;
        packets = packets.subspan(count);
    }
}

}  // namespace carbonx::marketdata
