// Where a replay begins: with the journal's first command, or with a snapshot.
//
// Threads: any, one at a time for a start.
#pragma once

#include <filesystem>
#include <optional>

#include "engine/snapshot.h"
#include "engine/text/names.h"
#include "tools/replay_options.h"
#include "tools/replay_until.h"

namespace carbonx::tools {

// The newest snapshot that is not behind what the options ask for, damaged ones passed over with a
// word; none where no snapshot is asked for. Throws std::runtime_error when there is none such, or
// something is asked for that a snapshot does not know.
std::optional<LoadedSnapshot> find_start(const ReplayOptions& options, const Until& until);

// The names of everything that is listed.
Names names_of(const Exchange& exchange);

}  // namespace carbonx::tools
