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
    constexpr uint64_t sequence_max = UINT64_MAX / 2;  // so that nothing behind it wraps
    if (packet.size() < sizeof(wire::PacketHeader)) return false;
    const auto header = wire::as<wire::PacketHeader>(packet.data());
    if (header.sequence.value() == 0 || header.sequence.value() > sequence_max) return false;
    std::size_t at = sizeof header;
    for (uint64_t i = message_count(header); i > 0; --i) {
        if (packet.size() < at + sizeof(wire::BlockHeader)) return false;
        at += sizeof(wire::BlockHeader) + wire::as<wire::BlockHeader>(&packet[at]).length.value();
    }
    return at == packet.size();
}

std::optional<uint64_t> Arbiter::take(std::span<const unsigned char> packet, uint64_t now_ns) {
    ++counters_.packets;
    if (!whole(packet)) {
        ++counters_.malformed;
        return std::nullopt;
    }
    const auto header = wire::as<wire::PacketHeader>(packet.data());
    if (header.session < session_) {
        ++counters_.other_session;
        return std::nullopt;
    }
    if (header.session > session_) begin(header.session);
    if (header.count.value() == wire::count_end_of_session) session_over_ = true;

    const uint64_t first = header.sequence.value();
    const uint64_t end = first + message_count(header);
    if (first > known_) open_hole(first, now_ns);
    uint64_t news = fill(first, end);
    if (end > known_) {
        news += end - known_;
        known_ = end;
    }
    if (news == 0) {
        if (end > first) ++counters_.repeats;
    } else if (first <= next_) {
        advanced_ns_ = now_ns;
        deliver(packet);
        deliver_early();
    } else {
        hold(first, packet);
    }
    note_gap(now_ns);
    return news;
}

void Arbiter::begin(const wire::SessionName& session) {
    session_ = session;
    next_ = known_ = 1;
    session_over_ = false;
    holes_.clear();
    missing_ = 0;
    early_.clear();
    bytes_held_ = 0;
    gap_ns_ = 0;
    handler_.session_begins(session_);
}

// All from known_ to the end is missing.
void Arbiter::open_hole(uint64_t end, uint64_t now_ns) {
    missing_ += end - known_;
    if (!holes_.empty() && holes_.rbegin()->second.end == known_) {
        holes_.rbegin()->second.end = end;
    } else {
        holes_.emplace_hint(holes_.end(), known_, Hole{end, now_ns, 0});
    }
    known_ = end;
}

// These are not missing any more; how many were.
uint64_t Arbiter::fill(uint64_t first, uint64_t end) {
    uint64_t filled = 0;
    auto hole = holes_.upper_bound(first);
    if (hole != holes_.begin() && std::prev(hole)->second.end > first) --hole;
    while (hole != holes_.end() && hole->first < end) {
        const uint64_t from = std::max(hole->first, first);
        const uint64_t to = std::min(hole->second.end, end);
        filled += to - from;
        const Hole before = hole->second;
        if (from > hole->first) {
            hole->second.end = from;
            ++hole;
        } else {
            hole = holes_.erase(hole);
        }
        if (to < before.end) {
            hole = holes_.emplace_hint(hole, to, Hole{before.end, before.seen_ns, 0});
            break;
        }
    }
    missing_ -= filled;
    return filled;
}

// Where publishers cut differently, a packet may hold what another that is held begins with: the
// longer one has all of both. The shorter one can have news after one before it was given up.
void Arbiter::hold(uint64_t first, std::span<const unsigned char> packet) {
    auto& held = early_[first];
    if (!held.empty() && message_count(wire::as<wire::PacketHeader>(held.data())) >
                             message_count(wire::as<wire::PacketHeader>(packet.data()))) {
        return;
    }
    bytes_held_ += packet.size() - held.size();
    held.assign(packet.begin(), packet.end());
    while (early_.size() > bounds_.packets || bytes_held_ > bounds_.bytes) give_up_earliest();
}

// All before it is missing, and now it is too; so the first hole grows over it.
void Arbiter::give_up_earliest() {
    ++counters_.given_up;
    const auto packet = early_.extract(early_.begin());
    bytes_held_ -= packet.mapped().size();
    const auto front = holes_.begin();
    const auto header = wire::as<wire::PacketHeader>(packet.mapped().data());
    uint64_t end = std::max(front->second.end, packet.key() + message_count(header));
    missing_ += end - front->second.end;
    for (auto next = std::next(front); next != holes_.end() && next->first <= end;) {
        missing_ -= std::min(end, next->second.end) - next->first;
        end = std::max(end, next->second.end);
        next = holes_.erase(next);
    }
    front->second.end = end;
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
        bytes_held_ -= packet.mapped().size();
        deliver(packet.mapped());
    }
    fill(0, next_);
}

void Arbiter::note_gap(uint64_t now_ns) {
    if (!holes_.empty() && gap_ns_ == 0) {
        ++counters_.gaps;
        gap_ns_ = advanced_ns_ = now_ns;
    } else if (holes_.empty() && gap_ns_ != 0) {
        ++counters_.gaps_closed;
        counters_.recovery_ns_last = now_ns - gap_ns_;
        counters_.recovery_ns_max = std::max(counters_.recovery_ns_max, counters_.recovery_ns_last);
        gap_ns_ = 0;
    }
}

std::optional<wire::Request> Arbiter::request(uint64_t now_ns) {
    std::size_t seen = 0;
    for (auto& [first, hole] : holes_) {
        if (++seen > holes_asked) break;
        if (now_ns - hole.seen_ns < reorder_ns) continue;
        if (hole.asked_ns != 0 && now_ns - hole.asked_ns < retry_ns) continue;
        hole.asked_ns = now_ns;
        ++counters_.requests;
        const uint64_t count = std::min<uint64_t>(hole.end - first, wire::count_end_of_session - 1);
        return wire::Request{session_, first, count};
    }
    return std::nullopt;
}

void Arbiter::skip_to(uint64_t sequence, uint64_t now_ns) {
    if (sequence <= next_) return;
    counters_.skipped += sequence - next_;
    next_ = sequence;
    known_ = std::max(known_, next_);
    advanced_ns_ = now_ns;
    deliver_early();
    note_gap(now_ns);
}

}  // namespace carbonx::marketdata
