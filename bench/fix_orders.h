// One broker's FIX connection for benchmarks: sends orders as fast as one wants, and checks every
// report. It costs the machine far less than any server that it asks.
//
// The flow: day limit orders of one tonne that rest, buys far below and sells far above the market,
// over all counters and some prices in turn. Each order has exactly one report, and no order goes.
//
// Threads: one.
// Always: reports are checked for their checksum, their number, and that they say `new` of the
// order whose turn it is; anything else counts as refused, and the first such is kept as text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "tools/fix_message.h"

namespace carbonx::bench {

class FixOrders {
public:
    // Connects to the server on loopback and logs on. Throws std::runtime_error.
    FixOrders(boost::asio::io_context& io, uint16_t port, unsigned broker_number);

    // Puts the next order behind those that wait to be sent.
    void add();
    // Sends what waits, in one write.
    void flush();
    // Does so, and reads what has come, in one read. Returns how many orders
    // were answered. Throws std::runtime_error when the server has closed.
    std::size_t poll();

    int descriptor() { return socket_.native_handle(); }
    uint64_t sent() const { return sent_; }
    uint64_t answered() const { return answered_; }
    uint64_t refused() const { return refused_; }
    const std::string& first_refusal() const { return first_refusal_; }
    // Of the last ones.
    std::size_t order_bytes() const { return order_bytes_; }
    std::size_t report_bytes() const { return report_bytes_; }

private:
    void log_on();
    void add_number(uint64_t number);
    void begin(char type);
    void end();
    void read();
    void received(std::string_view message);
    bool is_next_report() const;

    // Constant after construction.
    const std::string name_;                // CompID and account
    const std::vector<std::string> terms_;  // 38 to 59 of each order in turn

    boost::asio::ip::tcp::socket socket_;
    std::string output_;
    std::size_t written_ = 0;        // of output_
    std::size_t message_begin_ = 0;  // in output_, of the one that is being written
    std::vector<char> input_;
    std::size_t input_bytes_ = 0;
    tools::FixView view_;
    bool logged_on_ = false;
    uint64_t time_ms_ = 0;  // which time_ says
    std::string time_;
    uint64_t next_out_ = 1;
    uint64_t next_in_ = 1;
    uint64_t sent_ = 0;
    uint64_t answered_ = 0;
    uint64_t refused_ = 0;
    std::string first_refusal_;
    std::size_t order_bytes_ = 0;
    std::size_t report_bytes_ = 0;
};

}  // namespace carbonx::bench
