// Recovery and its servers on a thread of their own, beside the publisher's.
//
// Threads: made, asked and ended by one, the publisher's.
// Always: what ends recovery early is thrown by check(), so that it ends the process: a feed
// without re-requests and snapshots does not go on unnoticed. Recovery's counters are in the log at
// its end.
#pragma once

#include <atomic>
#include <exception>
#include <thread>

#include "marketdata/recovery/recovery_servers.h"

namespace carbonx::marketdata {

class RecoveryThread {
public:
    // Throws std::system_error where there is no event log yet, and std::runtime_error that names
    // the mend for everything else. Warns in the log when the thread cannot be pinned to its core.
    explicit RecoveryThread(const Settings& settings);
    ~RecoveryThread();
    RecoveryThread(const RecoveryThread&) = delete;
    RecoveryThread& operator=(const RecoveryThread&) = delete;

    // Throws what has ended it.
    void check() const;

    // For who asks where its ports are, which do not change.
    const RecoveryServers& servers() const { return servers_; }

private:
    void run();
    void poll_until_stopped();

    // Constant after construction.
    const ThreadSettings thread_settings_;

    // Recovery's thread, once it runs.
    Recovery recovery_;
    RecoveryServers servers_;
    std::exception_ptr failure_;  // before failed_

    std::atomic<bool> failed_{false};    // by recovery's thread
    std::atomic<bool> stopping_{false};  // by the publisher's
    std::thread thread_;
};

}  // namespace carbonx::marketdata
