#include "marketdata/snapshot_users.h"

#include <algorithm>

#include "engine/api/check.h"

namespace carbonx::marketdata {
namespace {

uint64_t work(const PasswordHash& hash) { return uint64_t{hash.cost} * hash.block * hash.parallel; }

// The hash would pass over NULs at its end.
bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; });
}

}  // namespace

SnapshotUsers::SnapshotUsers(const std::vector<SnapshotUserSettings>& users) {
    PasswordHash dearest{2, 1, 1, {}, {}};
    for (const SnapshotUserSettings& user : users) {
        const PasswordHash hash = parse_password_hash(user.password_hash);
        if (work(hash) > work(dearest)) dearest = hash;
        users_[user.name] = {hash, {}};
    }
    decoy_ = decoy_hash(dearest);
}

bool SnapshotUsers::check(std::string_view name, std::string_view password, Asker asker,
                          Checked done, const std::string& origin) {
    const auto found = users_.find(name);
    User* const user = found == users_.end() || has_control(password) ? nullptr : &found->second;
    if (user != nullptr && memory_.is_digest(user->last_right, password)) {
        done(true);
        return true;
    }
    PasswordTask task;
    task.asker = std::move(asker);
    task.password = password;
    task.hash = user != nullptr ? user->hash : decoy_;
    task.done = [this, user, done = std::move(done)](PasswordTask& told) {
        ++hashed_;
        const bool right = told.right && user != nullptr;
        if (right) user->last_right = memory_.digest(told.password);
        done(right);
    };
    if (!is_quick(task.hash)) return waiting_.push(origin, std::move(task));
    task.work();
    task.done(task);
    return true;
}

std::size_t SnapshotUsers::poll() {
    const std::size_t told = worker_.poll();
    while (worker_.under_way() < PasswordWorker::capacity) {
        std::optional<PasswordTask> next = waiting_.pop();
        if (!next) break;
        CARBONX_CHECK(worker_.push(std::move(*next)));
    }
    return told;
}

}  // namespace carbonx::marketdata
