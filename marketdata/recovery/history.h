// The session's messages, kept for re-requests: a file of blocks as they stand in packets, and one
// with the offset of every 64th of them.
//
// Threads: one.
// Always: message n is the n-th block of the file. Memory does not grow with the day. The files are
// made anew from the event log at each start, so they are never synced.
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
    // Makes the files anew: this name with `.history` and `.index`. Throws std::system_error.
    explicit History(const std::filesystem::path& files);

    // Drops all messages; those that follow are of this session, from sequence 1.
    void begin(const wire::SessionName& session);
    // The block of the next message.
    void append(std::span<const unsigned char> block);
    // Writes what was appended to the files. Throws std::system_error.
    void flush();

    const wire::SessionName& session() const { return session_; }
    uint64_t next_sequence() const { return next_; }

    // A packet with as many whole messages from this sequence on as there are, are asked for and
    // fit; none for a session or a sequence that is not here.
    std::optional<Packet> read(const wire::SessionName& session, uint64_t sequence, uint16_t count);

private:
    static constexpr uint64_t stride = 64;  // messages an index entry

    const File blocks_;
    const File index_;
    wire::SessionName session_;
    uint64_t next_ = 1;
    uint64_t size_ = 0;                // bytes, those not yet written included
    std::vector<unsigned char> tail_;  // blocks appended and not yet written
    uint64_t indexed_ = 0;             // entries of the index that are written
    std::vector<uint64_t> offsets_;    // those that are not: of messages 1, 1 + stride, ...
};

}  // namespace carbonx::marketdata
