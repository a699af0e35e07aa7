// The engine, assembled: recovered from its disk, its rings and windows in place, its five workers
// ready to be polled; each by its own thread in the process, or all by hand in a test.
//
// Threads: made by one; then sequencer(), journal(), segments(), filing() and shadow() belong
// to a thread each.
// Always: only one engine works in a data directory and in a runtime directory.
#pragma once

#include <memory>
#include <vector>

#include "engine/filing.h"
#include "engine/journal.h"
#include "engine/recovery.h"
#include "engine/sequencer.h"
#include "engine/shadow.h"

namespace carbonx {

class Engine {
public:
    // Makes the directories that are missing. The settings must outlive it. Throws
    // std::runtime_error and std::system_error, in one line that says the mend.
    explicit Engine(const Settings& settings, const Clock& clock = {}, const DiskCalls& calls = {});

    Sequencer& sequencer() { return *sequencer_; }
    JournalWriter& journal() { return *journal_; }
    SegmentMaker& segments() { return journal_->segments(); }
    Filing& filing() { return *recovered_.filing; }
    Shadow& shadow() { return *shadow_; }

    // Any thread.
    uint64_t venue() const { return recovered_.venue; }
    const SequencerStatus& status() const { return sequencer_->status(); }
    const ShadowStatus& shadow_status() const { return shadow_->status(); }
    const LogHeader& log() const { return event_log::header(recovered_.events); }
    const Memory& operators_ring() const { return operators_ring_; }
    const std::vector<Memory>& gateway_rings() const { return gateway_rings_; }  // in their order

    // For tests, and only while nobody polls the sequencer.
    const Exchange& exchange() const { return *recovered_.exchange; }

private:
    // Constant after construction; taken apart in the reverse order.
    std::vector<File> locks_;
    Recovered recovered_;
    Memory operators_ring_;
    std::vector<Memory> gateway_rings_;
    std::unique_ptr<JournalWindow> window_;
    std::unique_ptr<JournalWriter> journal_;
    std::unique_ptr<Sequencer> sequencer_;
    std::unique_ptr<Shadow> shadow_;
};

}  // namespace carbonx
