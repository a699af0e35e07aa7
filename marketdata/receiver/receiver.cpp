#include "marketdata/receiver/receiver.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/multicast.hpp>
#include <stdexcept>

namespace carbonx::marketdata {

namespace asio = boost::asio;
using asio::ip::udp;

Receiver::Receiver(const StreamSettings& stream, const std::string& interface,
                   Observer observer)
    : lines_{Socket(context_), Socket(context_)},
      rerequest_(context_, udp::v4()),
      observer_(std::move(observer)),
      arbiter_({[this](const wire::SessionName&) { image_.clear(); },
                [this](uint64_t sequence, std::span<const unsigned char> message) {
                    image_.apply(message);
                    if (observer_) observer_(sequence, message);
                }}) {
    join(lines_[0], stream.line_a, interface);
    join(lines_[1], stream.line_b, interface);
    server_ = {asio::ip::make_address(stream.rerequest.address), stream.rerequest.port};
    rerequest_.non_blocking(true);
}

// Bound to the group itself: a socket bound to the port alone would hear every group on it.
void Receiver::join(Socket& socket, const Endpoint& line, const std::string& interface) {
    try {
        const auto group = asio::ip::make_address_v4(line.address);
        socket.open(udp::v4());
        socket.set_option(asio::socket_base::reuse_address(true));
        socket.set_option(asio::socket_base::receive_buffer_size(8 << 20));
        socket.bind({group, line.port});
        socket.set_option(
            asio::ip::multicast::join_group(group, asio::ip::make_address_v4(interface)));
        socket.non_blocking(true);
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error("cannot join " + line.address + ":" + std::to_string(line.port) +
                                 " through " + interface + ": " + error.code().message() +
                                 ": is that this machine's interface, and that a multicast group?");
    }
}

std::size_t Receiver::poll(uint64_t now_ns) {
    const std::size_t taken = drain(lines_[0]) + drain(lines_[1]) + drain(rerequest_);
    if (const auto request = arbiter_.request(now_ns)) {
        boost::system::error_code ignored;  // as good as lost on the way: it is asked again
        rerequest_.send_to(asio::buffer(&*request, sizeof *request), server_, 0, ignored);
    }
    return taken;
}

std::size_t Receiver::drain(Socket& socket) {
    constexpr std::size_t packets_at_once = 64;  // then the other line has its turn
    std::size_t taken = 0;
    for (; taken < packets_at_once; ++taken) {
        std::array<unsigned char, 65536> bytes;
        udp::endpoint sender;
        boost::system::error_code error;
        const std::size_t size = socket.receive_from(asio::buffer(bytes), sender, 0, error);
        if (error == asio::error::would_block) break;
        if (!error) arbiter_.take({bytes.data(), size});
    }
    return taken;
}

}  // namespace carbonx::marketdata
