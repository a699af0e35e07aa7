// The file of the event log, read from its first event: for tools, without an engine.
//
// Threads: one. Always: gives whole events of blocks with good checksums, in order; changes
// nothing.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>

#include "engine/api/log.h"

namespace carbonx::tools {

// Where a venue's data is: the directory given, or `data` inside it; from the settings when a file
// is named. Throws std::runtime_error.
std::filesystem::path data_directory(const std::filesystem::path& directory,
                                     const std::filesystem::path& settings);

class EventFile {
public:
    // The venue's data directory. Without the file there are no events.
    explicit EventFile(const std::filesystem::path& data);

    // The next event, or nullptr at the end. It stays valid until the next call.
    const EventHead* next();
    // Sequence of the event that next() gave last.
    uint64_t sequence() const { return sequence_; }
    // About how many slots the file has.
    uint64_t slots() const { return slots_; }
    // Whether the end is a block that is damaged.
    bool damaged() const { return damaged_; }

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    bool read_slot(Slot& slot);
    bool read_block();

    std::unique_ptr<std::FILE, Close> file_;
    uint64_t slots_ = 0;
    uint64_t sequence_ = 0;
    uint64_t next_slot_ = 1;
    bool damaged_ = false;
    event_log::BlockHead head_{};
    Slot block_[event_log::block_slots];
    Event event_;
};

}  // namespace carbonx::tools
