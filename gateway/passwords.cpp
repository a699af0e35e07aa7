#include "gateway/passwords.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "engine/api/check.h"
#include "engine/api/checksum.h"
#include "gateway/flaw.h"
#include "gateway/uptime.h"

namespace carbonx::gateway {
namespace {

constexpr const char* first_line = "carbonx passwords 1\n";

uint64_t work(const PasswordHash& hash) { return uint64_t{hash.cost} * hash.block * hash.parallel; }

std::string last_line(const std::string& text) {
    char line[32];
    std::snprintf(line, sizeof line, "crc32c %08x\n", crc32c(text.data(), text.size()));
    return line;
}

}  // namespace

Passwords::Passwords(std::filesystem::path file, const DiskCalls& calls)
    : file_(std::move(file)), calls_(calls), decoy_(decoy_hash({2, 1, 1, {}, {}})) {
    read();
}

void Passwords::list(const std::string& comp_id, std::string_view hash) {
    Entry entry{parse_password_hash(hash), {}, {}};
    apply_change(comp_id, entry);
    if (work(entry.listed) > work(decoy_)) {
        decoy_.cost = entry.listed.cost;
        decoy_.block = entry.listed.block;
        decoy_.parallel = entry.listed.parallel;
    }
    entries_[comp_id] = std::move(entry);
}

void Passwords::unlist(std::string_view comp_id) {
    const auto found = entries_.find(comp_id);
    if (found != entries_.end()) entries_.erase(found);
}

const PasswordHash* Passwords::hash_of(std::string_view comp_id) const {
    const auto found = entries_.find(comp_id);
    return found == entries_.end() ? nullptr : &found->second.in_force;
}

bool Passwords::is_right(std::string_view comp_id, std::string_view password) const {
    const PasswordHash& hash = hash_for(comp_id, password);
    return carbonx::is_right(password, hash) && &hash != &decoy_;
}

bool Passwords::is_known(std::string_view comp_id, std::string_view password) const {
    const auto found = entries_.find(comp_id);
    return found != entries_.end() && was_right(found->second, password);
}

bool Passwords::check(std::string_view comp_id, std::string_view password, Asker asker,
                      Checked done, const std::string& origin) {
    Entry* entry = find(comp_id);
    PasswordTask task;
    task.asker = std::move(asker);
    task.password = password;
    task.hash = hash_for(comp_id, password);
    // By name, since the entry may be gone when it is told.
    task.done = [this, name = std::string(comp_id), done = std::move(done)](PasswordTask& told) {
        Entry* now = find(name);
        const bool right = told.right && now != nullptr && now->in_force == told.hash;
        if (right) now->last_right = memory_.digest(told.password);
        done(right);
    };
    task.right = entry != nullptr && was_right(*entry, password);
    if (!task.right && !is_quick(task.hash)) return waiting_.push(origin, std::move(task));
    if (!task.right) task.work();
    quick_.push_back(std::move(task));
    return true;
}

std::string Passwords::change(std::string_view comp_id, std::string_view password,
                              const std::string& new_password, Asker asker, Changed done) {
    const std::string flaw = password_flaw(new_password);
    if (!flaw.empty()) return "the new password " + flaw;
    const Entry* entry = find(comp_id);
    if (entry == nullptr) return "the session has no password";
    PasswordTask task;
    task.asker = std::move(asker);
    task.password = password;
    task.hash = hash_for(comp_id, password);
    task.new_password = new_password;
    task.done = [this, name = std::string(comp_id), done = std::move(done)](PasswordTask& told) {
        const PasswordHash* now = hash_of(name);
        const bool right = told.right && now != nullptr && *now == told.hash;
        if (right) {
            change(name, told.new_hash);
            find(name)->last_right = memory_.digest(*told.new_password);
        }
        done(right);
    };
    if (!is_quick(task.hash)) {
        return waiting_.push("", std::move(task)) ? "" : "too many passwords are being checked";
    }
    task.work();
    quick_.push_back(std::move(task));
    return "";
}

void Passwords::change(std::string_view comp_id, const PasswordHash& hash) {
    Entry* entry = find(comp_id);
    if (entry == nullptr) return;
    changes_[std::string(comp_id)] = {to_text(hash), to_text(entry->listed)};
    write();
    apply_change(std::string(comp_id), *entry);
}

void Passwords::forget(std::string_view comp_id) {
    const auto found = changes_.find(comp_id);
    if (found == changes_.end()) return;
    changes_.erase(found);
    write();
    if (Entry* entry = find(comp_id)) apply_change(std::string(comp_id), *entry);
}

std::size_t Passwords::poll() {
    std::size_t told = worker_.poll();
    while (worker_.under_way() < PasswordWorker::capacity) {
        std::optional<PasswordTask> next = waiting_.pop();
        if (!next) break;
        CARBONX_CHECK(worker_.push(std::move(*next)));
    }
    for (; !quick_.empty(); ++told) {
        PasswordTask task = std::move(quick_.front());
        quick_.pop_front();
        if (const auto asker = task.asker.lock()) task.done(task);
    }
    return told;
}

// A change of what the settings no longer say has no effect.
void Passwords::apply_change(const std::string& comp_id, Entry& entry) const {
    const auto change = changes_.find(comp_id);
    const bool holds = change != changes_.end() && change->second.replaced == to_text(entry.listed);
    entry.in_force = holds ? parse_password_hash(change->second.hash) : entry.listed;
    entry.last_right.clear();
}

bool Passwords::was_right(const Entry& entry, std::string_view password) const {
    return memory_.is_digest(entry.last_right, password);
}

const PasswordHash& Passwords::hash_for(std::string_view comp_id, std::string_view password) const {
    const PasswordHash* hash = hash_of(comp_id);
    return hash != nullptr && !has_control(password) ? *hash : decoy_;
}

Passwords::Entry* Passwords::find(std::string_view comp_id) {
    const auto found = entries_.find(comp_id);
    return found == entries_.end() ? nullptr : &found->second;
}

void Passwords::read() {
    if (!std::filesystem::exists(file_)) return;  // nothing was ever changed
    std::ifstream file(file_, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const auto damaged = [&] {
        return std::runtime_error(file_.string() +
                                  " is damaged: restore it, or remove it, and the passwords in "
                                  "the settings hold again");
    };
    const std::size_t end = text.rfind("crc32c ");
    const bool is_whole = text.starts_with(first_line) && end != std::string::npos &&
                          text.substr(end) == last_line(text.substr(0, end));
    if (!is_whole) throw damaged();
    std::istringstream lines(text.substr(0, end));
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string comp_id;
        Change change;
        if (!(words >> comp_id >> change.hash >> change.replaced)) throw damaged();
        changes_[comp_id] = change;
    }
}

void Passwords::write() const {
    std::string text = first_line;
    for (const auto& [comp_id, change] : changes_) {
        text += comp_id + " " + change.hash + " " + change.replaced + "\n";
    }
    replace_file(calls_, file_, text + last_line(text));
}

}  // namespace carbonx::gateway
