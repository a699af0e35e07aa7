// What the tests of the FIX session catalogue stand on: a counterparty that says whatever it is
// told to say, before a whole stepped venue whose time of day moves only when the test says so.
//
// Always: nothing is numbered, answered or checked by itself; what comes is given as it came. One
// thread; a message is written as in documentation, with | for SOH.
#pragma once

#include "tests/broker.h"
#include "tests/simulate_clock.h"

namespace carbonx::tests {

// With BeginString, BodyLength and CheckSum around it.
inline std::string sealed(const std::string& fields, const std::string& begin_string = "FIX.4.4") {
    std::string message =
        "8=" + begin_string + "|9=" + std::to_string(fields.size()) + "|" + fields;
    std::replace(message.begin(), message.end(), '|', '\x01');
    unsigned sum = 0;
    for (const char c : message) sum += static_cast<unsigned char>(c);
    char trailer[16];
    std::snprintf(trailer, sizeof trailer, "10=%03u\x01", sum % 256);
    return message + trailer;
}

// A message to the venue. What is left as it is, is right.
struct Said {
    std::string type;
    std::string body = "";
    int number = 0;         // 0: the next
    std::string head = "";  // more header fields
    std::string begin_string = "FIX.4.4";
    std::string sender = "BROKER1";
    std::string target = "CARBONX";
    std::string sending_time = "";  // empty: now
};

// The types that each rule about numbers and headers is tried with: one of the session's own, which
// QuickFIX always sees, and an order, which has a path of its own.
constexpr const char* admin_and_hot[] = {"0", "D"};

class SessionCase {
public:
    explicit SessionCase(const std::function<void(Settings&)>& change = {}) {
        SimulatedClock::set(venue.venue.utc_ns());
        if (change) {
            venue.kill_gateway();
            change(venue.venue.settings);
            venue.start_gateway();
        }
        connect();
    }
    ~SessionCase() { close(); }
    SessionCase(const SessionCase&) = delete;
    SessionCase& operator=(const SessionCase&) = delete;

    // The connection.
    void connect() {
        close();
        socket_ = open_socket();
    }
    // Another one, for those who come at the same time.
    int open_socket() const {
        const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(venue.gateway->port());
        ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
        REQUIRE(::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
        const int yes = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        return descriptor;
    }
    void close() {
        if (socket_ >= 0) ::close(socket_);
        socket_ = -1;
        closed_ = false;
        input_.clear();
        arrived_.clear();
    }
    // Whether the venue has closed its side by now.
    bool is_closed() {
        venue.settle();
        read();
        return closed_ && arrived_.empty();
    }
    // As many seconds go by, one after the other.
    void pass(int seconds) {
        for (int i = 0; i < seconds; ++i) {
            venue.venue.advance_ms(1'000);
            SimulatedClock::set(venue.venue.utc_ns());
            venue.step();
            venue.step();
        }
        venue.settle();
    }
    static std::string now(int seconds_from_now = 0) {
        FIX::UtcTimeStamp time;
        time += seconds_from_now;
        return FIX::UtcTimeStampConvertor::convert(time, 3);
    }

    // Saying.
    void raw(const std::string& bytes) { raw(socket_, bytes); }
    static void raw(int descriptor, const std::string& bytes) {
        REQUIRE(::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(bytes.size()));
    }
    // With | for SOH.
    void raw_text(std::string text) {
        std::replace(text.begin(), text.end(), '|', '\x01');
        raw(text);
    }
    std::string text_of(const Said& said) {
        const int number = said.number != 0 ? said.number : next_out++;
        const std::string time = said.sending_time.empty() ? now() : said.sending_time;
        return sealed("35=" + said.type + "|49=" + said.sender + "|56=" + said.target +
                          "|34=" + std::to_string(number) + "|" + said.head + "52=" + time + "|" +
                          (said.body.empty() ? body_of(said.type) : said.body),
                      said.begin_string);
    }
    void say(const Said& said) { raw(text_of(said)); }
    // What a message of the type says when a test does not care.
    std::string body_of(const std::string& type) {
        static const std::map<std::string, std::string> bodies = {{"1", "112=are you there|"},
                                                                  {"2", "7=1|16=0|"},
                                                                  {"3", "45=1|"},
                                                                  {"A", "98=0|108=30|554=secret|"},
                                                                  {"V", "262=r|263=1|264=0|"},
                                                                  {"j", "45=1|372=8|380=0|"}};
        if (type == "D") return order("c" + std::to_string(++orders_));
        return bodies.contains(type) ? bodies.at(type) : "";
    }
    static std::string order(const std::string& id, const std::string& more = "") {
        return Broker::order(id, '1', 100, "10.00", more);
    }
    // PossDup, first sent a second ago.
    static std::string again() { return "43=Y|122=" + now(-1) + "|"; }

    // Hearing: the next message that has come, heartbeats included; empty for none.
    Fields hear() {
        venue.wait([&] {
            read();
            return !arrived_.empty() || closed_;
        });
        if (arrived_.empty()) return {};
        const Fields next{arrived_.front()};
        arrived_.pop_front();
        return next;
    }
    bool hears_nothing() {
        venue.settle();
        read();
        return arrived_.empty();
    }

    // Logged on, with 1 used on both sides unless numbers were set.
    void log_on(const std::string& more = "") {
        say({.type = "A", .body = body_of("A") + more});
        const Fields answer = hear();
        REQUIRE(answer[35] == "A");
    }
    // The venue takes this number next: it answers a TestRequest under it.
    bool takes(int number) {
        say({.type = "1", .body = "112=" + std::to_string(number) + "|", .number = number});
        next_out = number + 1;
        const Fields answer = hear();
        return answer[35] == "0" && answer[112] == std::to_string(number);
    }
    // What the venue makes of a good message of the type: an order is accepted, a Heartbeat makes
    // no noise.
    bool is_taken(const std::string& type) {
        return type == "D" ? hear()[150] == "0" : hears_nothing();
    }

private:
    void read() {
        char bytes[65536];
        ssize_t count = 0;
        while ((count = ::recv(socket_, bytes, sizeof bytes, 0)) > 0) {
            input_.append(bytes, static_cast<std::size_t>(count));
        }
        closed_ = closed_ || count == 0 || (count < 0 && errno != EAGAIN);
        while (true) {
            const gateway::Frame frame = gateway::next_frame(input_, 1 << 20);
            if (frame.kind != gateway::Frame::Kind::message) break;
            std::string message = input_.substr(frame.skipped, frame.size);
            std::replace(message.begin(), message.end(), '\x01', '|');
            arrived_.push_back(std::move(message));
            input_.erase(0, frame.skipped + frame.size);
        }
    }

    SimulatedClock clock_{SimulatedClock::Scope::time_of_day};  // before the gateway begins

public:
    GatewayVenue venue;
    int next_out = 1;

private:
    int socket_ = -1;
    bool closed_ = false;
    std::string input_;
    std::deque<std::string> arrived_;
    int orders_ = 0;
};

// The same, logged on.
struct LoggedOn : SessionCase {
    explicit LoggedOn(const std::function<void(Settings&)>& change = {}) : SessionCase(change) {
        log_on();
    }
};

}  // namespace carbonx::tests
