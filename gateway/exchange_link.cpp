#include "gateway/exchange_link.h"

#include <stdexcept>

namespace carbonx::gateway {
namespace {

constexpr uint64_t look_every_ns = 100'000'000;

}  // namespace

ExchangeLink::ExchangeLink(const Settings& settings) : settings_(settings) {}

void ExchangeLink::poll(uint64_t monotonic_ns) {
    if (monotonic_ns < next_look_ns_) return;
    next_look_ns_ = monotonic_ns + look_every_ns;
    if (!is_attached()) return attach();
    events_->reattach();
    if (events_->venue() != venue_) {
        throw std::runtime_error(
            "the engine now runs another venue: restart the gateway with the "
            "data directory of that venue");
    }
    if (memory_.is(ring_file(settings_, settings_.gateway.number))) return;
    try {
        attach_ring();
        ring_replaced_ = true;
    } catch (const std::exception& error) {
        obstacle_ = error.what();  // the engine is just making it
    }
}

void ExchangeLink::attach() {
    try {
        events_ =
            std::make_unique<EventReader>(settings_.runtime_directory, settings_.data_directory,
                                          "gateway-" + std::to_string(settings_.gateway.number));
        venue_ = events_->venue();
        attach_ring();
        obstacle_.clear();
    } catch (const std::exception& error) {
        events_.reset();
        obstacle_ = error.what();
    }
}

void ExchangeLink::attach_ring() {
    const auto file = ring_file(settings_, settings_.gateway.number);
    Memory memory = Memory::open(file);
    if (!ring::valid(memory, venue_)) {
        throw std::runtime_error(file.string() + " is not a ring of this venue and build");
    }
    memory_ = std::move(memory);
    ring_.emplace(memory_);
}

bool ExchangeLink::try_push(const CommandHead& command, bool essential) {
    return ring_->try_push(command, essential);
}

bool ExchangeLink::is_engine_silent(uint64_t monotonic_ns) const {
    const uint64_t silence_ns = uint64_t{settings_.engine.source_silence_ms} * 1'000'000;
    return monotonic_ns > events_->engine_heartbeat_ns() + silence_ns;
}

}  // namespace carbonx::gateway
