// One pass over a journal: see replay_pass.h.
#include "tools/replay_pass.h"

#include <bit>
#include <stdexcept>

namespace carbonx::tools {
namespace {

// How far ahead a coming command's order and level are fetched, as the sequencer does.
constexpr std::size_t order_ahead = 8;
constexpr std::size_t level_ahead = 4;
constexpr uint64_t publish_every = 256;  // commands

constexpr uint32_t window_in_cache = 1U << 17;

// At the most one command cancels, restates or fills every order, moves every run of serials, and
// tells each counter's new day.
uint32_t window_for_all(const Capacities& capacities) {
    const uint64_t events = uint64_t{2} * capacities.orders + capacities.ranges / 2 +
                            capacities.counters + limits::record_slots_max;
    return static_cast<uint32_t>(std::bit_ceil(std::max<uint64_t>(events, window_in_cache)));
}

}  // namespace

ReplayPass::ReplayPass(const std::filesystem::path& data, Comparing comparing, Looking looking)
    : source_(data) {
    const CommandHead* command = coming();
    if (command == nullptr || command->type != CommandType::configure) {
        throw std::runtime_error("the journal has no first command that configures the venue");
    }
    const Capacities capacities = as<Configure>(*command).capacities;
    exchange_ = std::make_unique<Exchange>(capacities);
    window_slots_ = looking == Looking::no ? window_in_cache : window_for_all(capacities);
    window_ = Memory::anonymous(event_log::bytes(window_slots_));
    event_log::format(window_, window_slots_, 1);
    const bool compares = comparing == Comparing::with_event_log;
    events_.emplace(window_, !compares);
    if (compares) check_.emplace(window_, data, events_->next());
}

void ReplayPass::apply() {
    const CommandBatch& batch = *batch_;
    if (at_ + order_ahead < batch_size_) exchange_->prefetch_order(batch[at_ + order_ahead]);
    if (at_ + level_ahead < batch_size_) exchange_->prefetch_level(batch[at_ + level_ahead]);
    first_event_ = events_->next();
    last_sequence_ = batch.sequence(at_);
    exchange_->apply(last_sequence_, batch[at_], *events_);
    ++at_;
    if (++commands_ % publish_every == 0) events_->publish();
}

bool ReplayPass::next_batch() {
    batch_size_ = at_ = 0;  // also where the journal's end is thrown
    batch_ = source_.next();
    if (batch_ == nullptr) return false;
    batch_size_ = batch_->size();
    return true;
}

EventCheck* ReplayPass::finish_check() {
    if (!check_) return nullptr;
    events_->publish();
    check_->finish();
    return &*check_;
}

}  // namespace carbonx::tools
