// The recordings that carbonx-listen makes beside what it shows, by the endings of their names.
//
// Threads: one.
#pragma once

#include <optional>

#include "marketdata/receiver/arbiter.h"
#include "tools/line_tap.h"
#include "tools/listen_options.h"

namespace carbonx::tools {

class ListenRecordings {
public:
    // Throws std::runtime_error that names the mend, as all below.
    ListenRecordings(const ListenOptions& options, const marketdata::Subscription& subscription);

    // Each message in sequence.
    void message(const marketdata::Arbiter& arbiter, uint64_t sequence, Bytes message);
    // What has come is recorded; call it after each poll of the receiver. Returns the work done.
    std::size_t poll(const marketdata::Arbiter& arbiter);
    void flush();

private:
    std::optional<MessageRecording> messages_;
    std::optional<PacketRecording> packets_;
    std::optional<LineTap> tap_;
};

}  // namespace carbonx::tools
