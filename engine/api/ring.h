// Bounded ring of commands from one source to the engine, in shared memory that outlives both
// sides.
//
// Threads: RingProducer by one thread of the source only; RingConsumer by the engine thread only.
// Always: released <= consumed <= pushed <= released + capacity, all counted in slots since the
// ring's epoch began. A record's place is its source_sequence - 1: the engine's state remembers the
// last one it has seen, so after a kill of either side each command is read exactly once.
//
// A slot is kept until its command is durable in the journal (release()), so the ring is also what
// a restarted engine reads again. The marker of a record is its head's source_sequence, stored
// last; before that the marker of the place behind it is cleared, so that old bytes are never taken
// for a record.
#pragma once

#include <atomic>
#include <cstring>

#include "engine/api/check.h"
#include "engine/api/command.h"
#include "engine/api/memory.h"

namespace carbonx {

struct alignas(limits::slot_bytes) Slot {
    unsigned char bytes[limits::slot_bytes];
};

struct RingHeader {
    // Constant after creation.
    uint64_t magic;
    uint32_t version;
    uint32_t capacity;  // slots, a power of two
    uint64_t venue;     // of the journal that this ring belongs to
    uint64_t epoch;     // random, above zero
    // Producer.
    alignas(64) std::atomic<uint64_t> pushed;
    std::atomic<uint64_t> heartbeat_ns;  // monotonic clock; 0 before the first
    // Engine.
    alignas(64) std::atomic<uint64_t> released;

    static constexpr uint64_t magic_value = 0x474e495258424143;  // "CABXRING"
    static constexpr uint32_t version_value = 1;
};
static_assert(sizeof(RingHeader) == 192);

namespace ring {

constexpr std::size_t bytes(uint32_t capacity) {
    return sizeof(RingHeader) + capacity * sizeof(Slot);
}

inline RingHeader& header(const Memory& memory) {
    return *reinterpret_cast<RingHeader*>(memory.data());
}
inline Slot* slots(const Memory& memory) {
    return reinterpret_cast<Slot*>(memory.data() + sizeof(RingHeader));
}
inline std::atomic_ref<uint64_t> marker(Slot& slot) {
    return std::atomic_ref<uint64_t>(*reinterpret_cast<uint64_t*>(slot.bytes));
}

// Whether this memory holds a ring of that venue.
inline bool valid(const Memory& memory, uint64_t venue) {
    return memory.size() >= sizeof(RingHeader) && header(memory).magic == RingHeader::magic_value &&
           header(memory).version == RingHeader::version_value && header(memory).venue == venue &&
           header(memory).epoch != 0 && header(memory).capacity >= 64 &&
           (header(memory).capacity & (header(memory).capacity - 1)) == 0 &&
           memory.size() >= bytes(header(memory).capacity);
}

// Begins an empty ring in zeroed memory. Requires: capacity is a power of two; epoch is not 0.
inline void format(const Memory& memory, uint32_t capacity, uint64_t venue, uint64_t epoch) {
    CARBONX_CHECK(memory.size() >= bytes(capacity));
    CARBONX_CHECK((capacity & (capacity - 1)) == 0);
    RingHeader& head = header(memory);
    head.version = RingHeader::version_value;
    head.capacity = capacity;
    head.venue = venue;
    head.epoch = epoch;
    head.magic = RingHeader::magic_value;
}

}  // namespace ring

class RingProducer {
public:
    // Takes up where the last producer stopped, even if it was killed inside try_push.
    explicit RingProducer(const Memory& memory)
        : header_(ring::header(memory)),
          slots_(ring::slots(memory)),
          mask_(header_.capacity - 1),
          pushed_(header_.pushed.load(std::memory_order_relaxed)) {
        while (ring::marker(slots_[pushed_ & mask_]).load(std::memory_order_relaxed) ==
               pushed_ + 1) {
            pushed_ += reinterpret_cast<const CommandHead*>(slots_[pushed_ & mask_].bytes)->slots;
        }
        header_.pushed.store(pushed_, std::memory_order_relaxed);
        released_ = header_.released.load(std::memory_order_acquire);  // (R) pairs with release()
    }

    // False when the ring is full. The last quarter is kept for essential commands: cancels,
    // sessions, operators. Requires: the command's slots are 1..record_slots_max.
    bool try_push(const CommandHead& command, bool essential = false) {
        const uint64_t kept = essential ? 0 : (mask_ + 1) / 4;
        if (!room(command.slots + kept)) return false;
        const auto* from = reinterpret_cast<const unsigned char*>(&command);
        for (uint64_t i = 1; i < command.slots; ++i) {
            std::memcpy(slots_[(pushed_ + i) & mask_].bytes, from + i * sizeof(Slot), sizeof(Slot));
        }
        Slot& head = slots_[pushed_ & mask_];
        std::memcpy(head.bytes + sizeof(uint64_t), from + sizeof(uint64_t),
                    sizeof(Slot) - sizeof(uint64_t));
        ring::marker(slots_[(pushed_ + command.slots) & mask_]).store(0, std::memory_order_relaxed);
        ring::marker(head).store(pushed_ + 1, std::memory_order_release);  // (P) pairs with front()
        pushed_ += command.slots;
        header_.pushed.store(pushed_,
                             std::memory_order_relaxed);  // read by status and by a next producer
        return true;
    }

    // Whether the engine has read all and made it durable.
    bool drained() { return header_.released.load(std::memory_order_acquire) == pushed_; }
    uint64_t pushed() const { return pushed_; }
    // Tells the engine that this source lives; now is the monotonic clock.
    void heartbeat(uint64_t now_ns) {
        header_.heartbeat_ns.store(now_ns, std::memory_order_relaxed);
    }

private:
    // Room for these slots and the cleared marker behind them.
    bool room(uint64_t slots) {
        if (pushed_ + slots + 1 <= released_ + mask_ + 1) return true;
        released_ = header_.released.load(std::memory_order_acquire);  // (R) pairs with release()
        return pushed_ + slots + 1 <= released_ + mask_ + 1;
    }

    RingHeader& header_;
    Slot* const slots_;
    const uint64_t mask_;
    uint64_t pushed_;
    uint64_t released_ = 0;  // as last seen
};

class RingConsumer {
public:
    // Starts at this place: 0, or behind the last record of this epoch that the journal holds.
    RingConsumer(const Memory& memory, uint64_t consumed)
        : header_(ring::header(memory)),
          slots_(ring::slots(memory)),
          mask_(header_.capacity - 1),
          epoch_(header_.epoch),
          consumed_(consumed) {
        release(consumed);
    }

    // The next command, or nullptr. It is a copy, since a faulty source could still change what
    // lies in the ring; it stays valid until the next call. A record of impossible length breaks
    // the ring for good.
    CommandHead* front() {
        Slot& slot = slots_[consumed_ & mask_];
        if (ring::marker(slot).load(std::memory_order_acquire) != consumed_ + 1)
            return nullptr;  // (P)
        std::memcpy(static_cast<void*>(&command_), slot.bytes, sizeof(Slot));
        const uint64_t slots = command_.head.slots;
        if (slots != 1) {
            if (slots == 0 || slots > limits::record_slots_max) {
                broken_ = true;
                return nullptr;
            }
            copy_tail(slots);
        }
        command_.head.source_sequence = consumed_ + 1;
        return &command_.head;
    }

    // Looks ahead without taking, for prefetching only: what stands n slots behind the front, if a
    // record begins there.
    const CommandHead* peek(uint64_t n) {
        Slot& slot = slots_[(consumed_ + n) & mask_];
        if (ring::marker(slot).load(std::memory_order_acquire) != consumed_ + n + 1) return nullptr;
        return reinterpret_cast<const CommandHead*>(slot.bytes);
    }

    // Requires: front() returned a command.
    void pop() { consumed_ += command_.head.slots; }

    uint64_t consumed() const { return consumed_; }
    // Gives the slots below this place back to the producer: their commands are durable.
    void release(uint64_t consumed) {
        header_.released.store(consumed, std::memory_order_release);  // (R)
    }

    uint64_t epoch() const { return epoch_; }
    uint64_t heartbeat_ns() const { return header_.heartbeat_ns.load(std::memory_order_relaxed); }
    // The source has written a record that cannot be: nothing more is read from it.
    bool broken() const { return broken_; }

private:
    void copy_tail(uint64_t slots) {
        for (uint64_t i = 1; i < slots; ++i) {
            std::memcpy(reinterpret_cast<unsigned char*>(&command_) + i * sizeof(Slot),
                        slots_[(consumed_ + i) & mask_].bytes, sizeof(Slot));
        }
    }

    RingHeader& header_;
    Slot* const slots_;
    const uint64_t mask_;
    const uint64_t epoch_;
    uint64_t consumed_;
    bool broken_ = false;
    Command command_;
};

}  // namespace carbonx
