#include "marketdata/recovery/snapshot_users.h"

#include <algorithm>

#include "engine/api/check.h"

namespace carbonx::marketdata {
namespace {

uint64_t work(const PasswordHash& hash) { return uint64_t{hash.cost} * hash.block * hash.parallel; }

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
    User* const user = found == users_.end() ? nullptr : &found->second;
    if (user != nullptr && memory_.is_digest(user->last_right, password)) {
        done(true);
        return true;
    }
    const CheckKey key{name, memory_.digest(password)};
    std::shared_ptr<Check>& check = checks_[key];
    const bool is_under_way = check != nullptr;
    if (!is_under_way) check = std::make_shared<Check>();
    check->push_back({std::move(asker), std::move(done)});
    if (is_under_way) return true;

    PasswordTask task;
    task.asker = check;
    task.password = password;
    task.hash = user != nullptr ? user->hash : decoy_;
    task.done = [this, key, user](PasswordTask& told) {
        ++hashed_;
        const bool right = told.right && user != nullptr;
        if (right) user->last_right = key.second;
        tell(key, right);
    };
    if (is_quick(task.hash)) {
        task.work();
        task.done(task);
        return true;
    }
    if (waiting_.push(origin, std::move(task))) return true;
    checks_.erase(key);
    return false;
}

void SnapshotUsers::tell(const CheckKey& key, bool right) {
    const std::shared_ptr<Check> check = std::move(checks_.at(key));
    checks_.erase(key);
    for (const Waiting& waiting : *check) {
        if (const auto asker = waiting.asker.lock()) waiting.done(right);
    }
}

std::size_t SnapshotUsers::poll() {
    // What nobody waits for any more is not hashed.
    std::erase_if(checks_, [](const auto& check) {
        return std::all_of(check.second->begin(), check.second->end(),
                           [](const Waiting& waiting) { return waiting.asker.expired(); });
    });
    const std::size_t told = worker_.poll();
    while (worker_.under_way() < PasswordWorker::capacity) {
        std::optional<PasswordTask> next = waiting_.pop();
        if (!next) break;
        CARBONX_CHECK(worker_.push(std::move(*next)));
    }
    return told;
}

}  // namespace carbonx::marketdata
