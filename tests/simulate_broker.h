// A broker: a FIX client that trades at random, keeps its own books of what it was told, and trusts
// nothing else. Or, as a drop copy, one that only listens.
//
// It shares no code with the gateway's session layer. It checks as it reads: numbers without a gap
// or a repeat, each ExecID once, reports in the order of their events, quantities that add up.
//
// Threads: one. Always: it is never killed; what it has received it knows.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulate_network.h"

namespace carbonx::tests {

class SimulatedBroker {
public:
    struct Order {
        std::string client_id;
        std::string symbol;
        char side = '1';
        uint64_t quantity = 0;
        uint64_t executed = 0;
        bool open = true;
    };
    // What a fill moved, by what the report says.
    struct Holdings {
        std::map<std::string, int64_t> cash;     // ten-thousandths, by currency
        std::map<std::string, int64_t> credits;  // tonnes, by instrument
        std::map<std::string, int64_t> fees;     // by currency
    };

    // copied: whose drop copy it is; empty: it trades.
    SimulatedBroker(std::string name, std::string copied, std::vector<std::string> symbols,
                    SimulatedNetwork& network, Chance& chance);

    // Reads what has come, and does something, or not.
    void act();
    // Reads and answers only; logs on where it is not. Throws Finding.
    void keep_up();
    // The connection breaks.
    void disconnect();
    // While it does not read.
    void set_lazy(bool lazy) { lazy_ = lazy; }
    // What was sent may be lost by now: what was not answered is sent again, as new (97=Y).
    void send_again();
    // Both its numbers begin at 1, as the venue has told it some other way. Requires: it has caught
    // up.
    void begin_anew();

    bool has_caught_up() const { return logged_on_ && asked_up_to_ < next_in_; }
    std::size_t unanswered() const;
    std::string unanswered_text() const;
    const std::string& name() const { return name_; }
    const std::string& copied() const { return copied_; }
    // By ExecID: what does not change when a report is sent again, or copied.
    const std::map<std::string, std::string>& contents() const { return contents_; }
    const std::map<uint64_t, Order>& orders() const { return orders_; }  // by OrderID
    // Of what events led to: by event and side (2 * sequence + side) the kind of report (150).
    const std::map<uint64_t, char>& reports() const { return reports_; }
    const Holdings& holdings() const { return holdings_; }
    // Prints each message that it sends (>) and reads (<).
    void set_trace(bool trace) { trace_ = trace; }
    uint64_t resend_count() const { return resends_; }

private:
    struct Sent {
        std::string type;
        std::string fields;
        std::string time;
    };
    struct Request {
        std::string type;
        std::string fields;
        int number = 0;
        bool answered = false;
        bool done = false;  // answered by an event, which comes once
    };

    void connect();
    void send(const std::string& type, const std::string& fields);
    void put(const std::string& type, int number, const std::string& fields,
             const std::string& flags);
    void request(const std::string& type, const std::string& client_id, const std::string& fields);
    void trade();
    void new_order();
    void read();
    void take(const std::string& message);
    void take_in_sequence(const std::string& message, int number);
    void resend(int first, int last);
    // False: it came before.
    bool take_report(const std::string& message);
    void on_copy(const std::string& message);
    void on_report(const std::string& message);
    void on_fill(const std::string& message, Order& order);
    void answered(const std::string& client_id);
    void done(const std::string& client_id, const std::string& message);
    void remember(const std::string& message, int number);
    [[noreturn]] void wrong(const std::string& what, const std::string& message) const;
    std::string next_client_id() { return name_ + "-" + std::to_string(++client_ids_); }
    std::map<uint64_t, Order>::iterator any_open_order();

    const std::string name_;
    const std::string copied_;
    const std::vector<std::string> symbols_;
    SimulatedNetwork& network_;
    Chance& chance_;
    std::shared_ptr<Wire> wire_;
    bool logged_on_ = false;
    bool lazy_ = false;
    bool trace_ = false;
    uint64_t sent_ns_ = 0;
    int next_out_ = 1;
    int next_in_ = 1;
    int asked_up_to_ = 0;  // a resend was asked for, and this number shows that it is done
    std::vector<Sent> sent_;
    std::map<int, std::string> received_;  // application messages, by number
    std::map<std::string, std::string> contents_;
    std::map<std::string, Request> requests_;  // by ClOrdID
    std::map<uint64_t, Order> orders_;
    std::map<uint64_t, char> reports_;
    Holdings holdings_;
    uint64_t last_key_ = 0;
    uint64_t client_ids_ = 0;
    uint64_t resends_ = 0;
};

}  // namespace carbonx::tests
