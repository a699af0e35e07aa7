// The journal: every command, in order, before anything that it caused leaves the venue. The one
// source of truth; engine/README.md has the format as a table.
//
// Threads: JournalWindow::append and the like by the engine thread only; JournalWriter by the
// journal thread only. The engine thread never waits for the disk. Always: a sequence is the place
// of a command's first slot, from 1; a frame that was acknowledged is never written again, nor any
// sector of it.
#pragma once

#include <atomic>
#include <cstring>
#include <filesystem>
#include <memory>

#include "engine/api/command.h"
#include "engine/api/memory.h"
#include "engine/api/settings.h"
#include "engine/frame_reader.h"
#include "engine/segments.h"

namespace carbonx {

// What the engine thread hands to the journal thread: the latest commands, in memory of this
// process.
class JournalWindow {
public:
    // slots: a power of two, room for some milliseconds of full load.
    JournalWindow(uint32_t slots, uint64_t next);

    // Engine thread.
    // Whether the longest command has room.
    bool has_room() {
        if (next_ + limits::record_slots_max <= taken_seen_ + mask_ + 1) [[likely]]
            return true;
        taken_seen_ = taken_.load(std::memory_order_acquire);  // (T) pairs with take()
        return next_ + limits::record_slots_max <= taken_seen_ + mask_ + 1;
    }
    // Puts a command at the end; it may be completed until publish(). It stays in place until
    // has_room() was asked again. Requires: has_room().
    CommandHead& append(const CommandHead& command) {
        Slot* to = &slots_[next_ & mask_];
        std::memcpy(to, &command, command.slots * sizeof(Slot));
        next_ += command.slots;
        return *reinterpret_cast<CommandHead*>(to);
    }
    void publish() { published_.store(next_, std::memory_order_release); }  // (J) pairs with at()
    // The sequence that the next command will have.
    uint64_t next() const { return next_; }

    // Journal thread.
    // The command with this sequence, or nullptr when it is not there yet.
    const CommandHead* at(uint64_t sequence) {
        if (sequence >= published_seen_) {
            published_seen_ =
                published_.load(std::memory_order_acquire);  // (J) pairs with publish()
            if (sequence >= published_seen_) return nullptr;
        }
        return reinterpret_cast<const CommandHead*>(&slots_[sequence & mask_]);
    }
    // Commands below this sequence have been copied.
    void take(uint64_t sequence) { taken_.store(sequence, std::memory_order_release); }  // (T)

private:
    // Constant after construction.
    const Memory memory_;
    Slot* const slots_;  // one record's room lies behind them
    const uint64_t mask_;
    // Engine thread.
    alignas(64) std::atomic<uint64_t> published_;
    uint64_t next_;
    uint64_t taken_seen_;  // as last seen
    // Journal thread.
    alignas(64) std::atomic<uint64_t> taken_;
    uint64_t published_seen_;  // as last seen
};

struct JournalOptions {
    Durability durability = Durability::disk;
    uint64_t segment_bytes = uint64_t{64} << 20;  // a multiple of frame_bytes_max
    DiskCalls calls{};
};

class JournalWriter {
public:
    // Continues at the tail, which journal::truncate has cleaned. durable: where to tell up to
    // which sequence commands are safe. Throws std::system_error.
    JournalWriter(const std::filesystem::path& directory, const journal::Tail& tail,
                  JournalWindow& window, std::atomic<uint64_t>& durable,
                  const JournalOptions& options);

    // Writes at most one frame, makes it durable and says so; the commands done, in slots. Throws
    // std::system_error: the journal then ends there, and poll() is not called again.
    std::size_t poll();

    // Its poll() and retire() are for other threads.
    SegmentMaker& segments() { return maker_; }

private:
    uint32_t collect();

    // Constant after construction.
    const JournalOptions options_;
    JournalWindow& window_;
    std::atomic<uint64_t>& durable_;
    const std::unique_ptr<unsigned char[]> memory_;  // of the frame
    unsigned char* const frame_;                     // in it, aligned to a block
    SegmentMaker maker_;
    // Journal thread.
    journal::Hasher hasher_;
    journal::Tail tail_;
    File segment_;
};

}  // namespace carbonx
