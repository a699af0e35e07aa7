// A live reader of the event log beside a benchmark, on a thread and a core of its own: what a
// gateway does, without what it would do with the events.
//
// Always: it waits a microsecond when there is nothing, so that it does not take the writer's cache
// lines.
#pragma once

#include <atomic>
#include <filesystem>
#include <thread>

#include "bench/measure.h"
#include "engine/api/log.h"

namespace carbonx::bench {

// A directory in shared memory for the event window, gone with this object.
class WindowDirectory {
public:
    WindowDirectory();
    ~WindowDirectory();
    WindowDirectory(const WindowDirectory&) = delete;
    WindowDirectory& operator=(const WindowDirectory&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

class FlowReader {
public:
    FlowReader(const std::filesystem::path& directory, int core);
    ~FlowReader() { stop(); }
    // Lets it read what is published and ends it. True when it has seen every event.
    bool stop();
    uint64_t trades() const { return trades_; }  // after stop()

private:
    void run(int core);

    EventReader reader_;
    std::atomic<bool> stopping_{false};
    uint64_t trades_ = 0;
    std::thread thread_;
};

}  // namespace carbonx::bench
