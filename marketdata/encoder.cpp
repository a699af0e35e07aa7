#include "marketdata/encoder.h"

#include <algorithm>

namespace carbonx::marketdata {
namespace {

constexpr uint64_t day_ns = 86'400'000'000'000;

uint64_t offset_ns(int32_t minutes) {
    constexpr int32_t day_minutes = 1440;
    const int32_t positive = (minutes % day_minutes + day_minutes) % day_minutes;
    return static_cast<uint64_t>(positive) * 60'000'000'000;
}

}  // namespace

wire::TradingState trading_state(Phase phase, bool halted) {
    if (halted || phase == Phase::halted) return wire::TradingState::halted;
    return phase == Phase::continuous ? wire::TradingState::trading
                                      : wire::TradingState::quotation_only;
}

Encoder::Encoder(int32_t utc_offset_minutes, std::string_view suffix)
    : utc_offset_ns_(offset_ns(utc_offset_minutes)), suffix_(suffix) {}

void Encoder::begin_day(const PhaseChanged& event) {
    std::string name = std::to_string(event.trading_day);
    name.insert(0, 8 - std::min<std::size_t>(8, name.size()), '0');
    session_ = wire::SessionName(name + suffix_);
    hours_.clear();
    market_hours_ = false;
    encoded_.session_begins = true;
    add_system_event(event.head, wire::SystemCode::start_of_messages);
    add_system_event(event.head, wire::SystemCode::start_of_system_hours);
}

void Encoder::open_market(const PhaseChanged& event) {
    if (market_hours_) return;
    market_hours_ = true;
    add_system_event(event.head, wire::SystemCode::start_of_market_hours);
}

void Encoder::end_day(const PhaseChanged& event) {
    if (market_hours_) add_system_event(event.head, wire::SystemCode::end_of_market_hours);
    add_system_event(event.head, wire::SystemCode::end_of_system_hours);
    add_system_event(event.head, wire::SystemCode::end_of_messages);
    encoded_.session_ends = true;
}

void Encoder::add_system_events(Blocks& blocks) const {
    for (const Hour& hour : hours_) add_hour(blocks, hour);
}

void Encoder::add_system_event(const EventHead& head, wire::SystemCode code) {
    hours_.push_back({code, head.time_ns});
    add_hour(encoded_.blocks, hours_.back());
}

void Encoder::add_hour(Blocks& blocks, const Hour& hour) const {
    wire::SystemEvent message;
    message.code = hour.code;
    add(blocks, hour.time_ns, CounterId{}, message);
}

uint64_t Encoder::since_midnight(uint64_t time_ns) const {
    return (time_ns + utc_offset_ns_) % day_ns;
}

}  // namespace carbonx::marketdata
