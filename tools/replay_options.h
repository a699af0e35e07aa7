// What carbonx-replay is asked to do.
//
// Threads: one. Always: a Replay's options have been checked, each for itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/settings.h"
#include "tools/replay_publish.h"

namespace carbonx::tools {

struct ReplayOptions {
    std::filesystem::path data;        // the venue's data directory
    std::filesystem::path archive;     // of the journal's older segments; may be empty
    std::optional<Settings> settings;  // where a file of them is named
    int32_t utc_offset_minutes = 480;
    bool from_snapshot = false;  // begins with a snapshot
    uint64_t from = UINT64_MAX;  // the same, with one that is not behind this command
    std::string until;
    bool before = false;  // stops before the command that `until` means
    std::string speed = "max";
    bool books_at_phases = false;
    bool partial = false;
    // Shown where it ends.
    std::vector<std::string> books;
    std::vector<std::string> accounts;
    std::vector<std::string> orders;
    std::vector<std::string> serials;
    // State hashes.
    uint64_t hash_every = 0;
    uint64_t hash_from = 0;
    std::string hashes;
    std::string compare;
    // Exports.
    std::string csv;
    std::string sqlite;
    PublishOptions publish;

    bool begins_with_snapshot() const { return from_snapshot || from != UINT64_MAX; }
    bool shows() const {
        return !books.empty() || !accounts.empty() || !orders.empty() || !serials.empty();
    }
    bool publishes() const { return !publish.to.empty(); }
    bool exports() const { return !csv.empty() || !sqlite.empty(); }
    bool hashes_states() const { return hash_every != 0 || !hashes.empty() || !compare.empty(); }
};

}  // namespace carbonx::tools
