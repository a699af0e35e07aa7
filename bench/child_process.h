// A process that a benchmark starts, watches and ends: a server whose processor time is asked for.
//
// Threads: the one that made it, which must outlive it: the process ends with that thread.
// Always: it is gone when this object is, also when the benchmark is killed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace carbonx::bench {

// Of all threads of a process since it began.
struct ProcessorTime {
    uint64_t total_ns = 0;
    // As the kernel counts them, by ticks: good for the share of each, not for the sum.
    uint64_t user_ticks = 0;
    uint64_t system_ticks = 0;
};

class ChildProcess {
public:
    // Its output goes into that file. Throws std::runtime_error when it cannot be started.
    ChildProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                 const std::filesystem::path& output);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    // Throws std::runtime_error with its last line when it has ended.
    void check_alive();
    // Asks it to end, and waits. Throws std::runtime_error when it does not, or fails.
    void stop();
    // It keeps what it has and gets no processor until resume(). Both return when it is so.
    void pause();
    void resume();
    ProcessorTime processor_time() const;

private:
    [[noreturn]] void ended();
    std::string last_line() const;

    const std::string name_;
    const std::filesystem::path output_;
    pid_t process_ = -1;  // -1: none, or gone
};

// Where this program's file is, with the project's other programs beside it.
std::filesystem::path program_directory();
// A TCP port on loopback that nobody listens on now.
uint16_t free_port();
// Returns when it takes connections on that port. Throws std::runtime_error after ten seconds.
void wait_until_it_listens(ChildProcess& server, uint16_t port);

}  // namespace carbonx::bench
