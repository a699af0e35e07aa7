// The commands of a replay, in batches, read ahead of it by a thread of its own.
//
// Threads: a thread of this object reads the journal; next() is the replay's.
// Always: batches come in the journal's order, each of whole commands, none of them empty.
#pragma once

#include <condition_variable>
#include <exception>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/journal_reader.h"

namespace carbonx::tools {

struct CommandBatch {
    uint64_t first = 0;            // sequence of the first command
    std::vector<Slot> slots;       // one command behind the other
    std::vector<uint32_t> places;  // of each command's first slot

    std::size_t size() const { return places.size(); }
    const CommandHead& operator[](std::size_t i) const {
        return *reinterpret_cast<const CommandHead*>(&slots[places[i]]);
    }
    uint64_t sequence(std::size_t i) const { return first + places[i]; }
};

class ReplaySource {
public:
    // The venue's data directory. Throws std::system_error.
    explicit ReplaySource(const std::filesystem::path& data);
    ~ReplaySource();

    // The next batch, or nullptr at the journal's end; the one before is given back. Throws what
    // the reading threw, after the commands before it.
    const CommandBatch* next();

private:
    static constexpr std::size_t batches = 8;
    static constexpr std::size_t batch_slots = 2048;  // small enough to stay in the caches

    void run();
    void fill(CommandBatch& batch);

    JournalReader reader_;           // the reading thread's
    CommandBatch batches_[batches];  // each belongs to who may have it by the counts
    std::mutex mutex_;
    std::condition_variable changed_;
    // Under the mutex.
    uint64_t filled_ = 0;  // batches ever filled
    uint64_t taken_ = 0;   // ever given back
    bool ended_ = false;
    bool stopping_ = false;
    std::exception_ptr failure_;
    // The replay's thread.
    bool holds_one_ = false;

    std::thread thread_;
};

}  // namespace carbonx::tools
