#include "tools/feed_message.h"

#include <spdlog/fmt/fmt.h>

#include "marketdata/receiver/image.h"

namespace carbonx::tools {

namespace wire = marketdata::wire;

std::string time_text(uint64_t timestamp, int decimals) {
    const uint64_t seconds = timestamp / 1'000'000'000;
    const std::string fraction = fmt::format("{:09}", timestamp % 1'000'000'000);
    return fmt::format("{:02}:{:02}:{:02}.{}", seconds / 3600, seconds / 60 % 60, seconds % 60,
                       fraction.substr(0, static_cast<std::size_t>(decimals)));
}

std::string_view system_event_text(wire::SystemCode code) {
    switch (code) {
        case wire::SystemCode::start_of_messages:
            return "start of messages";
        case wire::SystemCode::start_of_system_hours:
            return "start of system hours";
        case wire::SystemCode::start_of_market_hours:
            return "start of market hours";
        case wire::SystemCode::end_of_market_hours:
            return "end of market hours";
        case wire::SystemCode::end_of_system_hours:
            return "end of system hours";
        case wire::SystemCode::end_of_messages:
            return "end of messages";
    }
    return "unknown";
}

std::string short_price_text(uint64_t price) {
    std::string text = marketdata::price_text(price);
    for (int i = 0; i < 2 && text.back() == '0'; ++i) text.pop_back();
    return text;
}

}  // namespace carbonx::tools
