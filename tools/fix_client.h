// A FIX 4.4 client of its own, for the tools: no FIX library in it, so that a mistake of the
// gateway's is not made twice.
//
// Threads: one; nothing happens outside connect(), send() and poll().
// Always: application messages are handed on once each, in the order of their numbers. What we sent
// is never sent again: a resend request is answered by a gap fill, since an old order is stale.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "tools/fix_message.h"
#include "tools/fix_tls.h"

namespace carbonx::tools {

struct FixClientSettings {
    std::string host = "127.0.0.1";
    uint16_t port = 9880;
    std::string comp_id;
    std::string target = "CARBONX";
    std::string password;               // empty: none is sent
    std::optional<FixTlsSettings> tls;  // nothing: plaintext
    int heartbeat_s = 30;
    bool reset = true;            // begin both numberings at 1 (141=Y)
    std::filesystem::path store;  // keeps the numbers between runs; empty: does not
};

class FixClient {
public:
    using Handler = std::function<void(const FixView&)>;

    FixClient(boost::asio::io_context& io, FixClientSettings settings, Handler handler);
    ~FixClient();

    // Connects and sends the Logon. Throws std::runtime_error when nobody listens, or TLS fails.
    void connect();
    bool is_connected() const { return socket_.is_open(); }
    bool is_logged_on() const { return logged_on_; }
    // Why the connection ended, in the other side's words where it gave some.
    const std::string& ended_because() const { return ended_because_; }

    // Numbers and sends it. What the kernel does not take now goes with the next poll.
    void send(const FixMessage& message);
    // Reads and hands on what has come, keeps the session alive. Returns the messages read.
    std::size_t poll();
    // Says goodbye; the other side closes.
    void logout();
    // Drops the connection as a crash would.
    void drop(const std::string& reason = "dropped");

    const FixClientSettings& settings() const { return settings_; }
    int descriptor() { return socket_.native_handle(); }
    uint64_t next_out() const { return next_out_; }
    uint64_t next_in() const { return next_in_; }

private:
    void send_numbered(const FixMessage& message, uint64_t sequence);
    void flush();
    boost::system::error_code read_bytes();
    std::size_t read_messages();
    void received(const FixView& message);
    void session_message(const FixView& message);
    void logon_received(const FixView& message, uint64_t sequence);
    void ask_resend(uint64_t sequence);
    void keep_alive();
    void load_numbers();
    void save_numbers() const;

    const FixClientSettings settings_;
    const Handler handler_;
    boost::asio::ip::tcp::socket socket_;
    std::unique_ptr<FixTlsStream> tls_;  // over the socket
    std::string input_;
    std::string output_;
    FixView view_;
    bool logged_on_ = false;
    std::string ended_because_;
    uint64_t next_out_ = 1;
    uint64_t next_in_ = 1;
    uint64_t resend_until_ = 0;  // the last number of the resend under way
    uint64_t sent_ns_ = 0;       // monotonic clock
    uint64_t received_ns_ = 0;
    bool test_sent_ = false;
};

// Waits until one of the descriptors can be read or the time is over; true for a readable one.
bool wait_readable(const std::vector<int>& descriptors, int timeout_ms);

}  // namespace carbonx::tools
