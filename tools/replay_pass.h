// One pass over a journal: each command through an exchange, step by step.
//
// Threads: one, the replay's; the journal is read ahead, and the events are compared, on threads of
// their own. Always: an event of the last command can be looked at until the next apply().
#pragma once

#include <memory>
#include <optional>

#include "engine/command_batch.h"
#include "engine/snapshot.h"
#include "tools/event_check.h"

namespace carbonx::tools {

enum class Comparing : uint8_t { no, with_event_log };
// Looking at each command's events needs a window that holds all that one command may cause;
// without it the window is one that stays in the processor's caches.
enum class Looking : uint8_t { no, at_events };

class ReplayPass {
public:
    // The venue's data directory, and where the journal's older segments are. Begins with the
    // journal's first command, or with the snapshot. Throws std::runtime_error when there is no
    // whole beginning.
    ReplayPass(const std::filesystem::path& data, const std::filesystem::path& archive,
               std::optional<LoadedSnapshot> start, Comparing comparing, Looking looking);

    // The command that apply() will do next; nullptr at the journal's end. Throws
    // std::runtime_error where the journal is damaged.
    const CommandHead* coming() {
        if (at_ == batch_size_ && !next_batch()) return nullptr;
        return &(*batch_)[at_];
    }
    // Its sequence. Requires: coming() gave a command.
    uint64_t sequence() const { return batch_->sequence(at_); }
    // Requires: coming() gave a command.
    void apply();

    // Calls use(sequence, event) for each event of the command that was applied last. Requires:
    // Looking::at_events.
    template <class Use>
    void for_each_event(Use&& use) const {
        for (uint64_t sequence = first_event_; sequence < events_->next();) {
            const EventHead& event = event_at(sequence);
            use(sequence, event);
            sequence += event.slots;
        }
    }
    // Ends the comparison, everything so far included; nullptr when nothing is compared.
    EventCheck* finish_check();
    bool differs() const { return check_ && check_->differs(); }

    const Exchange& exchange() const { return *exchange_; }
    uint64_t commands() const { return commands_; }  // that were applied
    // Of the last of them; before the first, the place in the journal behind which it stands.
    uint64_t last_sequence() const { return last_sequence_; }
    uint64_t event_next() const { return events_->next(); }

private:
    void publish();
    bool next_batch();
    const EventHead& event_at(uint64_t sequence) const {
        return *reinterpret_cast<const EventHead*>(event_log::slots(window_) +
                                                   (sequence & (window_slots_ - 1)));
    }

    const SnapshotPlace place_;
    std::unique_ptr<Exchange> exchange_;
    JournalReader reader_;
    BatchReader batches_{reader_};
    const CommandBatch* batch_ = nullptr;
    std::size_t at_ = 0;  // the coming command, in the batch
    std::size_t batch_size_ = 0;
    uint32_t window_slots_ = 0;
    Memory window_;
    std::optional<EventWriter> events_;
    std::optional<EventCheck> check_;
    uint64_t first_event_;  // of the last command
    uint64_t commands_ = 0;
    uint64_t last_sequence_;
};

}  // namespace carbonx::tools
