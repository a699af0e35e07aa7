#include "tests/simulate_disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

namespace carbonx::tests {

namespace fs = std::filesystem;

SimulatedDisk* SimulatedDisk::the_disk = nullptr;

namespace {

uint64_t number_of(int file) {
    struct stat status {};
    ::fstat(file, &status);
    return status.st_ino;
}

uint64_t number_of(const char* name) {
    struct stat status {};
    ::stat(name, &status);
    return status.st_ino;
}

bool is_journal(int file) {
    const fs::path path = fs::read_symlink("/proc/self/fd/" + std::to_string(file));
    return path.parent_path().filename() == "journal";
}

uint64_t size_of(int file) {
    struct stat status {};
    ::fstat(file, &status);
    return static_cast<uint64_t>(status.st_size);
}

int failing(int error) {
    errno = error;
    return -1;
}

}  // namespace

SimulatedDisk::SimulatedDisk(fs::path data, Chance& chance, Watcher& watcher)
    : data_(std::move(data)),
      kept_(data_.parent_path() / "kept"),
      chance_(chance),
      watcher_(watcher) {
    fs::create_directories(data_);
    fs::create_directories(kept_);
    the_disk = this;
}

SimulatedDisk::~SimulatedDisk() {
    for (auto& [number, file] : dirty_) ::close(file.file);
    the_disk = nullptr;
}

DiskCalls SimulatedDisk::calls() {
    DiskCalls calls;
    calls.write = [](int file, const void* data, std::size_t size, off_t offset) {
        return the_disk->write(file, data, size, offset);
    };
    calls.sync = [](int file) { return the_disk->sync(file); };
    calls.truncate = [](int file, off_t size) { return the_disk->truncate(file, size); };
    calls.sync_directory = [](int directory) { return the_disk->sync_directory(directory); };
    calls.rename = [](const char* from, const char* to) { return the_disk->rename(from, to); };
    calls.remove = [](const char* file) { return the_disk->remove(file); };
    calls.one_thread = true;
    return calls;
}

void SimulatedDisk::arm(DiskFault fault, uint64_t calls) {
    mend();
    armed_ = fault;
    calls_left_ = calls;
}

void SimulatedDisk::mend() {
    armed_ = DiskFault::none;
    fired_ = false;
    full_ = dead_ = false;
}

int SimulatedDisk::crash() {
    if (!quiet_) throw Crash{};
    dead_ = true;
    return failing(EIO);
}

bool SimulatedDisk::is_due() {
    if (armed_ == DiskFault::none || fired_) return false;
    if (calls_left_-- > 0) return false;
    fired_ = true;
    return true;
}

// ---- The calls ----

ssize_t SimulatedDisk::write(int file, const void* data, std::size_t size, off_t offset) {
    if (dead_) return failing(EIO);
    if (full_) return failing(ENOSPC);
    const bool due = is_due();
    if (due && armed_ == DiskFault::io_error) return failing(EIO);
    if (due && armed_ == DiskFault::no_space) {
        full_ = true;
        return failing(ENOSPC);
    }
    // A process may be killed before, within or after its write.
    std::size_t part = size;
    if (due) part = chance_.percent(30) ? 0 : chance_.percent(30) ? size : chance_.below(size + 1);
    if (due && armed_ == DiskFault::short_write) {
        part = std::clamp<std::size_t>(part, 1, size);
        full_ = chance_.percent(50);
    }
    if (part > 0) {
        const auto begin = static_cast<uint64_t>(offset);
        remember(dirty(file), begin, begin + part);
        if (::pwrite(file, data, part, offset) != static_cast<ssize_t>(part)) return -1;
    }
    // Whoever has written a part writes the rest, or never syncs it.
    watcher_.written(number_of(file), data, size);
    if (due && armed_ == DiskFault::crash) return crash();
    return static_cast<ssize_t>(part);
}

int SimulatedDisk::sync(int file) {
    if (dead_) return failing(EIO);
    const bool due = is_due();
    if (due && (armed_ == DiskFault::io_error || armed_ == DiskFault::no_space)) {
        // Of the journal, what could not be written is forgotten: the cache shows it no longer.
        if (is_journal(file)) lose(dirty(file));
        return failing(armed_ == DiskFault::io_error ? EIO : ENOSPC);
    }
    const bool before = due && armed_ == DiskFault::crash && chance_.percent(50);
    if (before) return crash();
    settle(dirty(file));
    watcher_.synced(number_of(file));
    if (due && armed_ == DiskFault::crash) return crash();
    return 0;
}

int SimulatedDisk::truncate(int file, off_t size) {
    if (dead_) return failing(EIO);
    const bool due = is_due();
    if (due && armed_ == DiskFault::io_error) return failing(EIO);
    if (due && armed_ == DiskFault::crash && chance_.percent(50)) return crash();
    Dirty& state = dirty(file);
    remember(state, static_cast<uint64_t>(size), state.durable_size);
    const int result = ::ftruncate(file, size);
    if (due && armed_ == DiskFault::crash) return crash();
    return result;
}

int SimulatedDisk::sync_directory(int directory) {
    if (dead_) return failing(EIO);
    const bool due = is_due();
    if (due && armed_ == DiskFault::io_error) return failing(EIO);
    if (due && armed_ == DiskFault::crash && chance_.percent(50)) return crash();
    const fs::path path = fs::read_symlink("/proc/self/fd/" + std::to_string(directory));
    // Of the directory above ours nothing can get lost here.
    if (path != data_.parent_path()) durable_names_[path] = names_in(path);
    if (due && armed_ == DiskFault::crash) return crash();
    return 0;
}

int SimulatedDisk::rename(const char* from, const char* to) {
    if (dead_) return failing(EIO);
    const bool due = is_due();
    if (due && armed_ == DiskFault::io_error) return failing(EIO);
    if (due && armed_ == DiskFault::crash && chance_.percent(50)) return crash();
    const int result = ::rename(from, to);
    if (result == 0) watcher_.renamed(number_of(to), from, to);
    if (due && armed_ == DiskFault::crash) return crash();
    return result;
}

int SimulatedDisk::remove(const char* file) {
    if (dead_) return failing(EIO);
    const bool due = is_due();
    if (due && armed_ == DiskFault::io_error) return failing(EIO);
    if (due && armed_ == DiskFault::crash && chance_.percent(50)) return crash();
    const int result = ::unlink(file);
    if (due && armed_ == DiskFault::crash) return crash();
    return result;
}

// ---- What is not yet on the disk ----

SimulatedDisk::Dirty& SimulatedDisk::dirty(int file) {
    const uint64_t number = number_of(file);
    const auto found = dirty_.find(number);
    if (found != dirty_.end()) return found->second;
    // Not a duplicate: that would hold the lock of its process.
    const int own = ::open(("/proc/self/fd/" + std::to_string(file)).c_str(), O_RDWR | O_CLOEXEC);
    return dirty_.emplace(number, Dirty{own, size_of(file), {}}).first->second;
}

// That these bytes are about to change.
void SimulatedDisk::remember(Dirty& file, uint64_t begin, uint64_t end) {
    for (uint64_t i = begin / sector; i * sector < std::min(end, file.durable_size); ++i) {
        if (file.old.contains(i)) continue;
        Sector& bytes = file.old[i];
        bytes.fill(0);
        [[maybe_unused]] const auto got =
            ::pread(file.file, bytes.data(), sector, static_cast<off_t>(i * sector));
    }
}

void SimulatedDisk::settle(Dirty& file) {
    file.old.clear();
    file.durable_size = size_of(file.file);
}

// What is dirty reaches the disk in parts, or not.
void SimulatedDisk::lose(Dirty& file) {
    const uint64_t size = size_of(file.file);
    const uint64_t all = std::max(size, file.durable_size);
    // Most often a power cut finds all, nothing, or what came first.
    uint64_t reached = UINT64_MAX;  // decided for each
    const uint64_t dice = chance_.below(4);
    if (dice == 0) reached = 0;
    if (dice == 1) reached = all;
    if (dice == 2) reached = chance_.below(all + 1);
    uint64_t size_now = size;
    if (reached == 0 || chance_.percent(30)) size_now = file.durable_size;
    if (size > file.durable_size && chance_.percent(20)) {
        size_now = file.durable_size + chance_.below(size - file.durable_size + 1);
    }
    for (const auto& [number, bytes] : file.old) {
        const uint64_t at = number * sector;
        const bool stays = reached == UINT64_MAX ? chance_.percent(50) : at < reached;
        if (stays && at < size) continue;
        if (::pwrite(file.file, bytes.data(), sector, static_cast<off_t>(at)) < 0) std::abort();
    }
    lose_range(file, file.durable_size, size, 8 * sector, reached);
    if (::ftruncate(file.file, static_cast<off_t>(size_now)) != 0) std::abort();
    settle(file);
}

// Of what was added behind the old end.
void SimulatedDisk::lose_range(Dirty& file, uint64_t begin, uint64_t end, uint64_t unit,
                               uint64_t reached) {
    const std::vector<unsigned char> zeros(unit);
    for (uint64_t at = begin; at < end; at = (at / unit + 1) * unit) {
        if (reached == UINT64_MAX ? chance_.percent(50) : at < reached) continue;
        const uint64_t size = std::min(end, (at / unit + 1) * unit) - at;
        if (::pwrite(file.file, zeros.data(), size, static_cast<off_t>(at)) < 0) std::abort();
    }
}

void SimulatedDisk::write_back() {
    for (auto& [number, file] : dirty_) settle(file);
    for (const fs::path& directory : directories()) durable_names_[directory] = names_in(directory);
}

void SimulatedDisk::power_cut() {
    for (const fs::path& directory : directories())
        lose_names(directory, durable_names_[directory]);
    for (auto& [number, file] : dirty_) {
        lose(file);
        ::close(file.file);
    }
    dirty_.clear();
    for (const fs::path& directory : directories()) lose_mapped(directory);
    durable_names_.clear();
    for (const fs::path& directory : directories()) durable_names_[directory] = names_in(directory);
    mend();
}

// ---- Names ----

std::vector<fs::path> SimulatedDisk::directories() const {
    std::vector<fs::path> found{data_};
    for (const auto& entry : fs::directory_iterator(data_)) {
        if (!entry.is_directory()) continue;
        if (forgets_sessions_ || entry.path().filename() != "sessions")
            found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

SimulatedDisk::Names SimulatedDisk::names_in(const fs::path& directory) {
    Names names;
    for (const auto& entry : fs::directory_iterator(directory)) {
        if (!entry.is_regular_file()) continue;
        const uint64_t number = number_of(entry.path().c_str());
        names[entry.path().filename()] = number;
        if (!fs::exists(kept(number))) fs::create_hard_link(entry.path(), kept(number));
    }
    return names;
}

// Each change of names happened or did not; those of one file together.
void SimulatedDisk::lose_names(const fs::path& directory, const Names& durable) {
    const Names now = names_in(directory);
    std::vector<std::pair<std::set<std::string>, std::set<uint64_t>>> changes;  // names, files
    const auto note = [&](const std::string& name) {
        const auto one = now.find(name);
        const auto other = durable.find(name);
        const uint64_t file = one == now.end() ? 0 : one->second;
        const uint64_t old_file = other == durable.end() ? 0 : other->second;
        if (file == old_file) return;
        std::pair<std::set<std::string>, std::set<uint64_t>> change{{name}, {}};
        if (file != 0) change.second.insert(file);
        if (old_file != 0) change.second.insert(old_file);
        for (auto i = changes.begin(); i != changes.end();) {
            const bool same = std::any_of(i->second.begin(), i->second.end(),
                                          [&](uint64_t f) { return change.second.contains(f); });
            if (same) {
                change.first.merge(i->first);
                change.second.merge(i->second);
            }
            i = same ? changes.erase(i) : i + 1;
        }
        changes.push_back(std::move(change));
    };
    std::set<std::string> all;
    for (const auto& [name, file] : now) all.insert(name);
    for (const auto& [name, file] : durable) all.insert(name);
    for (const std::string& name : all) note(name);
    for (const auto& [names, files] : changes) {
        if (chance_.percent(50)) continue;
        for (const std::string& name : names) {
            fs::remove(directory / name);
            const auto old = durable.find(name);
            if (old != durable.end()) fs::create_hard_link(kept(old->second), directory / name);
        }
    }
}

// What was written through a map, nobody has seen.
void SimulatedDisk::lose_mapped(const fs::path& directory) {
    for (const auto& [name, file] : names_in(directory)) {
        if (!name.ends_with(".header") || chance_.percent(50)) continue;
        const auto size = fs::file_size(directory / name);
        fs::resize_file(directory / name, 0);
        if (chance_.percent(50)) fs::resize_file(directory / name, size);
    }
}

void SimulatedDisk::before_kill() {
    for (const fs::path& directory : directories()) before_kill_[directory] = names_in(directory);
}

void SimulatedDisk::after_kill() {
    for (const auto& [directory, names] : before_kill_) {
        for (const auto& [name, file] : names) {
            if (!fs::exists(directory / name)) fs::create_hard_link(kept(file), directory / name);
        }
    }
    before_kill_.clear();
}

}  // namespace carbonx::tests
