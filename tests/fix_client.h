// A broker on a plain socket, and a gateway without an engine behind it, stepped in one thread.
//
// Deadlines run on the test's own time; only SendingTime and heartbeats use the real clock.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/api/process.h"
#include "gateway/dictionary.h"
#include "gateway/framing.h"
#include "gateway/quickfix.h"
#include "gateway/sessions.h"
#include "gateway/transport.h"
#include "tests/secret.h"

namespace carbonx::gateway::test {

using namespace std::chrono_literals;

struct TemporaryDirectory {
    std::filesystem::path path;

    TemporaryDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "fix_test_XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~TemporaryDirectory() { std::filesystem::remove_all(path); }
};

// Written as in documentation, with | for SOH; BodyLength and CheckSum are added.
inline std::string fix(std::string fields) {
    std::replace(fields.begin(), fields.end(), '|', '\x01');
    std::string message =
        "8=FIX.4.4\x01"
        "9=" +
        std::to_string(fields.size()) + "\x01" + fields;
    unsigned sum = 0;
    for (const char c : message) sum += static_cast<unsigned char>(c);
    char trailer[16];
    std::snprintf(trailer, sizeof trailer, "10=%03u\x01", sum % 256);
    return message + trailer;
}

inline std::string now_text() {
    return FIX::UtcTimeStampConvertor::convert(FIX::UtcTimeStamp(), 3);
}

inline std::string header(const std::string& type, int number, const std::string& from = "BROKER1",
                          const std::string& extra = "") {
    return "35=" + type + "|49=" + from + "|56=CARBONX|34=" + std::to_string(number) + "|" + extra +
           "52=" + now_text() + "|";
}

inline std::string logon(int number, const std::string& from = "BROKER1",
                         const std::string& password = "secret", const std::string& extra = "") {
    return fix(header("A", number, from) + "98=0|108=30|553=" + from + "|554=" + password + "|" +
               extra);
}

inline std::string new_order(int number, const std::string& id, const std::string& extra = "",
                             const std::string& header_extra = "") {
    return fix(header("D", number, "BROKER1", header_extra) + "11=" + id +
               "|1=ACC|55=SYM|54=1|60=" + now_text() + "|38=10|40=2|44=5.5|" + extra);
}

inline std::string value(const std::string& message, const std::string& tag) {
    return std::string(find_field(message, tag + "=").value_or(""));
}

struct Handler : SessionHandler {
    struct Received {
        SessionIndex session;
        std::string cl_ord_id;
        uint64_t number;
        bool poss_dup;
        bool poss_resend;
        auto operator<=>(const Received&) const = default;
    };
    std::vector<Received> messages;
    std::vector<std::string> events;
    bool fails_at_logon = false;

    void on_logon(SessionIndex session, OnDisconnect wish) override {
        if (fails_at_logon) throw std::runtime_error("not today");
        const char* const words[] = {"", " day", " all"};
        events.push_back("logon " + std::to_string(session) + words[static_cast<int>(wish)]);
    }
    void on_logout(SessionIndex session) override {
        events.push_back("logout " + std::to_string(session));
    }
    void on_message(SessionIndex session, const MessageView& message,
                    const Arrival& arrival) override {
        const std::string id(message[FIX::FIELD::ClOrdID]);
        if (id.empty()) return;
        messages.push_back(
            {session, id, arrival.msg_seq_num, arrival.poss_dup, arrival.poss_resend});
    }
};

// Everything but the clients. `restart` is a kill and a start: nothing is said at the end.
class Venue {
public:
    explicit Venue(TransportSettings settings = {}) : transport_settings_(settings) {
        for (const char* name : {"BROKER1", "BROKER2"}) {
            SessionSettings session;
            session.target_comp_id = name;
            session.password_hash = tests::secret_hash;
            session_settings.push_back(session);
        }
    }

    void start() {
        sessions = std::make_unique<Sessions>(session_settings, directory.path, handler);
        transport = std::make_unique<Transport>(transport_settings_, *sessions);
        clients_seen = 0;
    }
    void stop() {
        transport.reset();
        sessions.reset();
    }
    void restart() {
        stop();
        start();
    }
    // Until it holds, or for so long that it never will: the kernel takes its time with bytes.
    template <typename Condition>
    bool wait(Condition holds, std::chrono::milliseconds limit = 5s) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > end) return false;
            sessions->set_time(utc_ns());
            transport->poll(now);
        }
        return true;
    }
    bool received(const std::vector<Handler::Received>& messages) {
        return wait([&] { return handler.messages == messages; });
    }
    bool happened(const std::vector<std::string>& events) {
        return wait([&] { return handler.events == events; });
    }
    const TransportCounters& counters() const { return transport->counters(); }

    // A report of which only the ExecID and the text matter.
    bool report(const std::string& exec_id, uint64_t key, const std::string& text = "hello") {
        MessageWriter message;
        message.begin("8");
        const std::vector<std::pair<int, std::string>> fields = {{37, "1"},
                                                                 {17, exec_id},
                                                                 {150, "0"},
                                                                 {39, "0"},
                                                                 {55, "SYM"},
                                                                 {54, "1"},
                                                                 {151, "10"},
                                                                 {14, "0"},
                                                                 {6, "0"},
                                                                 {58, text},
                                                                 {5002, "1"},
                                                                 {tag::lot_id, "LOT-" + exec_id},
                                                                 {tag::serial_first, "1"},
                                                                 {tag::serial_last, "10"}};
        for (const auto& [tag, field] : fields) message.add(tag, field);
        sessions->set_time(utc_ns());
        sessions->send(0, message, key);
        return sessions->write_stores();
    }

    TemporaryDirectory directory;
    std::vector<SessionSettings> session_settings;
    Handler handler;
    TimePoint now = TimePoint() + 1h;
    uint64_t clients_seen = 0;
    std::unique_ptr<Sessions> sessions;
    std::unique_ptr<Transport> transport;

private:
    TransportSettings transport_settings_;
};

// A broker's socket, and nothing behind it.
class Client {
public:
    explicit Client(Venue& venue, int receive_buffer = 0) : venue_(venue) {
        socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
        if (receive_buffer > 0) {
            ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        }
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(venue.transport->port());
        ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
        REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        ::fcntl(socket_, F_SETFL, O_NONBLOCK);
        const auto seen = [&] {
            return venue_.counters().accepted + venue_.counters().accept_failed;
        };
        REQUIRE(venue_.wait([&, before = venue.clients_seen] { return seen() > before; }));
        venue.clients_seen = seen();
    }
    ~Client() { disconnect(); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void disconnect() {
        if (socket_ >= 0) ::close(socket_);
        socket_ = -1;
    }

    void send(const std::string& bytes) {
        std::size_t sent = 0;
        REQUIRE(venue_.wait([&] {
            const ssize_t count =
                ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (count > 0) sent += static_cast<std::size_t>(count);
            return sent == bytes.size();
        }));
    }

    // As much as the kernel takes, while the venue stands still.
    void send_unstepped(const std::string& bytes) {
        REQUIRE(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(bytes.size()));
    }

    // The next message, heartbeats aside, or the next of the type; empty if none comes.
    std::string receive(const std::string& type = "", std::chrono::milliseconds limit = 5s) {
        std::string message;
        const auto is_wanted = [&] {
            const std::string got(find_field(message, "35=").value_or(""));
            return type.empty() ? !got.empty() && got != "0" : got == type;
        };
        const bool came = venue_.wait(
            [&] {
                while (take(message)) {
                    if (is_wanted()) return true;
                }
                return closed_ || !read();
            },
            limit);
        return came && is_wanted() ? message : "";
    }
    // Within the time that anything said before would take.
    bool hears_nothing() { return receive("", 50ms).empty(); }

    bool is_closed() {
        return venue_.wait([&] { return closed_ || !read(); });
    }
    bool stays_open() {
        return !venue_.wait([&] { return closed_ || !read(); }, 50ms);
    }

private:
    bool take(std::string& message) {
        const Frame frame = next_frame(std::string_view(input_).substr(taken_), 1 << 20);
        message = input_.substr(taken_ + frame.skipped, frame.size);
        taken_ += frame.skipped + frame.size;
        return frame.kind == Frame::Kind::message;
    }
    // False: the venue has closed.
    bool read() {
        input_.erase(0, std::exchange(taken_, 0));
        char bytes[65536];
        const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
        if (count > 0) input_.append(bytes, static_cast<std::size_t>(count));
        closed_ = count == 0 || (count < 0 && errno != EAGAIN);
        return count > 0 || !closed_;
    }

    Venue& venue_;
    int socket_ = -1;
    bool closed_ = false;
    std::string input_;
    std::size_t taken_ = 0;  // of input_
};

inline std::string text_of(const std::string& message) { return value(message, "58"); }

}  // namespace carbonx::gateway::test
