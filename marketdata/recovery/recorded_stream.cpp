#include "marketdata/recovery/recorded_stream.h"

namespace carbonx::marketdata {

RecordedStream::RecordedStream(StreamPlan plan, const std::filesystem::path& directory)
    : name_(std::move(plan.name)),
      addresses_(std::move(plan.addresses)),
      encoder_(std::move(plan.encoder)),
      history_(directory / name_) {}

void RecordedStream::take(const EventHead& event, uint64_t sequence) {
    const Encoded& encoded = encoder_->encode(event, sequence);
    if (encoded.session_begins) history_.begin(encoder_->session());
    std::span<const unsigned char> blocks{encoded.blocks};
    while (!blocks.empty()) {
        const auto block = first_block(blocks);
        history_.append(block);
        blocks = blocks.subspan(block.size());
    }
}

Blocks RecordedStream::snapshot() const {
    Blocks blocks;
    encoder_->snapshot(blocks);
    return blocks;
}

}  // namespace carbonx::marketdata
