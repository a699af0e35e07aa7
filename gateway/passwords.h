// The sessions' passwords: what the settings say, what brokers have changed since, and whether one
// that is given is right.
//
// A change is kept in a file of the data directory, together with the hash that it replaced: it
// holds as long as the settings say the same. So an operator gives a new password by the settings.
//
// Threads: the gateway thread only; what takes long goes to a worker (password_worker.h).
// Always: a CompID that is not listed takes the same way, and as long, as a wrong password. A
// password that was right once is known again at once, by a digest under a key of this process. One
// with a control character is wrong: the hash would pass over NULs at its end.
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "engine/api/disk.h"
#include "engine/api/password.h"
#include "engine/api/password_queue.h"
#include "engine/api/password_worker.h"

namespace carbonx::gateway {

class Passwords {
public:
    using Asker = std::weak_ptr<const void>;  // nobody is told when it is gone
    using Checked = std::function<void(bool right)>;
    using Changed = std::function<void(bool changed)>;  // false: the old one is wrong

    // Throws std::runtime_error when the file is damaged.
    Passwords(std::filesystem::path file, const DiskCalls& calls);

    // As the settings say, now or since they were read again. Throws std::runtime_error when that
    // is no hash.
    void list(const std::string& comp_id, std::string_view hash);
    void unlist(std::string_view comp_id);

    // The hash in force; nullptr for a CompID that has no password.
    const PasswordHash* hash_of(std::string_view comp_id) const;
    // In this thread, which waits.
    bool is_right(std::string_view comp_id, std::string_view password) const;
    // origin: where it came from; the origins take turns. False: too many of it wait already. Else
    // poll() tells.
    bool check(std::string_view comp_id, std::string_view password, Asker asker, Checked done,
               const std::string& origin = {});

    // It was right already, as far as this process knows: costs next to nothing.
    bool is_known(std::string_view comp_id, std::string_view password) const;

    // Why it cannot be done, for the client to read; empty: it is begun, and poll() tells.
    std::string change(std::string_view comp_id, std::string_view password,
                       const std::string& new_password, Asker asker, Changed done);
    // At once and durably. Throws std::system_error.
    void change(std::string_view comp_id, const PasswordHash& hash);
    void forget(std::string_view comp_id);  // the settings' holds again

    // Throws std::system_error when a change cannot be written.
    std::size_t poll();

private:
    struct Change {
        std::string hash;
        std::string replaced;  // the settings' as it was then
    };
    struct Entry {
        PasswordHash listed;
        PasswordHash in_force;
        std::string last_right;  // digest of the password, empty: of none yet
    };

    void read();
    void write() const;
    void apply_change(const std::string& comp_id, Entry& entry) const;
    bool was_right(const Entry& entry, std::string_view password) const;
    Entry* find(std::string_view comp_id);
    // What the password is compared with: a hash that none has where it cannot be right.
    const PasswordHash& hash_for(std::string_view comp_id, std::string_view password) const;

    const std::filesystem::path file_;
    const DiskCalls calls_;
    const PasswordMemory memory_;
    PasswordHash decoy_;  // nobody's, at the cost of the dearest
    std::map<std::string, Entry, std::less<>> entries_;
    std::map<std::string, Change, std::less<>> changes_;
    std::deque<PasswordTask> quick_;  // done already, to be told
    PasswordQueue waiting_;
    PasswordWorker worker_;
};

}  // namespace carbonx::gateway
