// One of the two sessions that a certification speaks through: it says what it is told to say,
// right or wrong, and hands on what it hears as it came.
//
// Threads: one; what hears waits for the answer.
// Always: every message heard is whole, has the right checksum and the names of this session, and
// the venue's numbers go on by one: else the step has failed. Nothing is answered by itself but a
// TestRequest.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace carbonx::tools {

// What was expected and what came instead.
struct StepFailed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct DeskSettings {
    std::string host = "127.0.0.1";
    uint16_t port = 9880;
    std::string target = "CARBONX";
    std::string comp_id;
    std::string password;
    std::string account;  // of orders
    std::string symbol;
    std::string price;  // of an order that names none
    int heartbeat_s = 30;
    int timeout_ms = 5'000;  // for an answer
};

// A message of the venue's.
class Heard {
public:
    explicit Heard(std::string bytes) : bytes_(std::move(bytes)) {}

    // The first field with this tag; empty where there is none.
    std::string operator[](int tag) const;
    bool has(int tag) const { return count(tag) > 0; }
    std::size_t count(int tag) const;
    int number() const;  // 34
    // For people: without BeginString, BodyLength and CheckSum, | between the fields.
    std::string shown() const;
    const std::string& bytes() const { return bytes_; }

private:
    std::string bytes_;
};

// A message to the venue, | for SOH. What is left as it is, is right.
struct Said {
    std::string type;
    std::string body = "";
    int number = 0;         // 0: the next
    std::string head = "";  // more header fields
    std::string begin_string = "FIX.4.4";
    std::string sender = "";        // empty: this session
    std::string target = "";        // empty: the venue
    std::string sending_time = "";  // empty: now
};

// With BeginString, BodyLength and CheckSum around it.
std::string sealed(const std::string& fields, const std::string& begin_string = "FIX.4.4");
// UTC to the millisecond, or so many seconds from now.
std::string fix_now(int seconds = 0);
// Header fields of what is sent again.
std::string sent_again();

class Desk {
public:
    explicit Desk(DeskSettings settings) : settings_(std::move(settings)) {}

    const DeskSettings& settings() const { return settings_; }
    void trade_in(const std::string& symbol, const std::string& price);

    // The connection. Throws std::runtime_error when nobody listens.
    void connect();
    // As a crash would.
    void drop();
    bool is_logged_on() const { return logged_on_; }

    // Connects and logs on, both numberings from 1.
    void log_on(const std::string& more = "5001=N|");
    // The same with the numbers that this session has; returns the Logon.
    Heard come_back(const std::string& more = "5001=N|");
    // Of a Logon: all but 141 and what is more.
    std::string logon_body(int heartbeat_s = 0) const;
    void log_out();

    void say(const Said& said);
    void raw(const std::string& bytes);
    std::string text_of(const Said& said) const;

    // New, for this run.
    std::string next_id();
    // An order's body; fields replace the usual ones (a buy of 10 at the usual price) or are added
    // to them; `44=-` leaves one out.
    std::string order_body(const std::string& id, const std::string& fields) const;
    // Says it, returns its ClOrdID.
    std::string order(const std::string& fields);
    std::string cancel(const std::string& original, const std::string& fields = "");
    std::string replace(const std::string& original, const std::string& fields);

    // The next message that is no Heartbeat without 112 and no TestRequest.
    Heard hear();
    // The next message whatever it is; nothing when the connection is closed or the time is over.
    std::optional<Heard> hear_any(int timeout_ms);
    // The next message, which must be of this type with these fields: `39=0|58=text*|17=*|99=-`,
    // where * stands for any rest and - for no such field.
    Heard expect(const std::string& type, const std::string& fields = "");
    // Nothing comes before the answer to what is asked now, of the gateway and of the exchange.
    void expect_nothing();
    // What the venue expects next is this number.
    void expect_takes(int number);
    void expect_closed_without_a_word();
    // A Logout that says so, and the end of the connection.
    void expect_logout(const std::string& text);
    // Cancels all that this session has open, and hears about it.
    void cancel_all();

    int next_out = 1;
    int next_in = 1;

private:
    Heard heard(const std::string& bytes);
    void check_number(const Heard& message);

    DeskSettings settings_;
    boost::asio::io_context io_;
    std::optional<boost::asio::ip::tcp::socket> socket_;
    std::string input_;
    bool logged_on_ = false;
};

// Throws StepFailed unless it is so.
void require(bool condition, const std::string& otherwise);
// Throws StepFailed unless the message has them, as Desk::expect says.
void require_fields(const Heard& message, const std::string& type, const std::string& fields);

}  // namespace carbonx::tools
