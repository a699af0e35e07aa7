#include "engine/journal_reader.h"

#include <array>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "engine/api/process.h"

namespace carbonx {

// Reads batches on a thread of its own, until it meets the end or damage.
class JournalReader::ReadAhead {
public:
    explicit ReadAhead(journal::FrameReader& frames)
        : frames_(frames), thread_([this](const std::stop_token& stop) { run(stop); }) {}
    ~ReadAhead() {
        thread_.request_stop();
        changed_.notify_all();
    }

    // The next batch, which stays valid until the next call; nullptr when there are no more. Throws
    // what ended the reading.
    const journal::FrameBatch* next() {
        std::unique_lock lock(mutex_);
        if (given_ < begun_) {
            ++given_;
            changed_.notify_all();
        }
        changed_.wait(lock, [&] { return begun_ < read_ || ended_; });
        if (begun_ < read_) return &batches_[begun_++ % batches_.size()];
        if (failure_) std::rethrow_exception(failure_);
        return nullptr;
    }

private:
    void run(const std::stop_token& stop) {
        enter_thread("read-ahead", -1);
        std::unique_lock lock(mutex_);
        try {
            while (true) {
                changed_.wait(lock, stop, [&] { return read_ - given_ < batches_.size(); });
                if (stop.stop_requested()) return;
                journal::FrameBatch& batch = batches_[read_ % batches_.size()];
                lock.unlock();
                const bool more = frames_.read(batch, false);
                lock.lock();
                if (!more) break;
                ++read_;
                changed_.notify_all();
            }
        } catch (...) {
            if (!lock.owns_lock()) lock.lock();
            failure_ = std::current_exception();
        }
        ended_ = true;
        changed_.notify_all();
    }

    journal::FrameReader& frames_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::array<journal::FrameBatch, 4> batches_;  // the one with number n at n modulo 4
    // Numbers of batches: read, begun by the consumer, and given back by it.
    uint64_t read_ = 0, begun_ = 0, given_ = 0;
    bool ended_ = false;
    std::exception_ptr failure_;
    std::jthread thread_;
};

JournalReader::JournalReader(const std::filesystem::path& directory,
                             const std::filesystem::path& archive, const journal::Position& from,
                             unsigned threads)
    : frames_(directory, archive, from),
      ahead_wanted_(threads > 0),
      position_(from),
      next_(from.next) {}

JournalReader::~JournalReader() = default;

const CommandHead* JournalReader::next_before(uint64_t last, bool following) {
    if (next_ > last) return nullptr;
    if (command_ == frame_end_ && !next_frame(following)) return nullptr;
    const auto* command = reinterpret_cast<const CommandHead*>(command_);
    if (command->slots < 1 || command->slots > limits::record_slots_max ||
        command_ + command->slots * sizeof(Slot) > frame_end_) {
        throw std::runtime_error(
            batch_->file.string() + ": command " + std::to_string(next_) +
            " has an impossible length though its checksum is right: this build did "
            "not write this journal; use the one that did");
    }
    command_ += command->slots * sizeof(Slot);
    sequence_ = next_;
    next_ += command->slots;
    return command;
}

bool JournalReader::next_frame(bool following) {
    if (batch_ == nullptr || frame_count_ == batch_->frames.size()) {
        if (!next_batch(following)) return false;
        frame_count_ = 0;
    }
    const journal::FrameBatch::Frame& frame = batch_->frames[frame_count_++];
    command_ = frame.slots;
    frame_end_ = command_ + frame.slot_count * sizeof(Slot);
    position_ = frame.end;
    return true;
}

bool JournalReader::next_batch(bool following) {
    batch_ = nullptr;
    if (!begun_ && ahead_wanted_) ahead_ = std::make_unique<ReadAhead>(frames_);
    begun_ = true;
    if (ahead_) {
        batch_ = ahead_->next();
        if (batch_ != nullptr) return true;
        ahead_.reset();
        if (!following) return false;
    }
    if (!frames_.read(own_, following)) return false;
    batch_ = &own_;
    return true;
}

}  // namespace carbonx
