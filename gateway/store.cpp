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
    uint32_t resetting;  // 1: a reset has begun; opening completes it
    uint64_t next_sender;
    uint64_t next_target;
    uint64_t last_report_key;  // as of the last reset; the frames hold what came later
    uint64_t reserved[3];
};
static_assert(sizeof(StoreHeader) == 64);

namespace {

constexpr uint64_t header_magic = 0x53455353'58425243;  // "CRBXSSES"
constexpr uint32_t header_version = 2;
constexpr std::size_t header_file_bytes = 4096;
constexpr std::size_t message_bytes_max = 1 << 24;  // far above what any message may be
constexpr std::size_t hole_max = 1'000'000;         // numbers that a forward jump may skip

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

int open_file(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (file < 0) throw failure(path.string(), std::strerror(errno));
    return file;
}

uint64_t size_of(int file) {
    struct stat status = {};
    if (::fstat(file, &status) != 0) throw FIX::IOException(std::strerror(errno));
    return static_cast<uint64_t>(status.st_size);
}

void read_exactly(int file, char* to, std::size_t size, uint64_t offset) {
    while (size > 0) {
        const ssize_t count = ::pread(file, to, size, static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) throw FIX::IOException("session store: a stored message cannot be read");
        to += count;
        size -= static_cast<std::size_t>(count);
        offset += static_cast<uint64_t>(count);
    }
}

}  // namespace

SessionStore::SessionStore(const std::filesystem::path& directory, const std::string& name)
    : name_(name) {
    try {
        open_files(directory, name);
        load();
    } catch (...) {
        close_files();
        throw;
    }
}

SessionStore::~SessionStore() { close_files(); }

void SessionStore::open_files(const std::filesystem::path& directory, const std::string& name) {
    std::filesystem::create_directories(directory);
    header_file_ = open_file(directory / (name + ".header"));
    if (::flock(header_file_, LOCK_EX | LOCK_NB) != 0) {
        throw failure(name, "in use by another process; stop that one first");
    }
    messages_file_ = open_file(directory / (name + ".messages"));
    const uint64_t header_size = size_of(header_file_);
    if (header_size < header_file_bytes && ::ftruncate(header_file_, header_file_bytes) != 0) {
        throw failure(name, std::strerror(errno));
    }
    void* mapped =
        ::mmap(nullptr, header_file_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, header_file_, 0);
    if (mapped == MAP_FAILED) throw failure(name, std::strerror(errno));
    header_ = static_cast<StoreHeader*>(mapped);
}

void SessionStore::close_files() {
    if (header_ != nullptr) ::munmap(header_, header_file_bytes);
    if (messages_file_ >= 0) ::close(messages_file_);
    if (header_file_ >= 0) ::close(header_file_);  // and with it the lock
}

void SessionStore::load() {
    const uint64_t size = size_of(messages_file_);
    if (header_->magic == 0) {
        if (size != 0) throw failure(name_, "has messages but no header; restore the header file");
        header_->version = header_version;
        start_over();
        store_in_order();
        header_->magic = header_magic;
        return;
    }
    if (header_->magic != header_magic || header_->version != header_version) {
        throw failure(name_, "the header file is not one of ours, or of another version");
    }
    last_report_key_ = header_->last_report_key;
    if (header_->resetting != 0) return start_over();
    if (size == 0) return;

    void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, messages_file_, 0);
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
    const bool torn_only = !good_frame_within(data + tail_, size - tail_, last_sequence);
    ::munmap(mapped, size);
    if (!torn_only) {
        throw failure(name_, "damaged at byte " + std::to_string(tail_) +
                                 " with good messages after it; restore it from a copy");
    }
    if (tail_ < size) truncate(tail_);
    header_->next_sender = std::max(header_->next_sender, last_sequence + 1);
}

// A number without a frame takes the offset of the frame that follows, so offsets never fall.
void SessionStore::remember(uint64_t sequence, uint64_t offset) {
    offsets_.resize(sequence, offset);
}

void SessionStore::truncate(uint64_t size) {
    if (::ftruncate(messages_file_, static_cast<off_t>(size)) != 0) {
        throw FIX::IOException(std::strerror(errno));
    }
    tail_ = size;
}

// Killed anywhere inside, the next opening does it again from the top.
void SessionStore::start_over() {
    header_->last_report_key = last_report_key_;
    store_in_order();
    header_->resetting = 1;
    store_in_order();
    truncate(0);
    offsets_.clear();
    header_->next_sender = 1;
    header_->next_target = 1;
    store_in_order();
    header_->resetting = 0;
}

int SessionStore::last_within(int first, std::size_t bytes) const {
    CARBONX_CHECK(first >= 1);
    CARBONX_CHECK(first < getNextSenderMsgSeqNum());
    const auto begin = static_cast<std::size_t>(first - 1);
    if (begin >= offsets_.size() || tail_ - offsets_[begin] <= bytes) {
        return getNextSenderMsgSeqNum() - 1;
    }
    const auto from = offsets_.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto past = std::upper_bound(from, offsets_.end(), offsets_[begin] + bytes);
    const auto last = static_cast<int>(past - offsets_.begin()) - 1;  // starts within, may not end
    return std::max(first, last);
}

bool SessionStore::set(int sequence, const std::string& message) {
    if (sequence < 1 || message.size() > message_bytes_max) {
        throw FIX::IOException("session store " + name_ + ": not a message to store");
    }
    const auto number = static_cast<uint64_t>(sequence);
    if (number <= offsets_.size() || number - offsets_.size() > hole_max) {
        throw FIX::IOException("session store " + name_ + ": message " + std::to_string(sequence) +
                               " does not follow the last one");
    }
    FrameHeader header = {static_cast<uint32_t>(message.size()), 0, number, report_key_};
    frame_.assign(reinterpret_cast<const char*>(&header), sizeof header);
    frame_ += message;
    header.crc = frame_crc(frame_.data(), frame_.size());
    std::memcpy(frame_.data(), &header, sizeof header);

    for (std::size_t written = 0; written < frame_.size();) {
        const ssize_t count =
            ::pwrite(messages_file_, frame_.data() + written, frame_.size() - written,
                     static_cast<off_t>(tail_ + written));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            throw FIX::IOException("session store " + name_ + ": " + std::strerror(errno));
        }
        written += static_cast<std::size_t>(count);
    }
    remember(number, tail_);
    tail_ += frame_.size();
    last_report_key_ = std::max(last_report_key_, report_key_);
    report_key_ = 0;
    return true;
}

void SessionStore::get(int first, int last, std::vector<std::string>& messages) const {
    messages.clear();
    const auto begin = static_cast<std::size_t>(std::max(first, 1));
    const auto end = std::min(static_cast<std::size_t>(std::max(last, 0)), offsets_.size());
    std::string frame;
    for (std::size_t sequence = begin; sequence <= end; ++sequence) {
        const uint64_t offset = offsets_[sequence - 1];
        frame.resize(sizeof(FrameHeader));
        read_exactly(messages_file_, frame.data(), frame.size(), offset);
        const FrameHeader header = header_at(frame.data());
        if (header.sequence != sequence) continue;  // never had a message
        if (header.length > tail_ - offset) throw FIX::IOException("session store: damaged");
        frame.resize(sizeof header + header.length);
        read_exactly(messages_file_, frame.data(), frame.size(), offset);
        if (frame_state(frame.data(), frame.size()) != FrameState::good) {
            throw FIX::IOException("session store " + name_ + ": message " +
                                   std::to_string(sequence) + " is damaged");
        }
        messages.emplace_back(frame, sizeof header);
    }
}

int SessionStore::getNextSenderMsgSeqNum() const { return static_cast<int>(header_->next_sender); }

int SessionStore::getNextTargetMsgSeqNum() const { return static_cast<int>(header_->next_target); }

// Backward, it takes back the messages from `next` on; forward, it leaves numbers without messages.
void SessionStore::setNextSenderMsgSeqNum(int next) {
    if (next < 1) throw FIX::IOException("session store: a sequence number below 1");
    const auto kept = static_cast<std::size_t>(next - 1);
    if (kept < offsets_.size()) {
        header_->last_report_key = last_report_key_;
        store_in_order();
        truncate(offsets_[kept]);
        offsets_.resize(kept);
    }
    store_in_order();
    header_->next_sender = static_cast<uint64_t>(next);
}

void SessionStore::setNextTargetMsgSeqNum(int next) {
    header_->next_target = static_cast<uint64_t>(next);
}

void SessionStore::incrNextSenderMsgSeqNum() { header_->next_sender += 1; }

void SessionStore::incrNextTargetMsgSeqNum() { header_->next_target += 1; }

void SessionStore::reset() {
    if (reset_allowed_) start_over();
}

}  // namespace carbonx::gateway
