#include "engine/threads.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "engine/api/process.h"

namespace carbonx {
namespace {

void enter(const char* name, int core) {
    if (enter_thread(name, core)) return;
    spdlog::warn(
        "the {} thread cannot be pinned to core {}: it runs unpinned, and slower; choose another "
        "core or -1",
        name, core);
}

void end(std::jthread& thread) {
    thread.request_stop();
    if (thread.joinable()) thread.join();
}

}  // namespace

void EngineThreads::Failure::set(const std::string& cause) {
    const std::lock_guard lock(mutex_);
    if (!cause_) cause_ = cause;
    request_stop();
}

std::optional<std::string> EngineThreads::Failure::get() {
    const std::lock_guard lock(mutex_);
    return cause_;
}

EngineThreads::EngineThreads(Engine& engine, const EngineSettings& settings) {
    const ThreadSettings ordinary;
    // The window has room for much more than comes in a millisecond.
    filing_ = start("filing", ordinary, 1000, [&] { return engine.filing().poll(); });
    segments_ = start("segments", ordinary, 1000, [&] { return engine.segments().poll(); });
    journal_ = start("journal", settings.journal, 50, [&] { return engine.journal().poll(); });
    engine_ = start_engine(settings.sequencer, engine.sequencer());
    snapshots_ = start_snapshots(engine.shadow());
}

std::optional<std::string> EngineThreads::stop() {
    snapshots_.request_stop();
    engine_.request_stop();
    wait_for_both();
    end(snapshots_);
    end(engine_);
    end(journal_);
    end(segments_);
    end(filing_);
    return failure_.get();
}

// Polls until it is asked to stop, and then until nothing is left.
template <class Poll>
std::jthread EngineThreads::start(const char* name, const ThreadSettings& settings,
                                  uint32_t sleep_us, Poll poll) {
    return std::jthread([=, this](const std::stop_token& stop) {
        enter(name, settings.core);
        try {
            Idle idle(settings.idle, sleep_us);
            while (!stop.stop_requested()) idle(poll());
            while (poll() > 0) {
            }
        } catch (const std::exception& error) {
            failure_.set(error.what());
        }
    });
}

// Behind all others where they want the same core; what it has begun is left when it is asked to
// stop.
std::jthread EngineThreads::start_snapshots(Shadow& shadow) {
    return std::jthread([this, &shadow](const std::stop_token& stop) {
        enter_thread("snapshots", -1);
        lower_priority();
        Idle idle(IdlePolicy::sleep, 10'000);
        while (!stop.stop_requested()) idle(shadow.poll(monotonic_ns()));
        snapshots_ended_.store(true);
    });
}

// The engine thread takes nothing more when it is asked to stop.
std::jthread EngineThreads::start_engine(const ThreadSettings& settings, Sequencer& sequencer) {
    return std::jthread([=, this, &sequencer](const std::stop_token& stop) {
        enter("engine", settings.core);
        Idle idle(settings.idle);
        while (!stop.stop_requested()) idle(sequencer.poll());
        engine_ended_.store(true);
    });
}

// After a failure the engine thread may wait for ever, and the disk that failed may hold up a
// snapshot: nothing is lost when the process ends without them.
void EngineThreads::wait_for_both() {
    int waited_ms = 0;
    while (!engine_ended_ || !snapshots_ended_) {
        const auto cause = failure_.get();
        if (cause && waited_ms >= 1000) {
            std::fprintf(stderr, "carbonx-engine: %s\n", cause->c_str());
            std::_Exit(1);
        }
        if (cause) waited_ms += 10;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

}  // namespace carbonx
