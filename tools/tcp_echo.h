// The floor under any FIX round trip: a bare TCP echo on loopback, of the same sizes.
//
// Threads: one steps the near end; the far end has a thread of its own, and nothing else in it.
// Always: the far end answers each whole request with one answer, in order.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "engine/api/settings.h"
#include "tools/percentiles.h"

namespace carbonx::tools {

class TcpEcho {
public:
    TcpEcho(boost::asio::io_context& io, std::size_t request_bytes, std::size_t answer_bytes,
            const ThreadSettings& far_end);
    ~TcpEcho();
    TcpEcho(const TcpEcho&) = delete;
    TcpEcho& operator=(const TcpEcho&) = delete;

    // Sends one request; its latency counts from the intended time.
    void send(uint64_t intended_ns);
    // Takes the answers that have come.
    std::size_t poll();
    int descriptor() { return socket_.native_handle(); }  // of the near end
    std::size_t waiting() const { return intended_ns_.size(); }
    Percentiles& latency() { return latency_; }

private:
    void answer(boost::asio::ip::tcp::socket socket, const ThreadSettings& thread);

    const std::vector<char> request_;
    const std::vector<char> answer_;
    boost::asio::ip::tcp::socket socket_;
    std::vector<char> input_;
    std::size_t received_ = 0;          // bytes of an answer that is not whole yet
    std::deque<uint64_t> intended_ns_;  // of what is under way
    Percentiles latency_;
    std::jthread far_end_;
};

}  // namespace carbonx::tools
