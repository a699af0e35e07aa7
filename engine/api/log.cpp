#include "engine/api/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "engine/api/checksum.h"

namespace carbonx {
namespace {

constexpr uint64_t blocks_max = 16;  // of the file, read at once

}  // namespace

namespace event_log {

void format(const Memory& memory, uint32_t window, uint64_t venue, uint64_t next) {
    CARBONX_CHECK(memory.size() >= bytes(window));
    CARBONX_CHECK((window & (window - 1)) == 0);
    LogHeader& head = header(memory);
    head.version = LogHeader::version_value;
    head.window = window;
    head.venue = venue;
    head.published.store(next, std::memory_order_relaxed);
    head.filed.store(next - 1, std::memory_order_relaxed);
    head.magic = LogHeader::magic_value;
}

bool is_good(const Block& block, uint64_t first) {
    const BlockHead& head = block.head;
    return head.magic == BlockHead::magic_value && head.first == first && head.filled >= 1 &&
           head.filled <= block_slots &&
           head.crc == crc32c(block.slots, head.filled * sizeof(Slot));
}

}  // namespace event_log

void EventWriter::wait_for_room(uint64_t slots) {
    publish();  // else the filing thread could not see what it must file first
    while (!has_room(slots)) __builtin_ia32_pause();
}

EventReader::EventReader(std::filesystem::path runtime, std::filesystem::path data,
                         std::string_view name, uint64_t next)
    : runtime_(std::move(runtime)), data_(std::move(data)), name_(name), next_(next) {
    attach();
}

EventReader::~EventReader() {
    if (entry_ != nullptr) entry_->taken.store(0, std::memory_order_relaxed);
    if (file_ >= 0) ::close(file_);
}

void EventReader::attach() {
    Memory memory = Memory::open(event_log::window_file(runtime_));
    const LogHeader& head = event_log::header(memory);
    if (memory.size() < sizeof(LogHeader) || head.magic != LogHeader::magic_value ||
        head.version != LogHeader::version_value || memory.size() < event_log::bytes(head.window)) {
        throw std::runtime_error("the event window in " + runtime_.string() +
                                 " is not of this build: restart the engine with the same build");
    }
    memory_ = std::move(memory);
    entry_ = nullptr;
    for (LogReader& entry : header().readers) {
        uint64_t free = 0;
        const bool same = entry.name.view() == name_;
        if (!same && !entry.taken.compare_exchange_strong(free, static_cast<uint64_t>(::getpid())))
            continue;
        entry.taken.store(static_cast<uint64_t>(::getpid()));
        entry.name = Text<24>(name_);
        entry.next.store(next_, std::memory_order_relaxed);
        entry_ = &entry;
        break;
    }
    if (file_ >= 0) ::close(file_);
    file_ = ::open(event_log::history_file(data_).c_str(), O_RDONLY | O_CLOEXEC);
    blocks_end_ = 0;
    published_ = 0;
    durable_ = 0;
}

bool EventReader::reattach() {
    if (memory_.is(event_log::window_file(runtime_))) return false;
    try {
        attach();
    } catch (const std::exception&) {
        return false;  // the engine is just making it
    }
    const uint64_t published = header().published.load(std::memory_order_acquire);  // (E)
    if (next_ <= published) return true;
    throw std::runtime_error("the engine has lost events: " + std::to_string(next_ - 1) +
                             " were read, and its log ends at " + std::to_string(published - 1) +
                             "; restore the whole data directory to one point in time");
}

const EventHead* EventReader::next() {
    if (next_ >= published_) {
        published_ =
            header().published.load(std::memory_order_acquire);  // (E) pairs with publish()
        if (next_ >= published_) return nullptr;
    }
    const bool in_window = read_from_window();
    if (!in_window && !read_from_file()) return nullptr;
    if (event_.head.command > durable_) {
        durable_ =
            header().durable_command.load(std::memory_order_acquire);  // (D) pairs with the journal
        if (event_.head.command > durable_) return nullptr;
    }
    sequence_ = next_;
    next_ += event_.head.slots;
    if (entry_ != nullptr) entry_->next.store(next_, std::memory_order_relaxed);
    return &event_.head;
}

const EventHead* EventReader::again(uint64_t sequence) {
    const uint64_t next = std::exchange(next_, sequence);
    const bool found = read_from_window() || read_from_file();
    next_ = next;
    return found ? &event_.head : nullptr;
}

// A slow reader may copy a slot that the writer is overwriting; the copy counts only if the writer
// was not that far afterwards. So this race is meant, and hidden from the thread sanitizer.
__attribute__((no_sanitize("thread"))) static void copy_slots(Event& to, const Slot* from,
                                                              uint64_t slots) {
    const auto* source = reinterpret_cast<const uint64_t*>(from);
    auto* target = reinterpret_cast<uint64_t*>(&to);
    for (uint64_t i = 0; i < slots * sizeof(Slot) / sizeof(uint64_t); ++i) {
        target[i] = __atomic_load_n(source + i, __ATOMIC_RELAXED);
    }
}

bool EventReader::read_from_window() {
    const uint64_t window = header().window;
    // The writer may be writing behind `published` before it publishes: a quarter of the window is
    // left to it, far more than the events of one batch.
    const uint64_t oldest_safe =
        published_ + window / 4 > window ? published_ + window / 4 - window : 0;
    if (next_ <= oldest_safe) return false;
    const Slot* from = event_log::slots(memory_) + (next_ & (window - 1));
    copy_slots(event_, from, 1);
    const uint64_t slots = event_.head.slots;
    if (slots > 1 && slots <= limits::record_slots_max) copy_slots(event_, from, slots);
    std::atomic_thread_fence(std::memory_order_acquire);
    published_ = header().published.load(std::memory_order_acquire);
    return next_ + window > published_ + window / 4 && slots >= 1 &&
           slots <= limits::record_slots_max;
}

bool EventReader::read_from_file() {
    auto* to = reinterpret_cast<Slot*>(&event_);
    uint64_t slots = 1;
    for (uint64_t i = 0; i < slots; ++i) {
        const Slot* slot = slot_in_file(next_ + i);
        if (slot == nullptr) return false;
        std::memcpy(to + i, slot, sizeof(Slot));
        if (i == 0) slots = event_.head.slots;
    }
    return slots >= 1 && slots <= limits::record_slots_max;
}

// A filed slot, or nullptr when it is not in the file yet. Of a block that is read while the filing
// thread adds to it, the slots that were filed before are whole.
const Slot* EventReader::slot_in_file(uint64_t sequence) {
    if (sequence < blocks_first_ || sequence >= blocks_end_) {
        const uint64_t filed = header().filed.load(std::memory_order_acquire);  // (F)
        if (sequence > filed) return nullptr;
        if (file_ < 0) file_ = ::open(event_log::history_file(data_).c_str(), O_RDONLY | O_CLOEXEC);
        if (!blocks_) blocks_ = std::make_unique<event_log::Block[]>(blocks_max);
        const uint64_t block = event_log::block_of(sequence);
        const auto got = ::pread(file_, blocks_.get(), blocks_max * sizeof(event_log::Block),
                                 static_cast<off_t>(block * sizeof(event_log::Block)));
        const uint64_t blocks =
            got <= 0 ? 0 : static_cast<uint64_t>(got) / sizeof(event_log::Block);
        blocks_first_ = block * event_log::block_slots + 1;
        blocks_end_ = std::min(blocks_first_ + blocks * event_log::block_slots, filed + 1);
        check_blocks();
        if (sequence >= blocks_end_) return nullptr;
    }
    const uint64_t place = sequence - blocks_first_;
    return &blocks_[place / event_log::block_slots].slots[place % event_log::block_slots];
}

// Full blocks are never written again; what is not right now never will be.
void EventReader::check_blocks() const {
    for (uint64_t first = blocks_first_; first + event_log::block_slots <= blocks_end_;
         first += event_log::block_slots) {
        const uint64_t block = (first - blocks_first_) / event_log::block_slots;
        if (event_log::is_good(blocks_[block], first)) continue;
        throw std::runtime_error(event_log::history_file(data_).string() + " is damaged at event " +
                                 std::to_string(first) +
                                 ": stop the engine and start it again without that file, so that "
                                 "it is made anew from the journal");
    }
}

uint64_t EventReader::backlog() const {
    return header().published.load(std::memory_order_relaxed) - next_;
}

uint64_t EventReader::engine_heartbeat_ns() const {
    return header().heartbeat_ns.load(std::memory_order_relaxed);
}

uint64_t EventReader::venue() const { return header().venue; }

}  // namespace carbonx
