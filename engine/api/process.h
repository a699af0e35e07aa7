// What every process of the venue does alike: stop on a signal, pin and name threads, wait when
// idle.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace carbonx {

// SIGINT and SIGTERM ask for a clean stop; SIGPIPE is ignored. Call once, before any thread.
void handle_signals();
bool stopped();
// SIGHUP asks to read the settings again, where it is handled; true once for each.
void handle_reload_signal();
bool take_reload_request();
void request_stop();

// Names the calling thread and pins it to a core; -1 leaves it to the system. False when the core
// cannot be had: the thread then runs unpinned, and the caller says so.
bool enter_thread(std::string_view name, int core);
// The calling thread gets a core after all others of the process that want it.
void lower_priority();
// The core that the calling thread runs on now.
int current_core();
// Keeps all memory of the process in RAM. False without the right to; the caller says so.
bool lock_memory();

uint64_t monotonic_ns();
uint64_t utc_ns();  // since 1970

// That no other venue or ring has; above zero.
uint64_t random_number();

enum class IdlePolicy : uint8_t { spin, yield, sleep };

// One idle policy's waiting: call it with the work that the last poll did.
class Idle {
public:
    explicit Idle(IdlePolicy policy, uint32_t sleep_us = 50)
        : policy_(policy), sleep_us_(sleep_us) {}
    void operator()(std::size_t work) {
        if (work > 0) {
            idle_ = 0;
            return;
        }
        wait();
    }

private:
    void wait();
    const IdlePolicy policy_;
    const uint32_t sleep_us_;
    uint32_t idle_ = 0;  // polls without work in a row
};

}  // namespace carbonx
