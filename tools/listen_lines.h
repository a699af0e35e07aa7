// The feed as lines on standard output: every message as text, or JSON of messages, trades or the
// best prices.
//
// Threads: one.
#pragma once

#include "marketdata/receiver/receiver.h"
#include "tools/feed_json.h"
#include "tools/listen_options.h"

namespace carbonx::tools {

// To standard output. Throws std::system_error, such as when nobody reads it any more.
void print(const std::string& text);
void flush_output();

class ListenLines {
public:
    // Throws std::runtime_error for a word that --json does not know.
    explicit ListenLines(const ListenOptions& options);

    // What the receiver observes, and after each of its polls.
    void message(const marketdata::Receiver& receiver, uint64_t sequence,
                 std::span<const unsigned char> message);
    void replaced() { retell_ = true; }
    void poll(const marketdata::Receiver& receiver);

private:
    enum class Kind : uint8_t { none, messages, json_messages, json_tops, json_trades };

    Kind kind_ = Kind::none;
    FeedTops tops_;
    bool retell_ = false;  // the picture is another one
};

}  // namespace carbonx::tools
