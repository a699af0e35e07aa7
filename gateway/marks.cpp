#include "gateway/marks.h"

#include "engine/api/checksum.h"

namespace carbonx::gateway {
namespace {

constexpr uint64_t copy_bytes = 4096;
constexpr uint64_t copy_magic = 0x324B524D'58425243;  // "CRBXMRK2"

struct Copy {
    uint64_t magic = copy_magic;
    uint64_t serial = 0;
    Marks marks;
    uint32_t crc = 0;
    uint32_t reserved = 0;
};
static_assert(sizeof(Copy) == 64);

uint32_t copy_crc(const Copy& copy) { return crc32c(&copy, offsetof(Copy, crc)); }

}  // namespace

MarksFile::MarksFile(const std::filesystem::path& path, const DiskCalls& calls)
    : calls_(calls), file_(path, O_RDWR | O_CREAT) {
    // Killed between a write and its sync, or after a sync that failed, the system's cache has what
    // the disk has not: it is synced, and then read from the disk.
    file_.sync(calls_);
    ::posix_fadvise(file_.descriptor(), 0, 0, POSIX_FADV_DONTNEED);
    for (const uint64_t offset : {uint64_t{0}, copy_bytes}) {
        Copy copy;
        if (file_.read(&copy, sizeof copy, offset) != sizeof copy) continue;
        const bool good = copy.magic == copy_magic && copy.crc == copy_crc(copy);
        if (!good || copy.serial <= serial_) continue;
        serial_ = copy.serial;
        marks_ = copy.marks;
    }
}

void MarksFile::write(const Marks& marks) {
    if (failed_) disk_failed("sync", file_.path(), EIO);
    Copy copy;
    copy.serial = serial_ + 1;
    copy.marks = marks;
    copy.crc = copy_crc(copy);
    failed_ = true;
    file_.write(calls_, &copy, sizeof copy, copy.serial % 2 * copy_bytes);
    file_.sync(calls_);
    failed_ = false;
    serial_ = copy.serial;
    marks_ = marks;
}

}  // namespace carbonx::gateway
