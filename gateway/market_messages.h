// What brokers ask about the market itself: SecurityList y and TradingSessionStatus h.
//
// Threads: any; functions of the directory.
// Always: a list is cut into fragments of at most `list_fragment` counters, the last one marked.
#pragma once

#include <string>
#include <vector>

#include "gateway/directory.h"
#include "gateway/message_view.h"
#include "gateway/message_writer.h"

namespace carbonx::gateway {

constexpr std::size_t list_fragment = 50;

// The answer to x, one fragment a call. response_id: begins SecurityResponseID (322).
class SecurityList {
public:
    // Requires: the request outlives it.
    SecurityList(const Directory& directory, const MessageView& request, std::string response_id);
    // False: there are no more.
    bool next(MessageWriter& message);

private:
    void add_counter(MessageWriter& message, const Counter& counter) const;

    const Directory& directory_;
    const MessageView& request_;
    const std::string response_id_;
    int result_ = 0;  // SecurityRequestResult (560)
    std::vector<const Counter*> selected_;
    std::size_t sent_ = 0;
    std::size_t fragments_ = 0;
};

// The answer to g; unsolicited: a later change of phase, which the request subscribed to.
void trading_session_status(MessageWriter& message, const Directory& directory,
                            std::string_view request_id, bool unsolicited);

}  // namespace carbonx::gateway
