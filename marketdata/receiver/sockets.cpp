#include "marketdata/receiver/sockets.h"

#include <boost/asio/ip/multicast.hpp>
#include <stdexcept>

namespace carbonx::marketdata {

namespace asio = boost::asio;
using asio::ip::udp;

Socket join_line(asio::io_context& context, const Address& line, const std::string& interface) {
    try {
        Socket socket(context, udp::v4());
        const auto group = asio::ip::make_address_v4(line.host);
        socket.set_option(asio::socket_base::reuse_address(true));
        socket.bind({group, line.port});
        socket.set_option(
            asio::ip::multicast::join_group(group, asio::ip::make_address_v4(interface)));
        socket.non_blocking(true);
        return socket;
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error("cannot join " + line.host + ":" + std::to_string(line.port) +
                                 " through " + interface + ": " + error.code().message() +
                                 ": is that this machine's interface, and that a multicast group?");
    }
}

Socket connect_to(asio::io_context& context, const Address& server) {
    try {
        Socket socket(context, udp::v4());
        socket.connect({asio::ip::make_address_v4(server.host), server.port});
        socket.non_blocking(true);
        return socket;
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error("cannot ask for messages at " + server.host + ":" +
                                 std::to_string(server.port) + ": " + error.code().message() +
                                 ": is that the re-request server's address?");
    }
}

std::size_t ask_for_buffer(Socket& socket, std::size_t bytes) {
    asio::socket_base::receive_buffer_size size(static_cast<int>(bytes));
    socket.set_option(size);
    socket.get_option(size);
    return static_cast<std::size_t>(size.value());  // Asio takes off what the system doubles
}

}  // namespace carbonx::marketdata
