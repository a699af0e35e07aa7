#include "tools/demo_brokers.h"

#include <algorithm>
#include <stdexcept>

#include "engine/api/decimal.h"
#include "engine/api/process.h"
#include "tools/demo_listings.h"
#include "tools/security_list.h"

namespace carbonx::tools {

namespace {

constexpr std::size_t open_max = 400;  // of one broker; above it, it cancels
constexpr int quote_ticks_max = 5;     // from the fair price
constexpr int take_ticks = 8;

// Of a price that the venue wrote, in ten-thousandths.
int32_t price_units(std::string_view text) {
    return static_cast<int32_t>(parse_decimal(text).value_or(0));
}

uint64_t number_of(std::string_view text) {
    uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

DemoBroker::DemoBroker(boost::asio::io_context& io, const FixClientSettings& settings,
                       uint64_t seed, std::vector<DemoCounter>& counters, DemoTotals& totals)
    : counters_(counters),
      totals_(totals),
      random_(seed),
      next_number_(utc_ns() / 1'000'000 * 1'000),  // above those of any run before
      client_(io, settings, [this](const FixView& message) { received(message); }) {}

int64_t DemoBroker::random(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_() % static_cast<uint64_t>(high - low + 1));
}

void DemoBroker::ask_list() { client_.send(FixMessage("x").add(320, "list").add(559, "4")); }

void DemoBroker::make_every_second(std::size_t first) {
    for (std::size_t i = first; i < counters_.size(); i += 2) {
        first_quotes_.emplace_back(i, true);
        first_quotes_.emplace_back(i, false);
    }
}

void DemoBroker::act() {
    if (!first_quotes_.empty()) {
        const auto [counter, buy] = first_quotes_.front();
        first_quotes_.pop_front();
        return quote(counter, buy);
    }
    Open* const order = any_open();
    const int64_t choice = random(1, 100);
    if (order != nullptr && (open_.size() > open_max || choice > 85)) return cancel(*order);
    if (order != nullptr && choice > 70) return replace(*order);
    if (choice > 42) return take();
    quote(static_cast<std::size_t>(random_() % counters_.size()), random(0, 1) == 0);
}

// The fair price, so many ticks off, within the band.
int32_t DemoBroker::near_fair(std::size_t counter, int ticks) {
    const DemoCounter& known = counters_[counter];
    const int32_t price = known.fair / known.tick * known.tick + ticks * known.tick;
    return std::clamp(price, known.low, known.high);
}

void DemoBroker::quote(std::size_t counter, bool buy) {
    DemoCounter& known = counters_[counter];
    const auto step = static_cast<int32_t>(random(-1, 1)) * known.tick;
    const int32_t margin = (quote_ticks_max + take_ticks) * known.tick;
    known.fair = std::clamp(known.fair + step, known.low + margin, known.high - margin);
    const int ticks = static_cast<int>(random(1, quote_ticks_max));
    enter(counter, buy, near_fair(counter, buy ? -ticks : ticks), random(1, 50) * 10, false);
}

void DemoBroker::take() {
    const auto counter = static_cast<std::size_t>(random_() % counters_.size());
    const bool buy = random(0, 1) == 0;
    enter(counter, buy, near_fair(counter, buy ? take_ticks : -take_ticks), random(1, 300), true);
}

void DemoBroker::enter(std::size_t counter, bool buy, int32_t price, int64_t quantity,
                       bool immediate) {
    const uint64_t number = ++next_number_;
    const uint64_t now = utc_ns();
    FixMessage message("D");
    message.add(11, static_cast<int64_t>(number)).add(1, client_.settings().comp_id);
    message.add(55, counters_[counter].symbol).add(54, buy ? "1" : "2").add(60, fix_time(now));
    message.add(38, quantity).add(40, "2").add(44, decimal_text(price));
    message.add(59, immediate ? "3" : "0");
    sent_ns_[number] = monotonic_ns();
    client_.send(message);
    ++totals_.orders;
    places_[number] = open_.size();
    open_.push_back({number, counter, buy, 0, false});
}

DemoBroker::Open* DemoBroker::any_open() {
    if (open_.empty()) return nullptr;
    Open& order = open_[random_() % open_.size()];
    return order.confirmed ? &order : nullptr;
}

void DemoBroker::cancel(Open& order) {
    const uint64_t number = ++next_number_;
    FixMessage message("F");
    message.add(41, static_cast<int64_t>(order.number)).add(11, static_cast<int64_t>(number));
    message.add(55, counters_[order.counter].symbol).add(54, order.buy ? "1" : "2");
    client_.send(message.add(60, fix_time(utc_ns())));
    order.confirmed = false;
    ++totals_.cancels;
}

void DemoBroker::replace(Open& order) {
    const uint64_t number = ++next_number_;
    const int ticks = static_cast<int>(random(1, quote_ticks_max));
    FixMessage message("G");
    message.add(41, static_cast<int64_t>(order.number)).add(11, static_cast<int64_t>(number));
    message.add(55, counters_[order.counter].symbol).add(54, order.buy ? "1" : "2");
    message.add(60, fix_time(utc_ns())).add(38, order.executed + random(1, 50) * 10).add(40, "2");
    message.add(44, decimal_text(near_fair(order.counter, order.buy ? -ticks : ticks)));
    client_.send(message.add(59, "0"));
    order.confirmed = false;
    ++totals_.replaces;
}

void DemoBroker::forget(uint64_t number) {
    const auto place = places_.find(number);
    if (place == places_.end()) return;
    const std::size_t at = place->second;
    places_.erase(place);
    if (at + 1 < open_.size()) {
        open_[at] = open_.back();
        places_[open_[at].number] = at;
    }
    open_.pop_back();
}

void DemoBroker::received(const FixView& message) {
    const std::string_view type = message.type();
    if (type == "8") {
        executed(message);
    } else if (type == "y") {
        listed(message);
    } else if (type == "9") {
        // Filled before the cancel or replace came: nothing wrong, and the fill has been told.
        const auto place = places_.find(number_of(message[41]));
        if (place != places_.end()) open_[place->second].confirmed = true;
        ++totals_.refused;
    } else if (type == "3" || type == "j") {
        ++totals_.refused;
    }
}

void DemoBroker::executed(const FixView& message) {
    const uint64_t number = number_of(message[11]);
    const auto sent = sent_ns_.find(number);
    if (sent != sent_ns_.end()) {
        totals_.answer.add(monotonic_ns() - sent->second);
        sent_ns_.erase(sent);
    }
    const std::string_view kind = message[150];
    if (kind == "F") totals_.matches.emplace(message[527]);
    if (kind == "8") ++totals_.refused;
    const uint64_t before = number_of(message[41]);
    const auto place = places_.find(places_.contains(number) ? number : before);
    if (place == places_.end()) return;
    const std::string_view status = message[39];
    Open& order = open_[place->second];
    if (status == "2" || status == "4" || status == "8" || status == "C") {
        return forget(order.number);
    }
    order.executed = message.number(14);
    if (kind == "0") order.confirmed = true;
    if (kind != "5") return;
    // The order goes by the replace's client id from now on.
    const std::size_t at = place->second;
    places_.erase(place);
    order.number = number;
    order.confirmed = true;
    places_[number] = at;
}

void DemoBroker::listed(const FixView& message) {
    for (const ListedCounter& row : read_security_list(message)) {
        if (row.symbol == test_counter) continue;
        counters_.push_back({std::string(row.symbol), price_units(row.tick), price_units(row.low),
                             price_units(row.high), price_units(row.reference)});
        if (counters_.back().tick <= 0) {
            throw std::runtime_error("the venue's list gives no tick for " +
                                     counters_.back().symbol);
        }
    }
    list_complete_ = is_last_fragment(message);
}

}  // namespace carbonx::tools
