// One stream as recovery has read it: every message of its session, and where it stands.
//
// Threads: one, recovery's.
#pragma once

#include <memory>
#include <span>

#include "marketdata/recovery/history.h"
#include "marketdata/streams.h"

namespace carbonx::marketdata {

class RecordedStream {
public:
    // Throws std::system_error.
    RecordedStream(StreamPlan plan, const std::filesystem::path& directory);

    void take(const EventHead& event, uint64_t sequence);

    const std::string& name() const { return name_; }
    const StreamSettings& addresses() const { return addresses_; }
    // Blank before the first trading day.
    const wire::SessionName& session() const { return encoder_->session(); }
    uint64_t next_sequence() const { return history_.next_sequence(); }
    // Reading it writes its files.
    History& history() { return history_; }
    // An image: the blocks that put a newcomer where the stream stands, before next_sequence().
    Blocks snapshot() const;

private:
    const std::string name_;
    const StreamSettings addresses_;
    const std::unique_ptr<Encoder> encoder_;
    History history_;
};

}  // namespace carbonx::marketdata
