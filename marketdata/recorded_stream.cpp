#include "marketdata/recorded_stream.h"

namespace carbonx::marketdata {

RecordedStream::RecordedStream(std::unique_ptr<Encoder> encoder,
                               const std::filesystem::path& history_files)
    : encoder_(std::move(encoder)), history_(history_files) {}

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
