// A subscriber's datagram sockets, which never wait.
//
// Threads: one.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <span>
#include <string>

namespace carbonx::marketdata {

struct Address {
    std::string host;  // an IPv4 address, or a multicast group
    uint16_t port = 0;
};

using Socket = boost::asio::ip::udp::socket;

// Bound to the group itself: a socket bound to the port alone would hear every group on it. Throws
// std::runtime_error that names the mend.
Socket join_line(boost::asio::io_context& context, const Address& line,
                 const std::string& interface);
// Hears that address alone.
Socket connect_to(boost::asio::io_context& context, const Address& server);
// Asks for so much room for datagrams that wait; what the system gave.
std::size_t ask_for_buffer(Socket& socket, std::size_t bytes);

// Takes what waits, up to a bound; how many. A datagram that is longer than any packet may be is
// cut. (recvmmsg took 8 % less processor time of many, 6 % more of one: not worth it.)
template <class Take>
std::size_t drain(Socket& socket, Take take) {
    constexpr std::size_t at_once = 64;  // then the other line has its turn
    std::array<unsigned char, 2048> bytes;
    boost::system::error_code error;
    for (std::size_t taken = 0; taken < at_once; ++taken) {
        const std::size_t size = socket.receive(boost::asio::buffer(bytes), 0, error);
        // Nothing waits; or a server's port is closed, which is as good as nothing.
        if (error) return taken;
        take(std::span<const unsigned char>(bytes).first(size));
    }
    return at_once;
}

}  // namespace carbonx::marketdata
