// How far the feed has been sent, kept in a file for the publisher's next start.
//
// Threads: one.
// Always: it is written behind the send in one write, so that it is never ahead of what went out; a
// publisher that was killed repeats at most what it sent since.
#pragma once

#include <filesystem>
#include <optional>

#include "engine/api/disk.h"
#include "marketdata/wire.h"

namespace carbonx::marketdata {

struct SentPosition {
    wire::SessionName session;
    uint64_t next = 1;     // sequence of the first message that was not sent
    uint32_t content = 0;  // CRC32C of the blocks of all before it
    bool operator==(const SentPosition&) const = default;
};

class Cursor {
public:
    // Makes the file where it is missing. Throws std::system_error.
    Cursor(const std::filesystem::path& file, uint64_t venue);

    // As it was left; none at the venue's first start.
    std::optional<SentPosition> load() const;
    // Throws std::system_error.
    void store(const SentPosition& position) const;

private:
    const File file_;
    const uint64_t venue_;
};

}  // namespace carbonx::marketdata
