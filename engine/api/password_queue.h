// Passwords that wait to be checked, by where they came from: each origin has its turn, however
// many another one has waiting.
//
// Threads: one.
// Always: at most waiting_max wait of an origin. What nobody waits for any more is passed over, and
// forgotten with every so many pushes.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "engine/api/password_worker.h"

namespace carbonx {

class PasswordQueue {
public:
    static constexpr std::size_t waiting_max = 64;  // some seconds of work
    static constexpr std::size_t forget_every = 1024;

    // False: too many of this origin wait.
    bool push(const std::string& origin, PasswordTask task) {
        if (++pushed_ % forget_every == 0) forget_gone();
        std::deque<PasswordTask>& waiting = origins_[origin];
        while (!waiting.empty() && waiting.front().asker.expired()) waiting.pop_front();
        if (waiting.size() >= waiting_max) return false;
        waiting.push_back(std::move(task));
        return true;
    }

    // The first of the origin whose turn it is; nothing when none waits.
    std::optional<PasswordTask> pop() {
        while (!origins_.empty()) {
            auto origin = origins_.upper_bound(last_);
            if (origin == origins_.end()) origin = origins_.begin();
            last_ = origin->first;
            std::deque<PasswordTask>& waiting = origin->second;
            while (!waiting.empty() && waiting.front().asker.expired()) waiting.pop_front();
            if (waiting.empty()) {
                origins_.erase(origin);
                continue;
            }
            PasswordTask task = std::move(waiting.front());
            waiting.pop_front();
            if (waiting.empty()) origins_.erase(origin);
            return task;
        }
        return std::nullopt;
    }

    std::size_t size() const {
        std::size_t count = 0;
        for (const auto& [origin, waiting] : origins_) count += waiting.size();
        return count;
    }

private:
    // Or who comes from ever other addresses and goes at once would fill the memory.
    void forget_gone() {
        const auto is_gone = [](const PasswordTask& task) { return task.asker.expired(); };
        for (auto& [origin, waiting] : origins_) std::erase_if(waiting, is_gone);
        std::erase_if(origins_, [](const auto& origin) { return origin.second.empty(); });
    }

    std::map<std::string, std::deque<PasswordTask>> origins_;  // none empty after pop()
    std::string last_;                                         // the one that had its turn
    std::size_t pushed_ = 0;
};

}  // namespace carbonx
