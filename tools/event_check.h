// Compares the events of a replay with those in the event log's file, byte for byte, behind the
// replay on a thread of its own.
//
// Threads: a thread of this object reads window and file; the others' calls belong to the replay's
// thread. Always: the replay's writer waits where the window is full of events not yet compared.
#pragma once

#include <atomic>
#include <exception>
#include <optional>
#include <thread>

#include "tools/event_file.h"

namespace carbonx::tools {

class EventCheck {
public:
    // The window that the replay writes, the venue's data directory, and the first event's
    // sequence.
    EventCheck(const Memory& window, const std::filesystem::path& data, uint64_t first);
    ~EventCheck();

    // Whether an event has been found that is not the filed one.
    bool differs() const {
        return differs_.load(std::memory_order_relaxed);
    }  // told again by finish
    // Waits until everything that is published has been compared. Throws std::system_error when
    // the file could not be read.
    void finish();

    // After finish().
    struct Difference {
        uint64_t sequence = 0;
        Event filed;
        Event replayed;
    };
    const std::optional<Difference>& difference() const { return difference_; }
    uint64_t events() const { return events_; }      // that the replay made
    uint64_t compared() const { return compared_; }  // of them, found to be the same
    bool damaged() const { return file_.damaged(); }
    // The first event in the file behind the replay's last, or nullptr.
    const EventHead* beyond() { return file_is_over_ ? nullptr : file_.next(); }
    uint64_t filed_sequence() const { return file_.sequence(); }

private:
    void run(const std::stop_token& stop);
    std::size_t poll();
    void compare(const EventHead& event);

    // Constant after construction.
    LogHeader& header_;
    const Slot* const window_;
    const uint64_t mask_;
    // The comparing thread, until finish().
    EventFile file_;
    uint64_t next_;
    bool file_is_over_ = false;
    uint64_t events_ = 0;
    uint64_t compared_ = 0;
    std::optional<Difference> difference_;
    std::exception_ptr failure_;
    std::atomic<bool> differs_{false};  // written by the comparing thread

    std::jthread thread_;
};

}  // namespace carbonx::tools
