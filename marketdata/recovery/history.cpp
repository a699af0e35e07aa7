#include "marketdata/recovery/history.h"

namespace carbonx::marketdata {
namespace {

constexpr std::size_t tail_bytes_max = std::size_t{1} << 20;  // while a long day is rebuilt

}  // namespace

History::History(const std::filesystem::path& files)
    : blocks_(std::filesystem::path(files).concat(".history"), O_RDWR | O_CREAT | O_TRUNC),
      index_(std::filesystem::path(files).concat(".index"), O_RDWR | O_CREAT | O_TRUNC) {}

void History::begin(const wire::SessionName& session) {
    blocks_.truncate(DiskCalls{}, 0);
    index_.truncate(DiskCalls{}, 0);
    session_ = session;
    next_ = 1;
    size_ = 0;
    tail_.clear();
    indexed_ = 0;
    offsets_.clear();
}

void History::append(std::span<const unsigned char> block) {
    if ((next_ - 1) % stride == 0) offsets_.push_back(size_);
    tail_.insert(tail_.end(), block.begin(), block.end());
    size_ += block.size();
    ++next_;
    if (tail_.size() >= tail_bytes_max) flush();
}

void History::flush() {
    if (tail_.empty()) return;
    blocks_.write(DiskCalls{}, tail_.data(), tail_.size(), size_ - tail_.size());
    tail_.clear();
    index_.write(DiskCalls{}, offsets_.data(), offsets_.size() * sizeof(uint64_t),
                 indexed_ * sizeof(uint64_t));
    indexed_ += offsets_.size();
    offsets_.clear();
}

std::optional<Packet> History::read(const wire::SessionName& session, uint64_t sequence,
                                    uint16_t count) {
    if (session != session_ || sequence == 0 || sequence >= next_ || count == 0)
        return std::nullopt;
    flush();
    // One read holds the messages before it since the last index entry, and a packet's worth of it.
    constexpr std::size_t block_bytes_max = sizeof(wire::BlockHeader) + wire::message_bytes_max;
    std::array<unsigned char, stride * block_bytes_max + wire::packet_bytes_max> bytes;
    uint64_t offset = 0;
    index_.read(&offset, sizeof offset, (sequence - 1) / stride * sizeof offset);
    const std::size_t got = blocks_.read(bytes.data(), bytes.size(), offset);
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
