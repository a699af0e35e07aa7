// Snapshots: the whole state of the exchange as it was between two frames of the journal, so that
// a start need not replay what came before. engine/README.md has the format as a table.
//
// Threads: any, one at a time for a directory.
// Always: a file has its name only when it is whole and on the disk; it is believed only when its
// checksums are right and the state read from it has the hash that was written with it.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "engine/api/disk.h"
#include "engine/exchange/exchange.h"
#include "engine/journal.h"

namespace carbonx {

// Where in both logs a state stands.
struct SnapshotPlace {
    journal::Position journal;  // a frame begins there
    uint64_t next_event = 1;    // sequence of the event that comes next
};

struct SnapshotFile {
    std::filesystem::path file;
    uint64_t next_command = 0;
};

struct LoadedSnapshot {
    SnapshotPlace place;
    std::unique_ptr<Exchange> exchange;
};

namespace snapshot {

inline std::filesystem::path directory(const std::filesystem::path& data) {
    return data / "snapshots";
}

}  // namespace snapshot

// Makes the directory where it is missing. Throws std::system_error.
void write_snapshot(const std::filesystem::path& directory, const Exchange& exchange,
                    const SnapshotPlace& place, const DiskCalls& calls);

// Those of a directory, the newest first; none when it does not exist.
std::vector<SnapshotFile> list_snapshots(const std::filesystem::path& directory);

// Throws std::runtime_error, in one line, when it is damaged or of a format that this build does
// not know.
LoadedSnapshot load_snapshot(const std::filesystem::path& file, Populate populate);

}  // namespace carbonx
