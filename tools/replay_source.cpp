// The commands of a replay, read ahead: see replay_source.h.
#include "tools/replay_source.h"

namespace carbonx::tools {

ReplaySource::ReplaySource(const std::filesystem::path& data)
    : reader_(journal::directory(data)), thread_([this] { run(); }) {}

ReplaySource::~ReplaySource() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

const CommandBatch* ReplaySource::next() {
    std::unique_lock lock(mutex_);
    if (holds_one_) {
        ++taken_;
        holds_one_ = false;
        changed_.notify_all();
    }
    changed_.wait(lock, [&] { return filled_ > taken_ || ended_; });
    if (filled_ > taken_) {
        holds_one_ = true;
        return &batches_[taken_ % batches];
    }
    if (failure_) std::rethrow_exception(failure_);
    return nullptr;
}

void ReplaySource::run() {
    std::unique_lock lock(mutex_);
    while (!ended_) {
        changed_.wait(lock, [&] { return filled_ - taken_ < batches || stopping_; });
        if (stopping_) return;
        CommandBatch& batch = batches_[filled_ % batches];
        lock.unlock();
        std::exception_ptr failure;
        try {
            fill(batch);
        } catch (...) {
            failure = std::current_exception();
        }
        lock.lock();
        if (batch.size() > 0) ++filled_;
        failure_ = failure;
        ended_ = failure != nullptr || batch.size() == 0;
        changed_.notify_all();
    }
}

void ReplaySource::fill(CommandBatch& batch) {
    batch.slots.clear();
    batch.places.clear();
    while (batch.slots.size() < batch_slots) {
        const CommandHead* command = reader_.next();
        if (command == nullptr) return;
        if (batch.places.empty()) batch.first = reader_.sequence();
        batch.places.push_back(static_cast<uint32_t>(batch.slots.size()));
        const auto* slots = reinterpret_cast<const Slot*>(command);
        batch.slots.insert(batch.slots.end(), slots, slots + command->slots);
    }
}

}  // namespace carbonx::tools
