// The sockets at which subscribers ask for what they have missed, of every stream.
//
// Threads: one, recovery's.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

#include "marketdata/recovery.h"
#include "marketdata/retransmit.h"

namespace carbonx::marketdata {

class RecoveryServers {
public:
    // Throws std::runtime_error that names the mend. Requires: recovery outlives it.
    RecoveryServers(const MarketDataSettings& settings, Recovery& recovery);

    // Answers what waits; the monotonic clock. Returns the work done.
    std::size_t poll(uint64_t now_ns);

    // Of a stream, in the order of the settings: the channels, then carbon.
    const RetransmitServer& retransmit(std::size_t stream) const { return *retransmit_[stream]; }

private:
    boost::asio::io_context context_;
    std::vector<std::unique_ptr<RetransmitServer>> retransmit_;
};

}  // namespace carbonx::marketdata
