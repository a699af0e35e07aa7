// Compares the events of a replay with those in the event log's file: see event_check.h.
#include "tools/event_check.h"

#include "engine/api/process.h"

namespace carbonx::tools {

EventCheck::EventCheck(const Memory& window, const std::filesystem::path& data, uint64_t first)
    : header_(event_log::header(window)),
      window_(event_log::slots(window)),
      mask_(header_.window - 1),
      file_(data, first),
      next_(first),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

EventCheck::~EventCheck() = default;

void EventCheck::finish() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
    if (failure_) std::rethrow_exception(failure_);
}

void EventCheck::run(const std::stop_token& stop) {
    Idle idle(IdlePolicy::sleep);
    while (true) {
        const bool last = stop.stop_requested();
        std::size_t done = 0;
        try {
            done = poll();
        } catch (...) {
            failure_ = std::current_exception();
            file_is_over_ = true;
        }
        if (last && done == 0) return;
        idle(done);
    }
}

// Everything that is published; how many slots.
std::size_t EventCheck::poll() {
    const uint64_t begin = next_;
    const uint64_t published =
        header_.published.load(std::memory_order_acquire);  // (E) pairs with publish()
    while (next_ < published) {
        // Some at a time, so that the writer seldom waits.
        const uint64_t end = std::min(published, next_ + 1024);
        while (next_ < end) {
            const auto& event = *reinterpret_cast<const EventHead*>(window_ + (next_ & mask_));
            ++events_;
            if (!file_is_over_) compare(event);
            next_ += event.slots;
        }
        header_.filed.store(next_ - 1, std::memory_order_release);  // (F) pairs with EventWriter
    }
    return next_ - begin;
}

void EventCheck::compare(const EventHead& event) {
    const EventHead* filed = file_.next();
    if (filed == nullptr) {
        // The file may end early: it is not synced, and made whole at the engine's next start.
        file_is_over_ = true;
        return;
    }
    const std::size_t bytes = event.slots * sizeof(Slot);
    if (filed->slots == event.slots && std::memcmp(filed, &event, bytes) == 0) {
        ++compared_;
        return;
    }
    difference_.emplace();
    difference_->sequence = next_;
    std::memcpy(static_cast<void*>(&difference_->filed), filed, filed->slots * sizeof(Slot));
    std::memcpy(static_cast<void*>(&difference_->replayed), &event, bytes);
    file_is_over_ = true;
    differs_.store(true, std::memory_order_relaxed);
}

}  // namespace carbonx::tools
