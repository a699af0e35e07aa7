// The carbon channel's messages as lines: text and JSON.
//
// Threads: any; pure, but for CarbonNames, which is its caller's.
#pragma once

#include <map>
#include <span>
#include <string>

#include "tools/feed_json.h"

namespace carbonx::tools {

// The counters' symbols, by locate, as the messages tell them.
class CarbonNames {
public:
    void observe(std::span<const unsigned char> message);
    void clear() { symbols_.clear(); }
    // Of the counter that a message is about; empty where it is about none.
    std::string of(std::span<const unsigned char> message) const;

private:
    std::map<uint64_t, std::string> symbols_;
};

// "09:00:00.000000000 t V415024H open=10.0500 high=10.0800 ...", by the names, which have observed
// the message in both.
std::string carbon_text(std::span<const unsigned char> message, const CarbonNames& names);
std::string carbon_json(const MessagePlace& place, std::span<const unsigned char> message,
                        const CarbonNames& names);

}  // namespace carbonx::tools
