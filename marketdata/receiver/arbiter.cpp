#include "marketdata/receiver/arbiter.h"

#include <algorithm>

#include "marketdata/packet.h"

namespace carbonx::marketdata {
namespace {

uint64_t message_count(const wire::PacketHeader& header) {
    const uint64_t count = header.count.value();
    return count == wire::count_end_of_session ? 0 : count;
}

}  // namespace

// Whether it holds exactly the blocks that its header says.
bool Arbiter::whole(std::span<const unsigned char> packet) const {
    if (packet.size() < sizeof(wire::PacketHeader)) return false;
    const auto header = wire::as<wire::PacketHeader>(packet.data());
    if (header.sequence.value() == 0) return false;
    std::size_t at = sizeof header;
    for (uint64_t i = message_count(header); i > 0; --i) {
        if (packet.size() < at + sizeof(wire::BlockHeader)) return false;
        at += sizeof(wire::BlockHeader) + wire::as<wire::BlockHeader>(&packet[at]).length.value();
    }
    return at == packet.size();
}

void Arbiter::take(std::span<const unsigned char> packet) {
    ++counters_.packets;
    if (!whole(packet)) {
        ++counters_.malformed;
        return;
    }
    const auto header = wire::as<wire::PacketHeader>(packet.data());
    if (header.session < session_) {
        ++counters_.other_session;
        return;
    }
    if (header.session > session_) {
        session_ = header.session;
        next_ = known_ = 1;
        session_over_ = false;
        early_.clear();
        handler_.session_begins(session_);
    }
    const uint64_t first = header.sequence.value();
    const uint64_t end = first + message_count(header);
    if (header.count.value() == wire::count_end_of_session) session_over_ = true;
    const bool was_caught_up = next_ >= known_;
    known_ = std::max(known_, end);
    if (first > next_) {
        if (was_caught_up) ++counters_.gaps;
        if (end > first && early_.size() < early_packets_max) {
            early_.try_emplace(first, packet.begin(), packet.end());
        }
    } else if (end > next_) {
        deliver(packet);
        deliver_early();
    } else if (end > first) {
        ++counters_.repeats;
    }
}

// Requires: the packet begins at next_ or before it.
void Arbiter::deliver(std::span<const unsigned char> packet) {
    const auto header = wire::as<wire::PacketHeader>(packet.data());
    auto blocks = packet.subspan(sizeof header);
    const uint64_t first = header.sequence.value();
    for (uint64_t i = first; i < first + message_count(header); ++i) {
        const auto block = first_block(blocks);
        blocks = blocks.subspan(block.size());
        if (i != next_) continue;  // it is known already
        ++next_;
        ++counters_.messages;
        handler_.message(i, block.subspan(sizeof(wire::BlockHeader)));
    }
}

void Arbiter::deliver_early() {
    while (!early_.empty() && early_.begin()->first <= next_) {
        const auto packet = early_.extract(early_.begin());
        deliver(packet.mapped());
    }
}

std::optional<wire::Request> Arbiter::request(uint64_t now_ns) {
    if (next_ >= known_) {
        gap_ns_ = 0;
        return std::nullopt;
    }
    if (gap_ns_ == 0) gap_ns_ = now_ns;
    if (now_ns - gap_ns_ < reorder_ns) return std::nullopt;
    if (asked_sequence_ == next_ && now_ns - asked_ns_ < retry_ns) return std::nullopt;
    asked_ns_ = now_ns;
    asked_sequence_ = next_;
    ++counters_.requests;
    const uint64_t end = early_.empty() ? known_ : early_.begin()->first;
    const uint64_t count = std::min<uint64_t>(end - next_, wire::count_end_of_session - 1);
    return wire::Request{session_, next_, count};
}

}  // namespace carbonx::marketdata
