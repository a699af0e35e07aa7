// Listens to the multicast only to count it and to see when a message came: no books, no recovery.
//
// Threads: one.
// Always: a datagram that is no whole MoldUDP64 packet counts as malformed and is not read further.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

namespace carbonx::tools {

class FeedTap {
public:
    // Joins the group on that interface. Throws boost::system::system_error.
    FeedTap(boost::asio::io_context& io, const std::string& group, uint16_t port,
            const std::string& interface);

    // Reads what has come. on_message(std::string_view message) is called for each ITCH message.
    // Returns the packets read.
    template <class OnMessage>
    std::size_t poll(OnMessage&& on_message) {
        std::size_t read = 0;
        while (receive()) {
            ++read;
            for (std::string_view message = next(); !message.empty(); message = next()) {
                on_message(message);
            }
        }
        return read;
    }

    uint64_t packets() const { return packets_; }  // heartbeats included
    uint64_t messages() const { return messages_; }
    uint64_t malformed() const { return malformed_; }
    uint64_t missed() const { return missed_; }  // messages, by their sequence numbers

private:
    bool receive();
    std::string_view next();

    boost::asio::ip::udp::socket socket_;
    char packet_[65536];
    std::string_view rest_;  // of the packet, unread
    uint16_t blocks_left_ = 0;
    uint64_t expected_ = 0;  // sequence of the next message; 0 before the first packet
    uint64_t packets_ = 0;
    uint64_t messages_ = 0;
    uint64_t malformed_ = 0;
    uint64_t missed_ = 0;
};

// A big-endian number in a message. Requires: it lies inside.
template <int Bytes>
uint64_t big_endian(std::string_view message, std::size_t offset) {
    uint64_t value = 0;
    for (std::size_t i = 0; i < Bytes; ++i) {
        value = value << 8 | static_cast<unsigned char>(message[offset + i]);
    }
    return value;
}

}  // namespace carbonx::tools
