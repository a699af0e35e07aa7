// A progress bar on a terminal; nothing where standard error is none.
//
// Threads: one, the replay's.
#pragma once

#include <cstdint>

namespace carbonx::tools {

class ReplayProgress {
public:
    // total_slots: of the events that there will be, about; 0 when nobody knows.
    explicit ReplayProgress(uint64_t total_slots);
    ~ReplayProgress() { clear(); }

    // Call it now and then; it draws some times a second.
    void show(uint64_t commands, uint64_t event_slots);
    // Takes it away, before something else is written.
    void clear();

private:
    const bool shows_;
    const uint64_t total_slots_;
    const uint64_t begin_ns_;
    uint64_t shown_ns_ = 0;
    bool drawn_ = false;
};

}  // namespace carbonx::tools
