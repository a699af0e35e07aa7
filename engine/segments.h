// The journal's files: segments of one size, written through with zeros before they are used, so
// that making a frame durable changes no metadata.
//
// Threads: SegmentMaker works on a thread of its own, unless the disk's calls are for one thread;
// take() is called by the journal thread. Always: a segment's name is the sequence of its first
// command.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/api/disk.h"

namespace carbonx {

struct Segment {
    std::filesystem::path file;
    uint64_t first = 0;  // sequence of its first command
};

std::filesystem::path segment_file(const std::filesystem::path& directory, uint64_t first);
// All segments of a directory, in order; none when it does not exist.
std::vector<Segment> list_segments(const std::filesystem::path& directory);

// Has the next segment ready before it is needed.
class SegmentMaker {
public:
    // Warns in the log when less than disk_low_mib is free behind a new segment.
    SegmentMaker(std::filesystem::path directory, uint64_t segment_bytes, uint32_t disk_low_mib,
                 const DiskCalls& calls);
    ~SegmentMaker();

    // The segment that begins with this sequence, under its name, which is durable; begins to make
    // the one after it. Throws std::system_error when there is no room.
    File take(uint64_t first);

private:
    void run();
    void try_to_make();
    void make() const;
    std::filesystem::path spare_file() const { return directory_ / "next-segment"; }

    const std::filesystem::path directory_;
    const uint64_t bytes_;
    const uint32_t disk_low_mib_;
    const DiskCalls calls_;

    std::mutex mutex_;
    std::condition_variable changed_;
    bool wanted_ = true;  // a spare is to be made
    bool stopping_ = false;
    std::exception_ptr failure_;  // of the last attempt
    std::thread thread_;
};

}  // namespace carbonx
