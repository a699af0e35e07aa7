#include "marketdata/recovery/snapshot_image.h"

#include "engine/api/check.h"
#include "marketdata/packet.h"
#include "marketdata/soup.h"

namespace carbonx::marketdata {

SnapshotImage make_snapshot_image(const RecordedStream& stream, uint64_t position) {
    CARBONX_CHECK(!stream.session().view().empty());
    SnapshotImage image{stream.session(), position, {}};
    const Blocks made = stream.snapshot();
    // A frame is a byte longer than its block.
    image.frames.reserve(made.size() + made.size() / sizeof(wire::SystemEvent) + 64);
    std::span<const unsigned char> blocks{made};
    while (!blocks.empty()) {
        const auto block = first_block(blocks);
        const auto message = block.subspan(sizeof(wire::BlockHeader));
        soup::append_frame(image.frames, soup::sequenced_data, message);
        blocks = blocks.subspan(block.size());
    }
    wire::EndOfSnapshot end;
    end.sequence = soup::digits(stream.next_sequence());
    const auto* bytes = reinterpret_cast<const unsigned char*>(&end);
    soup::append_frame(image.frames, soup::sequenced_data, {bytes, sizeof end});
    soup::append_frame(image.frames, soup::end_of_session);
    return image;
}

}  // namespace carbonx::marketdata
