#include "engine/api/memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace carbonx {
namespace {

[[noreturn]] void fail(const char* what, const std::filesystem::path& file) {
    throw std::system_error(errno, std::generic_category(),
                            std::string(what) + " " + file.string());
}

struct Descriptor {
    int fd;
    ~Descriptor() {
        if (fd >= 0) ::close(fd);
    }
};

void* map_shared(int fd, std::size_t bytes, const std::filesystem::path& file) {
    void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (at == MAP_FAILED) fail("cannot map", file);
    // Populating for reading leaves the first write of each page to fault; populate for writing.
    ::madvise(at, bytes, 23 /* MADV_POPULATE_WRITE */);
    return at;
}

}  // namespace

Memory Memory::anonymous(std::size_t bytes, Populate populate) {
    constexpr std::size_t huge = std::size_t{2} << 20;
    Memory memory;
    const std::size_t page = bytes < huge / 2 ? 4096 : huge;  // little is not worth a huge one
    memory.size_ = std::max((bytes + page - 1) / page * page, page);
    const bool later = populate == Populate::on_use;
    void* at = ::mmap(nullptr, memory.size_, later ? PROT_NONE : PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | (later ? MAP_NORESERVE : 0), -1, 0);
    if (at == MAP_FAILED) fail("cannot map", "anonymous memory");
    memory.data_ = static_cast<std::byte*>(at);
    if (page == huge) ::madvise(at, memory.size_, MADV_HUGEPAGE);
    if (later) {
        // It came without access and is unlocked before it has any: else a process that locks all
        // its memory would have all of it now.
        ::munlock(at, memory.size_);
        if (::mprotect(at, memory.size_, PROT_READ | PROT_WRITE) != 0)
            fail("cannot use", "anonymous memory");
        return memory;
    }
    for (std::size_t i = 0; i < memory.size_; i += 4096) {
        reinterpret_cast<volatile char*>(memory.data_)[i] = 0;
    }
    return memory;
}

Memory Memory::create(const std::filesystem::path& file, std::size_t bytes) {
    const Descriptor descriptor{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (descriptor.fd < 0) fail("cannot open", file);
    if (::ftruncate(descriptor.fd, static_cast<off_t>(bytes)) != 0) fail("cannot size", file);
    // Room is claimed now: a full file system must say so here, not as a fault on the engine
    // thread.
    if (const int error = ::posix_fallocate(descriptor.fd, 0, static_cast<off_t>(bytes));
        error != 0) {
        errno = error;
        fail("no room for", file);
    }
    struct stat status {};
    ::fstat(descriptor.fd, &status);
    Memory memory;
    memory.data_ = static_cast<std::byte*>(map_shared(descriptor.fd, bytes, file));
    memory.size_ = bytes;
    memory.inode_ = status.st_ino;
    return memory;
}

Memory Memory::open(const std::filesystem::path& file) {
    const Descriptor descriptor{::open(file.c_str(), O_RDWR | O_CLOEXEC)};
    if (descriptor.fd < 0) fail("cannot open", file);
    struct stat status {};
    if (::fstat(descriptor.fd, &status) != 0) fail("cannot read", file);
    if (status.st_size == 0) {
        errno = ENODATA;
        fail("empty file", file);
    }
    Memory memory;
    memory.size_ = static_cast<std::size_t>(status.st_size);
    memory.data_ = static_cast<std::byte*>(map_shared(descriptor.fd, memory.size_, file));
    memory.inode_ = status.st_ino;
    return memory;
}

Memory::~Memory() {
    if (data_ != nullptr) ::munmap(data_, size_);
}

bool Memory::is(const std::filesystem::path& file) const {
    struct stat status {};
    return ::stat(file.c_str(), &status) == 0 && status.st_ino == inode_;
}

}  // namespace carbonx
