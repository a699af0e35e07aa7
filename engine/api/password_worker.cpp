#include "engine/api/password_worker.h"

#include <sched.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "engine/api/process.h"

namespace carbonx {
namespace {

// The owner, whose child this thread is, may be pinned.
void leave_core() {
    cpu_set_t all;
    CPU_ZERO(&all);
    for (std::size_t core = 0; core < CPU_SETSIZE; ++core) CPU_SET(core, &all);
    static_cast<void>(::sched_setaffinity(0, sizeof all, &all));
}

}  // namespace

void PasswordTask::work() {
    right = is_right(password, hash);
    if (right && new_password) new_hash = hash_password(*new_password, hash);
}

PasswordWorker::~PasswordWorker() {
    if (!thread_.joinable()) return;
    stopping_.store(true, std::memory_order_relaxed);  // ordered by the semaphore
    wanted_.release();
    thread_.join();
}

bool PasswordWorker::push(PasswordTask task) {
    if (pushed_ - taken_ == capacity) return false;
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    slot(pushed_++) = std::move(task);
    wanted_.release();  // [task] to the acquire in run()
    return true;
}

std::size_t PasswordWorker::poll() {
    const uint64_t worked = worked_.load(std::memory_order_acquire);  // [answer] of run()
    std::size_t told = 0;
    for (; taken_ < worked; ++told) {
        // Out of the slot first: what it tells may push another.
        PasswordTask task = std::exchange(slot(taken_), {});
        ++taken_;
        if (const auto asker = task.asker.lock()) task.done(task);
    }
    return told;
}

void PasswordWorker::run() {
    enter_thread("passwords", -1);
    leave_core();
    lower_priority();
    for (uint64_t number = 0;; ++number) {
        wanted_.acquire();  // [task] of push()
        if (stopping_.load(std::memory_order_relaxed)) return;
        PasswordTask& task = slot(number);
        try {
            if (!task.asker.expired()) task.work();
        } catch (const std::exception& error) {
            task.right = false;
            spdlog::error("a password cannot be checked: {}", error.what());
        }
        worked_.store(number + 1, std::memory_order_release);  // [answer] to poll()
    }
}

}  // namespace carbonx
