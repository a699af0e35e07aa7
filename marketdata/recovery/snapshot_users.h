// Who may have snapshots: the settings' users, and whether a password is right.
//
// Threads: one, recovery's; what takes long goes to a worker (password_worker.h).
// Always: a user that is not listed takes the same way, and as long, as a wrong password. A
// password that was right once is known again at once, and those who give the same one at a time
// wait for the same hash, so that many joins cost one. What waits is bounded for each origin, and
// the origins take turns.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/api/password_queue.h"
#include "engine/api/settings.h"

namespace carbonx::marketdata {

class SnapshotUsers {
public:
    using Asker = std::weak_ptr<const void>;  // nobody is told when it is gone
    using Checked = std::function<void(bool right)>;

    // Throws std::runtime_error when the settings hold no hash.
    explicit SnapshotUsers(const std::vector<SnapshotUserSettings>& users);

    // Tells at once where it is known at once; else poll() does. False: too many of the origin wait
    // already.
    bool check(std::string_view name, std::string_view password, Asker asker, Checked done,
               const std::string& origin);
    // Returns the work done.
    std::size_t poll();

    uint64_t hashed() const { return hashed_; }  // passwords that were not known at once

private:
    struct User {
        PasswordHash hash;
        std::string last_right;  // digest of the password; empty: of none yet
    };

    struct Waiting {
        Asker asker;
        Checked done;
    };
    using Check = std::vector<Waiting>;                    // all that wait for the same answer
    using CheckKey = std::pair<std::string, std::string>;  // name, digest of the password

    void tell(const CheckKey& key, bool right);

    const PasswordMemory memory_;
    PasswordHash decoy_;  // nobody's, at the cost of the dearest
    std::map<std::string, User, std::less<>> users_;
    std::map<CheckKey, std::shared_ptr<Check>> checks_;
    PasswordQueue waiting_;
    PasswordWorker worker_;
    uint64_t hashed_ = 0;
};

}  // namespace carbonx::marketdata
