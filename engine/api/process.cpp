#include "engine/api/process.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include <atomic>
#include <csignal>
#include <random>

namespace carbonx {
namespace {

std::atomic<bool> stop_requested{false};
std::atomic<bool> reload_requested{false};

uint64_t now(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);  // answered in user space, without a system call
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

}  // namespace

void handle_signals() {
    struct sigaction action {};
    action.sa_handler = [](int) { stop_requested.store(true, std::memory_order_relaxed); };
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    action.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &action, nullptr);
}

bool stopped() { return stop_requested.load(std::memory_order_relaxed); }
void request_stop() { stop_requested.store(true, std::memory_order_relaxed); }

void handle_reload_signal() {
    struct sigaction action {};
    action.sa_handler = [](int) { reload_requested.store(true, std::memory_order_relaxed); };
    ::sigaction(SIGHUP, &action, nullptr);
}

bool take_reload_request() {
    // A plain load first: it is asked at every poll.
    return reload_requested.load(std::memory_order_relaxed) &&
           reload_requested.exchange(false, std::memory_order_relaxed);
}

bool enter_thread(std::string_view name, int core) {
    ::pthread_setname_np(::pthread_self(), std::string(name.substr(0, 15)).c_str());
    if (core < 0) return true;
    cpu_set_t set;
    CPU_ZERO(&set);
    if (core >= CPU_SETSIZE) return false;
    CPU_SET(static_cast<std::size_t>(core), &set);
    return ::pthread_setaffinity_np(::pthread_self(), sizeof set, &set) == 0;
}

void lower_priority() { ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 10); }

int current_core() { return ::sched_getcpu(); }
bool lock_memory() { return ::mlockall(MCL_CURRENT | MCL_FUTURE) == 0; }
uint64_t monotonic_ns() { return now(CLOCK_MONOTONIC); }
uint64_t utc_ns() { return now(CLOCK_REALTIME); }

uint64_t random_number() {
    std::random_device device;
    return (uint64_t{device()} << 32 | device()) | 1;
}

void Idle::wait() {
    if (policy_ == IdlePolicy::spin || ++idle_ < 100) {
        __builtin_ia32_pause();
    } else if (policy_ == IdlePolicy::yield) {
        ::sched_yield();
    } else {
        const timespec time{0, static_cast<long>(sleep_us_) * 1000};
        ::nanosleep(&time, nullptr);
    }
}

}  // namespace carbonx
