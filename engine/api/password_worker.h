// One thread that checks and makes password hashes, so that nobody waits for them.
//
// Threads: push() and poll() by one, its owner; the hashing by a thread of its own, behind all
// others that want its core.
// Always: taken_ <= worked_ <= pushed_ <= taken_ + capacity. A task is the worker's from its push
// until worked_ is above it, then the owner's again. Only poll() tells, in order.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>

#include "engine/api/password.h"

namespace carbonx {

struct PasswordTask {
    std::weak_ptr<const void> asker;  // when it is gone nothing is done, and nobody is told
    std::string password;
    PasswordHash hash;                        // what it should be
    std::optional<std::string> new_password;  // to be hashed at the same cost, if it is
    std::function<void(PasswordTask&)> done;

    // The answer.
    bool right = false;
    PasswordHash new_hash;

    void work();
};

class PasswordWorker {
public:
    static constexpr std::size_t capacity = 2;  // so that it has one to do while one is told

    PasswordWorker() = default;
    ~PasswordWorker();
    PasswordWorker(const PasswordWorker&) = delete;
    PasswordWorker& operator=(const PasswordWorker&) = delete;

    // False: as many as there is room for are under way.
    bool push(PasswordTask task);
    std::size_t under_way() const { return pushed_ - taken_; }
    // Tells what is done. Returns how much.
    std::size_t poll();

private:
    void run();
    PasswordTask& slot(uint64_t number) { return tasks_[number % capacity]; }

    std::array<PasswordTask, capacity> tasks_;
    // Owner.
    std::thread thread_;  // from the first task on
    uint64_t pushed_ = 0;
    uint64_t taken_ = 0;
    std::atomic<bool> stopping_{false};
    // Released once for each task, and once to stop.
    std::counting_semaphore<> wanted_{0};
    // Worker.
    std::atomic<uint64_t> worked_{0};
};

}  // namespace carbonx
