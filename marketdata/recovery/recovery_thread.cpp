#include "marketdata/recovery/recovery_thread.h"

#include <spdlog/spdlog.h>

#include "engine/api/process.h"

namespace carbonx::marketdata {

RecoveryThread::RecoveryThread(const Settings& settings)
    : thread_settings_(settings.marketdata.recovery.thread),
      recovery_(settings),
      servers_(settings.marketdata, recovery_),
      thread_([this] { run(); }) {}

RecoveryThread::~RecoveryThread() {
    stopping_.store(true, std::memory_order_relaxed);  // nothing else is told by it
    thread_.join();
}

void RecoveryThread::check() const {
    if (failed_.load(std::memory_order_acquire)) {  // [failure] of run()
        std::rethrow_exception(failure_);
    }
}

void RecoveryThread::run() {
    try {
        poll_until_stopped();
    } catch (...) {
        failure_ = std::current_exception();
        failed_.store(true, std::memory_order_release);  // [failure] to check()
    }
    servers_.log_counters();
}

void RecoveryThread::poll_until_stopped() {
    if (!enter_thread("recovery", thread_settings_.core)) {
        spdlog::warn(
            "the recovery thread cannot be pinned to core {}: it runs unpinned; choose "
            "another core or -1 in marketdata.recovery.thread",
            thread_settings_.core);
    }
    Idle idle(thread_settings_.idle);
    while (!stopping_.load(std::memory_order_relaxed)) {
        const uint64_t now_ns = monotonic_ns();
        idle(recovery_.poll(now_ns) + servers_.poll(now_ns));
    }
}

}  // namespace carbonx::marketdata
