// The engine's threads: each polls its part of an Engine, from construction until they are stopped.
//
// Threads: made and stopped by one.
// Always: they end in the order in which each waits for what the one before it has left: what the
// engine thread took is durable and filed afterwards, and what is in the rings stays there.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "engine/engine.h"

namespace carbonx {

class EngineThreads {
public:
    // Warns in the log when a thread cannot be pinned to its core.
    EngineThreads(Engine& engine, const EngineSettings& settings);
    ~EngineThreads() { stop(); }
    EngineThreads(const EngineThreads&) = delete;
    EngineThreads& operator=(const EngineThreads&) = delete;

    // Gives the first reason why a thread could not go on, if one could not; it had then asked the
    // process to stop. After that the engine thread may wait, inside one command, for room that
    // nobody will make any more: the process then ends here.
    std::optional<std::string> stop();

private:
    class Failure {
    public:
        void set(const std::string& cause);
        std::optional<std::string> get();

    private:
        std::mutex mutex_;
        std::optional<std::string> cause_;  // the first
    };

    template <class Poll>
    std::jthread start(const char* name, const ThreadSettings& settings, uint32_t sleep_us,
                       Poll poll);
    std::jthread start_snapshots(Shadow& shadow);
    std::jthread start_engine(const ThreadSettings& settings, Sequencer& sequencer);
    void wait_for_both();

    Failure failure_;
    std::atomic<bool> engine_ended_{false};
    std::atomic<bool> snapshots_ended_{false};
    std::jthread filing_;
    std::jthread segments_;
    std::jthread journal_;
    std::jthread engine_;
    std::jthread snapshots_;
};

}  // namespace carbonx
