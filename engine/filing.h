// Copies the durable events from the window into the file, where readers find the old ones.
//
// At a start it meets the events that the file has already: it compares instead of writing, so that
// every start proves that the same commands give the same events.
//
// Threads: one, the filing thread; before it the thread that recovers.
// Always: filed tells the end of a whole event; the file is never synced, since the journal is the
// truth.
#pragma once

#include <array>
#include <filesystem>
#include <memory>

#include "engine/api/disk.h"
#include "engine/api/log.h"

namespace carbonx {

// Whether the file has the last event before this one whole, with a right checksum. What lies
// before that was synced when a snapshot relied on it (shadow.h).
bool is_filed_below(const std::filesystem::path& data, uint64_t next);

class Filing {
public:
    // From the first event of this formatted, empty window on, which is still to be written.
    // Requires: is_filed_below() that event.
    Filing(const Memory& window, const std::filesystem::path& data, const DiskCalls& calls = {});

    // Files durable events; how many slots. Throws std::system_error, and std::runtime_error when
    // the file has another event than the window.
    std::size_t poll();

    // After a recovery: whether the file has whole events beyond the last one.
    bool goes_on() const;
    // After a recovery: what the file has beyond the last event comes from commands that are not in
    // the journal, and is cut. True when there was something.
    bool cut();
    // Slots that were found to be the same, and whether a block with a bad checksum ended that.
    uint64_t compared_slots() const { return compared_slots_; }
    bool found_bad_block() const { return found_bad_block_; }

private:
    using Block = event_log::Block;
    static constexpr std::size_t blocks_max = 64;  // written at once

    void continue_block();
    void add(const Slot& slot);
    void begin_block();
    void compare(const Slot& slot, uint64_t place);
    void write_blocks();
    [[noreturn]] void differ() const;

    // Constant after construction.
    LogHeader& header_;
    const Slot* const window_;
    const uint64_t mask_;
    const DiskCalls calls_;
    const File file_;
    const std::unique_ptr<std::array<Block, blocks_max>> blocks_;
    // Filing thread.
    uint64_t next_;                // sequence of the next event
    uint64_t slot_next_;           // of the next slot of it
    std::size_t block_count_ = 0;  // in use; the last of them may be part full
    bool changed_ = false;         // they differ from the file
    bool comparing_ = true;        // the file may have the next slot already
    Block in_file_{};              // its block with the next slot
    uint64_t compared_slots_ = 0;
    bool found_bad_block_ = false;
};

}  // namespace carbonx
