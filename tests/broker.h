// A broker on a plain socket and the gateway that it talks to, over a venue stepped by hand.
//
// Always: one thread; a message is written as in documentation, with | for SOH; all that comes
// stands the test of the dictionary.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/process.h"
#include "gateway/dictionary.h"
#include "gateway/framing.h"
#include "gateway/gateway.h"
#include "gateway/quickfix.h"
#include "tests/secret.h"
#include "tests/venue.h"

namespace carbonx::tests {

constexpr std::chrono::milliseconds patience{5'000};  // with what must come
constexpr std::chrono::milliseconds quiet{5};         // after which nothing more comes

// The small market with a gateway; BROKER1 and BROKER2 may log on with the password "secret".
struct GatewayVenue {
    Venue venue;
    const DiskCalls calls;
    std::unique_ptr<gateway::Gateway> gateway;
    // The gateway's utc clock is the brokers', which is the machine's, or the venue's and this.
    std::optional<int64_t> clock_shift_ms;

    explicit GatewayVenue(uint32_t ring_slots = 1U << 10, const DiskCalls& disk = {})
        : venue(ring_slots), calls(disk) {
        venue.list_small_market();
        venue.settings.gateway.throttle = {{0, 0}, {0, 0}, 0};
        for (const char* name : {"BROKER1", "BROKER2"}) {
            FixSessionSettings session;
            session.comp_id = name;
            session.password_hash = secret_hash;
            session.cancel_on_disconnect = false;
            venue.settings.gateway.sessions.push_back(session);
        }
        start_gateway();
    }

    void start_gateway() {
        gateway = std::make_unique<gateway::Gateway>(venue.settings, gateway::listen, calls);
        settle();
    }
    // As kill -9: nobody is told.
    void kill_gateway() { gateway.reset(); }

    uint64_t clock_ns() const {
        if (!clock_shift_ms) return utc_ns();
        return venue.utc_ns() + static_cast<uint64_t>(*clock_shift_ms * 1'000'000);
    }
    std::size_t step(bool engine_runs = true) {
        const std::size_t work = engine_runs ? venue.pump() : 0;
        return work + (gateway ? gateway->poll(venue.monotonic_ns(), clock_ns()) : 0);
    }
    // Until it holds, or for so long that it never will: the kernel takes its time with bytes.
    template <class Condition>
    bool wait(Condition holds, bool engine_runs = true,
              std::chrono::milliseconds limit = patience) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > end) return false;
            step(engine_runs);
        }
        return true;
    }
    // Until nothing has moved for a while.
    void settle(bool engine_runs = true) {
        auto end = std::chrono::steady_clock::now() + quiet;
        while (std::chrono::steady_clock::now() < end) {
            if (step(engine_runs) > 0) end = std::chrono::steady_clock::now() + quiet;
        }
    }
};

struct Fields {
    std::string text;  // the whole message, with |
    std::string operator[](int tag) const {
        const std::string key = "|" + std::to_string(tag) + "=";
        const std::size_t at = text.find(key);
        if (at == std::string::npos) return "";
        const std::size_t begin = at + key.size();
        return text.substr(begin, text.find('|', begin) - begin);
    }
};

// As a client's QuickFIX would, with our dictionary.
inline void check_valid(const Fields& fields) {
    static const auto dictionary = gateway::load_dictionary();
    std::string text = fields.text;
    std::replace(text.begin(), text.end(), '|', '\x01');
    try {
        dictionary->validate(FIX::Message(text, *dictionary, true));
    } catch (const std::exception& error) {
        FAIL_CHECK(fields.text << ": " << error.what());
    }
}

class Broker {
public:
    Broker(GatewayVenue& venue, std::string name, int next_out = 1, int next_in = 1)
        : venue_(venue), name_(std::move(name)), next_out_(next_out), next_in_(next_in) {
        connect();
    }
    ~Broker() { disconnect(); }
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;

    int next_out() const { return next_out_; }
    int next_in() const { return next_in_; }

    void connect() {
        socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(venue_.gateway->port());
        ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
        REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        ::fcntl(socket_, F_SETFL, O_NONBLOCK);
        const int yes = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    void disconnect() {
        if (socket_ >= 0) ::close(socket_);
        socket_ = -1;
        input_.clear();
        messages_.clear();
    }

    // Logs on and takes what was missed; without REQUIRE of success.
    void send_logon(const std::string& extra = "") {
        send("A", "98=0|108=30|554=secret|" + extra);
        venue_.settle();
    }
    void log_on(const std::string& extra = "") {
        send_logon(extra);
        const Fields reply = receive();
        REQUIRE(reply[35] == "A");
        if (expected_gap_) ask_again();
    }

    // For what it has missed, up to this number (0: all).
    void ask_again(int last = 0) {
        expected_gap_ = false;
        send("2", "7=" + std::to_string(next_in_) + "|16=" + std::to_string(last) + "|");
    }

    // Not stepped: what is sent together arrives together.
    void send(const std::string& type, const std::string& body, const std::string& head = "") {
        post(type, next_out_++, body, head);
    }
    void post(const std::string& type, int number, const std::string& body,
              const std::string& head = "") {
        std::string fields = "35=" + type + "|49=" + name_ +
                             "|56=CARBONX|34=" + std::to_string(number) + "|" + head +
                             "52=" + now() + "|" + body;
        std::replace(fields.begin(), fields.end(), '|', '\x01');
        std::string message =
            "8=FIX.4.4\x01"
            "9=" +
            std::to_string(fields.size()) + "\x01" + fields;
        unsigned sum = 0;
        for (const char c : message) sum += static_cast<unsigned char>(c);
        char trailer[16];
        std::snprintf(trailer, sizeof trailer, "10=%03u\x01", sum % 256);
        message += trailer;
        REQUIRE(::send(socket_, message.data(), message.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(message.size()));
    }

    // The next message that is not a heartbeat; empty when none comes in any reasonable time.
    Fields receive(bool engine_runs = true, std::chrono::milliseconds limit = patience) {
        Fields fields;
        venue_.wait([&] { return !(fields = take()).text.empty(); }, engine_runs, limit);
        return fields;
    }
    Fields receive_without_engine() { return receive(false); }
    // The next message, whatever its type and number.
    Fields receive_any(std::chrono::milliseconds limit = patience) {
        Fields fields;
        const auto take_any = [&] {
            read();
            if (messages_.empty()) return false;
            fields.text = messages_.front();
            messages_.pop_front();
            return true;
        };
        venue_.wait(take_any, true, limit);
        return fields;
    }
    // Within the time that anything said before would take.
    bool hears_nothing() { return receive(true, std::chrono::milliseconds(20)).text.empty(); }
    bool is_closed() {
        return venue_.wait([&] {
            read();
            return closed_;
        });
    }

    // Orders.
    static std::string order(const std::string& id, char side, int quantity,
                             const std::string& price, const std::string& more = "",
                             const std::string& account = "FIRM1") {
        return "11=" + id + "|1=" + account + "|55=V415024H|54=" + side + "|60=" + now() +
               "|38=" + std::to_string(quantity) + "|40=" + (price.empty() ? "1" : "2") + "|" +
               (price.empty() ? "" : "44=" + price + "|") + more;
    }
    static std::string cancel(const std::string& id, const std::string& original, char side,
                              const std::string& more = "") {
        return "11=" + id + "|41=" + original + "|55=V415024H|54=" + side + "|60=" + now() + "|" +
               more;
    }
    static std::string replace(const std::string& id, const std::string& original, char side,
                               int quantity, const std::string& price) {
        return cancel(id, original, side) + "38=" + std::to_string(quantity) + "|40=2|44=" + price +
               "|";
    }

    static std::string now() { return FIX::UtcTimeStampConvertor::convert(FIX::UtcTimeStamp(), 3); }

private:
    Fields take() {
        read();
        while (!messages_.empty()) {
            Fields fields{messages_.front()};
            messages_.pop_front();
            check_valid(fields);
            const int number = std::stoi(fields[34]);
            const bool gap_fill = fields[35] == "4";
            if (gap_fill) {
                if (number < next_in_) continue;  // as an engine does with an old one
                REQUIRE(number == next_in_);
                next_in_ = std::max(next_in_, std::stoi(fields[36]));
                continue;
            }
            if (fields[35] == "A" && number > next_in_) {
                expected_gap_ = true;
                return fields;
            }
            if (fields[35] == "2" && expected_gap_) return fields;
            REQUIRE(number == next_in_);  // nothing twice, nothing out of order
            ++next_in_;
            if (fields[35] != "0") return fields;
        }
        return {};
    }
    void read() {
        char bytes[65536];
        ssize_t count = 0;
        while ((count = ::recv(socket_, bytes, sizeof bytes, 0)) > 0) {
            input_.append(bytes, static_cast<std::size_t>(count));
        }
        closed_ = count == 0;
        while (true) {
            const gateway::Frame frame = gateway::next_frame(input_, 1 << 20);
            if (frame.kind != gateway::Frame::Kind::message) break;
            std::string message = input_.substr(frame.skipped, frame.size);
            std::replace(message.begin(), message.end(), '\x01', '|');
            messages_.push_back(std::move(message));
            input_.erase(0, frame.skipped + frame.size);
        }
    }

    GatewayVenue& venue_;
    const std::string name_;
    int next_out_;
    int next_in_;
    int socket_ = -1;
    bool closed_ = false;
    bool expected_gap_ = false;
    std::string input_;
    std::deque<std::string> messages_;
};

}  // namespace carbonx::tests
