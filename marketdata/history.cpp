#include "marketdata/history.h"

namespace carbonx::marketdata {
namespace {

constexpr std::size_t tail_bytes_max = std::size_t{1} << 20;  // while a long day is rebuilt

}  // namespace

History::History(const std::filesystem::path& file) : file_(file, O_RDWR | O_CREAT | O_TRUNC) {}

void History::begin(const wire::SessionName& session) {
    file_.truncate(DiskCalls{}, 0);
    session_ = session;
    next_ = 1;
    size_ = 0;
    offsets_.clear();
    tail_.clear();
}

void History::append(std::span<const unsigned char> block) {
    if ((next_ - 1) % stride == 0) offsets_.push_back(size_);
    tail_.insert(tail_.end(), block.begin(), block.end());
    size_ += block.size();
    ++next_;
    if (tail_.size() >= tail_bytes_max) flush();
}

void History::flush() {
    file_.write(DiskCalls{}, tail_.data(), tail_.size(), size_ - tail_.size());
    tail_.clear();
}

std::optional<Packet> History::read(const wire::SessionName& session, uint64_t sequence,
                                    uint16_t count) {
    if (session != session_ || sequence == 0 || sequence >= next_ || count == 0)
        return std::nullopt;
    flush();
    // One read holds the messages before it since the last index entry, and a packet's worth of it.
    constexpr std::size_t block_bytes_max = sizeof(wire::BlockHeader) + wire::message_bytes_max;
    std::array<unsigned char, stride * block_bytes_max + wire::packet_bytes_max> bytes;
    const std::size_t got =
        file_.read(bytes.data(), bytes.size(), offsets_[(sequence - 1) / stride]);
    std::span<const unsigned char> blocks{bytes.data(), got};
    for (uint64_t skipped = (sequence - 1) % stride; skipped > 0; --skipped) {
        blocks = blocks.subspan(first_block(blocks).size());
    }
    Packet packet(session_, sequence, 0);
    const uint64_t end = std::min(next_, sequence + count);
    for (uint64_t i = sequence; i < end && packet.append(first_block(blocks)); ++i) {
        blocks = blocks.subspan(first_block(blocks).size());
    }
    return packet;
}

}  // namespace carbonx::marketdata
