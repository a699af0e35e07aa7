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

Encoder::Encoder(int32_t utc_offset_minutes, std::string_view suffix)
    : utc_offset_ns_(offset_ns(utc_offset_minutes)), suffix_(suffix) {}

void Encoder::name_session(uint32_t trading_day) {
    std::string name = std::to_string(trading_day);
    name.insert(0, 8 - std::min<std::size_t>(8, name.size()), '0');
    session_ = wire::SessionName(name + suffix_);
}

uint64_t Encoder::since_midnight(uint64_t time_ns) const {
    return (time_ns + utc_offset_ns_) % day_ns;
}

}  // namespace carbonx::marketdata
