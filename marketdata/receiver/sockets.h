// A subscriber's datagram sockets, which never wait, and the reading of many datagrams at a time.
//
// Threads: one.
#pragma once

#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <span>
#include <string>
#include <vector>

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

class DatagramReader {
public:
    DatagramReader();
    // What waits, one datagram an element, up to a bound; good until the next call. A datagram that
    // is longer than any packet may be is cut.
    std::span<const std::span<const unsigned char>> read(Socket& socket);

    static constexpr std::size_t at_once = 64;

private:
    static constexpr std::size_t bytes_max = 2048;
    std::vector<unsigned char> bytes_;
    std::array<iovec, at_once> places_;
    std::array<mmsghdr, at_once> headers_;
    std::array<std::span<const unsigned char>, at_once> datagrams_;
};

}  // namespace carbonx::marketdata
