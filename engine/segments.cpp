#include "engine/segments.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "engine/api/process.h"

namespace carbonx {
namespace {

constexpr std::string_view prefix = "journal-";
constexpr std::string_view suffix = ".seg";

}  // namespace

std::filesystem::path segment_file(const std::filesystem::path& directory, uint64_t first) {
    char name[40];
    std::snprintf(name, sizeof name, "journal-%016llu.seg", static_cast<unsigned long long>(first));
    return directory / name;
}

std::vector<Segment> list_segments(const std::filesystem::path& directory) {
    std::vector<Segment> segments;
    if (!std::filesystem::exists(directory)) return segments;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(prefix) || !name.ends_with(suffix)) continue;
        uint64_t first = 0;
        const char* const end = name.data() + name.size() - suffix.size();
        const auto parsed = std::from_chars(name.data() + prefix.size(), end, first);
        if (parsed.ec == std::errc{} && parsed.ptr == end)
            segments.push_back({entry.path(), first});
    }
    std::sort(segments.begin(), segments.end(),
              [](const Segment& a, const Segment& b) { return a.first < b.first; });
    return segments;
}

SegmentMaker::SegmentMaker(std::filesystem::path directory, uint64_t segment_bytes,
                           uint32_t disk_low_mib, const DiskCalls& calls)
    : directory_(std::move(directory)),
      bytes_(segment_bytes),
      disk_low_mib_(disk_low_mib),
      calls_(calls) {
    if (calls_.one_thread) {
        try_to_make();
    } else {
        thread_ = std::thread([this] { run(); });
    }
}

SegmentMaker::~SegmentMaker() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    std::error_code ignored;  // a spare is made anew at the next start
    std::filesystem::remove(spare_file(), ignored);
}

File SegmentMaker::take(uint64_t first) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !wanted_; });
    if (failure_) {
        // There may be room again by now; the last attempt is this one.
        failure_ = nullptr;
        make();
    }
    const std::filesystem::path file = segment_file(directory_, first);
    std::filesystem::rename(spare_file(), file);
    sync_directory(calls_, directory_);
    wanted_ = true;
    changed_.notify_all();
    File taken(file, O_RDWR);
    lock.unlock();
    if (calls_.one_thread) try_to_make();
    return taken;
}

void SegmentMaker::run() {
    enter_thread("segments", -1);
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [&] { return wanted_ || stopping_; });
        if (stopping_) return;
        lock.unlock();
        try_to_make();
        lock.lock();
    }
}

void SegmentMaker::try_to_make() {
    std::exception_ptr failure;
    try {
        make();
    } catch (const std::exception& error) {
        failure = std::current_exception();
        spdlog::error(
            "no next journal segment: {}; the engine stops when the present one is full: "
            "see to the disk",
            error.what());
    }
    const std::lock_guard lock(mutex_);
    failure_ = failure;
    wanted_ = false;
    changed_.notify_all();
}

void SegmentMaker::make() const {
    const File file(spare_file(), O_RDWR | O_CREAT | O_TRUNC);
    const std::vector<unsigned char> zeros(std::min<uint64_t>(bytes_, uint64_t{1} << 20));
    for (uint64_t at = 0; at < bytes_; at += zeros.size())
        file.write(calls_, zeros.data(), zeros.size(), at);
    file.sync(calls_);
    const uint64_t free_mib = std::filesystem::space(directory_).available >> 20;
    if (free_mib < disk_low_mib_) {
        spdlog::warn(
            "the disk of {} is low: {} MiB free, less than disk_low_mib = {}: make room on it",
            directory_.string(), free_mib, disk_low_mib_);
    }
}

}  // namespace carbonx
