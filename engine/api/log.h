// The event log: everything that has happened, in order; one writer, any number of readers that it
// never waits for.
//
// The hot window is shared memory; what is older is read from a file, by the same reader. Events
// are numbered by slots from 1 (event.h), the same after every restart, because they are a function
// of the journal.
//
// Threads: EventWriter by the engine thread only. The journal thread alone stores durable_command,
// the filing thread alone stores filed. An EventReader belongs to one thread of its process.
// Always: filed < published <= filed + window slots; a reader never sees an event whose command is
// not durable, so nothing leaves the venue that a crash could take back.
#pragma once

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <new>
#include <string>

#include "engine/api/event.h"
#include "engine/api/memory.h"
#include "engine/api/ring.h"

namespace carbonx {

// One line a reader, for the operators' eyes.
struct alignas(64) LogReader {
    std::atomic<uint64_t> taken;  // process id, 0 when free
    std::atomic<uint64_t> next;   // the next event it will read
    Text<24> name;
};

struct LogHeader {
    // Constant after creation.
    uint64_t magic;
    uint32_t version;
    uint32_t window;  // slots, a power of two; one record's room lies behind them
    uint64_t venue;
    // Engine thread.
    alignas(
        64) std::atomic<uint64_t> published;  // the next event's sequence: all below it are written
    std::atomic<uint64_t> heartbeat_ns;       // monotonic clock
    // Journal thread.
    alignas(64) std::atomic<uint64_t> durable_command;  // commands up to this sequence are on disk
    // Filing thread.
    alignas(64) std::atomic<uint64_t> filed;  // events up to this sequence are in the file
    LogReader readers[16];

    static constexpr uint64_t magic_value = 0x474f4c5658424143;  // "CABXVLOG"
    static constexpr uint32_t version_value = 1;
};

namespace event_log {

constexpr std::size_t bytes(uint32_t window) {
    return sizeof(LogHeader) + (window + limits::record_slots_max) * sizeof(Slot);
}
inline LogHeader& header(const Memory& memory) {
    return *reinterpret_cast<LogHeader*>(memory.data());
}
inline Slot* slots(const Memory& memory) {
    return reinterpret_cast<Slot*>(memory.data() + sizeof(LogHeader));
}
// Begins a window in zeroed memory whose first event will have this sequence; what lies before it
// is in the file. Requires: window is a power of two.
void format(const Memory& memory, uint32_t window, uint64_t venue, uint64_t next = 1);

// Names inside the runtime directory and the data directory.
inline std::filesystem::path window_file(const std::filesystem::path& runtime) {
    return runtime / "events";
}
inline std::filesystem::path history_file(const std::filesystem::path& data) {
    return data / "events.log";
}

// The file: 4 KiB blocks of a head and 63 event slots, so that an event's place follows from its
// number. The last block is written again as it fills; the file is never synced, since the journal
// is the truth.
struct BlockHead {
    uint64_t magic;
    uint64_t first;   // sequence of its first slot
    uint32_t filled;  // slots, 1..63
    uint32_t crc;     // CRC32C of the filled slots
    unsigned char reserved[40];

    static constexpr uint64_t magic_value = 0x4b4c425658424143;  // "CABXVBLK"
};
static_assert(sizeof(BlockHead) == 64);
constexpr uint64_t block_slots = 63;
struct Block {
    BlockHead head;
    Slot slots[block_slots];
};
static_assert(sizeof(Block) == 4096);
constexpr uint64_t block_of(uint64_t sequence) { return (sequence - 1) / block_slots; }
constexpr uint64_t offset_of(uint64_t sequence) {
    return block_of(sequence) * sizeof(Block) + sizeof(BlockHead) +
           (sequence - 1) % block_slots * sizeof(Slot);
}
// Whether a block was written whole and has this sequence first.
bool is_good(const Block& block, uint64_t first);

}  // namespace event_log

class EventWriter {
public:
    // Continues at the published place. Unfiled: nobody files these events, and the window may be
    // overwritten at will (benchmarks, replays and tests).
    explicit EventWriter(const Memory& memory, bool unfiled = false)
        : header_(event_log::header(memory)),
          slots_(event_log::slots(memory)),
          mask_(header_.window - 1),
          next_(header_.published.load(std::memory_order_relaxed)),
          limit_(unfiled ? UINT64_MAX : next_),
          unfiled_(unfiled) {}

    // The next event, type and slots filled in, all else zero, for the caller to complete in place.
    template <class T>
    T& add() {
        static_assert(is_event<T>);
        constexpr uint64_t taken = sizeof(T) / sizeof(Slot);
        if (next_ + taken > limit_) [[unlikely]]
            wait_for_room(taken);
        T& event = *new (&slots_[next_ & mask_]) T{};
        event.head.type = T::type;
        event.head.slots = taken & 15;
        next_ += taken;
        return event;
    }
    // Writes a whole event; gives its sequence.
    template <class T>
    uint64_t append(const T& event) {
        const uint64_t sequence = next_;
        T& place = add<T>();
        place = event;
        place.head.type = T::type;
        place.head.slots = sizeof(T) / sizeof(Slot) & 15;
        return sequence;
    }

    // The sequence that the next event will have.
    uint64_t next() const { return next_; }
    // Makes all events so far visible.
    void publish() {
        header_.published.store(next_, std::memory_order_release);  // (E) pairs with readers
        // What is written from here on may overwrite what is oldest, not before readers can know
        // it.
        std::atomic_thread_fence(std::memory_order_release);
    }
    // Whether this many slots can be written without waiting for the filing thread. Publish first.
    bool has_room(uint64_t slots) {
        if (next_ + slots <= limit_) [[likely]]
            return true;
        refresh_limit();
        return next_ + slots <= limit_;
    }

private:
    // Never over what is not filed, and never more than a quarter of the window ahead of what
    // readers know to be published: so far behind it they take the rest of the window to be whole.
    void refresh_limit() {
        const uint64_t filed =
            header_.filed.load(std::memory_order_acquire);  // (F) pairs with filing
        const uint64_t published = header_.published.load(std::memory_order_relaxed);  // its own
        if (!unfiled_) limit_ = std::min(filed + 1 + mask_, published + (mask_ + 1) / 4);
    }
    void wait_for_room(uint64_t slots);

    LogHeader& header_;
    Slot* const slots_;
    const uint64_t mask_;
    uint64_t next_;
    uint64_t limit_;  // events below it may be written
    const bool unfiled_;
};

class EventReader {
public:
    // Throws std::system_error when there is no event log yet. The name is shown by status.
    EventReader(std::filesystem::path runtime, std::filesystem::path data, std::string_view name,
                uint64_t next = 1);
    ~EventReader();
    EventReader(const EventReader&) = delete;
    EventReader& operator=(const EventReader&) = delete;

    // The next released event, or nullptr when there is none now. It stays valid until the next
    // call. Throws std::runtime_error when the file is damaged.
    const EventHead* next();
    // An event that next() has given before, or nullptr when it is not to be had just now. It stays
    // valid until the next call of either. Throws std::runtime_error when the file is damaged.
    const EventHead* again(uint64_t sequence);
    // Sequence of the event that next() gave last.
    uint64_t sequence() const { return sequence_; }
    // Sequence of the event that next() will give.
    uint64_t position() const { return next_; }
    // Where the engine is: the sequence of its next event. With position(), a reader tells whether
    // it has read all that there was at a moment, durable or not.
    uint64_t published() const {
        return header().published.load(std::memory_order_acquire);
    }  // (E)
    // Whether this is the window of the engine that runs now, or did last; asks the file system.
    bool is_current() const { return memory_.is(event_log::window_file(runtime_)); }
    // Events published that this reader has not read, durable or not.
    uint64_t backlog() const;
    // Monotonic time at which the engine last showed itself.
    uint64_t engine_heartbeat_ns() const;
    // Follows the engine into its new window after it was restarted; call it when idle, some times
    // a second. True when it did. Throws std::runtime_error when it has lost events that were read.
    bool reattach();
    uint64_t venue() const;

private:
    LogHeader& header() const { return event_log::header(memory_); }
    void attach();
    bool read_from_window();
    bool read_from_file();
    const Slot* slot_in_file(uint64_t sequence);
    void check_blocks() const;

    const std::filesystem::path runtime_;
    const std::filesystem::path data_;
    const std::string name_;
    Memory memory_;
    LogReader* entry_ = nullptr;  // its line in the header, if one was free
    int file_ = -1;
    std::unique_ptr<event_log::Block[]> blocks_;  // of the file, as last read
    uint64_t blocks_first_ = 0;                   // the sequences of their slots: from here
    uint64_t blocks_end_ = 0;                     // up to here
    uint64_t next_;
    uint64_t sequence_ = 0;
    uint64_t published_ = 0;  // as last seen
    uint64_t durable_ = 0;    // as last seen
    Event event_;
};

}  // namespace carbonx
