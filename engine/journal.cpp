#include "engine/journal.h"

#include "engine/api/checksum.h"

namespace carbonx {
JournalWindow::JournalWindow(uint32_t slots, uint64_t next)
    : memory_(Memory::anonymous((slots + limits::record_slots_max) * sizeof(Slot))),
      slots_(reinterpret_cast<Slot*>(memory_.data())),
      mask_(slots - 1),
      published_(next),
      next_(next),
      taken_seen_(next),
      taken_(next),
      published_seen_(next) {
    CARBONX_CHECK(slots >= limits::record_slots_max && (slots & (slots - 1)) == 0);
}

JournalWriter::JournalWriter(const std::filesystem::path& directory, const journal::Tail& tail,
                             JournalWindow& window, std::atomic<uint64_t>& durable,
                             const JournalOptions& options)
    : options_(options),
      window_(window),
      durable_(durable),
      memory_(new unsigned char[journal::frame_bytes_max + journal::block_bytes]()),
      frame_(memory_.get() + (journal::block_bytes -
                              reinterpret_cast<uintptr_t>(memory_.get()) % journal::block_bytes)),
      maker_(directory, options.segment_bytes, options.calls),
      tail_(tail) {
    CARBONX_CHECK(options.segment_bytes % journal::frame_bytes_max == 0);
    segment_ = tail_.segment.empty() ? maker_.take(tail_.next) : File(tail_.segment, O_RDWR);
    maker_.used(tail_.offset);
}

std::size_t JournalWriter::poll() {
    const uint32_t slots = collect();
    if (slots == 0) return 0;
    journal::FrameHead head;
    head.slots = slots;
    head.first = tail_.next;
    head.payload_crc = crc32c(frame_ + sizeof head, slots * sizeof(Slot));
    head.hash = hasher_(tail_.hash, head, frame_ + sizeof head);
    head.head_crc = journal::head_crc(head);
    std::memcpy(frame_, &head, sizeof head);
    const std::size_t used = sizeof head + slots * sizeof(Slot);
    const std::size_t bytes = journal::frame_bytes(slots);
    std::memset(frame_ + used, 0, bytes - used);

    if (tail_.offset + bytes > options_.segment_bytes) {
        segment_ = maker_.take(tail_.next);
        tail_.offset = 0;
    }
    segment_.write(options_.calls, frame_, bytes, tail_.offset);
    if (options_.durability == Durability::disk) segment_.sync(options_.calls);
    tail_.offset += bytes;
    tail_.next += slots;
    tail_.hash = head.hash;
    maker_.used(tail_.offset);
    durable_.store(tail_.next - 1, std::memory_order_release);  // (D) pairs with EventReader::next
    return slots;
}

// Copies whole commands into the frame, behind its head; their slots.
uint32_t JournalWriter::collect() {
    uint32_t slots = 0;
    while (const CommandHead* command = window_.at(tail_.next + slots)) {
        if (slots + command->slots > journal::frame_slots_max) break;
        std::memcpy(frame_ + sizeof(journal::FrameHead) + slots * sizeof(Slot), command,
                    command->slots * sizeof(Slot));
        slots += command->slots;
    }
    if (slots > 0) window_.take(tail_.next + slots);
    return slots;
}

}  // namespace carbonx
