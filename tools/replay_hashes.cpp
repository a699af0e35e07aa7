// State hashes at regular commands: see replay_hashes.h.
#include "tools/replay_hashes.h"

#include <cstdio>
#include <sstream>
#include <stdexcept>

namespace carbonx::tools {
namespace {

constexpr const char* heading = "# carbonx-replay hashes every ";

std::string hex(uint64_t value) {
    char text[24];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
    return text;
}

}  // namespace

ReplayHashes::ReplayHashes(uint64_t every, uint64_t from, const std::string& written,
                           const std::string& compared)
    : every_(every), from_(from), compares_(!compared.empty()), compared_file_(compared) {
    if (compares_) read(compared);
    if (every_ == 0) throw std::runtime_error("--hashes needs --hash-every N: how many commands");
    if (written.empty()) return;
    written_.open(written, std::ios::trunc);
    written_ << heading << every_ << '\n';
    if (!written_) throw std::runtime_error("cannot write " + written);
}

void ReplayHashes::read(const std::string& file) {
    std::ifstream in(file);
    std::string line;
    if (!in || !std::getline(in, line) || !line.starts_with(heading)) {
        throw std::runtime_error("--compare " + file +
                                 ": expected a file that --hash-every N --hashes FILE has written");
    }
    const uint64_t every = std::stoull(line.substr(std::string_view(heading).size()));
    if (every_ != 0 && every_ != every) {
        throw std::runtime_error("--compare " + file + " has hashes every " +
                                 std::to_string(every) + " commands, not " +
                                 std::to_string(every_) + ": leave --hash-every out");
    }
    every_ = every;
    while (std::getline(in, line)) {
        std::istringstream words(line);
        uint64_t command = 0, hash = 0;
        if (!(words >> command >> std::hex >> hash)) {
            throw std::runtime_error("--compare " + file + ": `" + line +
                                     "` is not a command and its hash");
        }
        others_[command] = hash;
    }
}

bool ReplayHashes::see(uint64_t sequence, const CommandHead& command, const Exchange& exchange) {
    // Whether a multiple of N lies inside this command's slots.
    if (sequence < from_ || (sequence + command.slots - 1) / every_ == (sequence - 1) / every_)
        return true;
    ++points_;
    const uint64_t hash = exchange.state_hash();
    if (written_.is_open()) {
        written_ << sequence << ' ' << hex(hash) << '\n';
        if (!written_) throw std::runtime_error("cannot write the hashes: is the disk full?");
    } else if (!compares_) {
        std::printf("command %llu state %s\n", static_cast<unsigned long long>(sequence),
                    hex(hash).c_str());
    }
    const auto other = others_.find(sequence);
    if (!compares_ || other == others_.end()) return true;
    if (other->second == hash) {
        ++same_;
        last_same_ = sequence;
        return true;
    }
    different_ = sequence;
    hash_ = hash;
    return false;
}

std::string ReplayHashes::difference(const std::string& command_text) const {
    const std::string at = std::to_string(different_);
    std::string text = "replay: DIFFERENT state after command " + at + ": here " + hex(hash_) +
                       ", in " + compared_file_ + " " + hex(others_.at(different_));
    if (every_ == 1 || (last_same_ != 0 && last_same_ + 1 == different_)) {
        return text + "\n  the first that differs: " + command_text;
    }
    text += last_same_ == 0 ? "; no earlier point is the same"
                            : "; the same after command " + std::to_string(last_same_);
    return text + "\n  to come nearer, run both builds again with --hash-every " +
           std::to_string(std::max<uint64_t>(1, every_ / 100)) + " --hash-from " +
           std::to_string(last_same_ + 1) + " --until " + at + ", down to --hash-every 1";
}

}  // namespace carbonx::tools
