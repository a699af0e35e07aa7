// An image of a stream as it goes over the wire, for as many as wait for it at a time.
//
// Threads: one.
// Always: its messages put a newcomer where the stream stands before `next_sequence`, neither one
// message earlier nor later.
#pragma once

#include "marketdata/recovery/recorded_stream.h"

namespace carbonx::marketdata {

struct SnapshotImage {
    wire::SessionName session;
    uint64_t position = 0;  // in the event log: everything before it is in the image
    // SoupBinTCP: Sequenced Data, the last of them `G`, and End of Session.
    std::vector<unsigned char> frames;
};

// Requires: a trading day has begun. The stream has read the event log up to this position.
SnapshotImage make_snapshot_image(const RecordedStream& stream, uint64_t position);

}  // namespace carbonx::marketdata
