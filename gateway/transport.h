// TCP for the FIX sessions: listens, frames, and refuses what is not fit for a session.
//
// Threads: none of its own; one thread steps it with poll() and owns all.
// Always: it never waits. Each connection reads into a bounded buffer, at most once a poll, and a
// message that QuickFIX must look at ends its turn; what a poll queues for it leaves in one write;
// what comes when half of the bound is queued waits in the session's store, and a client that then
// takes nothing for a while is closed. Before its Logon a connection has a deadline, the check of
// its password included. Connections are bounded, in all and per address, and running out of
// descriptors only pauses accepting. Who is not let in is told nothing: his connection is closed,
// and the log has the reason.
// All of it holds for TLS too. Its handshakes take turns, one step a poll, and a quarter of the
// time together, so that a storm of them leaves the rest to the sessions.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "engine/api/log_limit.h"
#include "gateway/network.h"

namespace carbonx::gateway {

struct TransportSettings {
    std::string address = "127.0.0.1";
    uint16_t port = 0;                     // 0: any free one
    std::shared_ptr<TlsContext> tls = {};  // nothing: TLS is not listened for
    std::string tls_address = "127.0.0.1";
    uint16_t tls_port = 0;
    std::size_t connections_max = 1024;
    std::size_t connections_per_address_max = 64;
    std::size_t body_bytes_max = 8 * 1024;           // BodyLength of a message from a client
    std::size_t output_bytes_max = 4 * 1024 * 1024;  // queued for a client, not yet in the kernel
    int send_buffer_bytes = 0;                       // SO_SNDBUF; 0: the kernel's choice
    std::chrono::milliseconds logon_timeout{5'000};
    std::chrono::milliseconds drain_timeout{5'000};    // for a client to take some of what waits
    std::chrono::milliseconds closing_timeout{1'000};  // for the client to take its last message
    std::chrono::milliseconds accept_retry{100};       // after running out of descriptors
};

// Counted since start. The middle group says why a connection was closed by us.
struct TransportCounters {
    uint64_t accepted = 0;
    uint64_t accept_failed = 0;
    uint64_t messages = 0;
    uint64_t garbage_bytes = 0;

    uint64_t over_connections_max = 0;
    uint64_t over_connections_per_address_max = 0;
    uint64_t not_tls = 0;  // what came to TLS's port
    uint64_t handshake_failed = 0;
    uint64_t logon_timed_out = 0;
    uint64_t not_a_logon = 0;
    uint64_t unknown_session = 0;
    uint64_t address_not_allowed = 0;
    uint64_t wrong_certificate = 0;
    uint64_t wrong_password = 0;
    uint64_t already_connected = 0;
    uint64_t logon_refused = 0;
    uint64_t logons_waiting_max = 0;  // so many passwords were being checked
    uint64_t message_too_large = 0;
    uint64_t slow_consumer = 0;
};

class Transport final : public Network {
public:
    // Listens at once. Throws std::runtime_error if it cannot. Requires: `sessions` outlives it.
    Transport(const TransportSettings& settings, Sessions& sessions);
    ~Transport() override;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;

    std::size_t poll(TimePoint now) override;
    void flush() override;
    uint16_t port() const override { return plain_.port(); }
    uint16_t tls_port() const { return secure_ ? secure_->port() : 0; }
    bool change_tls(const std::shared_ptr<TlsContext>& tls) override;
    std::size_t connection_count() const { return connections_.size(); }
    const TransportCounters& counters() const { return counters_; }

private:
    class Connection;  // transport.cpp

    struct Listener {
        boost::asio::ip::tcp::acceptor acceptor;
        bool is_tls = false;
        bool accepting = false;
        TimePoint accept_at{};

        uint16_t port() const { return acceptor.local_endpoint().port(); }
    };

    Listener listen(const std::string& address, uint16_t port);
    void start_accept(Listener& listener);
    void accepted(boost::asio::ip::tcp::socket socket, bool is_tls);
    std::size_t step_handshakes();
    void let_sleep();
    void say_closed(const std::string& address, std::string_view why);

    const TransportSettings settings_;
    std::shared_ptr<TlsContext> tls_;  // for who connects next
    Sessions& sessions_;
    TransportCounters counters_;
    LogLimit closed_lines_;
    TimePoint now_{};
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    Listener plain_;
    std::optional<Listener> secure_;
    std::vector<std::shared_ptr<Connection>> connections_;
    // Those for which something may be to do: a poll costs nothing for the others.
    std::vector<std::shared_ptr<Connection>> awake_;
    TimePoint deadlines_at_{};                            // when all are woken to look at theirs
    std::deque<std::shared_ptr<Connection>> handshakes_;  // those that something has come for
    TimePoint handshake_at_{};                            // the next one's turn
};

}  // namespace carbonx::gateway
