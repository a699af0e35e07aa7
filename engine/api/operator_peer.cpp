#include "engine/api/operator_peer.h"

#include <sys/socket.h>
#include <unistd.h>

namespace carbonx {

OperatorPeer operator_peer(int socket, const Settings& settings, const char* process) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        return {{}, "it is not known who you are: connect on the venue's own machine"};
    }
    const std::string user = std::to_string(peer.uid);
    const auto& known = settings.engine.operators;
    if (known.empty() && peer.uid == ::getuid()) return {"uid-" + user, {}};
    for (const OperatorSettings& person : known) {
        if (person.uid == peer.uid) return {person.name, {}};
    }
    return {{},
            "user " + user +
                " is not an operator: add an [[engine.operators]] entry with this uid to the "
                "settings and restart the " +
                process};
}

}  // namespace carbonx
