// A broker's desk in the terminal: one line asks, one line in plain words answers.
//
// Threads: one, the FixClient's.
// Always: orders are called by small numbers, the same for an order through all its replaces.
#pragma once

#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tools/fix_client.h"

namespace carbonx::tools {

class FixTerminal {
public:
    // The client's handler must call report(). Answers are written to `out`.
    FixTerminal(FixClient& client, std::string account, std::ostream& out);

    // One line of a person or a script; what it can be is in help().
    void command(const std::string& line);
    // An application message of the venue's.
    void report(const FixView& message);

    // Whether a request still waits for its first answer.
    bool is_waiting() const { return waiting_; }
    void stop_waiting() { waiting_ = false; }
    bool is_over() const { return over_; }
    // Whether any line was not understood, or a request was refused.
    bool had_errors() const { return had_errors_; }

    static std::string_view help();

private:
    struct Order {
        std::string client_id;  // the one that the venue knows it by now
        std::string order_id;
        std::string symbol;
        char side = '1';
        std::string price;
        std::string quantity;
        std::string executed = "0";
        std::string leaves = "0";
        bool open = false;
    };
    using Words = std::vector<std::string>;

    void enter(const Words& words);
    void cancel(const Words& words);
    void cancel_all(const Words& words);
    void replace(const Words& words);
    void ask_status();
    void print_orders();
    void ask_list(const Words& words);
    void ask_phase();

    void execution(const FixView& message);
    void cancel_rejected(const FixView& message);
    void listed(const FixView& message);
    std::size_t number_of(const FixView& message);
    std::size_t open_order(const std::string& number);
    std::string next_client_id();
    void send(const FixMessage& message);
    [[noreturn]] static void say(const std::string& problem);

    FixClient& client_;
    const std::string account_;
    std::ostream& out_;
    const std::string run_;  // makes client ids of this run its own
    uint64_t ids_given_ = 0;
    std::vector<Order> orders_;                                // number 1 is the first
    std::map<std::string, std::size_t, std::less<>> numbers_;  // by client id
    std::string list_filter_;
    bool waiting_ = false;
    bool over_ = false;
    bool had_errors_ = false;
};

}  // namespace carbonx::tools
