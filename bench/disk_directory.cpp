#include "bench/disk_directory.h"

#include <linux/magic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cstdio>
#include <stdexcept>
#include <string>

namespace carbonx::bench {

DiskDirectory::DiskDirectory(const std::filesystem::path& parent) {
    std::filesystem::create_directories(parent);
    std::string name = std::filesystem::absolute(parent) / "carbonx-bench-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("cannot make " + name + ": choose another --directory");
    path_ = name;
    struct statfs system {};
    if (::statfs(name.c_str(), &system) == 0 && system.f_type == TMPFS_MAGIC)
        std::fprintf(stderr, "%s is in memory, not on a disk\n", name.c_str());
}

DiskDirectory::~DiskDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

uint64_t DiskDirectory::used_mib() const {
    uint64_t blocks = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_)) {
        struct stat file {};  // one that was renamed meanwhile counts as nothing
        if (::stat(entry.path().c_str(), &file) == 0)
            blocks += static_cast<uint64_t>(file.st_blocks);
    }
    return blocks * 512 >> 20;
}

}  // namespace carbonx::bench
