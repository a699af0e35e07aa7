#include "marketdata/packet.h"

#include "engine/api/check.h"

namespace carbonx::marketdata {

Packet::Packet(const wire::SessionName& session, uint64_t sequence, uint16_t count)
    : size(sizeof(wire::PacketHeader)) {
    const wire::PacketHeader header{session, sequence, count};
    std::memcpy(bytes.data(), &header, sizeof header);
}

uint64_t Packet::next_sequence() const {
    const wire::PacketHeader head = header();
    const bool empty = head.count.value() == wire::count_end_of_session;
    return head.sequence.value() + (empty ? 0 : head.count.value());
}

bool Packet::append(std::span<const unsigned char> block) {
    if (size + block.size() > bytes.size()) return false;
    std::memcpy(bytes.data() + size, block.data(), block.size());
    size += block.size();
    const wire::U16 count = header().count.value() + 1;
    std::memcpy(bytes.data() + offsetof(wire::PacketHeader, count), &count, sizeof count);
    return true;
}

std::span<const unsigned char> first_block(std::span<const unsigned char> blocks) {
    CARBONX_CHECK(blocks.size() >= sizeof(wire::BlockHeader));
    const std::size_t size =
        sizeof(wire::BlockHeader) + wire::as<wire::BlockHeader>(blocks.data()).length.value();
    CARBONX_CHECK(blocks.size() >= size);
    return blocks.first(size);
}

void Packetiser::begin(const wire::SessionName& session, uint64_t sequence) {
    CARBONX_CHECK(open_.size == 0);
    session_ = session;
    next_ = sequence;
}

void Packetiser::append(std::span<const unsigned char> block) {
    if (open_.size + block.size() > open_.bytes.size()) flush();
    if (open_.size == 0) open_ = Packet(session_, next_, 0);
    CARBONX_CHECK(open_.append(block));
    ++next_;
}

void Packetiser::flush() {
    if (open_.size == 0) return;
    ready_.push_back(open_);
    open_.size = 0;
}

}  // namespace carbonx::marketdata
