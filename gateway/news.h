// News B: what the exchange has to say to brokers in words.
//
// Threads: any.
// Always: at least one line of text, as FIX 4.4 requires.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/message_writer.h"
#include "gateway/quickfix.h"

namespace carbonx::gateway {

// Requires: no text is empty, and none has a control character.
struct Notice {
    std::string headline;
    std::vector<std::string> lines;  // none: the headline says all
};

inline void write_news(MessageWriter& message, const Notice& notice, uint64_t utc_ns) {
    namespace tags = FIX::FIELD;
    message.begin(FIX::MsgType_News);
    message.add_time(tags::OrigTime, utc_ns);
    message.add(tags::Headline, notice.headline);
    message.add(tags::LinesOfText, notice.lines.empty() ? 1 : notice.lines.size());
    if (notice.lines.empty()) message.add(tags::Text, notice.headline);
    for (const std::string& line : notice.lines) message.add(tags::Text, line);
}

}  // namespace carbonx::gateway
