#include "bench/durable_venue.h"

#include <linux/magic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <chrono>
#include <cstdio>
#include <stdexcept>

#include "engine/api/process.h"

namespace carbonx::bench {

DiskDirectory::DiskDirectory(const std::filesystem::path& parent) {
    std::filesystem::create_directories(parent);
    std::string name = std::filesystem::absolute(parent) / "carbonx-durability-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("cannot make " + name + ": choose another --directory");
    path_ = name;
    struct statfs system {};
    if (::statfs(name.c_str(), &system) == 0 && system.f_type == TMPFS_MAGIC)
        std::fprintf(stderr, "carbonx-durability: %s is in memory, not on a disk\n", name.c_str());
}

DiskDirectory::~DiskDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

uint64_t DiskDirectory::used_mib() const {
    uint64_t blocks = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_)) {
        struct stat file {};  // one that was renamed meanwhile counts as nothing
        if (::stat(entry.path().c_str(), &file) == 0)
            blocks += static_cast<uint64_t>(file.st_blocks);
    }
    return blocks * 512 >> 20;
}

DurableVenue::DurableVenue(const VenueOptions& options, const FlowMarket& market,
                           const DiskCalls& calls)
    : directory_(options.directory), calls_(calls) {
    settings_.venue = "bench";
    settings_.data_directory = directory_.path() / "data";
    settings_.runtime_directory = runtime_.path();
    settings_.log_directory = directory_.path() / "log";
    settings_.engine.sequencer = options.engine;
    settings_.engine.journal = options.journal;
    settings_.engine.segment_bytes = uint64_t{options.segment_mib} << 20;
    settings_.engine.source_silence_ms = 3'600'000;  // the client shows itself once
    settings_.engine.capacities = market.capacities;
    engine_ = std::make_unique<Engine>(settings_, Clock{}, calls_);
    threads_.emplace(*engine_, settings_.engine);
    ring_ = Memory::open(ring_file(settings_, 1));
    gateway_.emplace(ring_);
    gateway_->heartbeat(monotonic_ns());
}

void DurableVenue::open(const FlowMarket& market) {
    RingProducer operators(engine_->operators_ring());
    for (const Command& command : market.opening) {
        if (command.head.source != Source::operators) continue;
        while (!operators.try_push(command.head, true) && !stopped()) std::this_thread::yield();
    }
    settle(operators);
    for (const Command& command : market.opening) {
        if (command.head.source != Source::gateway) continue;
        if (!gateway_->try_push(command.head, true))
            throw std::runtime_error("the ring is full of sessions");
    }
    settle(*gateway_);
}

void DurableVenue::settle(RingProducer& ring) const {
    while (!ring.drained() && !stopped()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void DurableVenue::stop() {
    const auto cause = threads_->stop();
    if (cause) throw std::runtime_error("the engine stopped: " + *cause);
}

uint64_t DurableVenue::recover_ns() {
    threads_.reset();
    engine_.reset();
    const uint64_t begin = monotonic_ns();
    engine_ = std::make_unique<Engine>(settings_, Clock{}, calls_);
    return monotonic_ns() - begin;
}

}  // namespace carbonx::bench
