// What must have happened: every command that became durable, done by the slow reference and by a
// second exchange of the real kind, and the events that they give.
//
// It watches the disk: a frame of the journal counts from the moment that its file is synced, and
// from then on may not get lost.
//
// Threads: one. Always: event by event, the reference's and the real exchange's are the same.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/api/log.h"
#include "engine/journal_reader.h"
#include "tests/simulate_disk.h"
#include "tests/twins.h"

namespace carbonx::tests {

// What became of the engine's files, how often.
struct FileCounts {
    uint64_t snapshots = 0;
    uint64_t archived = 0;  // segments
    uint64_t retired = 0;   // of these, those that the journal gave back as spares
    uint64_t recycled = 0;  // of these, those that became a segment of the journal again
};

class Oracle final : public SimulatedDisk::Watcher {
public:
    explicit Oracle(const Capacities& capacities) : twins_(capacities) {}

    // SimulatedDisk::Watcher.
    void written(uint64_t file, const void* data, std::size_t size) override;
    void synced(uint64_t file) override;
    void renamed(uint64_t file, const std::filesystem::path& from,
                 const std::filesystem::path& to) override;
    // The process was killed: what was not synced may be lost, or not.
    void forget_unsynced() { unsynced_.clear(); }

    // Does what has become durable. Throws Finding.
    void advance();
    // After a recovery: the journal begins with all that was durable; what it has besides is from
    // now on. Throws Finding.
    void follow(const std::filesystem::path& journal, const std::filesystem::path& archive);

    uint64_t next_command() const { return 1 + commands_.size(); }  // sequences count slots
    uint64_t next_event() const { return 1 + events_.size(); }
    uint64_t command_count() const { return command_count_; }
    uint64_t operator_count() const { return operator_count_; }
    const FileCounts& files() const { return files_; }
    // Requires: an event begins there.
    const EventHead& event(uint64_t sequence) const {
        return *reinterpret_cast<const EventHead*>(&events_[sequence - 1]);
    }
    template <class Use>
    void for_each_event(Use use) const {
        for (uint64_t i = 1; i < next_event(); i += event(i).slots) use(i, event(i));
    }
    const Twins& twins() const { return twins_; }
    std::string text(const EventHead& event) const;

private:
    static constexpr uint64_t compare_all_every = 10'000;  // commands

    void apply(const CommandHead& command);

    Twins twins_;
    std::vector<Slot> commands_;  // durable and done
    std::vector<Slot> events_;
    std::vector<Slot> durable_;                       // not yet done
    std::map<uint64_t, std::vector<Slot>> unsynced_;  // by file
    FileCounts files_;
    std::set<uint64_t> retired_;  // files that are spares
    uint64_t command_count_ = 0;
    uint64_t operator_count_ = 0;
};

// Somebody who reads the event log, at once or once in a while, over restarts of the engine.
class EventClient {
public:
    EventClient(const std::filesystem::path& runtime, const std::filesystem::path& data,
                const Oracle& oracle, std::string name)
        : runtime_(runtime), data_(data), oracle_(oracle), name_(std::move(name)) {}

    // Reads all that is released, and compares it with what must be. Throws Finding.
    void poll();
    // The machine was switched off.
    void drop() { reader_.reset(); }
    uint64_t next() const { return next_; }

private:
    const std::filesystem::path runtime_, data_;
    const Oracle& oracle_;
    const std::string name_;
    std::unique_ptr<EventReader> reader_;
    uint64_t next_ = 1;
};

}  // namespace carbonx::tests
