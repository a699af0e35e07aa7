#include "marketdata/multicast.h"

#include <netinet/udp.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/multicast.hpp>
#include <cerrno>
#include <stdexcept>

namespace carbonx::marketdata {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;

constexpr std::size_t run_bytes_max = 65'000;  // an IP packet's worth
constexpr std::size_t run_packets_max = 64;    // the system's limit

}  // namespace

ssize_t send_segments(int socket, std::span<const Packet> run) {
    iovec bytes[run_packets_max];
    for (std::size_t i = 0; i < run.size(); ++i) {
        bytes[i] = {const_cast<unsigned char*>(run[i].bytes.data()), run[i].size};
    }
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(uint16_t))] = {};
    msghdr message{};
    message.msg_iov = bytes;
    message.msg_iovlen = run.size();
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* const segment = CMSG_FIRSTHDR(&message);
    segment->cmsg_level = SOL_UDP;
    segment->cmsg_type = UDP_SEGMENT;
    segment->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    const auto size = static_cast<uint16_t>(run.front().size);
    std::memcpy(CMSG_DATA(segment), &size, sizeof size);
    return ::sendmsg(socket, &message, MSG_DONTWAIT);
}

Multicast::Multicast(const StreamSettings& stream, const MarketDataSettings& settings)
    : lines_{Socket(context_), Socket(context_)} {
    open(lines_[0], stream.line_a, settings);
    open(lines_[1], stream.line_b, settings);
}

void Multicast::open(Socket& line, const Endpoint& group, const MarketDataSettings& settings) {
    try {
        line.open(udp::v4());
        line.set_option(
            asio::ip::multicast::outbound_interface(asio::ip::make_address_v4(settings.interface)));
        line.set_option(asio::ip::multicast::hops(settings.ttl));
        line.set_option(asio::ip::multicast::enable_loopback(true));
        line.set_option(asio::socket_base::send_buffer_size(4 << 20));
        line.connect({asio::ip::make_address(group.address), group.port});
        line.non_blocking(true);
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error("cannot send multicast from " + settings.interface + " to " +
                                 group.address + ":" + std::to_string(group.port) + ": " +
                                 error.code().message() +
                                 ": change marketdata.interface or the lines in the settings");
    }
}

void Multicast::send(std::span<const Packet> packets) {
    counters_.packets += packets.size();
    while (!packets.empty()) {
        const auto run = packets.first(segments_ ? run_of(packets) : 1);
        for (Socket& line : lines_) send_run(line, run);
        packets = packets.subspan(run.size());
    }
}

std::size_t Multicast::run_of(std::span<const Packet> packets) {
    const std::size_t size = packets.front().size;
    const std::size_t most =
        std::min({packets.size(), run_packets_max, run_bytes_max / std::max<std::size_t>(size, 1)});
    std::size_t count = 1;
    while (count < most && packets[count - 1].size == size && packets[count].size <= size) ++count;
    return count;
}

void Multicast::send_run(Socket& line, std::span<const Packet> run) {
    if (run.size() == 1) return send_each(line, run);
    ssize_t sent = 0;
    do {
        sent = send_segments(line.native_handle(), run);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0) return;
    if (errno == EINVAL || errno == EIO || errno == ENOPROTOOPT || errno == EMSGSIZE) {
        segments_ = false;  // this system or its interface has no such thing
        return send_each(line, run);
    }
    counters_.failed += run.size();
}

void Multicast::send_each(Socket& line, std::span<const Packet> run) {
    for (const Packet& packet : run) {
        boost::system::error_code error;
        line.send(asio::buffer(packet.bytes.data(), packet.size), 0, error);
        if (error) ++counters_.failed;
    }
}

}  // namespace carbonx::marketdata
