// One subscriber at a snapshot server: the session of SoupBinTCP over its TCP connection.
//
// Threads: one, recovery's; it never waits.
// Always: what it reads is bounded by a frame, what is queued for it by one small frame and an
// image that it may share with others. Who is not let in is told so as the protocol says, or is
// closed; who takes nothing, says nothing or never ends is closed. A connection that has been told
// everything is closed by its peer, or some time later, since to close it first could destroy what
// is on its way.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "engine/api/log_limit.h"
#include "marketdata/recovery/recovery.h"
#include "marketdata/recovery/snapshot_image.h"
#include "marketdata/recovery/snapshot_users.h"
#include "marketdata/soup.h"

namespace carbonx::marketdata {

// Counted since start.
struct SnapshotCounters {
    uint64_t connections = 0;
    uint64_t logins = 0;  // accepted
    uint64_t images = 0;  // made
    uint64_t served = 0;  // clients that took a whole one
    uint64_t image_bytes = 0;

    // Not let in.
    uint64_t accept_failed = 0;
    uint64_t address_not_allowed = 0;
    uint64_t over_clients_max = 0;
    uint64_t login_timed_out = 0;
    uint64_t wrong_password = 0;         // or no such user
    uint64_t session_not_available = 0;  // or no such sequence
    uint64_t passwords_waiting_max = 0;  // so many of its address were being checked
    // Closed by us before they had all, whether let in or not.
    uint64_t malformed = 0;
    uint64_t silent = 0;
    uint64_t slow = 0;
    uint64_t too_long = 0;
    uint64_t session_over = 0;  // a new trading day began before its image
    // Gone by themselves before they had all.
    uint64_t logged_out = 0;
    uint64_t lost = 0;
};

// What all clients of a server share.
struct SnapshotDesk {
    SnapshotUsers& users;
    const Recovery& recovery;
    uint64_t now_ns = 0;  // monotonic
    SnapshotCounters counters;
    LogLimit lines;

    // In the log, a few lines a second.
    void say_closed(const std::string& address, std::string_view why);
};

class SnapshotConnection : public std::enable_shared_from_this<SnapshotConnection> {
public:
    using Socket = boost::asio::ip::tcp::socket;
    enum class State {
        login,        // its Login Request has not come
        checking,     // its password is being checked
        catching_up,  // until recovery has read what had happened when it asked
        waiting,      // accepted, for an image
        sending,
        closing,  // nothing more is said than what is queued
        closed,
    };

    // Requires: the socket does not block, the desk outlives it.
    SnapshotConnection(Socket socket, std::string address, SnapshotDesk& desk);
    void start() { read(); }

    State state() const { return state_; }
    const std::string& address() const { return address_; }
    bool is_let_in() const { return is_let_in_; }
    // Where recovery must be before it is answered.
    uint64_t wanted_position() const { return wanted_position_; }

    // Answers its login. Requires: it is catching up, and has. The session is the present one.
    void answer(const wire::SessionName& session);
    // Requires: it waits.
    void send(std::shared_ptr<const SnapshotImage> image);
    // Looks at the clock.
    void look();
    // Without a word to it.
    void drop();

    static constexpr uint64_t login_ns = 5'000'000'000;      // for its Login Request
    static constexpr uint64_t catch_up_ns = 10'000'000'000;  // for recovery, before it is refused
    static constexpr uint64_t take_ns = 5'000'000'000;  // for it to take some of what it is sent
    static constexpr uint64_t through_ns = 60'000'000'000;     // for all, from its Login Request on
    static constexpr uint64_t close_ns = 5'000'000'000;        // for it to close
    static constexpr std::size_t frame_length_max = 256;       // of what it sends
    static constexpr std::size_t write_bytes_max = 64 * 1024;  // at a time

private:
    static constexpr std::size_t frame_bytes_max = 64;  // a Login Accepted and an End of Session

    void read();
    void taken(std::size_t size);
    void take(const soup::Frame& frame);
    void log_in(const soup::Frame& frame);
    void checked(bool right);
    void reject(soup::RejectReason reason);
    void write();
    void written(std::size_t size);
    void drop(uint64_t& counter, const char* why);

    // Constant after construction.
    const std::string address_;
    SnapshotDesk& desk_;
    const uint64_t connected_ns_;

    Socket socket_;
    State state_ = State::login;
    bool is_let_in_ = false;
    std::array<unsigned char, frame_length_max + sizeof(wire::U16)> input_;
    std::size_t input_size_ = 0;
    soup::LoginRequest request_;
    uint64_t wanted_position_ = 0;
    wire::SessionName session_;  // that it was told

    std::vector<unsigned char> frame_;  // to be sent before the image
    std::size_t frame_sent_ = 0;
    std::shared_ptr<const SnapshotImage> image_;
    std::size_t image_sent_ = 0;
    bool is_writing_ = false;

    uint64_t logged_in_ns_ = 0;  // when its Login Request came
    uint64_t heard_ns_;          // when something came last
    uint64_t said_ns_ = 0;       // when the system took something last, or was first given it
};

}  // namespace carbonx::marketdata
