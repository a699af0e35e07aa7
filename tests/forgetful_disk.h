// A disk that forgets at a power cut: of each file, what was not synced stays, goes or becomes
// zeros, block by block, and its end lies anywhere between the synced and the last one.
//
// Always: one test at a time, in one thread; names of files are never lost.
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>

#include "engine/api/disk.h"

namespace carbonx::tests {

class ForgetfulDisk {
public:
    ForgetfulDisk() { synced().clear(); }

    static DiskCalls calls() {
        DiskCalls calls;
        calls.sync = remember;
        return calls;
    }

    // Requires: nobody has a file of the directory open.
    template <class Random>
    static void cut_power(const std::filesystem::path& directory, Random& random) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
            if (entry.is_regular_file()) forget(entry.path(), random);
        }
    }

private:
    static constexpr std::size_t block_bytes = 512;

    static std::map<ino_t, std::string>& synced() {
        static std::map<ino_t, std::string> synced;
        return synced;
    }

    static std::string content(const std::filesystem::path& path) {
        std::ifstream stream(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    }

    static int remember(int file) {
        struct stat status = {};
        if (::fstat(file, &status) != 0) return -1;
        synced()[status.st_ino] = content("/proc/self/fd/" + std::to_string(file));
        return 0;
    }

    template <class Random>
    static void forget(const std::filesystem::path& path, Random& random) {
        struct stat status = {};
        ::stat(path.c_str(), &status);
        std::string old = synced()[status.st_ino];
        std::string now = content(path);
        if (old == now) return;
        const auto [least, most] = std::minmax({old.size(), now.size()});
        const std::size_t size = least + random() % (most - least + 1);
        const uint64_t fate = random() % 4;  // all goes, all stays, or block by block
        old.resize(size);
        now.resize(size);
        std::string left = fate == 0 ? old : now;
        for (std::size_t at = 0; fate > 1 && at < size; at += block_bytes) {
            const std::size_t bytes = std::min(block_bytes, size - at);
            if (old.compare(at, bytes, now, at, bytes) == 0) continue;
            const uint64_t block = random() % 4;
            if (block == 0) left.replace(at, bytes, old, at, bytes);
            if (block == 1) left.replace(at, bytes, bytes, '\0');
        }
        std::ofstream(path, std::ios::binary | std::ios::trunc) << left;
        synced()[status.st_ino] = left;
    }
};

}  // namespace carbonx::tests
