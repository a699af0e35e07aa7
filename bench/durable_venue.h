// A venue on a disk: the engine with its threads as carbonx-engine runs them, in a directory of its
// own that is gone at the end, with the market of an endless flow open for trading.
//
// Threads: one, which makes it and restarts it; what it gives belongs to the clients' threads.
// Always: nothing but the flow's commands comes in once the market is open.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "bench/disk_directory.h"
#include "bench/endless_flow.h"
#include "bench/flow_reader.h"
#include "engine/threads.h"

namespace carbonx::bench {

struct VenueOptions {
    std::filesystem::path directory =
        ".";  // where the venue's own is made: on the disk in question
    ThreadSettings engine{0, IdlePolicy::spin};
    ThreadSettings journal{1, IdlePolicy::yield};
    ThreadSettings client{1, IdlePolicy::yield};
    EngineSettings settings;  // all else
    bool archive = true;
};

class DurableVenue {
public:
    // The capacities are those of the options' settings. What the market's opening lists is durable
    // at the end.
    DurableVenue(const VenueOptions& options, const FlowMarket& market, const DiskCalls& calls = {},
                 const Clock& clock = {});

    // An operator's command; waits for room.
    void operate(const CommandHead& command);
    // Until all that was sent is durable.
    void settle();
    // Ends the engine and its threads as SIGTERM does. Throws std::runtime_error with what had
    // stopped them, if something had.
    void stop();
    // What a start makes of the disk, before it goes on: how long it took, and the state's hash.
    // Requires: it is stopped; it cannot be used afterwards.
    struct Recovery {
        double seconds;
        uint64_t replayed;  // slots of commands behind the newest snapshot
        uint64_t state;
    };
    Recovery recover();

    const DiskDirectory& directory() const { return directory_; }
    const Settings& settings() const { return settings_; }
    const Engine& engine() const { return *engine_; }
    RingProducer& gateway() { return *gateway_; }

private:
    void open(const FlowMarket& market);

    const DiskDirectory directory_;
    const WindowDirectory runtime_;
    Settings settings_;
    const DiskCalls calls_;
    std::unique_ptr<Engine> engine_;
    std::optional<EngineThreads> threads_;
    std::optional<RingProducer> operators_;
    Memory ring_;
    std::optional<RingProducer> gateway_;
};

}  // namespace carbonx::bench
