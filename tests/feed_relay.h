// A bad network in user space: what comes in on two lines goes out on two others, less what is
// lost, and repeated, and overtaken; re-requests and their answers likewise. By a seed.
//
// Threads: one, which steps it with poll().
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "engine/api/settings.h"

namespace carbonx::tests {

// In percent of the packets.
struct BadNetwork {
    double lost[2] = {0, 0};  // on line A, on line B
    double repeated = 0;      // on both
    double overtaken = 0;     // by one to eight later packets
    double asked_lost = 0;    // of requests, and of answers
};

class FeedRelay {
public:
    // From these lines to those; re-requests go on to the first stream's server.
    FeedRelay(const StreamSettings& from, const StreamSettings& to, const std::string& interface,
              uint64_t seed);

    void set(const BadNetwork& network) { network_ = network; }
    // Passes on what has come. Returns the work done.
    std::size_t poll(uint64_t now_ns);

    uint16_t rerequest_port() const { return asked_.local_endpoint().port(); }
    uint64_t taken() const { return taken_; }
    uint64_t lost() const { return lost_; }

private:
    using Socket = boost::asio::ip::udp::socket;
    using Datagram = std::vector<unsigned char>;
    struct Held {
        Datagram packet;
        uint64_t passes = 0;    // so many later packets go first
        uint64_t until_ns = 0;  // or so long
    };
    struct Line {
        explicit Line(boost::asio::io_context& context) : in(context), out(context) {}
        Socket in;
        Socket out;
        std::deque<Held> held;
    };

    bool happens(double percent);
    void carry(Line& line, double lost, Datagram packet, uint64_t now_ns);
    void release(Line& line, bool passed, uint64_t now_ns);
    std::size_t ask();
    std::size_t answer();

    boost::asio::io_context context_;
    std::mt19937_64 random_;
    BadNetwork network_;
    Line a_;
    Line b_;
    boost::asio::ip::udp::endpoint server_;
    Socket asked_;
    std::map<boost::asio::ip::udp::endpoint, std::unique_ptr<Socket>> askers_;
    uint64_t taken_ = 0;
    uint64_t lost_ = 0;
};

}  // namespace carbonx::tests
