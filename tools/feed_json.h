// The public feed for scripts: one JSON object a line.
//
// Threads: any; pure, but for FeedTops, which is its caller's.
// Always: valid JSON whatever came; numbers are numbers, prices decimal strings with four decimals,
// so that nothing is rounded on the way.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "marketdata/receiver/image.h"

namespace carbonx::tools {

// One object, its members in the order of the calls.
class JsonLine {
public:
    JsonLine& number(std::string_view name, uint64_t value);
    JsonLine& text(std::string_view name, std::string_view value);
    JsonLine& price(std::string_view name, uint64_t value);
    JsonLine& null(std::string_view name);
    std::string line() const { return text_ + "}\n"; }

private:
    void name(std::string_view name);
    std::string text_ = "{";
};

// Where a message stands.
struct MessagePlace {
    std::string_view session;
    uint64_t sequence = 0;
};

// The picture has taken the message in each of these; it gives names.
std::string message_json(const MessagePlace& place, std::span<const unsigned char> message,
                         const marketdata::Image& image);
// The trade that the message tells of; empty where it tells of none.
std::string trade_json(const MessagePlace& place, std::span<const unsigned char> message,
                       const marketdata::Image& image);

// The best bid and ask of each counter, whenever they or its state change.
class FeedTops {
public:
    // Of the counter that the message is about; empty where nothing has changed.
    std::string after(const MessagePlace& place, std::span<const unsigned char> message,
                      const marketdata::Image& image);
    // The picture is another one: of every counter.
    std::string all(const MessagePlace& place, const marketdata::Image& image);

private:
    std::map<uint16_t, std::string> told_;  // by locate
};

}  // namespace carbonx::tools
