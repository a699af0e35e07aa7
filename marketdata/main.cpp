// carbonx-publisher: the market's public feed, as README.md specifies it.
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <system_error>

#include "engine/api/logging.h"
#include "marketdata/publisher.h"
#include "marketdata/recovery/recovery_thread.h"
#include "marketdata/streams.h"

namespace carbonx::marketdata {
namespace {

// Held for as long as the process lives: two publishers would number one feed twice.
void be_the_only_one(const Settings& settings) {
    const auto file = settings.data_directory / "publisher.lock";
    std::filesystem::create_directories(settings.data_directory);
    const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0)
        throw std::runtime_error("cannot open " + file.string() + ": may this user write there?");
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        throw std::runtime_error("another carbonx-publisher runs in " +
                                 settings.data_directory.string() + ": stop it first");
    }
}

// Waits until the engine has made its event log; false when the process is asked to stop before.
bool engine_is_there(const Settings& settings) {
    const auto window = event_log::window_file(settings.runtime_directory);
    bool told = false;
    while (!stopped()) {
        if (std::filesystem::exists(window) && std::filesystem::file_size(window) > 0) return true;
        if (!told)
            spdlog::warn("waiting for carbonx-engine: no event log in {} yet", window.string());
        told = true;
        const timespec time{0, 100'000'000};
        ::nanosleep(&time, nullptr);
    }
    return false;
}

std::string text(const Endpoint& at) { return at.address + ":" + std::to_string(at.port); }

void say(const StreamPlan& plan) {
    const StreamSettings& at = plan.addresses;
    spdlog::info("{} on {} and {}, re-requests on {}, snapshots on {}", plan.name, text(at.line_a),
                 text(at.line_b), text(at.rerequest), text(at.snapshot));
    if (at.line_a == at.line_b) {
        spdlog::warn("{}: lines A and B are one: what is lost on it is lost on both", plan.name);
    }
}

void run(const Settings& settings) {
    if (!engine_is_there(settings)) return;
    const ThreadSettings& thread = settings.marketdata.thread;
    RecoveryThread recovery(settings);  // before this thread is pinned, since it inherits that
    if (!enter_thread("publisher", thread.core)) {
        spdlog::warn(
            "the publisher thread cannot be pinned to core {}: it runs unpinned, and "
            "slower; choose another core or -1 in marketdata.thread",
            thread.core);
    }
    Publisher publisher(settings);
    const std::vector<StreamPlan> plans = plan_streams(settings);
    std::ranges::for_each(plans, say);
    Idle idle(thread.idle);
    while (!stopped()) {
        idle(publisher.poll(monotonic_ns()));
        recovery.check();
    }
    for (std::size_t i = 0; i < plans.size(); ++i) {
        const LiveStream& stream = *publisher.streams()[i];
        spdlog::info(
            "{}: stopped in session {} before message {}: {} packets on each line ({} failed)",
            plans[i].name, stream.session().view(), stream.next_sequence(),
            stream.counters().packets, stream.counters().failed);
    }
}

}  // namespace
}  // namespace carbonx::marketdata

int main(int argc, char** argv) {
    CLI::App app{"carbonx-publisher: the market's public feed, ITCH 5.0 in MoldUDP64"};
    std::string settings_file;
    std::string directory;
    app.add_option("--settings", settings_file, "the venue's settings")->required();
    app.add_option("--directory", directory,
                   "where the venue lives, instead of what the settings say");
    CLI11_PARSE(app, argc, argv);
    carbonx::handle_signals();
    try {
        const auto settings = carbonx::load_settings(settings_file, directory);
        carbonx::marketdata::be_the_only_one(settings);
        const carbonx::Logging logging("carbonx-publisher", settings.log_directory);
        try {
            carbonx::marketdata::run(settings);
        } catch (const std::system_error& error) {
            spdlog::critical("stopped: {}: see to the cause, then start again", error.what());
            return 1;
        } catch (const std::exception& error) {
            spdlog::critical("{}", error.what());  // on standard error too
            return 1;
        }
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "carbonx-publisher: %s\n", error.what());
        return 1;
    }
}
