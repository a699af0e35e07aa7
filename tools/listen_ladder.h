// The ladder, live: keys in, the market out, some times a second.
//
// Threads: one, which steps it with poll().
#pragma once

#include "tools/ladder_terminal.h"

namespace carbonx::tools {

class ListenLadder {
public:
    // Begins at this symbol; empty: at the most active one. Throws std::runtime_error where there
    // is no terminal for it.
    explicit ListenLadder(const std::string& symbol) : view_(symbol) {}

    LadderWatch& watch() { return watch_; }
    // The monotonic clock. False when the reader has quit.
    bool poll(const marketdata::Receiver& receiver, uint64_t now_ns);

    static constexpr uint64_t keys_ns = 20'000'000;
    static constexpr uint64_t redraw_ns = 200'000'000;

private:
    bool read_keys(const marketdata::Receiver& receiver, uint64_t now_ns);

    LadderTerminal terminal_;
    LadderView view_;
    LadderWatch watch_;
    LadderMarket market_;  // that is shown
    LadderSize size_;
    uint64_t asked_ns_ = 0;
    uint64_t drawn_ns_ = 0;
};

}  // namespace carbonx::tools
