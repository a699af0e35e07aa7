#include "bench/commit_timer.h"

#include <pthread.h>

#include <cstring>

#include "engine/api/process.h"

namespace carbonx::bench {
namespace {

constexpr uint64_t file_bytes = uint64_t{64} << 20;

CommitTimes journal_times;
uint64_t begun_ns = 0;  // journal thread

bool is_journal_thread() {
    thread_local const bool is = [] {
        char name[16] = {};
        ::pthread_getname_np(::pthread_self(), name, sizeof name);
        return std::strcmp(name, "journal") == 0;
    }();
    return is;
}

ssize_t timed_write(int file, const void* data, std::size_t size, off_t offset) {
    if (is_journal_thread()) {
        begun_ns = monotonic_ns();
        journal_times.bytes.add(size);
    }
    return ::pwrite(file, data, size, offset);
}

int timed_sync(int file) {
    const int result = ::fdatasync(file);
    if (is_journal_thread()) journal_times.durations.add(monotonic_ns() - begun_ns);
    return result;
}

}  // namespace

DiskCalls timed_disk_calls() {
    DiskCalls calls;
    calls.write = timed_write;
    calls.sync = timed_sync;
    return calls;
}

CommitTimes& journal_commits() { return journal_times; }

BareCommits::BareCommits(const std::filesystem::path& file)
    : file_(file, O_RDWR | O_CREAT | O_TRUNC), frame_(std::size_t{1} << 20) {
    for (uint64_t at = 0; at < file_bytes; at += frame_.size())
        file_.write(DiskCalls{}, frame_.data(), frame_.size(), at);
    file_.sync(DiskCalls{});
}

void BareCommits::run(double rate, double seconds, std::size_t bytes) {
    const uint64_t begin = monotonic_ns();
    const auto end = begin + static_cast<uint64_t>(seconds * 1e9);
    double due = static_cast<double>(begin);
    for (uint64_t now = begin; now < end && !stopped();) {
        due += 1e9 / rate;
        if (offset_ + bytes > file_bytes) offset_ = 0;
        frame_[0] = static_cast<unsigned char>(frame_[0] + 1);
        now = monotonic_ns();
        file_.write(DiskCalls{}, frame_.data(), bytes, offset_);
        file_.sync(DiskCalls{});
        durations_.add(monotonic_ns() - now);
        offset_ += bytes;
        while ((now = monotonic_ns()) < static_cast<uint64_t>(due)) __builtin_ia32_pause();
    }
}

}  // namespace carbonx::bench
