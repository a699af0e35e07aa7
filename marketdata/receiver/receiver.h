// A whole subscriber: joins lines A and B, puts the stream together, asks again for what is
// missing, and keeps the picture of the market.
//
// Threads: one, which steps it with poll().
// Always: it may start at any time of the day; it then asks for everything from sequence 1.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "engine/api/settings.h"
#include "marketdata/receiver/arbiter.h"
#include "marketdata/receiver/image.h"

namespace carbonx::marketdata {

class Receiver {
public:
    // Sees each message in sequence, after the picture has taken it.
    using Observer = std::function<void(uint64_t sequence, std::span<const unsigned char> message)>;

    // Throws std::runtime_error that names the mend.
    Receiver(const StreamSettings& stream, const std::string& interface, Observer observer = {});

    // Takes what has come and asks for what is missing; the monotonic clock. Returns the packets
    // taken.
    std::size_t poll(uint64_t now_ns);

    const Arbiter& arbiter() const { return arbiter_; }
    const Image& image() const { return image_; }

private:
    using Socket = boost::asio::ip::udp::socket;
    void join(Socket& socket, const Endpoint& line, const std::string& interface);
    std::size_t drain(Socket& socket);

    boost::asio::io_context context_;
    Socket lines_[2];
    Socket rerequest_;
    boost::asio::ip::udp::endpoint server_;
    Image image_;
    Observer observer_;
    Arbiter arbiter_;
};

}  // namespace carbonx::marketdata
