// Warns in the log long before a disk is full.
//
// Threads: one. Always: a warning when the room falls below the limit, and again each minute while
// it is; one line when there is room again.
#pragma once

#include <cstdint>
#include <filesystem>

namespace carbonx {

class DiskWatch {
public:
    // limit_mib: disk_low_mib; 0 for never.
    DiskWatch(std::filesystem::path directory, uint32_t limit_mib)
        : directory_(std::move(directory)), limit_mib_(limit_mib) {}

    // Looks, now and then; whether it warned. now_ns: monotonic.
    bool look(uint64_t now_ns);

private:
    const std::filesystem::path directory_;
    const uint32_t limit_mib_;
    uint64_t look_at_ns_ = 0;
    uint64_t warn_at_ns_ = 0;
    bool low_ = false;
};

}  // namespace carbonx
