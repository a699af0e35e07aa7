// The gateway's operators' socket from outside: asks, and gets lines back.
//
// Threads: one; each call waits for the gateway's answer, 30 seconds at most.
#pragma once

#include <string>
#include <vector>

#include "engine/api/settings.h"

namespace carbonx::tools {

class GatewayClient {
public:
    // Throws std::runtime_error when no gateway listens there.
    explicit GatewayClient(const Settings& settings);
    ~GatewayClient();
    GatewayClient(const GatewayClient&) = delete;
    GatewayClient& operator=(const GatewayClient&) = delete;

    // Words without tabs and line breaks; the lines of the answer. Throws std::runtime_error with
    // the gateway's own sentence when it refuses.
    std::vector<std::string> ask(const std::vector<std::string>& words);

private:
    std::string receive_line();

    int socket_ = -1;
    std::string input_;
};

}  // namespace carbonx::tools
