// The shadow: a second exchange that applies what the journal has, behind the first, so that the
// whole state can be saved without the engine thread ever waiting.
//
// It works when a snapshot is due: reads the durable commands since the last one, writes the
// snapshot, archives the journal segments that are full, and gives back those that no start needs.
//
// Threads: one, the snapshots thread.
// Always: a snapshot has only what is durable, and the event log's file was synced up to it; a
// segment is given back only behind the oldest snapshot that is kept, and when the archive has it.
// What goes wrong here is logged and tried again: the venue goes on.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "engine/api/log.h"
#include "engine/api/settings.h"
#include "engine/journal_reader.h"
#include "engine/segments.h"
#include "engine/snapshot.h"

namespace carbonx {

// What others may know of the shadow; each number is for the eye only.
struct ShadowStatus {
    std::atomic<uint64_t> snapshot_command{0};  // the last snapshot's next command, 0 for none
    std::atomic<uint64_t> snapshot_ms{0};       // that it took to write
};

class Shadow {
public:
    // retire: takes a segment that no start needs any more.
    Shadow(const Settings& settings, const LogHeader& log,
           std::function<void(const Segment&)> retire, const DiskCalls& calls);

    // One step of what is due at this monotonic time; how much was done.
    std::size_t poll(uint64_t monotonic_ns);

    const ShadowStatus& status() const { return status_; }

private:
    std::size_t step(uint64_t monotonic_ns);
    void settle_names();
    bool is_due(uint64_t monotonic_ns, uint64_t durable) const;
    void begin();
    std::size_t catch_up();
    std::size_t save(uint64_t monotonic_ns);
    void drop_old_snapshots();
    void sync(const std::filesystem::path& file);
    void check_room() const;
    std::size_t archive_next();
    std::size_t retire_next();
    void drop_old_archives() const;
    std::vector<Segment> full_segments() const;

    // Constant after construction.
    const Settings& settings_;
    const LogHeader& log_;
    const std::function<void(const Segment&)> retire_;
    const DiskCalls calls_;
    // The snapshots thread.
    std::unique_ptr<Exchange> exchange_;  // none before the first snapshot is due
    Memory events_memory_;
    std::optional<EventWriter> events_;
    std::unique_ptr<JournalReader> reader_;
    uint64_t next_command_ = 1;   // to be read
    uint64_t saved_command_ = 1;  // what the last snapshot has next
    uint64_t saved_ns_ = 0;       // monotonic time of it, or of the start
    uint64_t retry_at_ns_ = 0;    // monotonic time before which nothing is tried after a failure
    uint64_t target_ = 0;         // the last command of the snapshot that is being made; 0 for none
    uint64_t tidy_at_ns_ = 0;     // monotonic time of the next look at full segments
    bool spoiled_ = false;        // a sync failed: nothing more is done
    bool names_settled_ = false;  // of snapshots and archive: what is there is durable
    bool tidying_ = true;         // full segments may be left to archive or to give back
    ShadowStatus status_;
};

}  // namespace carbonx
