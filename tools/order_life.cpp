// The whole life of an order: see order_life.h.
#include "tools/order_life.h"

#include <algorithm>
#include <stdexcept>

#include "engine/text/text.h"
#include "engine/text/text_values.h"
#include "tools/figures.h"
#include "tools/rules.h"

namespace carbonx::tools {
namespace {

// The client's own id in an event about an order, and the order's id; empty and 0 where it has
// none.
struct Told {
    std::string_view client_id;
    OrderId order{};
};
template <class E>
Told told(const EventHead& event) {
    const E& e = as_event<E>(event);
    return {e.client_id.view(), e.order_id};
}
Told told_by(const EventHead& event) {
    switch (event.type) {
        case EventType::accepted:
            return told<Accepted>(event);
        case EventType::rejected:
            return told<Rejected>(event);
        case EventType::cancelled:
            return told<Cancelled>(event);
        case EventType::replaced:
            return told<Replaced>(event);
        default:
            return {};
    }
}

}  // namespace

OrderLife::OrderLife(std::string asked, int32_t utc_offset_minutes)
    : asked_(std::move(asked)), utc_offset_minutes_(utc_offset_minutes) {
    OrderId id{};
    const std::size_t colon = asked_.find(':');
    if (colon != std::string::npos && colon > 0 && colon + 1 < asked_.size()) {
        session_ = asked_.substr(0, colon);
        client_id_ = asked_.substr(colon + 1);
    } else if (from_text(asked_, Names(), id).empty()) {
        orders_.push_back(id);
    } else {
        throw std::runtime_error(
            "--order " + asked_ +
            ": expected an order id as 396.1, or SESSION:CLORDID as BROKER1:A1");
    }
}

bool OrderLife::follows(const EventHead& event, const Names& names) {
    for (const OrderId id : orders_) {
        if (is_about(event, id)) return true;
    }
    if (client_id_.empty()) return false;
    const Told event_told = told_by(event);
    if (event_told.client_id != client_id_ || names.name(event.session) != session_) return false;
    if (event_told.order != OrderId{}) orders_.push_back(event_told.order);
    return true;
}

void OrderLife::see(uint64_t sequence, const EventHead& event, const Names& names,
                    const OrderMirror& mirror) {
    // A trade's deliveries follow it at once.
    const bool delivers = event.type == EventType::delivery && told_last_;
    told_last_ = delivers || follows(event, names);
    if (!told_last_) return;
    lines_.push_back(time_figure(event.time_ns, utc_offset_minutes_));
    lines_.push_back("  " + to_text(event, names) + "  # " + std::to_string(sequence));
    explain(event, names, mirror);
}

void OrderLife::explain(const EventHead& event, const Names& names, const OrderMirror& mirror) {
    if (const Reject reason = reason_of(event); reason != Reject::none) {
        lines_.push_back("    rule " + std::string(rule(reason)) + " " + std::string(name(reason)) +
                         ": " + std::string(text(reason)));
    }
    for (const Rule& rule : rules_of(event)) {
        std::string line = "    rule " + std::string(rule.number) + " " + std::string(rule.name) +
                           ": " + std::string(rule.text);
        if (event.type == EventType::trade) {
            const auto& trade = as_event<Trade>(event);
            const OrderMirror::Order* maker = mirror.find(trade.maker);
            if (rule.number == "M1" && maker != nullptr) {
                line += "; order " + value_text(trade.maker, names) + " had stood at " +
                        money_figure(trade.price.value) + " since event " +
                        std::to_string(maker->reference);
            }
            if (rule.number == "M2") {
                line += "; that of order " + value_text(trade.maker, names) + ", " +
                        money_figure(trade.price.value);
            }
        }
        lines_.push_back(std::move(line));
    }
}

void OrderLife::print(std::ostream& out) const {
    if (lines_.empty()) {
        throw std::runtime_error("no order " + asked_ + " is in this journal, up to this point");
    }
    out << "order " << asked_ << '\n';
    for (const std::string& line : lines_) out << line << '\n';
}

}  // namespace carbonx::tools
