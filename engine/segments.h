// The journal's files: segments of one size, written through before they are used, so that making
// a frame durable changes no metadata.
//
// Threads: SegmentMaker::poll by the segments thread, take and used by the journal thread, retire
// by any.
// Always: a segment's name is the sequence of its first command. What lies behind the last frame is
// zeros, or older frames of a segment that was used before: their sequences are smaller.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string_view>
#include <vector>

#include "engine/api/disk.h"

namespace carbonx {

namespace journal {
inline std::filesystem::path directory(const std::filesystem::path& data) {
    return data / "journal";
}
}  // namespace journal

struct Segment {
    std::filesystem::path file;
    uint64_t first = 0;  // sequence of its first command
};

std::filesystem::path segment_file(const std::filesystem::path& directory, uint64_t first);
// All segments of a directory, in order; none when it does not exist.
std::vector<Segment> list_segments(const std::filesystem::path& directory);
// The same for other names: what stands between prefix and suffix is the sequence.
std::vector<Segment> list_numbered(const std::filesystem::path& directory, std::string_view prefix,
                                   std::string_view suffix);

// Has the next segment ready before it is needed: one that was retired, or a new one.
class SegmentMaker {
public:
    // Removes what an earlier process had ready: nobody knows what it holds.
    SegmentMaker(std::filesystem::path directory, uint64_t segment_bytes, const DiskCalls& calls);

    // Writes the next zeros of a new segment, as many as the use of the present one asks for; the
    // bytes. Never throws: without room it says so in the log, and take() tries again.
    std::size_t poll();

    // The segment that begins with this sequence, under its name, which is durable; makes it if it
    // is not ready. Throws std::system_error when there is no room.
    File take(uint64_t first);
    // How much of the segment that was taken last is in use: paces poll(), so that the zeros do
    // not come all at once beside the commits.
    void used(uint64_t bytes) { used_.store(bytes, std::memory_order_relaxed); }

    // Takes a segment out of the journal, to be used again; it is deleted when two are ready.
    // Throws std::system_error. Requires: nobody needs it, and it is not the last one.
    void retire(const Segment& segment);

private:
    std::size_t step();
    void drop();
    std::filesystem::path next_spare_file();

    // Constant after construction.
    const std::filesystem::path directory_;
    const uint64_t bytes_;
    const DiskCalls calls_;
    // Written by the journal thread.
    std::atomic<uint64_t> used_{0};
    // Under the mutex.
    std::mutex mutex_;
    std::vector<std::filesystem::path> spares_;  // ready
    uint64_t spare_count_ = 0;                   // that were ever begun
    File making_;                                // a new one
    uint64_t made_ = 0;                          // of its bytes
    bool failed_ = false;                        // the last attempt
};

}  // namespace carbonx
