// A journal's commands in batches, so that who applies them can look ahead of the one at hand.
//
// Threads: one. Always: batches come in the journal's order, each of whole commands, none of them
// empty.
#pragma once

#include <exception>
#include <vector>

#include "engine/exchange/exchange.h"
#include "engine/journal_reader.h"

namespace carbonx {

struct CommandBatch {
    uint64_t first = 0;            // sequence of the first command
    std::vector<Slot> slots;       // one command behind the other
    std::vector<uint32_t> places;  // of each command's first slot

    std::size_t size() const { return places.size(); }
    const CommandHead& operator[](std::size_t i) const {
        return *reinterpret_cast<const CommandHead*>(&slots[places[i]]);
    }
    uint64_t sequence(std::size_t i) const { return first + places[i]; }

    // Has what the commands behind this one will touch fetched, as the sequencer does.
    void prefetch(std::size_t i, const Exchange& exchange) const {
        if (i + order_ahead < size()) exchange.prefetch_order((*this)[i + order_ahead]);
        if (i + level_ahead < size()) exchange.prefetch_level((*this)[i + level_ahead]);
    }

private:
    static constexpr std::size_t order_ahead = 8;
    static constexpr std::size_t level_ahead = 4;
};

class BatchReader {
public:
    explicit BatchReader(JournalReader& reader) : reader_(reader) {}

    // The next batch, or nullptr at the journal's end; the one before is no longer there. Throws
    // what the reading threw, after the commands before it.
    const CommandBatch* next();

private:
    static constexpr std::size_t batch_slots = 512;  // small enough to stay in the caches

    void fill();

    JournalReader& reader_;
    CommandBatch batch_;
    std::exception_ptr failure_;
};

}  // namespace carbonx
