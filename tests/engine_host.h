// An engine in directories of its own, under a fake clock, polled by hand: what carbonx-engine runs
// on its threads, with the power to be killed at any step.
//
// Threads: one. Always: time stands still but for advance_ms().
#pragma once

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace carbonx::tests {

// A directory that is gone at the end.
class TestDirectory {
public:
    TestDirectory() {
        spdlog::set_level(spdlog::level::off);  // a test's own mishaps are no news
        std::string name = "/dev/shm/carbonx-engine-XXXXXX";
        path_ = ::mkdtemp(name.data());
    }
    ~TestDirectory() { std::filesystem::remove_all(path_); }
    TestDirectory(const TestDirectory&) = delete;
    TestDirectory& operator=(const TestDirectory&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

class EngineHost {
public:
    EngineHost() {
        settings.venue = "test";
        settings.data_directory = directory.path() / "data";
        settings.runtime_directory = directory.path() / "run";
        settings.log_directory = directory.path() / "log";
        settings.engine.segment_bytes = uint64_t{1} << 20;
        settings.engine.event_window_slots = 1U << 12;
        settings.engine.ring_slots = 1U << 8;
        settings.engine.disk_low_mib = 0;
        Capacities& room = settings.engine.capacities;
        room.lots = room.positions = room.ranges = room.orders = 1U << 10;
        room.levels = 1U << 14;
    }
    ~EngineHost() { kill(); }

    void start(const DiskCalls& calls = {}) {
        engine_ = std::make_unique<Engine>(settings, Clock{utc, monotonic}, calls);
        operators_ = std::make_unique<RingProducer>(engine_->operators_ring());
    }
    // Nothing is finished: what was not made durable is gone.
    void kill() {
        operators_.reset();
        engine_.reset();
    }
    Engine& engine() { return *engine_; }

    // Everything that can be done now.
    void settle() {
        Engine& e = *engine_;
        while (e.sequencer().poll() + e.journal().poll() + e.segments().poll() + e.filing().poll() >
               0) {
        }
        e.sequencer().poll();  // gives the rings' places back
    }

    // Makes a snapshot of all that is durable, archives and gives back what it may.
    void snapshot() {
        settle();
        engine_->shadow().poll(snapshot_ns_);
        snapshot_ns_ += uint64_t{settings.engine.snapshot_minutes} * 60'000'000'000;
        while (engine_->shadow().poll(snapshot_ns_) > 0) {
        }
    }

    // The ring of a gateway, as its process sees it.
    Memory gateway_ring(uint32_t gateway = 1) const {
        return Memory::open(ring_file(settings, gateway));
    }
    template <class T>
    bool operate(const T& command) {
        return operate(command.head);
    }
    bool operate(const CommandHead& command) { return operators_->try_push(command, true); }

    // All released events, from the first on.
    std::vector<Event> events() const {
        EventReader reader(settings.runtime_directory, settings.data_directory, "test");
        std::vector<Event> result;
        while (const EventHead* head = reader.next()) {
            std::memcpy(static_cast<void*>(&result.emplace_back()), head,
                        head->slots * sizeof(Slot));
        }
        return result;
    }

    static void advance_ms(uint64_t milliseconds) {
        utc_ns_ += milliseconds * 1'000'000;
        monotonic_ns_ += milliseconds * 1'000'000;
    }
    static void set_utc_ns(uint64_t utc) { utc_ns_ = utc; }
    static uint64_t utc() { return utc_ns_; }
    static uint64_t monotonic() { return monotonic_ns_; }

    TestDirectory directory;
    Settings settings;

private:
    inline static uint64_t utc_ns_ = 1'772'400'000'000'000'000;
    inline static uint64_t monotonic_ns_ = 1'000'000'000;
    uint64_t snapshot_ns_ = 1;  // of the shadow's own clock
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<RingProducer> operators_;
};

}  // namespace carbonx::tests
