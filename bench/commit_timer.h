// What one group commit takes: inside the journal thread of a running engine, and of a program that
// does nothing else.
//
// Threads: the journal thread times itself; others read and clear what it found while nothing is
// on its way to the journal. BareCommits belongs to one thread.
#pragma once

#include <vector>

#include "bench/histogram.h"
#include "engine/api/disk.h"

namespace carbonx::bench {

// Durations in ns from the write of a frame to the end of its sync, and the frames' bytes.
struct CommitTimes {
    Histogram durations;
    Histogram bytes;
};

// The system's calls, timed where the journal thread makes them.
DiskCalls timed_disk_calls();
CommitTimes& journal_commits();

// Writes and syncs frame after frame in a file of its own that was written through before.
class BareCommits {
public:
    explicit BareCommits(const std::filesystem::path& file);
    // Frames of these bytes, each when it is due or as soon as the one before is durable.
    void run(double rate, double seconds, std::size_t bytes);
    const Histogram& durations() const { return durations_; }

private:
    const File file_;
    std::vector<unsigned char> frame_;
    uint64_t offset_ = 0;
    Histogram durations_;
};

}  // namespace carbonx::bench
