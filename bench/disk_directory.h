// A directory on a disk, made for one run and gone at the end.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <filesystem>

namespace carbonx::bench {

class DiskDirectory {
public:
    // Warns on standard error when it lies in memory.
    explicit DiskDirectory(const std::filesystem::path& parent);
    ~DiskDirectory();
    DiskDirectory(const DiskDirectory&) = delete;
    DiskDirectory& operator=(const DiskDirectory&) = delete;
    const std::filesystem::path& path() const { return path_; }
    uint64_t used_mib() const;  // of the disk

private:
    std::filesystem::path path_;
};

}  // namespace carbonx::bench
