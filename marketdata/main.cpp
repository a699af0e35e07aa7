// carbonx-publisher: the market's public feed, as README.md specifies it.
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "engine/api/logging.h"
#include "marketdata/publisher.h"

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

// Waits until the engine has made its event log; empty when the process is asked to stop before.
void open_publisher(const Settings& settings, std::optional<Publisher>& publisher) {
    bool told = false;
    while (!stopped()) {
        const auto window = event_log::window_file(settings.runtime_directory);
        if (std::filesystem::exists(window) && std::filesystem::file_size(window) > 0) {
            publisher.emplace(settings);
            return;
        }
        if (!told)
            spdlog::warn("waiting for carbonx-engine: no event log in {} yet", window.string());
        told = true;
        const timespec time{0, 100'000'000};
        ::nanosleep(&time, nullptr);
    }
}

void run(const Settings& settings) {
    const ThreadSettings& thread = settings.marketdata.thread;
    if (!enter_thread("publisher", thread.core)) {
        spdlog::warn("cannot run on core {}: running on any", thread.core);
    }
    std::optional<Publisher> publisher;
    open_publisher(settings, publisher);
    if (!publisher) return;
    spdlog::info("feed on {}:{} and {}:{} through {}, re-requests on {}:{}",
                 settings.marketdata.line_a.address, settings.marketdata.line_a.port,
                 settings.marketdata.line_b.address, settings.marketdata.line_b.port,
                 settings.marketdata.interface, settings.marketdata.rerequest.address,
                 publisher->rerequest_port());
    Idle idle(thread.idle);
    while (!stopped()) idle(publisher->poll(monotonic_ns()));
    const OutletCounters counters = publisher->counters();
    spdlog::info(
        "stopped in session {} before message {}: {} packets on each line ({} failed), {} "
        "re-requests answered",
        publisher->session().view(), publisher->next_sequence(), counters.packets, counters.failed,
        counters.answered);
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
