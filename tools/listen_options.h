// What carbonx-listen is asked to do.
//
// Threads: one.
#pragma once

#include <string>
#include <vector>

#include "marketdata/receiver/stream_receiver.h"

namespace carbonx::tools {

struct ListenOptions {
    // Where the stream is.
    std::string settings_file;  // empty: as delivered
    std::string directory;
    uint32_t channel = 0;            // its number; 0: the first
    std::vector<std::string> lines;  // A and B, instead of the settings'
    std::string rerequest;           // the server, with lines
    std::string interface;           // empty: as the settings say
    std::string user;                // empty: no snapshots
    std::string password;
    // What is made of it: the ladder, unless another is said.
    bool once = false;
    bool messages = false;
    std::string json;  // "messages", "tops" or "trades"
    std::vector<std::string> recordings;
    std::string symbol;
    double seconds = 0;  // 0: until it is told to stop

    bool is_ladder() const { return !once && !messages && json.empty(); }
};

// Throws std::runtime_error that names the mend.
marketdata::Subscription subscription(const ListenOptions& options);

}  // namespace carbonx::tools
