// Loads one snapshot at a time: GLIMPSE over SoupBinTCP, without ever waiting.
//
// Threads: one, which steps it with poll().
// Always: an image counts only when its last message, `G`, has come; whatever else happens ends as
// failed, with the reason.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "marketdata/soup.h"

namespace carbonx::marketdata {

class SnapshotLoader {
public:
    using Message = std::function<void(std::span<const unsigned char> message)>;
    enum class Progress { waiting, loading, complete, failed };

    // The message function sees the image's messages, without `G`.
    SnapshotLoader(const boost::asio::ip::tcp::endpoint& server, const std::string& user,
                   const std::string& password, Message message);

    // Asks for the image of this session; blank: of the present one, whichever that is.
    void start(const wire::SessionName& session, uint64_t now_ns);
    void stop();
    bool running() const { return state_ != State::idle; }

    // Takes a bounded part of what has come; the monotonic clock. After complete and failed it does
    // not run any more. Requires: running().
    Progress poll(uint64_t now_ns);

    // That was asked for, or that the server has told.
    const wire::SessionName& session() const { return session_; }
    uint64_t started_ns() const { return started_ns_; }
    // Of the complete image: the next message to apply.
    uint64_t next_sequence() const { return next_sequence_; }
    const std::string& failure() const { return failure_; }  // the last one

    static constexpr uint64_t duration_ns_max = 60'000'000'000;

private:
    enum class State { idle, connecting, logging_in, loading };
    Progress fail(std::string reason);
    Progress read(uint64_t now_ns);
    Progress take(const soup::Frame& frame);
    Progress take_login(const soup::Frame& frame);
    Progress take_message(std::span<const unsigned char> message);
    bool send(uint64_t now_ns);

    // Constant after construction.
    const boost::asio::ip::tcp::endpoint server_;
    const std::string user_, password_;
    const Message message_;

    boost::asio::io_context context_;
    boost::asio::ip::tcp::socket socket_;
    State state_ = State::idle;
    uint64_t attempt_ = 0;  // tells the end of this attempt's connecting from an earlier one's
    boost::system::error_code connected_;
    wire::SessionName session_;
    uint64_t started_ns_ = 0;
    uint64_t heard_ns_ = 0;
    uint64_t sent_ns_ = 0;
    std::vector<unsigned char> outbound_;
    std::vector<unsigned char> inbound_;  // a part of a frame at most, between two polls
    std::size_t inbound_size_ = 0;
    uint64_t next_sequence_ = 0;
    std::string failure_;
};

}  // namespace carbonx::marketdata
