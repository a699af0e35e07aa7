// What an operator wants to know of a running engine, as text: a line for each value, name=value.
//
// Threads: any; reads only what others publish.
#pragma once

#include <string>

#include "engine/engine.h"

namespace carbonx {

// started_ns: monotonic time at which this process started.
std::string status_text(const Settings& settings, const Engine& engine, uint64_t started_ns);

}  // namespace carbonx
