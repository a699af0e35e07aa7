#include "engine/filing.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "engine/api/checksum.h"
#include "engine/text/text.h"

namespace carbonx {
namespace {

using event_log::block_of;
using event_log::block_slots;
using event_log::BlockHead;
using event_log::is_good;

}  // namespace

bool is_filed_below(const std::filesystem::path& data, uint64_t next) {
    const auto history = event_log::history_file(data);
    if (next == 1) return true;
    if (!std::filesystem::exists(history)) return false;
    const File file(history, O_RDONLY);
    event_log::Block block;
    const uint64_t last = next - 1;
    const std::size_t have = file.read(&block, sizeof block, block_of(last) * sizeof block);
    return have == sizeof block && is_good(block, block_of(last) * block_slots + 1) &&
           block.head.filled > (last - 1) % block_slots;
}

Filing::Filing(const Memory& window, const std::filesystem::path& data, const DiskCalls& calls)
    : header_(event_log::header(window)),
      window_(event_log::slots(window)),
      mask_(header_.window - 1),
      calls_(calls),
      file_(event_log::history_file(data), O_RDWR | O_CREAT),
      blocks_(std::make_unique<std::array<Block, blocks_max>>()),
      next_(header_.published.load()),
      slot_next_(next_) {
    if ((slot_next_ - 1) % block_slots != 0) continue_block();
}

// The block in which the next event begins has earlier ones already.
void Filing::continue_block() {
    const uint64_t place = (slot_next_ - 1) % block_slots;
    const std::size_t have =
        file_.read(&in_file_, sizeof in_file_, block_of(slot_next_) * sizeof(Block));
    CARBONX_CHECK(have == sizeof in_file_ && in_file_.head.filled >= place);
    Block& block = blocks_->front();
    block = in_file_;
    std::fill(block.slots + place, block.slots + block_slots, Slot{});
    block.head.filled = static_cast<uint32_t>(place);
    block_count_ = 1;
}

std::size_t Filing::poll() {
    const uint64_t begin = next_;
    const uint64_t published =
        header_.published.load(std::memory_order_acquire);  // (E) pairs with publish()
    const uint64_t durable = header_.durable_command.load(std::memory_order_acquire);  // (D)
    while (next_ < published && next_ - begin < (blocks_max - 1) * block_slots) {
        const Slot* event = window_ + (next_ & mask_);
        const auto& head = *reinterpret_cast<const EventHead*>(event);
        if (head.command > durable) break;
        const uint64_t slots = head.slots;
        for (uint64_t i = 0; i < slots; ++i) add(event[i]);
        next_ += slots;
    }
    if (next_ == begin) return 0;
    write_blocks();
    header_.filed.store(next_ - 1,
                        std::memory_order_release);  // (F) pairs with EventWriter, EventReader
    return next_ - begin;
}

void Filing::add(const Slot& slot) {
    const uint64_t place = (slot_next_ - 1) % block_slots;
    if (place == 0) begin_block();
    if (comparing_) compare(slot, place);
    Block& block = (*blocks_)[block_count_ - 1];
    block.slots[place] = slot;
    block.head.filled = static_cast<uint32_t>(place + 1);
    if (!comparing_) changed_ = true;
    ++slot_next_;
}

void Filing::begin_block() {
    if (block_count_ == blocks_max) write_blocks();
    Block& block = (*blocks_)[block_count_++];
    std::memset(&block, 0, sizeof block);
    block.head.magic = BlockHead::magic_value;
    block.head.first = slot_next_;
    if (!comparing_) return;
    const std::size_t have =
        file_.read(&in_file_, sizeof in_file_, block_of(slot_next_) * sizeof(Block));
    if (have == sizeof in_file_ && is_good(in_file_, slot_next_)) return;
    found_bad_block_ = have > 0;
    cut();
}

void Filing::compare(const Slot& slot, uint64_t place) {
    if (place >= in_file_.head.filled) {
        // The file's last block is not full.
        comparing_ = false;
        const uint64_t end = (block_of(slot_next_) + 1) * sizeof(Block);
        file_.truncate(calls_, end);
        return;
    }
    if (std::memcmp(&slot, &in_file_.slots[place], sizeof slot) != 0) differ();
    ++compared_slots_;
}

bool Filing::goes_on() const {
    if (!comparing_) return false;
    const uint64_t place = (slot_next_ - 1) % block_slots;
    if (place != 0) return in_file_.head.filled > place;
    Block next;
    const std::size_t have = file_.read(&next, sizeof next, block_of(slot_next_) * sizeof(Block));
    return have == sizeof next && is_good(next, slot_next_);
}

bool Filing::cut() {
    if (!comparing_) return false;
    comparing_ = false;
    // Blocks up to the last slot that was added stay; that one may hold more than it should.
    const uint64_t blocks = (slot_next_ - 1 + block_slots - 1) / block_slots;
    const bool more_slots = (slot_next_ - 1) % block_slots != 0 &&
                            in_file_.head.filled > (slot_next_ - 1) % block_slots;
    const bool more_blocks = std::filesystem::file_size(file_.path()) > blocks * sizeof(Block);
    file_.truncate(calls_, blocks * sizeof(Block));
    changed_ = more_slots;
    if (more_slots) write_blocks();
    return more_slots || more_blocks;
}

// Writes what has changed; a block that is part full stays, to be written again when it has more.
void Filing::write_blocks() {
    if (block_count_ == 0) return;
    for (std::size_t i = 0; changed_ && i < block_count_; ++i) {
        BlockHead& head = (*blocks_)[i].head;
        head.crc = crc32c((*blocks_)[i].slots, head.filled * sizeof(Slot));
    }
    const BlockHead& first = blocks_->front().head;
    if (changed_) {
        file_.write(calls_, blocks_->data(), block_count_ * sizeof(Block),
                    block_of(first.first) * sizeof(Block));
    }
    changed_ = false;
    const Block& last = (*blocks_)[block_count_ - 1];
    if (last.head.filled == block_slots) {
        block_count_ = 0;
    } else {
        if (block_count_ > 1) blocks_->front() = last;
        block_count_ = 1;
    }
}

// The block's checksum is right and so is the journal's: both events are shown whole. Names are not
// known here; carbonx-replay has them.
void Filing::differ() const {
    Event filed;
    uint64_t slots = 1;
    for (uint64_t i = 0; i < slots; ++i) {
        file_.read(reinterpret_cast<Slot*>(&filed) + i, sizeof(Slot),
                   event_log::offset_of(next_ + i));
        slots = std::min<uint64_t>(filed.head.slots, limits::record_slots_max);
    }
    const auto& made = *reinterpret_cast<const EventHead*>(window_ + (next_ & mask_));
    const Names none;
    throw std::runtime_error(
        file_.path().string() + ": the event at " + std::to_string(next_) + ", of command " +
        std::to_string(made.command) +
        ", is not what the journal gives, so this build has other rules than the one that wrote "
        "it: start that one, or move the file away to let it be made anew. In the file: " +
        to_text(filed.head, none) + "; from the journal: " + to_text(made, none));
}

}  // namespace carbonx
