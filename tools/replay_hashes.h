// State hashes at regular commands of a replay: written to a file, and compared with the file that
// another build wrote.
//
// Threads: one, the replay's. Always: the points depend on the journal alone: with every = N, the
// first command of each N slots of commands, so that two builds have the same ones wherever they
// begin.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <string>

#include "engine/api/command.h"
#include "engine/exchange/exchange.h"

namespace carbonx::tools {

class ReplayHashes {
public:
    // every: 0 takes that of the file to compare with. No hash before command `from`. A file is
    // written, or compared with, where its name is not empty. Throws std::runtime_error.
    ReplayHashes(uint64_t every, uint64_t from, const std::string& written,
                 const std::string& compared);

    // After a command. False at the first point whose hash is another than the file's.
    bool see(uint64_t sequence, const CommandHead& command, const Exchange& exchange);

    uint64_t points() const { return points_; }  // that were hashed
    uint64_t same() const { return same_; }      // of them, found the same in the file
    // What is known of the first difference, and how to know more.
    std::string difference(const std::string& command_text) const;

private:
    void read(const std::string& file);

    uint64_t every_;
    const uint64_t from_;
    std::ofstream written_;
    std::map<uint64_t, uint64_t> others_;  // the other build's: by command
    const bool compares_;
    const std::string compared_file_;
    uint64_t points_ = 0;
    uint64_t same_ = 0;
    uint64_t last_same_ = 0;  // command
    uint64_t different_ = 0;  // command
    uint64_t hash_ = 0;       // at that
};

}  // namespace carbonx::tools
