#include "tools/fix_terminal.h"

#include <algorithm>
#include <charconv>
#include <iomanip>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "engine/api/process.h"
#include "tools/security_list.h"

namespace carbonx::tools {

namespace {

std::string text(std::string_view view) { return std::string(view); }

std::string number_text(std::size_t number) { return "order " + std::to_string(number); }

std::string upper(std::string word) {
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return word;
}

std::string_view phase_words(const FixView& message) {
    switch (message.number(340)) {
        case 1:
            return "halted: orders are not taken, cancels are";
        case 2:
            return "open: orders trade at once";
        case 3:
            return "closed: only cancels are taken";
        case 4:
            return "in pre-open: orders are collected, nothing trades yet";
        default:
            return "in a phase that this client does not know";
    }
}

}  // namespace

FixTerminal::FixTerminal(FixClient& client, std::string account, std::ostream& out)
    : client_(client),
      account_(std::move(account)),
      out_(out),
      run_(std::to_string(utc_ns() / 1'000'000 % 10'000'000'000)) {}

std::string_view FixTerminal::help() {
    return R"(buy V415024H 100 @ 10.05     a limit order for the day; add gtc, ioc, fok or post
sell V415024H 100 market     at the best prices within the collar
replace 1 80 @ 10.10         order 1: new total quantity and price
cancel 1 | cancel all [V415024H]
orders                       my orders, as this client knows them
status                       my open orders, as the venue knows them
list [WORD]                  what can be traded
phase                        what the market does now
wait [SECONDS]               listen
quit
)";
}

void FixTerminal::say(const std::string& problem) { throw std::invalid_argument(problem); }

void FixTerminal::command(const std::string& line) {
    std::istringstream stream(line.substr(0, line.find('#')));
    Words words;
    for (std::string word; stream >> word;) words.push_back(word);
    if (words.empty()) return;
    try {
        const std::string& verb = words[0];
        if (verb == "buy" || verb == "sell") return enter(words);
        if (verb == "cancel") return cancel(words);
        if (verb == "replace") return replace(words);
        if (verb == "orders") return print_orders();
        if (verb == "status") return ask_status();
        if (verb == "list") return ask_list(words);
        if (verb == "phase") return ask_phase();
        if (verb == "help") {
            out_ << help();
            return;
        }
        if (verb == "quit") {
            over_ = true;
            return;
        }
        say("no such command: " + verb + " (help says what there is)");
    } catch (const std::invalid_argument& problem) {
        had_errors_ = true;
        out_ << problem.what() << '\n';
    }
}

std::string FixTerminal::next_client_id() { return run_ + "-" + std::to_string(++ids_given_); }

void FixTerminal::send(const FixMessage& message) {
    if (!client_.is_logged_on()) say("not connected");
    client_.send(message);
    waiting_ = true;
}

// buy SYMBOL QUANTITY @ PRICE [gtc|ioc|fok|post], or market in the place of @ PRICE
void FixTerminal::enter(const Words& words) {
    const std::string usage =
        words[0] + " SYMBOL QUANTITY @ PRICE, or " + words[0] + " SYMBOL QUANTITY market";
    if (words.size() < 4) say(usage);
    const bool market = words[3] == "market";
    if (!market && (words[3] != "@" || words.size() < 5)) say(usage);
    Order order;
    order.client_id = next_client_id();
    order.symbol = upper(words[1]);
    order.side = words[0] == "buy" ? '1' : '2';
    order.quantity = words[2];
    order.price = market ? "market" : words[4];

    FixMessage message("D");
    message.add(11, order.client_id).add(1, account_).add(55, order.symbol);
    message.add(54, std::string_view(&order.side, 1)).add(60, fix_time(utc_ns()));
    message.add(38, order.quantity).add(40, market ? "1" : "2");
    if (!market) message.add(44, order.price);
    for (std::size_t i = market ? 4 : 5; i < words.size(); ++i) {
        if (words[i] == "gtc") {
            message.add(59, "1");
        } else if (words[i] == "ioc") {
            message.add(59, "3");
        } else if (words[i] == "fok") {
            message.add(59, "4");
        } else if (words[i] == "post") {
            message.add(18, "6");
        } else {
            say("gtc, ioc, fok and post may follow the price, not " + words[i]);
        }
    }
    send(message);
    orders_.push_back(order);
    numbers_[order.client_id] = orders_.size();
}

std::size_t FixTerminal::open_order(const std::string& number) {
    std::size_t value = 0;
    std::from_chars(number.data(), number.data() + number.size(), value);
    if (value == 0 || value > orders_.size()) say("no order " + number);
    if (!orders_[value - 1].open) say("order " + number + " is not open");
    return value;
}

void FixTerminal::cancel(const Words& words) {
    if (words.size() < 2) say("cancel NUMBER, or cancel all");
    if (words[1] == "all") return cancel_all(words);
    const std::size_t number = open_order(words[1]);
    const Order& order = orders_[number - 1];
    const std::string id = next_client_id();
    FixMessage message("F");
    message.add(41, order.client_id).add(11, id).add(55, order.symbol);
    message.add(54, std::string_view(&order.side, 1)).add(60, fix_time(utc_ns()));
    send(message);
    numbers_[id] = number;
}

void FixTerminal::cancel_all(const Words& words) {
    FixMessage message("q");
    message.add(11, next_client_id()).add(530, words.size() > 2 ? "1" : "7");
    if (words.size() > 2) message.add(55, upper(words[2]));
    send(message.add(60, fix_time(utc_ns())));
}

void FixTerminal::replace(const Words& words) {
    if (words.size() < 5 || words[3] != "@") say("replace NUMBER QUANTITY @ PRICE");
    const std::size_t number = open_order(words[1]);
    const Order& order = orders_[number - 1];
    const std::string id = next_client_id();
    FixMessage message("G");
    message.add(41, order.client_id).add(11, id).add(55, order.symbol);
    message.add(54, std::string_view(&order.side, 1)).add(60, fix_time(utc_ns()));
    message.add(38, words[2]).add(40, "2").add(44, words[4]);
    send(message);
    numbers_[id] = number;
}

void FixTerminal::ask_status() { send(FixMessage("AF").add(584, next_client_id()).add(585, "7")); }

void FixTerminal::ask_list(const Words& words) {
    list_filter_ = words.size() > 1 ? words[1] : "";
    send(FixMessage("x").add(320, next_client_id()).add(559, "4"));
}

void FixTerminal::ask_phase() { send(FixMessage("g").add(335, next_client_id()).add(263, "0")); }

void FixTerminal::print_orders() {
    bool any = false;
    for (std::size_t i = 0; i < orders_.size(); ++i) {
        const Order& order = orders_[i];
        if (!order.open) continue;
        any = true;
        out_ << number_text(i + 1) << ": " << (order.side == '1' ? "buy " : "sell ")
             << order.quantity << ' ' << order.symbol << " at " << order.price << ", "
             << order.executed << " done, " << order.leaves << " open\n";
    }
    if (!any) out_ << "no open orders\n";
}

void FixTerminal::report(const FixView& message) {
    const std::string_view type = message.type();
    if (type == "8") {
        execution(message);
    } else if (type == "9") {
        cancel_rejected(message);
    } else if (type == "y") {
        listed(message);
        return;
    } else if (type == "h") {
        out_ << "the market is " << phase_words(message) << '\n';
    } else if (type == "r") {
        if (message[531] == "0") {
            had_errors_ = true;
            out_ << "mass cancel refused: " << message[58] << '\n';
        } else {
            out_ << "mass cancel done: " << message[533] << " orders\n";
        }
    } else if (type == "3" || type == "j") {
        had_errors_ = true;
        out_ << "the venue did not take that: " << message[58];
        if (message.has(371)) out_ << " (field " << message[371] << ")";
        out_ << '\n';
    }
    waiting_ = false;
}

// The order that a report is about; one that this run has not seen gets a number.
std::size_t FixTerminal::number_of(const FixView& message) {
    for (const int tag : {11, 41}) {
        const auto known = numbers_.find(message[tag]);
        if (known != numbers_.end()) return known->second;
    }
    orders_.push_back({});
    numbers_[text(message[11])] = orders_.size();
    return orders_.size();
}

void FixTerminal::execution(const FixView& message) {
    const std::string_view kind = message[150];
    if (kind == "I" && message[39] == "8") {  // the close of a status, or of nothing
        out_ << "no open orders at the venue\n";
        return;
    }
    const std::size_t number = number_of(message);
    Order& order = orders_[number - 1];
    if (order.symbol.empty()) {
        order.symbol = text(message[55]);
        order.side = message[54].empty() ? '1' : message[54][0];
    }
    if (kind != "8") {
        order.client_id = text(message[11]);
        order.order_id = text(message[37]);
    }
    if (message.has(44)) order.price = text(message[44]);
    if (message.has(38)) order.quantity = text(message[38]);
    order.executed = text(message[14]);
    order.leaves = text(message[151]);
    const std::string_view status = message[39];
    order.open = status == "0" || status == "1" || status == "5" || status == "6" || status == "A";
    const bool buy = order.side == '1';
    out_ << number_text(number) << ": ";
    if (kind == "0") {
        out_ << (buy ? "buying " : "selling ") << order.quantity << ' ' << order.symbol << " at "
             << order.price << ", accepted\n";
    } else if (kind == "F") {
        out_ << (buy ? "bought " : "sold ") << message[32] << ' ' << order.symbol << " at "
             << message[31] << (order.leaves == "0" ? ", done" : ", " + order.leaves + " open")
             << '\n';
    } else if (kind == "D") {
        out_ << "carried into the new day, " << (buy ? "buying " : "selling ") << order.leaves
             << ' ' << order.symbol << " at " << order.price << '\n';
    } else if (kind == "4" || kind == "C") {
        out_ << (kind == "C" ? "expired" : "cancelled") << ", " << order.executed << " of "
             << order.quantity << ' ' << order.symbol << (buy ? " bought" : " sold");
        if (message.has(58)) out_ << " (" << message[58] << ")";
        out_ << '\n';
    } else if (kind == "5") {
        out_ << "now " << order.quantity << ' ' << order.symbol << " at " << order.price << ", "
             << order.leaves << " open\n";
    } else if (kind == "8") {
        had_errors_ = true;
        out_ << "refused: " << message[58] << '\n';
    } else {
        out_ << (buy ? "buy " : "sell ") << order.quantity << ' ' << order.symbol << " at "
             << order.price << ", " << order.executed << " done, " << order.leaves << " open\n";
    }
}

void FixTerminal::cancel_rejected(const FixView& message) {
    had_errors_ = true;
    out_ << number_text(number_of(message))
         << (message[434] == "2" ? ": not replaced: " : ": not cancelled: ") << message[58] << '\n';
}

void FixTerminal::listed(const FixView& message) {
    for (const ListedCounter& row : read_security_list(message)) {
        const std::string line = text(row.symbol) + " " + text(row.name);
        if (upper(line).find(upper(list_filter_)) == std::string::npos) continue;
        out_ << std::left << std::setw(9) << row.symbol << row.currency << std::right
             << std::setw(9) << row.reference << "  (" << row.low << " to " << row.high << ")  "
             << row.name << '\n';
    }
    if (is_last_fragment(message)) waiting_ = false;
}

}  // namespace carbonx::tools
