// Who is at the other end of an operators' socket: a Unix socket's peer is known by the user id
// that the kernel gives.
//
// Threads: any.
// Always: the one place that says who is an operator, for the engine's socket and the gateway's.
#pragma once

#include <string>

#include "engine/api/settings.h"

namespace carbonx {

struct OperatorPeer {
    std::string name;     // as the settings call this user; empty: not an operator
    std::string refusal;  // then one line for a person, with the mend
};

// Of the [[engine.operators]]; with no entry only the user that this process runs as. `process`: to
// be restarted for the mend.
OperatorPeer operator_peer(int socket, const Settings& settings, const char* process);

}  // namespace carbonx
