// A disk that forgets: real files, changed by engine and gateway through DiskCalls, and what each
// change took the place of since the file was last synced.
//
// At a power cut every sector of 512 bytes that was not synced is there or is not, a file that grew
// may be shorter, and names that were made or changed since their directory was synced stand or do
// not. What was synced stays. A file that is mapped (.header) may be all zeros. A kill of the
// process alone takes nothing.
//
// Threads: one. Always: one such disk in the process at a time, since its calls know no other.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/api/disk.h"
#include "tests/simulate_chance.h"

namespace carbonx::tests {

// Thrown by a call of the disk: the process that made it is no more.
struct Crash {};

enum class DiskFault { none, crash, io_error, no_space, short_write };

class SimulatedDisk {
public:
    // Is told what reaches the disk.
    class Watcher {
    public:
        virtual ~Watcher() = default;
        virtual void written(uint64_t file, const void* data, std::size_t size) = 0;
        virtual void synced(uint64_t file) = 0;
        virtual void renamed(uint64_t, const std::filesystem::path&, const std::filesystem::path&) {
        }
    };

    // The files below data; beside them it keeps what it needs to bring names back.
    SimulatedDisk(std::filesystem::path data, Chance& chance, Watcher& watcher);
    ~SimulatedDisk();
    SimulatedDisk(const SimulatedDisk&) = delete;
    SimulatedDisk& operator=(const SimulatedDisk&) = delete;

    static DiskCalls calls();

    // The call that comes after so many others fails so; all is well until then.
    void arm(DiskFault fault, uint64_t calls);
    // What was wrong is repaired; nothing is armed any more.
    void mend();
    // Whether what was armed has happened.
    bool fired() const { return fired_; }
    // It has, and there is still no room.
    bool full() const { return full_; }
    // QuickFIX lets no Crash through: while quiet, a call that crashes fails, and so does every one
    // after it, until the process is found dead.
    void set_forgets_sessions(bool forgets) { forgets_sessions_ = forgets; }
    void set_quiet(bool quiet) { quiet_ = quiet; }
    bool dead() const { return dead_; }

    // Around the end of a killed process: destructors must not tidy up what a kill would leave.
    void before_kill();
    void after_kill();
    // The system writes back all that is dirty, as it does from time to time.
    void write_back();
    // Requires: no process has the files open.
    void power_cut();

private:
    static constexpr uint64_t sector = 512;
    using Sector = std::array<unsigned char, sector>;
    using Names = std::map<std::string, uint64_t>;  // the file's number, by name

    struct Dirty {
        int file = -1;
        uint64_t durable_size = 0;
        std::map<uint64_t, Sector> old;  // by number: sectors as they were when last synced
    };

    ssize_t write(int file, const void* data, std::size_t size, off_t offset);
    int sync(int file);
    int truncate(int file, off_t size);
    int sync_directory(int directory);
    int rename(const char* from, const char* to);
    int remove(const char* name);

    int crash();
    bool is_due();
    Dirty& dirty(int file);
    void remember(Dirty& file, uint64_t begin, uint64_t end);
    void settle(Dirty& file);
    void lose(Dirty& file);
    void lose_range(Dirty& file, uint64_t begin, uint64_t end, uint64_t unit, uint64_t reached);
    Names names_in(const std::filesystem::path& directory);
    void lose_names(const std::filesystem::path& directory, const Names& durable);
    void lose_mapped(const std::filesystem::path& directory);
    std::vector<std::filesystem::path> directories() const;
    std::filesystem::path kept(uint64_t file) const { return kept_ / std::to_string(file); }

    static SimulatedDisk* the_disk;

    const std::filesystem::path data_;
    const std::filesystem::path kept_;  // a second name of every file, by its number
    Chance& chance_;
    Watcher& watcher_;
    std::map<uint64_t, Dirty> dirty_;                       // by file number
    std::map<std::filesystem::path, Names> durable_names_;  // by directory
    std::map<std::filesystem::path, Names> before_kill_;
    DiskFault armed_ = DiskFault::none;
    uint64_t calls_left_ = 0;
    bool fired_ = false;
    bool full_ = false;
    bool quiet_ = false;
    bool forgets_sessions_ = true;
    bool dead_ = false;
};

}  // namespace carbonx::tests
