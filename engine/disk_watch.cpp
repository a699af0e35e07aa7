#include "engine/disk_watch.h"

#include <spdlog/spdlog.h>

namespace carbonx {
namespace {

constexpr uint64_t second_ns = 1'000'000'000;

}  // namespace

bool DiskWatch::look(uint64_t now_ns) {
    if (limit_mib_ == 0 || now_ns < look_at_ns_) return false;
    look_at_ns_ = now_ns + second_ns;
    std::error_code error;
    const auto space = std::filesystem::space(directory_, error);
    if (error) return false;  // the journal's own calls will tell
    const uint64_t free_mib = space.available >> 20;
    const bool was_low = low_;
    low_ = free_mib < limit_mib_;
    if (was_low && !low_)
        spdlog::info("the disk of {} has room again: {} MiB", directory_.string(), free_mib);
    if (!low_ || (was_low && now_ns < warn_at_ns_)) return false;
    warn_at_ns_ = now_ns + 60 * second_ns;
    spdlog::warn(
        "the disk of {} is low: {} MiB free, less than disk_low_mib = {}: make room on it; the "
        "engine stops when it is full",
        directory_.string(), free_mib, limit_mib_);
    return true;
}

}  // namespace carbonx
