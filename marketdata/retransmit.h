// The re-request server: answers each MoldUDP64 request packet with one packet out of the history.
//
// Threads: one; it never waits.
// Always: an answer goes to the asker's address only. What cannot be answered is met with silence,
// and counted.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "engine/api/settings.h"
#include "marketdata/history.h"

namespace carbonx::marketdata {

struct RetransmitCounters {
    uint64_t answered = 0;  // also when the system did not take it
    uint64_t wrong_size = 0;
    uint64_t unknown_session = 0;
    uint64_t unknown_range = 0;
    uint64_t send_failed = 0;
};

// The packet that answers a request datagram; none where there is nothing to say. Counts which.
std::optional<Packet> answer_from(History& history, std::span<const unsigned char> request,
                                  RetransmitCounters& counters);

class RetransmitServer {
public:
    // Port 0: any free one. Throws std::runtime_error that names the mend when the address cannot
    // be had. Requires: the history outlives it.
    RetransmitServer(boost::asio::io_context& context, const Endpoint& address, History& history);

    // Answers the requests that wait, up to requests_per_poll. Returns how many it took.
    std::size_t poll();

    uint16_t port() const { return socket_.local_endpoint().port(); }
    const RetransmitCounters& counters() const { return counters_; }

    // So that live packets never wait for more answers than these.
    static constexpr std::size_t requests_per_poll = 16;

private:
    void answer(std::span<const unsigned char> request,
                const boost::asio::ip::udp::endpoint& asker);

    boost::asio::ip::udp::socket socket_;
    History& history_;
    RetransmitCounters counters_;
};

}  // namespace carbonx::marketdata
