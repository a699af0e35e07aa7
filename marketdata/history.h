// The session's messages, kept for re-requests: a file of blocks as they stand in packets, and a
// sparse index to it.
//
// Threads: one.
// Always: message n is the n-th block of the file; an offset of every 64th is in memory, and
// nothing else grows with the day. The file is rebuilt from the event log at each start, so it is
// never synced.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "engine/api/disk.h"
#include "marketdata/packet.h"

namespace carbonx::marketdata {

class History {
public:
    // Makes the file anew. Throws std::system_error.
    explicit History(const std::filesystem::path& file);

    // Drops all messages; those that follow are of this session, from sequence 1.
    void begin(const wire::SessionName& session);
    // The block of the next message.
    void append(std::span<const unsigned char> block);
    // Writes what was appended to the file. Throws std::system_error.
    void flush();

    const wire::SessionName& session() const { return session_; }
    uint64_t next_sequence() const { return next_; }

    // A packet with as many whole messages from this sequence on as there are, are asked for and
    // fit; none for a session or a sequence that is not here.
    std::optional<Packet> read(const wire::SessionName& session, uint64_t sequence, uint16_t count);

private:
    static constexpr uint64_t stride = 64;  // messages an index entry

    const File file_;
    wire::SessionName session_;
    uint64_t next_ = 1;
    uint64_t size_ = 0;                // bytes, those not yet written included
    std::vector<uint64_t> offsets_;    // of messages 1, 1 + stride, 1 + 2 stride, ...
    std::vector<unsigned char> tail_;  // appended and not yet written
};

}  // namespace carbonx::marketdata
