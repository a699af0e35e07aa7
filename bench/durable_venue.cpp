#include "bench/durable_venue.h"

#include <chrono>
#include <stdexcept>

#include "engine/api/check.h"
#include "engine/api/process.h"

namespace carbonx::bench {

DurableVenue::DurableVenue(const VenueOptions& options, const FlowMarket& market,
                           const DiskCalls& calls, const Clock& clock)
    : directory_(options.directory), calls_(calls) {
    settings_.venue = "bench";
    settings_.data_directory = directory_.path() / "data";
    settings_.runtime_directory = runtime_.path();
    settings_.log_directory = directory_.path() / "log";
    if (options.archive) settings_.archive_directory = directory_.path() / "archive";
    settings_.engine = options.settings;
    settings_.engine.sequencer = options.engine;
    settings_.engine.journal = options.journal;
    settings_.engine.source_silence_ms = 3'600'000;  // the client shows itself once
    engine_ = std::make_unique<Engine>(settings_, clock, calls_);
    threads_.emplace(*engine_, settings_.engine);
    operators_.emplace(engine_->operators_ring());
    ring_ = Memory::open(ring_file(settings_, 1));
    gateway_.emplace(ring_);
    gateway_->heartbeat(monotonic_ns());
    open(market);
}

void DurableVenue::open(const FlowMarket& market) {
    for (const Command& command : market.opening) {
        if (command.head.source == Source::operators) operate(command.head);
    }
    settle();
    for (const Command& command : market.opening) {
        if (command.head.source == Source::gateway)
            CARBONX_CHECK(gateway_->try_push(command.head, true));
    }
    settle();
}

void DurableVenue::operate(const CommandHead& command) {
    while (!operators_->try_push(command, true) && !stopped()) std::this_thread::yield();
}

void DurableVenue::settle() {
    while (!(operators_->drained() && gateway_->drained()) && !stopped())
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void DurableVenue::stop() {
    const auto cause = threads_->stop();
    if (cause) throw std::runtime_error("the engine stopped: " + *cause);
}

DurableVenue::Recovery DurableVenue::recover() {
    operators_.reset();
    threads_.reset();
    engine_.reset();
    const uint64_t begin = monotonic_ns();
    const Recovered recovered = carbonx::recover(settings_);
    const uint64_t end = monotonic_ns();
    const auto files = list_snapshots(snapshot::directory(settings_.data_directory));
    const uint64_t from = files.empty() ? 1 : files.front().next_command;
    return {static_cast<double>(end - begin) / 1e9, recovered.tail.next - from,
            recovered.exchange->state_hash()};
}

}  // namespace carbonx::bench
