#include "engine/segments.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace carbonx {
namespace {

constexpr std::size_t spares_max = 2;
constexpr uint64_t step_bytes = uint64_t{1} << 20;
// A new segment is ready when half of the present one is in use.
constexpr uint64_t lead = 2;

}  // namespace

std::filesystem::path segment_file(const std::filesystem::path& directory, uint64_t first) {
    char name[40];
    std::snprintf(name, sizeof name, "journal-%016llu.seg", static_cast<unsigned long long>(first));
    return directory / name;
}

std::vector<Segment> list_segments(const std::filesystem::path& directory) {
    return list_numbered(directory, "journal-", ".seg");
}

std::vector<Segment> list_numbered(const std::filesystem::path& directory, std::string_view prefix,
                                   std::string_view suffix) {
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
                           const DiskCalls& calls)
    : directory_(std::move(directory)), bytes_(segment_bytes), calls_(calls) {
    for (const Segment& spare : list_numbered(directory_, "spare-", ".seg"))
        remove_file(calls_, spare.file);
}

std::size_t SegmentMaker::poll() {
    const std::lock_guard lock(mutex_);
    if (!spares_.empty() || failed_) return 0;
    if (made_ >= lead * used_.load(std::memory_order_relaxed)) return 0;
    try {
        return step();
    } catch (const std::exception& error) {
        failed_ = true;
        drop();
        spdlog::error(
            "no next journal segment: {}; the engine stops when the present one is full: see to "
            "the disk",
            error.what());
        return 0;
    }
}

File SegmentMaker::take(uint64_t first) {
    const std::lock_guard lock(mutex_);
    failed_ = false;  // there may be room again by now
    while (spares_.empty()) step();
    const std::filesystem::path file = segment_file(directory_, first);
    rename_file(calls_, spares_.back(), file);
    sync_directory(calls_, directory_);
    spares_.pop_back();
    used(0);
    return File(file, O_RDWR);
}

// Each new name is durable before the file is written again: whatever a power cut leaves of the
// names, the file is the whole old segment, or a spare, or a new segment without a frame of its
// own.
void SegmentMaker::retire(const Segment& segment) {
    const std::lock_guard lock(mutex_);
    if (spares_.size() == spares_max || std::filesystem::file_size(segment.file) != bytes_) {
        remove_file(calls_, segment.file);
        return;
    }
    const std::filesystem::path spare = next_spare_file();
    rename_file(calls_, segment.file, spare);
    sync_directory(calls_, directory_);
    spares_.push_back(spare);
}

// A part of a new segment, durable; its bytes.
std::size_t SegmentMaker::step() {
    static const std::vector<unsigned char> zeros(step_bytes);
    if (making_.path().empty()) {
        making_ = File(next_spare_file(), O_RDWR | O_CREAT | O_TRUNC);
        made_ = 0;
    }
    const uint64_t bytes = std::min(step_bytes, bytes_ - made_);
    making_.write(calls_, zeros.data(), bytes, made_);
    making_.sync(calls_);
    made_ += bytes;
    if (made_ == bytes_) {
        spares_.push_back(making_.path());
        making_ = File();
        made_ = 0;
    }
    return bytes;
}

// What could not be written or synced is not trusted, and takes room.
void SegmentMaker::drop() {
    if (!making_.path().empty()) calls_.remove(making_.path().c_str());
    making_ = File();
    made_ = 0;
}

std::filesystem::path SegmentMaker::next_spare_file() {
    return directory_ / ("spare-" + std::to_string(++spare_count_) + ".seg");
}

}  // namespace carbonx
