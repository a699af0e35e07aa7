// A stream of the venue's settings as subscribers name it.
//
// Threads: any; pure.
#pragma once

#include "engine/api/settings.h"
#include "marketdata/receiver/stream_receiver.h"

namespace carbonx::tools {

// User and password for snapshots; without a user none are asked for.
inline marketdata::Subscription subscription(const StreamSettings& stream,
                                             const std::string& interface,
                                             const std::string& user = "",
                                             const std::string& password = "") {
    const auto address = [](const Endpoint& endpoint) {
        return marketdata::Address{endpoint.address, endpoint.port};
    };
    return {address(stream.line_a),
            address(stream.line_b),
            interface,
            address(stream.rerequest),
            address(stream.snapshot),
            user,
            password};
}

}  // namespace carbonx::tools
