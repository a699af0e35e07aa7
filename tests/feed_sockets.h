// What the feed's tests need to talk to it: addresses of this process's own, and plain sockets.
#pragma once

#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/ip/udp.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/settings.h"

namespace carbonx::tests {

using Bytes = std::vector<unsigned char>;

// Lines that no other test running at this time uses; ports to ask at are any free ones.
inline MarketDataSettings own_lines() {
    const auto process = static_cast<uint32_t>(::getpid());
    const std::string middle =
        std::to_string(process / 256 % 256) + "." + std::to_string(process % 256);
    const auto port = static_cast<uint16_t>(30'000 + process % 2'000);
    MarketDataSettings settings;
    const Endpoint any{"127.0.0.1", 0};
    settings.channels.front().stream = {
        {"239.201." + middle, port}, {"239.202." + middle, port}, any, any};
    settings.carbon = {{"239.203." + middle, port}, {"239.204." + middle, port}, any, any};
    return settings;
}

class TestSocket {
public:
    // Hears one line.
    explicit TestSocket(const Endpoint& line) : socket_(context_) {
        using namespace boost::asio;
        const auto group = ip::make_address_v4(line.address);
        socket_.open(ip::udp::v4());
        socket_.set_option(socket_base::reuse_address(true));
        socket_.set_option(socket_base::receive_buffer_size(4 << 20));
        socket_.bind({group, line.port});
        socket_.set_option(ip::multicast::join_group(group, ip::make_address_v4("127.0.0.1")));
        socket_.non_blocking(true);
    }
    // Asks and is answered.
    TestSocket() : socket_(context_, {boost::asio::ip::make_address("127.0.0.1"), 0}) {
        socket_.non_blocking(true);
    }

    void send(uint16_t port, const void* data, std::size_t size) {
        socket_.send_to(boost::asio::buffer(data, size),
                        {boost::asio::ip::make_address("127.0.0.1"), port});
    }
    std::optional<Bytes> receive() {
        Bytes bytes(65536);
        boost::system::error_code error;
        boost::asio::ip::udp::endpoint sender;
        bytes.resize(socket_.receive_from(boost::asio::buffer(bytes), sender, 0, error));
        return error ? std::nullopt : std::optional(bytes);
    }

private:
    boost::asio::io_context context_;
    boost::asio::ip::udp::socket socket_;
};

}  // namespace carbonx::tests
