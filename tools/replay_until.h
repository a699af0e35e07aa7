// Where a replay ends: at a command, an event, a trade, a time, the end of an order's life, or the
// last movement of a serial number.
//
// Threads: any; pure functions but for find_command, which runs a pass.
#pragma once

#include <string>

#include "engine/api/event.h"
#include "tools/serial.h"

namespace carbonx::tools {

class ReplayPass;

struct Until {
    enum class Kind : uint8_t { end, command, event, trade, time, order, serial };
    Kind kind = Kind::end;
    uint64_t value = 0;  // a sequence, or nanoseconds since 1970
    OrderId order{};
    Serial serial;
    std::string text;  // as it was given
};

// The forms are listed in tools/README.md. Throws std::runtime_error that names them.
Until parse_until(const std::string& text, int32_t utc_offset_minutes);

// Whether what is asked for is known only when its events have been seen.
bool needs_search(const Until& until);
// The command to which needs_search leads: that of the event or trade, the one that ended the order
// (of an open one the last that touched it), the last that moved the serial. Uses the pass up.
// Throws std::runtime_error when the journal has none.
uint64_t find_command(const Until& until, ReplayPass& pass);

}  // namespace carbonx::tools
