#include "marketdata/receiver/snapshot_loader.h"

#include <boost/asio/buffer.hpp>

#include "engine/api/check.h"

namespace carbonx::marketdata {

namespace asio = boost::asio;

namespace {

constexpr std::size_t bytes_per_poll = 65'536;                    // then the lines have their turn
constexpr std::size_t frame_length_max = wire::packet_bytes_max;  // a message fits a packet too

}  // namespace

SnapshotLoader::SnapshotLoader(const asio::ip::tcp::endpoint& server, const std::string& user,
                               const std::string& password, Message message)
    : server_(server),
      user_(user),
      password_(password),
      message_(std::move(message)),
      socket_(context_),
      inbound_(bytes_per_poll) {}

void SnapshotLoader::start(const wire::SessionName& session, uint64_t now_ns) {
    stop();
    session_ = session;
    started_ns_ = heard_ns_ = sent_ns_ = now_ns;
    state_ = State::connecting;
    connected_ = asio::error::would_block;
    inbound_size_ = 0;
    outbound_.clear();
    soup::append(outbound_,
                 soup::LoginRequest{{user_}, {password_}, soup::padded(session), soup::number(1)});
    socket_.async_connect(server_, [this, attempt = ++attempt_](boost::system::error_code error) {
        if (attempt == attempt_) connected_ = error;
    });
}

void SnapshotLoader::stop() {
    boost::system::error_code ignored;
    socket_.close(ignored);
    state_ = State::idle;
}

SnapshotLoader::Progress SnapshotLoader::fail(std::string reason) {
    stop();
    failure_ = std::move(reason);
    return Progress::failed;
}

SnapshotLoader::Progress SnapshotLoader::poll(uint64_t now_ns) {
    CARBONX_CHECK(running());
    if (now_ns - started_ns_ >= duration_ns_max) return fail("it took too long");
    if (now_ns - heard_ns_ >= soup::timeout_ns) return fail("the server is silent");
    if (state_ == State::connecting) {
        context_.restart();
        context_.poll();
        if (connected_ == asio::error::would_block) return Progress::waiting;
        if (connected_) return fail("cannot connect: " + connected_.message());
        socket_.non_blocking(true);
        state_ = State::logging_in;
    }
    if (!send(now_ns)) return fail("the server closed the connection");
    return read(now_ns);
}

// What waits to be sent, and heartbeats; whether the connection stands.
bool SnapshotLoader::send(uint64_t now_ns) {
    if (outbound_.empty() && now_ns - sent_ns_ >= soup::heartbeat_ns) {
        soup::append_frame(outbound_, soup::client_heartbeat);
    }
    if (outbound_.empty()) return true;
    boost::system::error_code error;
    const std::size_t sent = socket_.write_some(asio::buffer(outbound_), error);
    if (error == asio::error::would_block) return true;
    outbound_.erase(outbound_.begin(), outbound_.begin() + static_cast<std::ptrdiff_t>(sent));
    sent_ns_ = now_ns;
    return !error;
}

SnapshotLoader::Progress SnapshotLoader::read(uint64_t now_ns) {
    boost::system::error_code error;
    inbound_size_ += socket_.read_some(
        asio::buffer(inbound_.data() + inbound_size_, inbound_.size() - inbound_size_), error);
    if (error == asio::error::would_block) return Progress::waiting;
    if (error) return fail("the server closed the connection");
    heard_ns_ = now_ns;

    std::span<const unsigned char> bytes(inbound_.data(), inbound_size_);
    soup::Frame frame;
    soup::Taken taken;
    while ((taken = soup::take_frame(bytes, frame, frame_length_max)) == soup::Taken::frame) {
        const Progress progress = take(frame);
        if (progress != Progress::loading) return progress;
    }
    if (taken == soup::Taken::broken) return fail("the server sent a frame of a wrong length");
    std::memmove(inbound_.data(), bytes.data(), bytes.size());
    inbound_size_ = bytes.size();
    return Progress::loading;
}

SnapshotLoader::Progress SnapshotLoader::take(const soup::Frame& frame) {
    if (frame.type == soup::debug || frame.type == soup::server_heartbeat) return Progress::loading;
    if (state_ == State::logging_in) return take_login(frame);
    if (frame.type == soup::sequenced_data) return take_message(frame.payload);
    return fail(frame.type == soup::end_of_session ? "the server ended it too early"
                                                   : "the server sent a frame of an unknown type");
}

SnapshotLoader::Progress SnapshotLoader::take_login(const soup::Frame& frame) {
    if (frame.type == soup::login_rejected) {
        const auto rejected = soup::payload_as<soup::LoginRejected>(frame);
        const bool known = rejected && rejected->reason == soup::RejectReason::not_authorised;
        return fail(known ? "the server refused the user and password"
                          : "the server does not have this session");
    }
    if (frame.type != soup::login_accepted) return fail("the server did not answer the login");
    const auto accepted = soup::payload_as<soup::LoginAccepted>(frame);
    const auto session = accepted ? soup::session_name(accepted->session) : wire::SessionName();
    const bool is_asked_for = session_.view().empty() || session == session_;
    if (session.view().empty() || !is_asked_for) return fail("the server has another session");
    session_ = session;
    state_ = State::loading;
    return Progress::loading;
}

SnapshotLoader::Progress SnapshotLoader::take_message(std::span<const unsigned char> message) {
    if (message.empty() || message[0] != static_cast<unsigned char>(wire::EndOfSnapshot::type)) {
        message_(message);
        return Progress::loading;
    }
    if (message.size() < sizeof(wire::EndOfSnapshot)) return fail("the image's end is cut");
    const auto end = wire::as<wire::EndOfSnapshot>(message.data());
    const auto next = soup::parse_number({end.sequence.data(), end.sequence.size()});
    if (!next || *next == 0) return fail("the image's end has no sequence number");
    next_sequence_ = *next;
    stop();
    return Progress::complete;
}

}  // namespace carbonx::marketdata
