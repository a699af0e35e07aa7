#include "gateway/store.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/api/check.h"
#include "engine/api/checksum.h"

namespace carbonx::gateway {

// Mapped, so that each assignment survives a kill. Fields are written in the order that makes a
// kill between two of them harmless; `store_in_order` keeps the compiler from changing it.
struct StoreHeader {
    uint64_t magic;
    uint32_t version;
    uint32_t resetting;  // by_client, by_venue: a reset has begun; opening completes it
    uint64_t next_sender;
    uint64_t next_target;
    uint64_t last_report_key;  // as of the last reset; the frames hold what came later
    uint64_t doubtful_below;
    uint64_t trading_day;
    uint64_t reserved;
};
static_assert(sizeof(StoreHeader) == 64);

namespace {

constexpr uint64_t header_magic = 0x53455353'58425243;  // "CRBXSSES"
constexpr uint32_t header_version = 4;
constexpr uint32_t by_client = 1;
constexpr uint32_t by_venue = 2;
constexpr std::size_t header_file_bytes = 4096;
constexpr std::size_t message_bytes_max = 1 << 24;  // far above what any message may be
constexpr std::size_t hole_max = 1'000'000;         // numbers that a forward jump may skip
constexpr uint64_t sender_numbers_a_mark = 16'384;  // a sync each, and as many lost at a power cut

struct FrameHeader {
    uint32_t length;
    uint32_t crc;
    uint64_t sequence;
    uint64_t report_key;
};
static_assert(sizeof(FrameHeader) == 24);

FrameHeader header_at(const char* frame) {
    FrameHeader header;
    std::memcpy(&header, frame, sizeof header);
    return header;
}

uint32_t frame_crc(const char* frame, std::size_t size) {
    const uint32_t length_crc = crc32c(frame, sizeof(uint32_t));
    const std::size_t rest = offsetof(FrameHeader, sequence);
    return crc32c(frame + rest, size - rest, length_crc);
}

enum class FrameState { good, incomplete, damaged };

FrameState frame_state(const char* frame, std::size_t available) {
    if (available < sizeof(FrameHeader)) return FrameState::incomplete;
    const FrameHeader header = header_at(frame);
    if (header.length > message_bytes_max) return FrameState::damaged;
    const std::size_t size = sizeof header + header.length;
    if (available < size) return FrameState::incomplete;
    return frame_crc(frame, size) == header.crc ? FrameState::good : FrameState::damaged;
}

// A good frame behind a bad one means damage, not a torn tail.
bool good_frame_within(const char* data, std::size_t size, uint64_t last_sequence) {
    for (std::size_t at = 1; at + sizeof(FrameHeader) <= size; ++at) {
        const FrameHeader header = header_at(data + at);
        const bool plausible = header.sequence > last_sequence &&
                               header.sequence - last_sequence < hole_max &&
                               header.length <= size - at - sizeof header;
        if (plausible && frame_state(data + at, size - at) == FrameState::good) return true;
    }
    return false;
}

void store_in_order() { std::atomic_signal_fence(std::memory_order_seq_cst); }

std::runtime_error failure(const std::string& file, const std::string& what) {
    return std::runtime_error("session store " + file + ": " + what);
}

uint64_t size_of(const File& file) {
    struct stat status = {};
    if (::fstat(file.descriptor(), &status) != 0) throw FIX::IOException(std::strerror(errno));
    return static_cast<uint64_t>(status.st_size);
}

void read_exactly(const File& file, char* to, std::size_t size, uint64_t offset) {
    if (file.read(to, size, offset) == size) return;
    throw FIX::IOException("session store: a stored message cannot be read");
}

}  // namespace

SessionStore::SessionStore(const std::filesystem::path& directory, const std::string& name,
                           Start start, const DiskCalls& calls)
    : name_(name), calls_(calls) {
    try {
        open_files(directory, name);
        load(start);
    } catch (...) {
        close_files();
        throw;
    }
}

SessionStore::~SessionStore() { close_files(); }

void SessionStore::open_files(const std::filesystem::path& directory, const std::string& name) {
    std::filesystem::create_directories(directory);
    header_file_ = File(directory / (name + ".header"), O_RDWR | O_CREAT);
    if (::flock(header_file_.descriptor(), LOCK_EX | LOCK_NB) != 0) {
        throw failure(name, "in use by another process; stop that one first");
    }
    messages_ = File(directory / (name + ".messages"), O_RDWR | O_CREAT);
    marks_ = MarksFile(directory / (name + ".marks"), calls_);
    if (size_of(header_file_) < header_file_bytes) header_file_.truncate(calls_, header_file_bytes);
    void* mapped = ::mmap(nullptr, header_file_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
                          header_file_.descriptor(), 0);
    if (mapped == MAP_FAILED) throw failure(name, std::strerror(errno));
    header_ = static_cast<StoreHeader*>(mapped);
}

void SessionStore::close_files() {
    if (header_ != nullptr) ::munmap(header_, header_file_bytes);
}

void SessionStore::load(Start start) {
    if (!marks_.is_written()) return begin_new();
    if (start != Start::goes_on) rebuild_header(start);
    if (header_->magic != header_magic || header_->version != header_version) {
        throw failure(name_, "the header file is not one of ours, or of another version");
    }
    last_report_key_ = header_->last_report_key;
    next_target_ = header_->next_target;
    if (header_->resetting != 0) return start_over(header_->resetting, reset_day());
    read_frames(start == Start::after_power_cut);
}

// The marks are the last file that is made: without them nothing was ever sent.
void SessionStore::begin_new() {
    if (header_->magic == header_magic && header_->version != header_version) {
        throw failure(name_, "is of another version; move it away and have the broker begin at 1");
    }
    if (size_of(messages_) != 0 || header_->next_sender > 1) {
        throw failure(name_, "has numbers but no marks; restore the marks file");
    }
    header_->magic = header_magic;
    header_->version = header_version;
    sync_directory(calls_, messages_.path().parent_path());
    start_over(by_client, 0);
}

// The header was never synced.
void SessionStore::rebuild_header(Start start) {
    const Marks& marks = marks_.marks();
    *header_ = {};
    header_->version = header_version;
    header_->next_sender = marks.sender_end;
    header_->next_target = marks.next_target;
    header_->last_report_key = marks.last_report_key;
    header_->doubtful_below = start == Start::after_power_cut ? UINT64_MAX : marks.doubtful_below;
    header_->magic = header_magic;
}

void SessionStore::read_frames(bool torn_anywhere) {
    const uint64_t size = size_of(messages_);
    next_sender_ = header_->next_sender;
    if (size == 0) return;
    void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, messages_.descriptor(), 0);
    if (mapped == MAP_FAILED) throw failure(name_, std::strerror(errno));
    const char* data = static_cast<const char*>(mapped);
    uint64_t last_sequence = 0;
    while (frame_state(data + tail_, size - tail_) == FrameState::good) {
        const FrameHeader frame = header_at(data + tail_);
        if (frame.sequence <= last_sequence || frame.sequence - last_sequence > hole_max) break;
        remember(frame.sequence, tail_);
        last_sequence = frame.sequence;
        last_report_key_ = std::max(last_report_key_, frame.report_key);
        tail_ += sizeof frame + frame.length;
    }
    const bool refused =
        !torn_anywhere && good_frame_within(data + tail_, size - tail_, last_sequence);
    ::munmap(mapped, size);
    if (refused) {
        throw failure(name_, "damaged at byte " + std::to_string(tail_) +
                                 " with good messages after it; restore it from a copy");
    }
    if (tail_ < size) truncate(tail_);
    next_sender_ = std::max(header_->next_sender, last_sequence + 1);
    header_->next_sender = next_sender_;
}

// A number without a frame takes the offset of the frame that follows, so offsets never fall.
void SessionStore::remember(uint64_t sequence, uint64_t offset) {
    while (offsets_.size() < sequence) offsets_.add(offset);
}

// Synced, so that what is written next is never followed by what was cut off.
void SessionStore::truncate(uint64_t size) {
    messages_.truncate(calls_, size);
    sync_messages();
    tail_ = size;
}

// After a failure the system may have dropped what it could not write: nothing is sent any more.
void SessionStore::sync_messages() {
    if (broken_) disk_failed("sync", messages_.path(), EIO);
    broken_ = true;
    messages_.sync(calls_);
    broken_ = false;
}

// Killed anywhere inside, the next opening does it again from the top. After a power cut the old
// marks hold, or the new ones: the messages are gone before those are written.
void SessionStore::start_over(uint32_t by, uint64_t day) {
    header_->last_report_key = last_report_key_;
    store_in_order();
    header_->resetting = by;
    store_in_order();
    unwritten_.clear();
    truncate(0);
    offsets_.shrink(0);
    next_sender_ = 1;
    next_target_ = 1;
    publish_numbers();
    header_->doubtful_below = by == by_venue ? UINT64_MAX : 0;
    marks_.write({sender_numbers_a_mark, 1, last_report_key_, header_->doubtful_below, day});
    store_in_order();
    header_->resetting = 0;
}

void SessionStore::raise_sender_end(uint64_t above) {
    Marks marks = marks_.marks();
    marks.sender_end = above + sender_numbers_a_mark;
    marks.doubtful_below = header_->doubtful_below;
    marks_.write(marks);
}

uint64_t SessionStore::doubtful_below() const { return header_->doubtful_below; }

void SessionStore::end_doubt_at(uint64_t next) {
    header_->doubtful_below = std::min(header_->doubtful_below, next);
}

void SessionStore::begin_day(uint32_t trading_day, uint64_t doubtful_below) {
    if (trading_day <= header_->trading_day) return;
    header_->doubtful_below = std::max(header_->doubtful_below, doubtful_below);
    store_in_order();
    header_->trading_day = trading_day;
}

uint32_t SessionStore::trading_day() const { return static_cast<uint32_t>(header_->trading_day); }

void SessionStore::note_day(uint32_t trading_day) { header_->trading_day = trading_day; }

void SessionStore::settle(int next_target) {
    write_or_throw();
    sync_messages();
    marks_.write({next_sender_ + sender_numbers_a_mark, static_cast<uint64_t>(next_target),
                  marks_.marks().last_report_key, header_->doubtful_below, reset_day()});
}

void SessionStore::begin_anew(uint32_t day) { start_over(by_venue, day); }

void SessionStore::skip_reset(uint32_t day) {
    Marks marks = marks_.marks();
    marks.doubtful_below = header_->doubtful_below;
    marks.reset_day = day;
    marks_.write(marks);
}

void SessionStore::stop() {
    write_or_throw();
    sync_messages();
    marks_.write({next_sender_, next_target_, marks_.marks().last_report_key,
                  header_->doubtful_below, reset_day()});
}

int SessionStore::last_within(int first, std::size_t bytes) const {
    CARBONX_CHECK(first >= 1);
    CARBONX_CHECK(first < getNextSenderMsgSeqNum());
    const auto begin = static_cast<uint32_t>(first - 1);
    if (begin >= offsets_.size() || tail_ - offsets_[begin] <= bytes) {
        return getNextSenderMsgSeqNum() - 1;
    }
    const uint64_t most = offsets_[begin] + bytes;
    uint32_t within = begin;  // the last that starts within
    uint32_t beyond = offsets_.size();
    while (beyond - within > 1) {
        const uint32_t middle = within + (beyond - within) / 2;
        (offsets_[middle] <= most ? within : beyond) = middle;
    }
    return std::max(first, static_cast<int>(within));  // the last one may not end within
}

bool SessionStore::set(int sequence, const std::string& message) {
    const auto number = static_cast<uint64_t>(sequence);
    const bool follows = sequence > 0 && number > offsets_.size();
    if (!follows || number - offsets_.size() > hole_max || message.size() > message_bytes_max) {
        throw FIX::IOException("session store " + name_ + ": message " + std::to_string(sequence) +
                               " does not follow the last one");
    }
    try {
        take(number, message, 0);
    } catch (const std::system_error&) {
        throw FIX::IOException("session store " + name_ + ": " + write_failure_);
    }
    return true;
}

bool SessionStore::append(std::string_view message, uint64_t report_key) {
    CARBONX_CHECK(message.size() <= message_bytes_max);
    try {
        take(next_sender_, message, report_key);
    } catch (const std::system_error&) {
        return false;
    }
    ++next_sender_;
    return true;
}

void SessionStore::take(uint64_t sequence, std::string_view message, uint64_t report_key) {
    if (broken_) disk_failed("write", messages_.path(), EIO);
    try {
        if (sequence >= marks_.marks().sender_end) raise_sender_end(sequence);
    } catch (const std::system_error& error) {
        broken_ = true;
        write_failure_ = error.what();
        throw;
    }
    FrameHeader header = {static_cast<uint32_t>(message.size()), 0, sequence, report_key};
    const std::size_t begin = unwritten_.size();
    unwritten_.append(reinterpret_cast<const char*>(&header), sizeof header).append(message);
    const std::size_t size = unwritten_.size() - begin;
    header.crc = frame_crc(unwritten_.data() + begin, size);
    std::memcpy(unwritten_.data() + begin, &header, sizeof header);
    remember(sequence, tail_);
    tail_ += size;
    last_report_key_ = std::max(last_report_key_, report_key);
}

bool SessionStore::write() {
    try {
        write_or_throw();
    } catch (const std::system_error&) {
        return false;
    }
    return true;
}

void SessionStore::write_or_throw() {
    if (broken_) disk_failed("write", messages_.path(), EIO);
    if (!unwritten_.empty()) {
        try {
            messages_.write(calls_, unwritten_.data(), unwritten_.size(),
                            tail_ - unwritten_.size());
        } catch (const std::system_error& error) {
            broken_ = true;  // a later report's key would say that these were stored
            write_failure_ = error.what();
            throw;
        }
        unwritten_.clear();
    }
    publish_numbers();
}

void SessionStore::publish_numbers() {
    store_in_order();
    header_->next_sender = next_sender_;
    header_->next_target = next_target_;
}

// Requires: what is asked for was written.
void SessionStore::get(int first, int last, std::vector<std::string>& messages) const {
    messages.clear();
    const auto begin = static_cast<uint32_t>(std::max(first, 1));
    const uint32_t end = std::min(static_cast<uint32_t>(std::max(last, 0)), offsets_.size());
    if (begin > end) return;
    const uint64_t from = offsets_[begin - 1];
    std::string frames((end < offsets_.size() ? offsets_[end] : tail_) - from, '\0');
    read_exactly(messages_, frames.data(), frames.size(), from);
    for (std::size_t at = 0; at < frames.size();) {
        const char* const frame = frames.data() + at;
        if (frame_state(frame, frames.size() - at) != FrameState::good) {
            throw FIX::IOException("session store " + name_ + ": damaged at byte " +
                                   std::to_string(from + at) + "; restore it from a copy");
        }
        const FrameHeader header = header_at(frame);
        messages.emplace_back(frame + sizeof header, header.length);
        at += sizeof header + header.length;
    }
}

int SessionStore::getNextSenderMsgSeqNum() const { return static_cast<int>(next_sender_); }

int SessionStore::getNextTargetMsgSeqNum() const { return static_cast<int>(next_target_); }

// Backward, it takes back the messages from `next` on; forward, it leaves numbers without messages.
void SessionStore::setNextSenderMsgSeqNum(int next) {
    if (next < 1) throw FIX::IOException("session store: a sequence number below 1");
    const auto kept = static_cast<uint32_t>(next - 1);
    if (kept < offsets_.size()) {
        write_or_throw();
        header_->last_report_key = last_report_key_;
        store_in_order();
        truncate(offsets_[kept]);
        offsets_.shrink(kept);
    }
    next_sender_ = static_cast<uint64_t>(next);
    publish_numbers();
}

void SessionStore::setNextTargetMsgSeqNum(int next) { next_target_ = static_cast<uint64_t>(next); }

void SessionStore::incrNextSenderMsgSeqNum() { ++next_sender_; }

void SessionStore::incrNextTargetMsgSeqNum() { ++next_target_; }

void SessionStore::reset() {
    if (reset_allowed_) start_over(by_client, reset_day());
}

}  // namespace carbonx::gateway
