// The books' stream that an event log means: what a publisher's lines and an image are compared
// with.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "marketdata/itch_encoder.h"
#include "marketdata/packet.h"
#include "tests/feed_script.h"
#include "tests/feed_sockets.h"

namespace carbonx::tests {

// All messages of this session so far.
inline std::vector<Bytes> messages_of(const FeedScript& script, std::string_view session) {
    EventReader events(script.directory(), script.directory(), "test");
    marketdata::ItchEncoder encoder(480);
    std::vector<Bytes> messages;
    while (const EventHead* event = events.next()) {
        std::span<const unsigned char> blocks{encoder.encode(*event, events.sequence()).blocks};
        while (!blocks.empty()) {
            const auto block = marketdata::first_block(blocks);
            if (encoder.session().view() == session)
                messages.emplace_back(block.begin() + 2, block.end());
            blocks = blocks.subspan(block.size());
        }
    }
    return messages;
}

}  // namespace carbonx::tests
