// Passwords that wait to be checked, by where they came from: each origin has its turn, however
// many another one has waiting.
//
// Threads: the gateway thread only.
// Always: at most waiting_max wait of an origin. What nobody waits for any more is passed over.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "gateway/password_worker.h"

namespace carbonx::gateway {

class PasswordQueue {
public:
    static constexpr std::size_t waiting_max = 64;  // some seconds of work

    // False: too many of this origin wait.
    bool push(const std::string& origin, PasswordTask task) {
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

private:
    std::map<std::string, std::deque<PasswordTask>> origins_;  // none empty after pop()
    std::string last_;                                         // the one that had its turn
};

}  // namespace carbonx::gateway
