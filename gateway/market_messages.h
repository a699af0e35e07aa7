// What brokers ask about the market itself: SecurityList y, SecurityDefinition d and
// TradingSessionStatus h.
//
// Threads: any; functions of the directory.
// Always: a list is cut into fragments of at most `list_fragment` counters, the last one marked.
#pragma once

#include <string>
#include <vector>

#include "gateway/directory.h"
#include "gateway/message_view.h"
#include "gateway/message_writer.h"
#include "gateway/reports.h"

namespace carbonx::gateway {

constexpr std::size_t list_fragment = 50;

// The answer to x, one fragment a call. response_id: begins SecurityResponseID (322).
class SecurityList {
public:
    // Requires: the request outlives it.
    SecurityList(const Directory& directory, const MessageView& request, std::string response_id);
    // False: there are no more.
    bool next(MessageWriter& message);
    std::size_t size() const { return selected_.size(); }

private:
    const Directory& directory_;
    const MessageView& request_;
    const std::string response_id_;
    int result_ = 0;  // SecurityRequestResult (560)
    std::vector<const Counter*> selected_;
    std::size_t sent_ = 0;
    std::size_t fragments_ = 0;
};

// The answer to c: the counter, or why not. response_id: SecurityResponseID (322).
void security_definition(MessageWriter& message, const Directory& directory, const Counter& counter,
                         const MessageView& request, std::string_view response_id);
void refuse_definition(MessageWriter& message, const MessageView& request, const Refusal& refusal,
                       std::string_view response_id);

// The answer to g; unsolicited: a later change of phase, which the request subscribed to.
void trading_session_status(MessageWriter& message, const Directory& directory,
                            std::string_view request_id, bool unsolicited);

}  // namespace carbonx::gateway
