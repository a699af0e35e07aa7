#include "tools/fix_client.h"

#include <poll.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>
#include <fstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "engine/api/process.h"

namespace carbonx::tools {

namespace asio = boost::asio;

namespace {

constexpr uint64_t second_ns = 1'000'000'000;
constexpr std::size_t read_bytes_max = 64 * 1024;

bool is_session_type(std::string_view type) {
    return type.size() == 1 && std::string_view("012345A").find(type[0]) != std::string_view::npos;
}

}  // namespace

FixClient::FixClient(asio::io_context& io, FixClientSettings settings, Handler handler)
    : settings_(std::move(settings)), handler_(std::move(handler)), socket_(io) {
    if (!settings_.store.empty()) load_numbers();
}

FixClient::~FixClient() {
    if (!settings_.store.empty()) save_numbers();
}

void FixClient::connect() {
    boost::system::error_code error;
    boost::system::error_code ignored;
    tls_.reset();
    socket_ = asio::ip::tcp::socket(socket_.get_executor());
    asio::ip::tcp::resolver resolver(socket_.get_executor());
    asio::connect(socket_,
                  resolver.resolve(settings_.host, std::to_string(settings_.port), ignored), error);
    if (error) {
        socket_.close(ignored);
        throw std::runtime_error("no FIX gateway at " + settings_.host + ":" +
                                 std::to_string(settings_.port) + " (" + error.message() +
                                 "): start the venue first");
    }
    socket_.set_option(asio::ip::tcp::no_delay(true));
    try {
        if (settings_.tls) tls_ = begin_tls(socket_, settings_.host, *settings_.tls);
    } catch (...) {
        socket_.close(ignored);
        throw;
    }
    socket_.non_blocking(true);
    input_.clear();
    output_.clear();
    logged_on_ = test_sent_ = false;
    resend_until_ = 0;
    ended_because_.clear();
    received_ns_ = monotonic_ns();
    if (settings_.reset) next_out_ = next_in_ = 1;
    FixMessage logon("A");
    logon.add(98, 0).add(108, settings_.heartbeat_s);
    if (settings_.reset) logon.add(141, "Y");
    if (!settings_.password.empty()) {
        logon.add(553, settings_.comp_id).add(554, settings_.password);
    }
    send(logon);
}

void FixClient::send(const FixMessage& message) {
    const uint64_t sequence = next_out_++;
    send_numbered(message, sequence);
    flush();
}

void FixClient::send_numbered(const FixMessage& message, uint64_t sequence) {
    if (!is_connected()) return;
    append_message(output_, message, sequence, settings_.comp_id, settings_.target,
                   fix_time(utc_ns()));
    sent_ns_ = monotonic_ns();
}

void FixClient::flush() {
    if (output_.empty() || !is_connected()) return;
    boost::system::error_code error;
    std::size_t written = 0;
    if (tls_) {
        // Waits: half a record cannot be taken back.
        socket_.non_blocking(false);
        written = asio::write(*tls_, asio::buffer(output_), error);
        socket_.non_blocking(true);
    } else {
        written = socket_.write_some(asio::buffer(output_), error);
    }
    if (error && error != asio::error::would_block) return drop(error.message());
    output_.erase(0, written);
}

std::size_t FixClient::poll() {
    if (!is_connected()) return 0;
    flush();
    const std::size_t read = read_messages();
    if (is_connected()) keep_alive();
    return read;
}

// All that TLS has, since the socket does not tell of what is deciphered already.
boost::system::error_code FixClient::read_bytes() {
    boost::system::error_code error;
    do {
        const std::size_t kept = input_.size();
        input_.resize(kept + read_bytes_max);
        const auto room = asio::buffer(input_.data() + kept, read_bytes_max);
        const std::size_t got =
            tls_ ? tls_->read_some(room, error) : socket_.read_some(room, error);
        input_.resize(kept + got);
    } while (tls_ && !error);
    return error;
}

std::size_t FixClient::read_messages() {
    const boost::system::error_code error = read_bytes();
    std::size_t taken = 0;
    std::size_t count = 0;
    while (is_connected()) {
        const auto message = first_message(std::string_view(input_).substr(taken));
        if (!message) {
            drop("the other side does not speak FIX 4.4");
            break;
        }
        if (message->empty()) break;
        view_.read(*message);
        taken += message->size();
        ++count;
        received_ns_ = monotonic_ns();
        test_sent_ = false;
        received(view_);
    }
    input_.erase(0, taken);
    if (error && error != asio::error::would_block && is_connected()) {
        const std::string no_word =
            logged_on_ ? "the venue closed the connection"
                       : "the venue closed the connection without a word, as it does when CompID, "
                         "password, certificate or address is wrong, or the session is in use";
        drop(ended_because_.empty() ? no_word : ended_because_);
    }
    return count;
}

void FixClient::received(const FixView& message) {
    const auto sequence = static_cast<uint64_t>(message.number(34));
    const std::string_view type = message.type();
    if (type == "A") return logon_received(message, sequence);
    if (type == "5") ended_because_ = std::string(message[58]);
    if (type == "4" && message[123] != "Y") {  // a reset, whatever its own number
        next_in_ = static_cast<uint64_t>(message.number(36));
        resend_until_ = 0;
        return;
    }
    if (sequence > next_in_) {
        // Asked again in order; only a resend request is answered at once, lest both sides wait.
        if (type == "2") session_message(message);
        return ask_resend(sequence);
    }
    if (sequence < next_in_) {
        if (message[43] != "Y") drop("the venue's number is too low: was its store lost?");
        return;
    }
    next_in_ = sequence + 1;
    if (is_session_type(type)) {
        session_message(message);
    } else {
        handler_(message);
    }
}

void FixClient::logon_received(const FixView& message, uint64_t sequence) {
    logged_on_ = true;
    if (message[141] == "Y" && sequence == 1) next_in_ = 1;
    if (sequence > next_in_) return ask_resend(sequence);
    if (sequence == next_in_) ++next_in_;
}

void FixClient::session_message(const FixView& message) {
    const std::string_view type = message.type();
    if (type == "1") {
        send(FixMessage("0").add(112, message[112]));
    } else if (type == "2") {
        const auto begin = static_cast<uint64_t>(message.number(7));
        FixMessage fill("4");
        fill.add(43, "Y").add(122, fix_time(utc_ns())).add(123, "Y");
        fill.add(36, static_cast<int64_t>(next_out_));
        send_numbered(fill, begin);
        flush();
    } else if (type == "3") {
        handler_(message);  // something we sent was malformed: the user wants to know
    } else if (type == "4") {
        next_in_ = static_cast<uint64_t>(message.number(36));
    } else if (type == "5") {
        if (logged_on_) {
            logged_on_ = false;
            send(FixMessage("5"));
        }
    }
}

void FixClient::ask_resend(uint64_t sequence) {
    if (next_in_ <= resend_until_) return;  // under way
    resend_until_ = sequence;
    send(FixMessage("2").add(7, static_cast<int64_t>(next_in_)).add(16, 0));
}

void FixClient::keep_alive() {
    const uint64_t now = monotonic_ns();
    const uint64_t interval = static_cast<uint64_t>(settings_.heartbeat_s) * second_ns;
    if (now - sent_ns_ >= interval) send(FixMessage("0"));
    if (now - received_ns_ >= interval * 12 / 10 && !test_sent_) {
        test_sent_ = true;
        send(FixMessage("1").add(112, "alive"));
    }
    if (now - received_ns_ >= interval * 24 / 10) drop("the venue has fallen silent");
}

void FixClient::logout() {
    if (is_connected() && logged_on_) send(FixMessage("5"));
    logged_on_ = false;
}

void FixClient::drop(const std::string& reason) {
    boost::system::error_code ignored;
    socket_.close(ignored);
    logged_on_ = false;
    ended_because_ = reason;
    if (!settings_.store.empty()) save_numbers();
}

void FixClient::load_numbers() {
    std::ifstream file(settings_.store);
    if (uint64_t out = 0, in = 0; file >> out >> in) {
        next_out_ = out;
        next_in_ = in;
    }
}

void FixClient::save_numbers() const {
    std::ofstream(settings_.store, std::ios::trunc) << next_out_ << ' ' << next_in_ << '\n';
}

bool wait_readable(const std::vector<int>& descriptors, int timeout_ms) {
    std::vector<pollfd> waited;
    waited.reserve(descriptors.size());
    for (const int descriptor : descriptors) waited.push_back({descriptor, POLLIN, 0});
    return ::poll(waited.data(), waited.size(), timeout_ms) > 0;
}

}  // namespace carbonx::tools
