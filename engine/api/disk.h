// The calls by which the venue changes its files: a test puts others in their place, that fail, or
// that forget at a power cut what was not synced.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

namespace carbonx {

// As the system's: -1 and errno when they fail.
struct DiskCalls {
    ssize_t (*write)(int file, const void* data, std::size_t size, off_t offset) = ::pwrite;
    int (*sync)(int file) = ::fdatasync;
    int (*truncate)(int file, off_t size) = ::ftruncate;
    int (*sync_directory)(int directory) = ::fsync;
    int (*rename)(const char* from, const char* to) = ::rename;
    int (*remove)(const char* file) = ::unlink;
    // They may be made by one thread only: what else has a thread of its own for the disk then does
    // its work in its caller's.
    bool one_thread = false;
};

// Throws std::system_error: "cannot write data/journal/...: No space left on device".
[[noreturn]] inline void disk_failed(const char* doing, const std::filesystem::path& file,
                                     int error) {
    throw std::system_error(error, std::generic_category(),
                            std::string("cannot ") + doing + " " + file.string());
}

// An open file; closed at the end.
class File {
public:
    File() = default;
    // Throws std::system_error.
    File(std::filesystem::path path, int flags)
        : path_(std::move(path)), descriptor_(::open(path_.c_str(), flags | O_CLOEXEC, 0600)) {
        if (descriptor_ < 0) disk_failed("open", path_, errno);
    }
    File(File&& other) noexcept { *this = std::move(other); }
    File& operator=(File&& other) noexcept {
        std::swap(path_, other.path_);
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    int descriptor() const { return descriptor_; }
    const std::filesystem::path& path() const { return path_; }

    // Writes all of it. Throws std::system_error: after that the file's end is unknown.
    void write(const DiskCalls& calls, const void* data, std::size_t size, uint64_t offset) const {
        const auto* from = static_cast<const unsigned char*>(data);
        while (size > 0) {
            const ssize_t done = calls.write(descriptor_, from, size, static_cast<off_t>(offset));
            if (done < 0 && errno == EINTR) continue;
            if (done <= 0) disk_failed("write", path_, done < 0 ? errno : EIO);
            from += done;
            size -= static_cast<std::size_t>(done);
            offset += static_cast<uint64_t>(done);
        }
    }
    // Throws std::system_error. Requires: it is never called again after it has failed, since the
    // system then forgets what it could not write.
    void sync(const DiskCalls& calls) const {
        if (calls.sync(descriptor_) != 0) disk_failed("sync", path_, errno);
    }
    // Throws std::system_error.
    void truncate(const DiskCalls& calls, uint64_t size) const {
        if (calls.truncate(descriptor_, static_cast<off_t>(size)) != 0)
            disk_failed("cut", path_, errno);
    }
    // As much as there is, up to size. Throws std::system_error.
    std::size_t read(void* data, std::size_t size, uint64_t offset) const {
        auto* to = static_cast<unsigned char*>(data);
        std::size_t have = 0;
        while (have < size) {
            const ssize_t got =
                ::pread(descriptor_, to + have, size - have, static_cast<off_t>(offset + have));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) disk_failed("read", path_, errno);
            if (got == 0) break;
            have += static_cast<std::size_t>(got);
        }
        return have;
    }

private:
    std::filesystem::path path_;
    int descriptor_ = -1;
};

// Makes the names in a directory durable. Throws std::system_error.
inline void sync_directory(const DiskCalls& calls, const std::filesystem::path& directory) {
    const File file(directory, O_RDONLY | O_DIRECTORY);
    if (calls.sync_directory(file.descriptor()) != 0) disk_failed("sync", directory, errno);
}

// Gives a file another name, in place of a file that has it. Throws std::system_error. Durable
// after sync_directory().
inline void rename_file(const DiskCalls& calls, const std::filesystem::path& from,
                        const std::filesystem::path& to) {
    if (calls.rename(from.c_str(), to.c_str()) != 0) disk_failed("rename", from, errno);
}

// Throws std::system_error. Durable after sync_directory().
inline void remove_file(const DiskCalls& calls, const std::filesystem::path& file) {
    if (calls.remove(file.c_str()) != 0) disk_failed("remove", file, errno);
}

}  // namespace carbonx
