#include "marketdata/recovery/snapshot_connection.h"

#include <spdlog/spdlog.h>

#include <boost/asio/buffer.hpp>

#include "engine/api/check.h"

namespace carbonx::marketdata {

using boost::system::error_code;

void SnapshotDesk::say_closed(const std::string& address, std::string_view why) {
    const bool may_say = lines.may_say(LogLimit::TimePoint(std::chrono::nanoseconds(now_ns)));
    if (const std::size_t count = lines.take_left_out(); count > 0) {
        spdlog::warn("snapshots: {} more connections were closed, for such reasons", count);
    }
    if (may_say) spdlog::warn("snapshots: {} closed: {}", address, why);
}

SnapshotConnection::SnapshotConnection(Socket socket, std::string address, SnapshotDesk& desk)
    : address_(std::move(address)),
      desk_(desk),
      connected_ns_(desk.now_ns),
      socket_(std::move(socket)),
      heard_ns_(desk.now_ns) {
    frame_.reserve(frame_bytes_max);  // it must not move while it is sent
}

void SnapshotConnection::read() {
    const auto room = boost::asio::buffer(input_.data() + input_size_, input_.size() - input_size_);
    socket_.async_read_some(room,
                            [self = shared_from_this()](const error_code& error, std::size_t size) {
                                if (self->state_ == State::closed) return;
                                if (!error) return self->taken(size);
                                if (self->state_ != State::closing) ++self->desk_.counters.lost;
                                self->drop();
                            });
}

void SnapshotConnection::taken(std::size_t size) {
    heard_ns_ = desk_.now_ns;
    input_size_ += size;
    std::span<const unsigned char> bytes{input_.data(), input_size_};
    soup::Frame frame;
    soup::Taken found = soup::Taken::frame;
    while (state_ < State::closing) {
        found = soup::take_frame(bytes, frame, frame_length_max);
        if (found != soup::Taken::frame) break;
        take(frame);
    }
    if (found == soup::Taken::broken) {
        drop(desk_.counters.malformed, "a frame's length is 0, or more than it may be");
    }
    if (state_ == State::closed) return;
    if (state_ == State::closing) bytes = {};  // what comes now is nobody's business
    std::copy(bytes.begin(), bytes.end(), input_.begin());
    input_size_ = bytes.size();
    read();
}

void SnapshotConnection::take(const soup::Frame& frame) {
    switch (frame.type) {
        case soup::login_request:
            return log_in(frame);
        case soup::logout_request:
            ++desk_.counters.logged_out;
            return drop();
        case soup::client_heartbeat:
        case soup::unsequenced_data:
        case soup::debug:
            return;
        default:
            drop(desk_.counters.malformed, "it sends a frame of a type that no client has");
    }
}

void SnapshotConnection::log_in(const soup::Frame& frame) {
    const auto request = soup::payload_as<soup::LoginRequest>(frame);
    if (state_ != State::login || !request) {
        return drop(desk_.counters.malformed,
                    request ? "it logs in twice" : "its Login Request is too short");
    }
    request_ = *request;
    logged_in_ns_ = desk_.now_ns;
    wanted_position_ = desk_.recovery.published();
    state_ = State::checking;
    const bool begun = desk_.users.check(
        soup::unpadded(request_.user.view()), soup::unpadded(request_.password.view()),
        weak_from_this(), [this](bool right) { checked(right); }, address_);
    if (!begun) {
        drop(desk_.counters.passwords_waiting_max, "too many of its passwords are being checked");
    }
}

void SnapshotConnection::checked(bool right) {
    if (state_ != State::checking) return;
    if (right) {
        state_ = State::catching_up;
        return;
    }
    ++desk_.counters.wrong_password;
    desk_.say_closed(address_, "wrong user or password");
    reject(soup::RejectReason::not_authorised);
}

void SnapshotConnection::answer(const wire::SessionName& session) {
    CARBONX_CHECK(state_ == State::catching_up);
    const wire::SessionName wanted = soup::session_name(request_.session);
    const auto sequence = soup::parse_number({request_.sequence.data(), request_.sequence.size()});
    const bool is_there = !session.view().empty() && (wanted.view().empty() || wanted == session) &&
                          sequence && *sequence <= 1;
    if (!is_there) {
        ++desk_.counters.session_not_available;
        desk_.say_closed(address_, "it asks for a session or a sequence that is not to be had");
        return reject(soup::RejectReason::session_not_available);
    }
    ++desk_.counters.logins;
    is_let_in_ = true;
    session_ = session;
    state_ = State::waiting;
    soup::append(frame_, soup::LoginAccepted{soup::padded(session), soup::number(1)});
    write();
}

void SnapshotConnection::reject(soup::RejectReason reason) {
    state_ = State::closing;
    soup::append(frame_, soup::LoginRejected{reason});
    write();
}

void SnapshotConnection::send(std::shared_ptr<const SnapshotImage> image) {
    CARBONX_CHECK(state_ == State::waiting);
    if (image->session == session_) {
        state_ = State::sending;
        image_ = std::move(image);
    } else {
        ++desk_.counters.session_over;
        state_ = State::closing;
        soup::append_frame(frame_, soup::end_of_session);
    }
    write();
}

void SnapshotConnection::write() {
    if (is_writing_ || state_ == State::closed) return;
    std::span<const unsigned char> rest{frame_};
    rest = rest.subspan(frame_sent_);
    if (rest.empty() && image_) rest = std::span{image_->frames}.subspan(image_sent_);
    if (rest.empty()) return;
    is_writing_ = true;
    said_ns_ = desk_.now_ns;
    socket_.async_write_some(
        boost::asio::buffer(rest.data(), std::min(rest.size(), write_bytes_max)),
        [self = shared_from_this()](const error_code& error, std::size_t size) {
            self->is_writing_ = false;
            if (self->state_ == State::closed) return;
            if (!error) return self->written(size);
            ++self->desk_.counters.lost;
            self->drop();
        });
}

void SnapshotConnection::written(std::size_t size) {
    said_ns_ = desk_.now_ns;
    std::size_t& sent = frame_sent_ < frame_.size() ? frame_sent_ : image_sent_;
    sent += size;
    if (frame_sent_ == frame_.size()) {
        frame_.clear();
        frame_sent_ = 0;
    }
    if (state_ == State::sending && image_sent_ == image_->frames.size()) {
        ++desk_.counters.served;
        image_.reset();
        state_ = State::closing;
    }
    write();
    if (state_ == State::closing && !is_writing_) {
        error_code error;
        socket_.shutdown(Socket::shutdown_send, error);  // it may be gone already
    }
}

void SnapshotConnection::look() {
    const uint64_t now_ns = desk_.now_ns;
    SnapshotCounters& counters = desk_.counters;
    if (state_ == State::closed) return;
    if (is_writing_ && now_ns - said_ns_ >= take_ns) {
        return drop(counters.slow, "it does not take what it is sent");
    }
    if (state_ == State::closing) {
        if (!is_writing_ && now_ns - said_ns_ >= close_ns) drop();
        return;
    }
    if (state_ == State::login) {
        if (now_ns - connected_ns_ < login_ns) return;
        return drop(counters.login_timed_out, "it has not logged in in time");
    }
    if (now_ns - heard_ns_ >= soup::timeout_ns) {
        return drop(counters.silent, "nothing was heard from it");
    }
    if (now_ns - logged_in_ns_ >= through_ns) {
        return drop(counters.too_long, "it is not through in time");
    }
    if (state_ == State::catching_up && now_ns - logged_in_ns_ >= catch_up_ns) {
        ++counters.session_not_available;
        desk_.say_closed(address_, "recovery has not yet read what happened before it asked");
        return reject(soup::RejectReason::session_not_available);
    }
    if (state_ == State::waiting && !is_writing_ && now_ns - said_ns_ >= soup::heartbeat_ns) {
        soup::append_frame(frame_, soup::server_heartbeat);
        write();
    }
}

void SnapshotConnection::drop() {
    state_ = State::closed;
    error_code error;
    socket_.close(error);
}

void SnapshotConnection::drop(uint64_t& counter, const char* why) {
    ++counter;
    desk_.say_closed(address_, why);
    drop();
}

}  // namespace carbonx::marketdata
