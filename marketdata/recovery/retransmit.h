// The re-request server: answers each MoldUDP64 request packet with one packet out of the history.
//
// Threads: one; it never waits.
// Always: a request is answered by one packet or none, to the address that it came from. What is
// not to be answered is met with silence, and counted. Addresses of UDP can be forged, so what an
// address is sent in a second is bounded.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "engine/api/settings.h"
#include "marketdata/recovery/allowed_addresses.h"
#include "marketdata/recovery/history.h"
#include "marketdata/recovery/request_limit.h"

namespace carbonx::marketdata {

struct RetransmitCounters {
    uint64_t answered = 0;  // also when the system did not take it
    uint64_t address_not_allowed = 0;
    uint64_t over_rate = 0;
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
    // Port 0: any free one. The key is where the settings have the address. Throws
    // std::runtime_error that names the mend when it cannot be had. Requires: the history outlives
    // it.
    RetransmitServer(boost::asio::io_context& context, const Endpoint& address,
                     const std::string& key, const RecoverySettings& settings, History& history);

    // Answers the requests that wait, up to requests_per_poll; the monotonic clock. Returns how
    // many it took.
    std::size_t poll(uint64_t now_ns);

    uint16_t port() const { return socket_.local_endpoint().port(); }
    const RetransmitCounters& counters() const { return counters_; }

    // So that nothing else of recovery waits for more answers than these.
    static constexpr std::size_t requests_per_poll = 16;

private:
    void answer(std::span<const unsigned char> request, const boost::asio::ip::udp::endpoint& asker,
                uint64_t now_ns);

    boost::asio::ip::udp::socket socket_;
    History& history_;
    const AllowedAddresses allowed_;
    RequestLimit limit_;
    RetransmitCounters counters_;
};

}  // namespace carbonx::marketdata
