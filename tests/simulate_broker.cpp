#include "tests/simulate_broker.h"

#include <algorithm>
#include <cstdio>

#include "tests/simulate_clock.h"
#include "tests/simulate_fix.h"

namespace carbonx::tests {
namespace {

constexpr std::size_t open_orders_max = 12;
constexpr uint64_t heartbeat_ns = 15'000'000'000;

}  // namespace

SimulatedBroker::SimulatedBroker(std::string name, std::string copied,
                                 std::vector<std::string> symbols, SimulatedNetwork& network,
                                 Chance& chance)
    : name_(std::move(name)),
      copied_(std::move(copied)),
      symbols_(std::move(symbols)),
      network_(network),
      chance_(chance) {}

void SimulatedBroker::wrong(const std::string& what, const std::string& message) const {
    throw Finding(name_ + ": " + what + ": " + readable(message));
}

// ---- Sending ----

void SimulatedBroker::connect() {
    wire_ = network_.connect();
    logged_on_ = false;
    asked_up_to_ = 0;
    if (!wire_) return;
    const char* const wishes[] = {"N", "Y", "G", "N"};
    send("A", std::string("98=0|108=30|554=secret|5001=") + wishes[chance_.below(4)] + "|");
}

void SimulatedBroker::put(const std::string& type, int number, const std::string& fields,
                          const std::string& flags) {
    std::string body = "35=" + type + "|49=" + name_ + "|56=CARBONX|34=" + std::to_string(number) +
                       "|" + flags + "52=" + now() + "|" + fields;
    std::string message = "8=FIX.4.4|9=" + std::to_string(body.size()) + "|" + body;
    std::replace(message.begin(), message.end(), '|', soh);
    unsigned sum = 0;
    for (const char c : message) sum += static_cast<unsigned char>(c);
    char trailer[16];
    std::snprintf(trailer, sizeof trailer, "10=%03u%c", sum % 256, soh);
    wire_->to_gateway.sent += message + trailer;
    if (trace_) std::printf("%s > %s\n", name_.c_str(), readable(message + trailer).c_str());
    sent_ns_ = SimulatedClock::monotonic();
}

void SimulatedBroker::send(const std::string& type, const std::string& fields) {
    sent_.push_back({type, fields, now()});
    put(type, next_out_++, fields, "");
}

void SimulatedBroker::request(const std::string& type, const std::string& client_id,
                              const std::string& fields) {
    const std::string whole = "11=" + client_id + "|" + fields;
    requests_[client_id] = {type, whole, next_out_, false, false};
    send(type, whole);
}

// Session messages are not sent again, but passed over.
void SimulatedBroker::resend(int first, int last) {
    if (last == 0 || last >= next_out_) last = next_out_ - 1;
    for (int i = first; i <= last;) {
        const Sent& one = sent_[static_cast<std::size_t>(i) - 1];
        const std::string flags = "43=Y|122=" + one.time + "|";
        if (one.type >= "6" && one.type != "A") {
            put(one.type, i++, one.fields, flags);
            continue;
        }
        int next = i;
        const auto is_session = [&](int n) {
            const std::string& type = sent_[static_cast<std::size_t>(n) - 1].type;
            return type < "6" || type == "A";
        };
        while (next <= last && is_session(next)) ++next;
        put("4", i, "123=Y|36=" + std::to_string(next) + "|", flags);
        i = next;
    }
}

void SimulatedBroker::send_again() {
    if (!wire_) return;
    for (auto& [id, request] : requests_) {
        if (request.answered) continue;
        request.number = next_out_;
        sent_.push_back({request.type, request.fields, now()});
        put(request.type, next_out_++, request.fields, "97=Y|");
    }
}

void SimulatedBroker::begin_anew() {
    if (wire_) wire_->broken = true;
    wire_.reset();
    logged_on_ = false;
    next_out_ = next_in_ = 1;
    asked_up_to_ = 0;
    sent_.clear();
    received_.clear();
    for (auto& [id, request] : requests_) request.number = 0;
}

// ---- Trading ----

void SimulatedBroker::act() {
    if (!lazy_) read();
    if (!wire_) {
        if (chance_.percent(40)) connect();
        return;
    }
    if (!logged_on_) return;
    if (SimulatedClock::monotonic() - sent_ns_ > heartbeat_ns) send("0", "");
    if (chance_.one_in(150)) return disconnect();
    if (chance_.one_in(200)) return send("5", "");
    if (!copied_.empty()) return;
    for (uint64_t i = chance_.below(4); i > 0; --i) trade();
}

void SimulatedBroker::keep_up() {
    lazy_ = false;
    read();
    if (!wire_) return connect();
    if (logged_on_ && SimulatedClock::monotonic() - sent_ns_ > heartbeat_ns) send("0", "");
}

void SimulatedBroker::disconnect() {
    if (!wire_) return;
    // What was on its way arrives up to some byte.
    if (chance_.percent(50)) {
        std::string& sent = wire_->to_gateway.sent;
        wire_->to_gateway.arrived.append(sent, 0, chance_.below(sent.size() + 1));
        sent.clear();
        wire_->to_gateway.closed = true;
    } else {
        wire_->broken = true;
    }
    wire_.reset();
    logged_on_ = false;
}

std::map<uint64_t, SimulatedBroker::Order>::iterator SimulatedBroker::any_open_order() {
    std::vector<std::map<uint64_t, Order>::iterator> open;
    for (auto i = orders_.begin(); i != orders_.end(); ++i) {
        if (i->second.open) open.push_back(i);
    }
    return open.empty() ? orders_.end() : open[chance_.below(open.size())];
}

void SimulatedBroker::new_order() {
    const std::string& symbol = symbols_[chance_.below(symbols_.size())];
    const uint64_t cents = 994 + chance_.below(13);
    char price[16];
    std::snprintf(price, sizeof price, "%d.%02d", static_cast<int>(cents / 100),
                  static_cast<int>(cents % 100));
    const bool market = chance_.percent(6);
    std::string fields = "1=" + name_ + "|55=" + symbol +
                         "|54=" + (chance_.percent(50) ? "1" : "2") + "|60=" + now() +
                         "|38=" + std::to_string(1 + chance_.below(20)) +
                         (market ? "|40=1|" : std::string("|40=2|44=") + price + "|");
    if (!market && chance_.percent(30)) fields += "59=1|";
    if (chance_.percent(5)) fields += "15=HKD|";
    if (chance_.percent(3)) fields += "18=6|";
    request("D", next_client_id(), fields);
}

void SimulatedBroker::trade() {
    const auto order = any_open_order();
    const auto open = static_cast<std::size_t>(std::count_if(
        orders_.begin(), orders_.end(), [](const auto& one) { return one.second.open; }));
    const uint64_t dice = chance_.below(100);
    const bool none = order == orders_.end();
    if (dice < 2) {
        request("q", next_client_id(), "530=7|60=" + now() + "|");
    } else if (dice < 4) {
        send("g", "335=p|263=" + std::to_string(chance_.below(3)) + "|");
    } else if (dice < 6 && !none) {
        send("H", "11=" + order->second.client_id + "|54=" + order->second.side + "|");
    } else if (dice < 7) {
        send("AF", "584=all|585=7|");
    } else if ((dice < 25 || open >= open_orders_max) && !none) {
        request("F", next_client_id(),
                "41=" + order->second.client_id + "|55=" + order->second.symbol +
                    "|54=" + order->second.side + "|60=" + now() + "|");
    } else if (dice < 40 && !none) {
        const uint64_t quantity = order->second.quantity + chance_.below(5);
        request("G", next_client_id(),
                "41=" + order->second.client_id + "|55=" + order->second.symbol + "|54=" +
                    order->second.side + "|60=" + now() + "|38=" + std::to_string(quantity) +
                    "|40=2|44=10.0" + std::to_string(chance_.below(10)) + "|");
    } else if (open < open_orders_max) {
        new_order();
        // The cancel follows before it can be known that there is an order.
        if (chance_.percent(10)) {
            const std::string original = name_ + "-" + std::to_string(client_ids_);
            const std::string fields = requests_[original].fields;
            const auto value = [&](const std::string& tag) {
                const std::size_t at = fields.find("|" + tag + "=") + tag.size() + 2;
                return fields.substr(at, fields.find('|', at) - at);
            };
            request("F", next_client_id(),
                    "41=" + original + "|55=" + value("55") + "|54=" + value("54") +
                        "|60=" + now() + "|");
        }
    }
}

std::size_t SimulatedBroker::unanswered() const {
    return static_cast<std::size_t>(std::count_if(
        requests_.begin(), requests_.end(), [](const auto& r) { return !r.second.answered; }));
}

std::string SimulatedBroker::unanswered_text() const {
    std::string text;
    for (const auto& [id, request] : requests_) {
        if (!request.answered) text += " " + request.type + " " + id;
    }
    return text;
}

// ---- Reading ----

void SimulatedBroker::read() {
    if (!wire_) return;
    std::string& input = wire_->to_broker.arrived;
    while (wire_ && !input.empty()) {
        // 8=FIX.4.4|9=length|body 10=ddd|
        const std::size_t length_at = input.find(
            "\x01"
            "9=");
        const std::size_t body_at =
            length_at == std::string::npos ? std::string::npos : input.find(soh, length_at + 1);
        if (body_at == std::string::npos) break;
        const std::size_t size =
            body_at + 1 + number(input.substr(length_at + 3, body_at - length_at - 3)) + 7;
        if (input.size() < size) break;
        const std::string message = input.substr(0, size);
        input.erase(0, size);
        take(message);
    }
    if (!wire_) return;
    if (wire_->broken || (wire_->to_broker.closed && wire_->to_broker.sent.empty())) {
        wire_.reset();
        logged_on_ = false;
    }
}

void SimulatedBroker::take(const std::string& message) {
    unsigned sum = 0;
    for (std::size_t i = 0; i < message.size() - 7; ++i) {
        sum += static_cast<unsigned char>(message[i]);
    }
    if (sum % 256 != number(message.substr(message.size() - 4, 3))) {
        wrong("a wrong checksum", message);
    }
    if (trace_) std::printf("%s < %s\n", name_.c_str(), readable(message).c_str());
    const std::string type = field(message, 35);
    const auto number_in = static_cast<int>(number(field(message, 34)));
    if (type == "A") logged_on_ = true;
    if (type == "2") {
        ++resends_;
        resend(static_cast<int>(number(field(message, 7))),
               static_cast<int>(number(field(message, 16))));
    }
    if (number_in > next_in_) {
        if (type == "5") return;  // the line closes; the rest comes at the next logon
        if (asked_up_to_ >= next_in_) return;
        asked_up_to_ = number_in;
        return send("2", "7=" + std::to_string(next_in_) + "|16=0|");
    }
    if (number_in < next_in_) {
        if (field(message, 43) != "Y")
            wrong("MsgSeqNum below " + std::to_string(next_in_), message);
        const auto known = received_.find(number_in);
        if (known != received_.end() && known->second != essence(message)) {
            wrong("sent again with other contents than " + readable(known->second), message);
        }
        return;
    }
    take_in_sequence(message, number_in);
}

void SimulatedBroker::take_in_sequence(const std::string& message, int number_in) {
    next_in_ = number_in + 1;
    const std::string type = field(message, 35);
    if (type == "4") {
        next_in_ = std::max(next_in_, static_cast<int>(number(field(message, 36))));
    } else if (type == "1") {
        send("0", "112=" + field(message, 112) + "|");
    } else if (type == "5" && wire_ && logged_on_) {
        logged_on_ = false;
        send("5", "");
        wire_->to_gateway.closed = true;
    } else if (type == "8") {
        received_[number_in] = essence(message);
        copied_.empty() ? on_report(message) : on_copy(message);
    } else if (type == "9" || type == "r") {
        received_[number_in] = essence(message);
        if (!copied_.empty()) wrong("not a report", message);
        answered(field(message, 11));
    } else if (type == "3" || type == "j") {
        const auto refused = static_cast<int>(number(field(message, 45)));
        for (auto& [id, request] : requests_) {
            if (request.number == refused) request.answered = true;
        }
    }
}

void SimulatedBroker::answered(const std::string& client_id) {
    const auto found = requests_.find(client_id);
    if (found != requests_.end()) found->second.answered = true;
}

// The exchange has done what was asked, or refused it.
void SimulatedBroker::done(const std::string& client_id, const std::string& message) {
    const auto found = requests_.find(client_id);
    if (found == requests_.end()) wrong("an answer to nothing", message);
    if (found->second.done) wrong("a second answer to the same request", message);
    found->second.answered = found->second.done = true;
}

bool SimulatedBroker::take_report(const std::string& message) {
    const std::string id = field(message, 17);
    const std::string content = without({"56", "115", "797"}, essence(message));
    const auto [known, first] = contents_.emplace(id, content);
    if (!first) {
        if (field(message, 97) != "Y") wrong("an ExecID twice", message);
        if (known->second != content) {
            wrong("an ExecID again with other contents than " + readable(known->second), message);
        }
        return false;
    }
    const char type = field(message, 150).at(0);
    if (id[0] != 'G') {
        const uint64_t key = 2 * number(id) + (id.back() == 'S' ? 1 : 0);
        if (key <= last_key_) wrong("a report out of order", message);
        last_key_ = key;
        if (type != 'I') reports_[key] = type;
    }
    return true;
}

void SimulatedBroker::on_copy(const std::string& message) {
    if (field(message, 797) != "Y") wrong("not marked as a copy", message);
    if (field(message, 115) != copied_) wrong("not a copy of " + copied_, message);
    take_report(message);
}

void SimulatedBroker::on_report(const std::string& message) {
    if (!take_report(message)) return;
    const std::string id = field(message, 17);
    const char type = field(message, 150).at(0);
    if (type == 'I') return;
    if (type == '8' && id[0] == 'G') return answered(field(message, 11));
    if (type == '8') return done(field(message, 11), message);
    const uint64_t order_id = number(field(message, 37));
    if (type == '0') {
        if (orders_.contains(order_id)) wrong("an OrderID twice", message);
        orders_[order_id] = {field(message, 11),
                             field(message, 55),
                             field(message, 54).at(0),
                             number(field(message, 38)),
                             0,
                             true};
        return done(field(message, 11), message);
    }
    const auto found = orders_.find(order_id);
    if (found == orders_.end()) wrong("of an order that was never accepted", message);
    Order& order = found->second;
    if (!order.open) wrong("of an order that is done", message);
    if (type == 'F') {
        on_fill(message, order);
    } else if (type == '4' || type == 'C') {
        order.open = false;
        if (!field(message, 41).empty()) done(field(message, 11), message);
    } else if (type == '5') {
        order.client_id = field(message, 11);
        order.quantity = number(field(message, 38));
        done(order.client_id, message);
    }
    const uint64_t leaves = order.open ? order.quantity - order.executed : 0;
    const bool adds_up = number(field(message, 14)) == order.executed &&
                         number(field(message, 151)) == leaves &&
                         number(field(message, 38)) == order.quantity;
    if (!adds_up) wrong("the quantities do not add up", message);
}

void SimulatedBroker::on_fill(const std::string& message, Order& order) {
    const uint64_t quantity = number(field(message, 32));
    order.executed += quantity;
    if (order.executed > order.quantity) wrong("more is filled than was ordered", message);
    if (order.executed == order.quantity) order.open = false;
    const int64_t sign = order.side == '1' ? 1 : -1;
    const std::string currency = field(message, 15);
    const int64_t fee = decimal(field(message, 5006));
    const auto tonnes = static_cast<int64_t>(quantity);
    holdings_.cash[currency] -= sign * tonnes * decimal(field(message, 31)) + fee;
    holdings_.fees[currency] += fee;
    holdings_.credits[order.symbol.substr(0, order.symbol.size() - 1)] += sign * tonnes;
    // The serials that moved are as many.
    uint64_t serials = 0;
    const std::string first =
                          "\x01"
                          "5004=",
                      last =
                          "\x01"
                          "5005=";
    for (std::size_t at = message.find(first); at != std::string::npos;
         at = message.find(first, at + 1)) {
        const std::size_t end = message.find(last, at);
        serials += std::stoull(message.substr(end + last.size())) -
                   std::stoull(message.substr(at + first.size())) + 1;
    }
    if (serials != quantity) wrong("the serials are not as many as the tonnes", message);
}

}  // namespace carbonx::tests
