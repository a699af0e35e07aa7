// From what is on the disk to an exchange that can go on: takes the newest good snapshot, replays
// the journal behind it, and proves that it gives the events that were filed.
//
// Threads: the starting one; it files and compares on a second one meanwhile, unless the disk's
// calls are for one thread.
// Always: afterwards the event window, the event file and the exchange
// are those of the journal, to its last whole frame.
#pragma once

#include <memory>

#include "engine/api/memory.h"
#include "engine/api/process.h"
#include "engine/api/settings.h"
#include "engine/exchange/exchange.h"
#include "engine/filing.h"
#include "engine/journal.h"

namespace carbonx {

struct Recovered {
    uint64_t venue = 0;
    Capacities capacities;  // as journaled
    std::unique_ptr<Exchange> exchange;
    Memory events;  // the new window, not yet in its place
    std::unique_ptr<Filing> filing;
    journal::Tail tail;  // next is 1: the journal is still to be begun
};

// Throws std::runtime_error and std::system_error, in one line that says the mend.
Recovered recover(const Settings& settings, const DiskCalls& calls = {},
                  uint64_t (*random)() = random_number);

// The new window takes its name, and readers follow. Throws std::system_error.
void show_events(const Settings& settings);

}  // namespace carbonx
