#include "gateway/transport.h"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include <spdlog/spdlog.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>

#include "engine/api/check.h"
#include "gateway/framing.h"
#include "gateway/tls.h"

namespace carbonx::gateway {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t input_bytes_first = 4096;
constexpr std::size_t record_bytes_max = 16 * 1024;  // of TLS
constexpr int handshake_pause = 3;                   // times what a step of one took
constexpr char handshake_record = 0x16;              // the first byte that a TLS client sends
constexpr std::chrono::milliseconds deadline_step{10};

// An IPv4 client of an IPv6 listener is the same client.
std::string address_text(const tcp::endpoint& endpoint) {
    const auto address = endpoint.address();
    const bool is_mapped = address.is_v6() && address.to_v6().is_v4_mapped();
    if (!is_mapped) return address.to_string();
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6())
        .to_string();
}

const char* reason(LogonResult result) {
    switch (result) {
        case LogonResult::not_a_logon:
            return "its first message is no Logon";
        case LogonResult::unknown_session:
            return "no such session: 49, 56 or 8 is wrong";
        case LogonResult::address_not_allowed:
            return "the session may not come from there";
        case LogonResult::wrong_certificate:
            return "the session wants a certificate of its own, and this one has ";
        case LogonResult::wrong_password:
            return "wrong password";
        case LogonResult::already_connected:
            return "the session is connected already";
        case LogonResult::accepted:
        case LogonResult::refused:
            break;
    }
    return "";
}

}  // namespace

// One client. Asynchronous operations only say that something can be done; it is done in the poll,
// once each, so that no client takes the thread for itself.
class Transport::Connection final : public Channel,
                                    public std::enable_shared_from_this<Connection> {
public:
    // tls: nothing for a plain connection.
    Connection(Transport& transport, tcp::socket socket, std::string address, TlsContext* tls)
        : transport_(transport),
          socket_(std::move(socket)),
          address_(std::move(address)),
          tls_(tls != nullptr ? tls->make_stream(socket_) : nullptr),
          state_(tls_ ? State::handshake : State::logon),
          deadline_(transport.now_ + transport.settings_.logon_timeout) {
        input_.resize(input_bytes_first);
    }

    const std::string& address() const { return address_; }
    bool is_closed() const { return state_ == State::closed && !reading_ && !awaiting_write_; }

    // Something has happened, or is to be done: the next step() sees to it.
    void wake() {
        if (is_awake_) return;
        is_awake_ = true;
        transport_.awake_.push_back(shared_from_this());
    }
    // True: nothing to do until wake().
    bool sleeps() {
        const bool is_closed = state_ == State::closed;
        const bool must_read = !is_closed && state_ != State::verifying && !reading_ && !in_turn_;
        const bool must_write = !is_closed && !awaiting_write_ && queued_bytes() > 0;
        is_awake_ = must_read || must_write;
        return !is_awake_;
    }

    std::size_t step() {
        std::size_t work = 0;
        if (state_ == State::logon || state_ == State::open) work += process_input();
        if (state_ == State::closing && !reading_) input_size_ = 0;
        const TransportSettings& settings = transport_.settings_;
        if (queued_bytes() > 0 && transport_.now_ >= taken_at_ + settings.drain_timeout) {
            overflowed_ = true;
        }
        if (overflowed_ && state_ != State::closed) {
            ++transport_.counters_.slow_consumer;
            transport_.say_closed(address_, "it does not read what it is sent");
            drop();
        }
        if (lost_ && state_ != State::closed) drop();
        const bool is_due =
            state_ != State::open && state_ != State::closed && transport_.now_ >= deadline_;
        if (is_due) {
            if (state_ != State::closing) {
                ++transport_.counters_.logon_timed_out;
                transport_.say_closed(address_, "it has not logged on in time");
            }
            drop();
        }
        // While its password is checked a client is not read: its buffer may be full.
        const bool wants_more = state_ != State::closed && state_ != State::verifying && !has_more_;
        if (wants_more && !reading_ && !in_turn_) {
            state_ == State::handshake ? await_handshake() : read();
        }
        return work;
    }

    void flush() {
        if (state_ == State::closed) return;
        if (!awaiting_write_ && queued_bytes() > 0) write();
        if (state_ == State::closing && queued_bytes() == 0 && !shut_down_) {
            // The client takes what was sent and closes; closing first could destroy it on its way.
            shut_down_ = true;
            tls_ ? say_goodbye() : shut_down();
        }
    }

    // Its turn in Transport::handshakes_.
    void step_handshake() {
        wake();
        in_turn_ = false;
        if (state_ != State::handshake) return;
        if (!is_tls_) {
            char first = 0;
            error_code error;
            socket_.receive(boost::asio::buffer(&first, 1), tcp::socket::message_peek, error);
            if (error == boost::asio::error::would_block) return;
            lost_ = error.failed();
            if (lost_) return;
            if (first != handshake_record) {
                ++transport_.counters_.not_tls;
                transport_.say_closed(address_, "what it sends to the port of TLS is not TLS");
                return drop();
            }
            is_tls_ = true;
        }
        std::string failure;
        switch (shake_hands(*tls_, failure)) {
            case Handshake::done:
                certificate_ = client_fingerprint(*tls_);
                state_ = State::logon;
                break;
            case Handshake::unfinished:
                break;
            case Handshake::lost:
                lost_ = true;
                break;
            case Handshake::failed:
                ++transport_.counters_.handshake_failed;
                transport_.say_closed(address_, "the TLS handshake failed: " + failure);
                drop();
                break;
        }
    }

    // At the end of the process: no word to anyone.
    void abandon() {
        if (session_) transport_.sessions_.abandon(*session_);
        session_.reset();
        shut();
    }

    // Channel.
    void send(std::string_view bytes) override {
        if (state_ == State::closed || overflowed_) return;
        if (queued_bytes() == 0) taken_at_ = transport_.now_;
        output_ += bytes;
        wake();
        if (queued_bytes() > transport_.settings_.output_bytes_max) overflowed_ = true;
    }

    void close() override {
        if (state_ == State::closed) return;
        session_.reset();
        state_ = State::closing;
        has_more_ = false;
        wake();
        deadline_ = transport_.now_ + transport_.settings_.closing_timeout;
    }

    std::size_t queued_bytes() const override { return output_.size() - written_; }

    bool is_behind() const override {
        return 2 * queued_bytes() > transport_.settings_.output_bytes_max;
    }

private:
    enum class State { handshake, logon, verifying, open, closing, closed };

    std::size_t process_input() {
        if (reading_) return 0;  // nothing has come since
        has_more_ = false;
        const std::size_t limit = transport_.settings_.body_bytes_max;
        std::size_t at = 0;
        std::size_t count = 0;
        while (!has_more_ && (state_ == State::logon || state_ == State::open)) {
            const std::string_view rest(input_.data() + at, input_size_ - at);
            const Frame frame = next_frame(rest, limit);
            transport_.counters_.garbage_bytes += frame.skipped;
            at += frame.skipped;
            if (frame.kind == Frame::Kind::incomplete) break;
            if (frame.kind == Frame::Kind::too_large) {
                ++transport_.counters_.message_too_large;
                transport_.say_closed(address_, "BodyLength is above " + std::to_string(limit));
                drop();
                break;
            }
            const std::string_view message(input_.data() + at, frame.size);
            at += frame.size;
            ++count;
            ++transport_.counters_.messages;
            if (state_ == State::logon) {
                log_on(message);
            } else {
                // One that takes long is all of its turn: others wait for one of them at most.
                has_more_ = !transport_.sessions_.receive(*session_, message);
            }
            if (overflowed_) break;
        }
        std::copy(input_.begin() + static_cast<std::ptrdiff_t>(at),
                  input_.begin() + static_cast<std::ptrdiff_t>(input_size_), input_.begin());
        input_size_ -= at;
        has_more_ = has_more_ && input_size_ > 0 && state_ == State::open;
        return count;
    }

    void log_on(std::string_view message) {
        logon_ = message;
        if (find_field(logon_, "35=") != "A") return refuse(LogonResult::not_a_logon);
        state_ = State::verifying;
        const std::string_view comp_id = find_field(logon_, "49=").value_or("");
        if (transport_.sessions_.is_enough(comp_id, certificate_)) return verified(false);
        const bool begun = transport_.sessions_.passwords().check(
            comp_id, find_field(logon_, "554=").value_or(""), weak_from_this(),
            [this](bool right) { verified(right); }, address_);
        if (begun) return;
        ++transport_.counters_.logons_waiting_max;
        transport_.say_closed(address_, "too many of its passwords are being checked");
        drop();
    }

    // By the poll of the passwords, or without a password; the Logon is still in logon_.
    void verified(bool right) {
        if (state_ != State::verifying) return;
        wake();
        SessionIndex session = 0;
        const Peer peer{address_, right, certificate_};
        const LogonResult result = transport_.sessions_.connect(logon_, peer, *this, session);
        if (result == LogonResult::accepted) {
            session_ = session;
            state_ = State::open;
        } else if (result == LogonResult::refused) {
            // Its Logout is queued, and the session has called close().
            ++transport_.counters_.logon_refused;
        } else {
            refuse(result);
        }
    }

    // Without a word to the client.
    void refuse(LogonResult result) {
        TransportCounters& counters = transport_.counters_;
        switch (result) {
            case LogonResult::not_a_logon:
                ++counters.not_a_logon;
                break;
            case LogonResult::unknown_session:
                ++counters.unknown_session;
                break;
            case LogonResult::address_not_allowed:
                ++counters.address_not_allowed;
                break;
            case LogonResult::wrong_certificate:
                ++counters.wrong_certificate;
                break;
            case LogonResult::wrong_password:
                ++counters.wrong_password;
                break;
            case LogonResult::already_connected:
                ++counters.already_connected;
                break;
            case LogonResult::accepted:
            case LogonResult::refused:
                break;
        }
        std::string why = reason(result);
        if (result == LogonResult::wrong_certificate) why += shown_certificate();
        transport_.say_closed(address_, why);
        drop();
    }

    std::string shown_certificate() const { return certificate_.empty() ? "none" : certificate_; }

    void await_handshake() {
        reading_ = true;
        socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const error_code&) {
            self->wake();
            self->reading_ = false;
            self->in_turn_ = true;
            self->transport_.handshakes_.push_back(self);
        });
    }

    void read() {
        const std::size_t capacity_max = transport_.settings_.body_bytes_max + frame_overhead_max;
        if (input_size_ == input_.size()) input_.resize(std::min(2 * input_.size(), capacity_max));
        reading_ = true;
        const auto room =
            boost::asio::buffer(input_.data() + input_size_, input_.size() - input_size_);
        const bool is_raw = !tls_ || shut_down_;  // behind our goodbye nothing is deciphered
        auto taken = [self = shared_from_this(), is_raw](const error_code& error,
                                                         std::size_t size) {
            self->wake();
            self->reading_ = false;
            self->input_size_ += size;
            const bool was_goodbye = !is_raw && self->shut_down_;
            if (error && !was_goodbye) self->lost_ = true;
        };
        if (is_raw) {
            socket_.async_read_some(room, std::move(taken));
        } else {
            tls_->async_read_some(room, std::move(taken));
        }
    }

    void write() {
        if (tls_) return write_record();
        while (queued_bytes() > 0) {
            error_code error;
            const std::size_t taken = socket_.write_some(
                boost::asio::buffer(output_.data() + written_, queued_bytes()), error);
            written_ += taken;
            if (taken > 0) taken_at_ = transport_.now_;
            if (error == boost::asio::error::would_block) {
                await_write();
                break;
            }
            if (error) {
                lost_ = true;
                return;
            }
        }
        forget_written();
    }

    void forget_written() {
        if (2 * written_ < output_.size()) return;
        output_.erase(0, written_);
        written_ = 0;
    }

    // One of TLS, which the kernel mostly has when this returns; the next one has its own flush.
    void write_record() {
        if (awaiting_write_ || queued_bytes() == 0) return;
        awaiting_write_ = true;
        record_.assign(output_, written_, record_bytes_max);  // output_ may move meanwhile
        tls_->async_write_some(
            boost::asio::buffer(record_),
            [self = shared_from_this()](const error_code& error, std::size_t size) {
                self->wake();
                self->awaiting_write_ = false;
                self->written_ += size;
                self->taken_at_ = self->transport_.now_;
                self->forget_written();
                if (error) self->lost_ = true;
            });
    }

    void shut_down() {
        error_code ignored;
        socket_.shutdown(tcp::socket::shutdown_send, ignored);
    }

    // TLS's, before TCP's.
    void say_goodbye() {
        awaiting_write_ = true;
        expect_no_goodbye(*tls_);
        tls_->async_shutdown([self = shared_from_this()](const error_code&) {
            self->wake();
            self->awaiting_write_ = false;
            self->shut_down();
        });
    }

    void await_write() {
        if (awaiting_write_) return;
        awaiting_write_ = true;
        socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](const error_code&) {
            self->wake();
            self->awaiting_write_ = false;
        });
    }

    void shut() {
        error_code ignored;
        socket_.close(ignored);
        state_ = State::closed;
        has_more_ = false;
    }

    void drop() {
        if (transport_.sessions_.write_stores()) write();  // a last try
        if (tls_ && !awaiting_write_) {
            error_code ignored;
            expect_no_goodbye(*tls_);
            tls_->shutdown(ignored);
        }
        shut();
        if (!session_) return;
        const SessionIndex session = *session_;
        session_.reset();
        transport_.sessions_.disconnected(session);
    }

    Transport& transport_;
    tcp::socket socket_;
    const std::string address_;
    const std::unique_ptr<TlsStream> tls_;  // over the socket; nothing: plain
    bool is_tls_ = false;                   // as its first byte says
    std::string certificate_;               // the fingerprint of the client's; empty: none
    State state_;
    TimePoint deadline_;  // for the Logon, or for the client to close
    std::string logon_;   // while its password is checked
    std::optional<SessionIndex> session_;
    bool lost_ = false;        // the peer or the network has closed
    bool overflowed_ = false;  // it did not read
    bool shut_down_ = false;
    bool is_awake_ = false;  // among transport_.awake_
    bool has_more_ = false;  // its turn ended before all that has come was looked at
    bool reading_ = false;   // an operation is pending on the end of input_
    bool in_turn_ = false;   // in Transport::handshakes_
    bool awaiting_write_ = false;
    std::vector<char> input_;
    std::size_t input_size_ = 0;
    std::string output_;
    std::size_t written_ = 0;  // of output_
    std::string record_;       // of output_, on its way through TLS
    TimePoint taken_at_{};     // when the client's kernel last took some of it
};

Transport::Transport(const TransportSettings& settings, Sessions& sessions)
    : settings_(settings),
      tls_(settings.tls),
      sessions_(sessions),
      work_(io_.get_executor()),
      plain_(listen(settings.address, settings.port)) {
    if (!tls_) return;
    secure_.emplace(listen(settings.tls_address, settings.tls_port));
    secure_->is_tls = true;
    tls_->tell_validity();
}

Transport::~Transport() {
    for (const auto& connection : connections_) connection->abandon();
}

Transport::Listener Transport::listen(const std::string& address, uint16_t port) {
    try {
        const tcp::endpoint endpoint(boost::asio::ip::make_address(address), port);
        tcp::acceptor acceptor(io_);
        acceptor.open(endpoint.protocol());
        acceptor.set_option(tcp::acceptor::reuse_address(true));
        acceptor.bind(endpoint);
        acceptor.listen();
        return {std::move(acceptor)};
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error("fix: cannot listen on " + address + " port " +
                                 std::to_string(port) + ": " + error.what());
    }
}

bool Transport::change_tls(const std::shared_ptr<TlsContext>& tls) {
    CARBONX_CHECK(secure_.has_value());
    const bool is_other = tls->fingerprint() != tls_->fingerprint();
    tls_ = tls;
    if (is_other) tls_->tell_validity();
    return is_other;
}

std::size_t Transport::poll(TimePoint now) {
    now_ = now;
    flush();
    std::size_t work = io_.poll();
    start_accept(plain_);
    if (secure_) start_accept(*secure_);
    work += step_handshakes();
    if (now >= deadlines_at_) {
        deadlines_at_ = now + deadline_step;
        for (const auto& connection : connections_) connection->wake();
    }
    // By index: a step may wake others.
    for (std::size_t i = 0; i < awake_.size(); ++i) work += awake_[i]->step();
    work += sessions_.poll(now);
    flush();
    let_sleep();
    return work;
}

void Transport::let_sleep() {
    bool one_is_closed = false;
    std::erase_if(awake_, [&](const auto& connection) {
        one_is_closed = one_is_closed || connection->is_closed();
        return connection->sleeps();
    });
    if (!one_is_closed) return;
    std::erase_if(connections_, [](const auto& connection) { return connection->is_closed(); });
}

void Transport::flush() {
    if (!sessions_.write_stores()) return;
    for (std::size_t i = 0; i < awake_.size(); ++i) awake_[i]->flush();
}

void Transport::say_closed(const std::string& address, std::string_view why) {
    const bool may_say = closed_lines_.may_say(now_);
    if (const std::size_t count = closed_lines_.take_left_out(); count > 0) {
        spdlog::warn("fix: {} more connections were closed, for such reasons", count);
    }
    if (may_say) spdlog::warn("fix: {} closed: {}", address, why);
}

std::size_t Transport::step_handshakes() {
    while (!handshakes_.empty() && handshakes_.front()->is_closed()) handshakes_.pop_front();
    if (handshakes_.empty() || now_ < handshake_at_) return 0;
    const std::shared_ptr<Connection> next = std::move(handshakes_.front());
    handshakes_.pop_front();
    const auto begin = std::chrono::steady_clock::now();
    next->step_handshake();
    handshake_at_ = now_ + handshake_pause * (std::chrono::steady_clock::now() - begin);
    return 1;
}

void Transport::start_accept(Listener& listener) {
    if (listener.accepting || now_ < listener.accept_at) return;
    listener.accepting = true;
    listener.acceptor.async_accept([this, &listener](const error_code& error, tcp::socket socket) {
        listener.accepting = false;
        if (!error) return accepted(std::move(socket), listener.is_tls);
        // Out of descriptors or memory, or the client has gone already.
        ++counters_.accept_failed;
        say_closed("a connection that came", error.message());
        listener.accept_at = now_ + settings_.accept_retry;
    });
}

void Transport::accepted(tcp::socket socket, bool is_tls) {
    error_code error;
    const tcp::endpoint peer = socket.remote_endpoint(error);
    if (error) return;  // gone already; the socket closes itself
    ++counters_.accepted;
    const std::string address = address_text(peer);
    if (connections_.size() >= settings_.connections_max) {
        ++counters_.over_connections_max;
        return say_closed(address, "there are connections_max already");
    }
    const auto from_there = std::count_if(connections_.begin(), connections_.end(),
                                          [&](const auto& c) { return c->address() == address; });
    if (static_cast<std::size_t>(from_there) >= settings_.connections_per_address_max) {
        ++counters_.over_connections_per_address_max;
        return say_closed(address, "there are connections_per_address_max from there already");
    }
    socket.non_blocking(true, error);
    if (!error) socket.set_option(tcp::no_delay(true), error);
    if (!error && settings_.send_buffer_bytes > 0) {
        const boost::asio::socket_base::send_buffer_size size(settings_.send_buffer_bytes);
        socket.set_option(size, error);
    }
    if (error) return;
    connections_.push_back(std::make_shared<Connection>(*this, std::move(socket), address,
                                                        is_tls ? tls_.get() : nullptr));
    connections_.back()->wake();
}

}  // namespace carbonx::gateway
