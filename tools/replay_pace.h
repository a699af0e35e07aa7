// How fast a replay goes: as fast as it can, by the commands' own times, or one at each key.
//
// Threads: one, the replay's. Always: a signal to stop ends any wait.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/api/command.h"

namespace carbonx::tools {

class ReplayPace {
public:
    // "max", "step", or how many times the real speed: "1", "60", "0.5". Throws
    // std::runtime_error.
    explicit ReplayPace(const std::string& text);
    ~ReplayPace();
    ReplayPace(const ReplayPace&) = delete;
    ReplayPace& operator=(const ReplayPace&) = delete;

    bool is_max() const { return !steps_ && factor_ == 0; }
    bool steps() const { return steps_; }
    // Before a command; calls meanwhile, many times a second. False when the replay is to end: a
    // signal, or no more keys.
    bool wait(const CommandHead& command, const std::function<void()>& meanwhile);

private:
    bool wait_for_key(const std::function<void()>& meanwhile);

    double factor_ = 0;  // 0: not by time
    bool steps_ = false;
    bool raw_ = false;  // the terminal gives keys, not lines
    uint64_t first_time_ns_ = 0;
    uint64_t first_clock_ns_ = 0;
};

}  // namespace carbonx::tools
