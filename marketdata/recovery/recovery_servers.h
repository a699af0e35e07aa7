// The sockets at which subscribers ask for what they have missed, of every stream.
//
// Threads: one, recovery's.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

#include "marketdata/recovery/recovery.h"
#include "marketdata/recovery/retransmit.h"
#include "marketdata/recovery/snapshot_server.h"

namespace carbonx::marketdata {

class RecoveryServers {
public:
    // Throws std::runtime_error that names the mend. Requires: recovery outlives it.
    RecoveryServers(const MarketDataSettings& settings, Recovery& recovery);

    // Answers what waits; the monotonic clock. Returns the work done.
    std::size_t poll(uint64_t now_ns);

    // Of a stream, in the order of recovery's.
    const RetransmitServer& retransmit(std::size_t stream) const { return *retransmit_[stream]; }
    const SnapshotServer& snapshot(std::size_t stream) const { return *snapshot_[stream]; }
    const SnapshotUsers& users() const { return users_; }

    void log_counters() const;

private:
    const Recovery& recovery_;
    SnapshotUsers users_;
    boost::asio::io_context context_;
    std::vector<std::unique_ptr<RetransmitServer>> retransmit_;
    std::vector<std::unique_ptr<SnapshotServer>> snapshot_;
};

}  // namespace carbonx::marketdata
