// carbonx-engine: the exchange's process. Beside this thread: those of the engine (threads.h), and
// the operators' socket.
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "engine/api/logging.h"
#include "engine/api/process.h"
#include "engine/disk_watch.h"
#include "engine/engine.h"
#include "engine/operators.h"
#include "engine/status.h"
#include "engine/threads.h"

namespace carbonx {
namespace {

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

void watch_until_stopped(const Settings& settings) {
    ClockWatch clock;
    DiskWatch disk(settings.data_directory, settings.engine.disk_low_mib);
    while (!stopped()) {
        clock.look();
        disk.look(monotonic_ns());
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
    EngineThreads threads(engine, options);
    std::jthread socket([&] {
        enter_thread("operators", -1);
        operators.run();
    });
    spdlog::info("{} is ready: venue {:016x}, {} commands so far", settings.venue, engine.venue(),
                 engine.status().next_command.load() - 1);

    watch_until_stopped(settings);
    spdlog::info("stopping");
    operators.stop();
    socket.join();
    if (const auto cause = threads.stop()) {
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
