// One pass over a journal: see replay_pass.h.
#include "tools/replay_pass.h"

#include <bit>
#include <stdexcept>
#include <thread>

namespace carbonx::tools {
namespace {

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

ReplayPass::ReplayPass(const std::filesystem::path& data, const std::filesystem::path& archive,
                       std::optional<LoadedSnapshot> start, Comparing comparing, Looking looking)
    : place_(start ? start->place : SnapshotPlace{}),
      exchange_(start ? std::move(start->exchange) : nullptr),
      reader_(journal::directory(data), archive, place_.journal),
      first_event_(place_.next_event),
      last_sequence_(place_.journal.next - 1) {
    const CommandHead* command = coming();
    if (!exchange_) {
        if (command == nullptr || command->type != CommandType::configure) {
            throw std::runtime_error("the journal has no first command that configures the venue");
        }
        exchange_ =
            std::make_unique<Exchange>(as<Configure>(*command).capacities, Populate::on_use);
    }
    window_slots_ =
        looking == Looking::no ? window_in_cache : window_for_all(exchange_->capacities());
    window_ = Memory::anonymous(event_log::bytes(window_slots_));
    event_log::format(window_, window_slots_, exchange_->venue(), first_event_);
    const bool compares = comparing == Comparing::with_event_log;
    events_.emplace(window_, !compares);
    if (compares) check_.emplace(window_, data, first_event_);
}

void ReplayPass::apply() {
    const CommandBatch& batch = *batch_;
    batch.prefetch(at_, *exchange_);
    if (const std::string why = unreadable(batch[at_]); !why.empty()) throw std::runtime_error(why);
    first_event_ = events_->next();
    last_sequence_ = batch.sequence(at_);
    exchange_->apply(last_sequence_, batch[at_], *events_);
    ++at_;
    if (++commands_ % publish_every == 0) publish();
}

// Where the comparison is far behind, the processor is its.
void ReplayPass::publish() {
    events_->publish();
    const LogHeader& header = event_log::header(window_);
    while (check_ && events_->next() - header.filed.load(std::memory_order_relaxed) >
                         window_slots_ / 4 * uint64_t{3}) {
        std::this_thread::yield();
    }
}

bool ReplayPass::next_batch() {
    batch_size_ = at_ = 0;  // also where the journal's end is thrown
    batch_ = batches_.next();
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
