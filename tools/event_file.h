// The file of the event log, read from any event on: for tools, without an engine.
//
// Threads: one. Always: gives whole events of blocks with good checksums, in order; changes
// nothing.
#pragma once

#include <filesystem>
#include <memory>

#include "engine/api/disk.h"
#include "engine/api/log.h"

namespace carbonx::tools {

// Where a venue's data is: the directory given, or `data` inside it; from the settings when a file
// is named. Throws std::runtime_error.
std::filesystem::path data_directory(const std::filesystem::path& directory,
                                     const std::filesystem::path& settings);

// Where the older segments of that venue's journal are: as given; else as the settings say, where
// a file is named; else `archive` beside the data, if it exists; empty: nowhere.
std::filesystem::path archive_directory(const std::filesystem::path& given,
                                        const std::filesystem::path& directory,
                                        const std::filesystem::path& settings);

class EventFile {
public:
    // The venue's data directory. Without the file there are no events. Requires: an event begins
    // at `from`.
    explicit EventFile(const std::filesystem::path& data, uint64_t from = 1);

    // The next event, or nullptr at the end. It stays valid until the next call. Throws
    // std::system_error when the file cannot be read.
    const EventHead* next();
    // Sequence of the event that next() gave last.
    uint64_t sequence() const { return sequence_; }
    // About how many slots the file has.
    uint64_t slots() const { return slots_; }
    // Whether the end is a block that is damaged.
    bool damaged() const { return damaged_; }

private:
    struct Block {
        event_log::BlockHead head;
        Slot slots[event_log::block_slots];
    };
    static_assert(sizeof(Block) == 4096);
    static constexpr std::size_t blocks_max = 64;  // read at once

    const Slot* next_slot();
    bool enter_block();

    File file_;
    uint64_t slots_ = 0;
    uint64_t sequence_ = 0;
    uint64_t next_slot_;
    bool damaged_ = false;
    const std::unique_ptr<Block[]> blocks_;
    uint64_t blocks_first_ = 0;  // number of the first block that is in memory
    std::size_t blocks_bytes_ = 0;
    const Block* block_ = nullptr;  // that has the next slot; nullptr when it is to be entered
    Event event_;                   // one that runs over the end of a block
};

}  // namespace carbonx::tools
