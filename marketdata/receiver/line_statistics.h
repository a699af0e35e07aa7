// What one line has carried, by its own numbering.
//
// Threads: one.
#pragma once

#include <algorithm>

#include "marketdata/wire.h"

namespace carbonx::marketdata {

struct LineStatistics {
    uint64_t packets = 0;         // well-formed ones of the present session, heartbeats too
    uint64_t messages_first = 0;  // that no other line or answer had brought before
    uint64_t messages_lost = 0;   // that it skipped; one that comes late counts as lost
    uint64_t gaps = 0;            // times that it skipped some
    uint64_t heard_ns = 0;        // when it was last heard; 0: never

    // Requires: the arbiter took the packet, and this many of its messages were news.
    void take(const wire::PacketHeader& header, uint64_t news, uint64_t now_ns) {
        ++packets;
        messages_first += news;
        heard_ns = now_ns;
        const uint64_t first = header.sequence.value();
        if (header.session != session_) {
            next_ = session_.view().empty() ? first : 1;
            session_ = header.session;
        }
        if (first > next_) {
            ++gaps;
            messages_lost += first - next_;
        }
        const bool ends = header.count.value() == wire::count_end_of_session;
        next_ = std::max(next_, first + (ends ? 0 : header.count.value()));
    }

private:
    wire::SessionName session_;
    uint64_t next_ = 0;  // the line's next message
};

}  // namespace carbonx::marketdata
