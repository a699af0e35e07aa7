// What one FIX session must still know after a power cut: `<name>.marks`, two copies in blocks of
// 4,096 bytes of their own, written in turn and synced, so that one is always whole.
//
//     offset size
//          0    8  magic "CRBXMRK2"
//          8    8  serial: the greater one counts
//         16    8  sender_end
//         24    8  next_target
//         32    8  last_report_key
//         40    8  doubtful_below
//         48    8  reset_day
//         56    4  CRC32C of the 56 bytes before
//         60       zeros
//
// Threads: the gateway thread only.
// Always: what write() has returned from is read by every later opening.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/api/disk.h"

namespace carbonx::gateway {

struct Marks {
    uint64_t sender_end = 1;       // no outgoing number from here on was ever used
    uint64_t next_target = 1;      // every message below was answered, and its answer is synced
    uint64_t last_report_key = 0;  // as of the last reset; the frames hold what came later
    uint64_t doubtful_below = 0;   // SessionStore::doubtful_below()
    uint64_t reset_day = 0;        // SessionStore::reset_day()
};

class MarksFile {
public:
    MarksFile() = default;
    // Opens or makes the file. Throws std::system_error.
    MarksFile(const std::filesystem::path& path, const DiskCalls& calls);

    // Whether anything was ever written: else marks() are those of a new session.
    bool is_written() const { return serial_ != 0; }
    const Marks& marks() const { return marks_; }
    // Durable when it returns. Throws std::system_error, and from then on always.
    void write(const Marks& marks);

private:
    DiskCalls calls_;
    File file_;
    Marks marks_;
    uint64_t serial_ = 0;
    bool failed_ = false;
};

}  // namespace carbonx::gateway
