#include "tools/load.h"

#include <stdexcept>

#include "engine/api/process.h"
#include "tools/security_list.h"

namespace carbonx::tools {

namespace {

constexpr std::size_t resting_max = 1'000;  // orders, of all sessions together
constexpr uint64_t second_ns = 1'000'000'000;

}  // namespace

Load::Load(boost::asio::io_context& io, const std::vector<FixClientSettings>& sessions,
           FeedTap* tap)
    : tap_(tap), first_id_(utc_ns() / 1'000'000 * 100'000) {
    requests_.reserve(1U << 20);
    for (const FixClientSettings& settings : sessions) {
        clients_.push_back(std::make_unique<FixClient>(
            io, settings, [this](const FixView& message) { received(message); }));
    }
    log_on();
}

Load::~Load() {
    for (const auto& client : clients_) client->logout();
    const uint64_t deadline = monotonic_ns() + second_ns / 2;
    while (monotonic_ns() < deadline) poll();
}

void Load::log_on() {
    for (const auto& client : clients_) client->connect();
    const uint64_t deadline = monotonic_ns() + 10 * second_ns;
    bool asked = false;
    while (!list_complete_) {
        poll();
        std::size_t logged_on = 0;
        for (const auto& client : clients_) {
            if (!client->is_connected()) {
                throw std::runtime_error(client->settings().comp_id +
                                         " is not let in: " + client->ended_because());
            }
            logged_on += client->is_logged_on() ? 1 : 0;
        }
        if (logged_on == clients_.size() && !asked) {
            asked = true;
            clients_[0]->send(FixMessage("x").add(320, "list").add(559, "4"));
        }
        if (monotonic_ns() > deadline) throw std::runtime_error("the venue does not answer");
    }
    if (counters_.empty()) throw std::runtime_error("nothing is listed: nothing to trade");
}

std::string Load::client_id(std::size_t request) const {
    return std::to_string(first_id_ + request);
}

// New order, cancel, new order, cancel, once enough orders rest.
void Load::send(uint64_t intended_ns) {
    const std::size_t number = requests_.size();
    cancel_next_ = !cancel_next_ && resting_ >= resting_max;
    FixMessage message(cancel_next_ ? "F" : "D");
    std::size_t order = number;
    if (cancel_next_) {
        while (requests_[next_cancel_].order != next_cancel_) ++next_cancel_;
        order = next_cancel_++;
        message.add(41, client_id(order));
        --resting_;
    } else {
        ++resting_;
    }
    const Counter& counter = counter_of(order);
    FixClient& client = session_of(order);
    message.add(11, client_id(number)).add(55, counter.symbol).add(54, "1");
    message.add(60, fix_time(utc_ns()));
    if (!cancel_next_) {
        message.add(1, client.settings().comp_id).add(38, 100).add(40, "2");
        message.add(44, counter.price).add(59, "0");
        totals_.request_bytes = message.body().size() + 100;  // and the header
    }
    requests_.push_back({intended_ns, order, false});
    client.send(message);
    ++totals_.sent;
}

std::size_t Load::poll() {
    std::size_t work = 0;
    for (const auto& client : clients_) work += client->poll();
    if (tap_ != nullptr) work += tap_->poll([this](std::string_view message) { added(message); });
    return work;
}

void Load::received(const FixView& message) {
    const std::string_view type = message.type();
    if (type == "y") return listed(message);
    if (type == "3" || type == "j")
        throw std::runtime_error("refused: " + std::string(message[58]));
    if (type != "8" && type != "9") return;
    const auto number = static_cast<uint64_t>(message.number(11));
    if (number < first_id_ || number - first_id_ >= requests_.size()) return;
    Request& request = requests_[number - first_id_];
    if (request.answered) return;
    const uint64_t now = monotonic_ns();
    request.answered = true;
    ++totals_.answered;
    totals_.fix_out.add(now - request.intended_ns);
    totals_.answer_bytes = message.bytes().size();
    if (type == "9" || message[150] == "8") ++totals_.refused;
    if (tap_ != nullptr && message[150] == "0" && message.has(198)) {
        const auto reference = static_cast<uint64_t>(message.number(198));
        const auto other = seen_by_reference_.find(reference);
        if (other == seen_by_reference_.end()) {
            intended_by_reference_[reference] = request.intended_ns;
        } else {
            totals_.multicast_out.add(other->second - request.intended_ns);
            seen_by_reference_.erase(other);
        }
    }
}

// A message of the multicast: the time of an add is kept under its order reference.
void Load::added(std::string_view message) {
    if (message[0] != 'A' || message.size() < 36) return;
    const uint64_t now = monotonic_ns();
    const uint64_t reference = big_endian<8>(message, 11);
    const auto other = intended_by_reference_.find(reference);
    if (other == intended_by_reference_.end()) {
        seen_by_reference_[reference] = now;
    } else {
        totals_.multicast_out.add(now - other->second);
        intended_by_reference_.erase(other);
    }
}

void Load::listed(const FixView& message) {
    for (const ListedCounter& row : read_security_list(message)) {
        counters_.push_back({std::string(row.symbol), std::string(row.low)});
    }
    list_complete_ = is_last_fragment(message);
}

}  // namespace carbonx::tools
