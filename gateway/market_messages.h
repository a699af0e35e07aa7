// What brokers ask about the market itself: SecurityList y and TradingSessionStatus h.
//
// Threads: any; pure functions of the directory.
// Always: a list is cut into fragments of at most `list_fragment` counters, the last one marked.
#pragma once

#include <vector>

#include "gateway/directory.h"
#include "gateway/quickfix.h"

namespace carbonx::gateway {

constexpr std::size_t list_fragment = 50;

// The answer to x. response_id: begins SecurityResponseID (322).
std::vector<FIX::Message> security_list(const Directory& directory, const FIX::Message& request,
                                        const std::string& response_id);

// The answer to g; unsolicited: a later change of phase, which the request subscribed to.
FIX::Message trading_session_status(const Directory& directory, std::string_view request_id,
                                    bool unsolicited);

}  // namespace carbonx::gateway
