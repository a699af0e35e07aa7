// carbonx-engine: the exchange's process. Five threads beside this one: the engine thread
// (sequencer), the journal thread, the one that makes its segments, the filing thread, and the
// operators' socket.
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

#include "engine/api/logging.h"
#include "engine/api/process.h"
#include "engine/engine.h"
#include "engine/operators.h"
#include "engine/status.h"

namespace carbonx {
namespace {

// The first reason why a thread could not go on.
class Failure {
public:
    void set(const std::string& cause) {
        const std::lock_guard lock(mutex_);
        if (!cause_) cause_ = cause;
        request_stop();
    }
    std::optional<std::string> get() {
        const std::lock_guard lock(mutex_);
        return cause_;
    }

private:
    std::mutex mutex_;
    std::optional<std::string> cause_;
};

// A thread that polls until it is asked to stop, and then until nothing is left.
template <class Poll>
std::jthread start_thread(const char* name, const ThreadSettings& settings, uint32_t sleep_us,
                          Failure& failure, Poll poll) {
    return std::jthread([=, &failure](const std::stop_token& stop) {
        if (!enter_thread(name, settings.core)) {
            spdlog::warn(
                "{} cannot be pinned to core {}: it runs unpinned, and slower; choose another core "
                "or -1",
                name, settings.core);
        }
        try {
            Idle idle(settings.idle, sleep_us);
            while (!stop.stop_requested()) idle(poll());
            while (poll() > 0) {
            }
        } catch (const std::exception& error) {
            failure.set(error.what());
        }
    });
}

// The engine thread takes nothing more when it is asked to stop: what is in the rings stays there.
std::jthread start_engine_thread(const ThreadSettings& settings, Sequencer& sequencer,
                                 std::atomic<bool>& ended) {
    return std::jthread([=, &sequencer, &ended](const std::stop_token& stop) {
        if (!enter_thread("engine", settings.core)) {
            spdlog::warn(
                "the engine thread cannot be pinned to core {}: it runs unpinned, and "
                "slower; choose another core or -1",
                settings.core);
        }
        Idle idle(settings.idle);
        while (!stop.stop_requested()) idle(sequencer.poll());
        ended.store(true);
    });
}

// After a failure the engine thread may wait, inside one command, for room that nobody will make
// any more: then the process ends without it. Nothing is lost by that.
void wait_for_engine_thread(const std::atomic<bool>& ended, const std::string& cause) {
    for (int i = 0; i < 100 && !ended; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    if (ended) return;
    std::fprintf(stderr, "carbonx-engine: %s\n", cause.c_str());
    std::_Exit(1);
}

// A jump of the clock moves timers and stamps: somebody should know.
class ClockWatch {
public:
    void look() {
        const auto offset = static_cast<int64_t>(utc_ns() - monotonic_ns());
        const int64_t jump_ms = (offset - offset_) / 1'000'000;
        if (offset_ != 0 && (jump_ms > 1000 || jump_ms < -1000)) {
            spdlog::error("the system's clock jumped by {} ms; the venue's time never goes back",
                          jump_ms);
        }
        offset_ = offset;
    }

private:
    int64_t offset_ = 0;
};

void watch_until_stopped() {
    ClockWatch clock;
    while (!stopped()) {
        clock.look();
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
}

void run(const Settings& settings) {
    const uint64_t started_ns = monotonic_ns();
    const EngineSettings& options = settings.engine;
    Engine engine(settings);
    if (options.lock_memory && !lock_memory()) {
        spdlog::warn(
            "the memory cannot be locked: the engine may be paged out; raise `ulimit -l` or set "
            "lock_memory = false");
    }
    if (options.durability == Durability::memory) {
        spdlog::warn("durability is memory: a power cut loses what was acknowledged last");
    }
    Operators operators(settings, engine,
                        [&] { return status_text(settings, engine, started_ns); });
    Failure failure;
    const ThreadSettings ordinary;
    // The window has room for much more than comes in a millisecond.
    std::jthread filing =
        start_thread("filing", ordinary, 1000, failure, [&] { return engine.filing().poll(); });
    std::jthread journal = start_thread("journal", options.journal, 50, failure,
                                        [&] { return engine.journal().poll(); });
    std::atomic<bool> ended{false};
    std::jthread sequencer = start_engine_thread(options.sequencer, engine.sequencer(), ended);
    std::jthread socket([&] {
        enter_thread("operators", -1);
        operators.run();
    });
    spdlog::info("{} is ready: venue {:016x}, {} commands so far", settings.venue, engine.venue(),
                 engine.status().next_command.load() - 1);

    watch_until_stopped();
    spdlog::info("stopping");
    operators.stop();
    socket.join();
    // In this order: each waits for what the one before it has left.
    sequencer.request_stop();
    if (const auto cause = failure.get()) wait_for_engine_thread(ended, *cause);
    sequencer.join();
    journal.request_stop();
    journal.join();
    filing.request_stop();
    filing.join();
    if (const auto cause = failure.get()) {
        throw std::runtime_error(
            "stopped: " + *cause +
            "; nothing was acknowledged that is not in the journal: see to the "
            "cause, then start again");
    }
    spdlog::info("stopped");
}

}  // namespace
}  // namespace carbonx

int main(int argc, char** argv) {
    CLI::App app(
        "The exchange: takes commands from its rings, keeps the journal and the event log.");
    std::string settings_file = "venue.toml";
    std::string directory;
    app.add_option("--settings", settings_file, "the venue's settings, a TOML file")
        ->capture_default_str();
    app.add_option("--directory", directory, "keep data and logs here, not where the settings say");
    CLI11_PARSE(app, argc, argv);
    try {
        carbonx::handle_signals();
        const carbonx::Settings settings = carbonx::load_settings(settings_file, directory);
        const carbonx::Logging logging("carbonx-engine", settings.log_directory);
        try {
            carbonx::run(settings);
        } catch (const std::exception& error) {
            spdlog::critical("{}", error.what());  // on standard error too
            return 1;
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "carbonx-engine: %s\n", error.what());
        return 1;
    }
    return 0;
}
