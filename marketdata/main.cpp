// carbonx-publisher: the market's public feed, as README.md specifies it.
#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "engine/api/logging.h"
#include "marketdata/publisher.h"
#include "marketdata/recovery_servers.h"

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

void enter(const char* name, const ThreadSettings& thread) {
    if (enter_thread(name, thread.core)) return;
    spdlog::warn("cannot run {} on core {}: running on any", name, thread.core);
}

// Recovery and its servers on a thread of their own; what ends it early ends the process.
class RecoveryThread {
public:
    explicit RecoveryThread(const Settings& settings)
        : thread_settings_(settings.marketdata.recovery.thread),
          recovery_(settings),
          servers_(settings.marketdata, recovery_),
          thread_([this] { run(); }) {}
    ~RecoveryThread() {
        stopping_.store(true, std::memory_order_relaxed);
        thread_.join();
    }
    RecoveryThread(const RecoveryThread&) = delete;
    RecoveryThread& operator=(const RecoveryThread&) = delete;

    // Throws what has ended it.
    void check() const {
        if (failed_.load(std::memory_order_acquire)) std::rethrow_exception(failure_);
    }

private:
    void run() {
        try {
            enter("recovery", thread_settings_);
            Idle idle(thread_settings_.idle);
            while (!stopping_.load(std::memory_order_relaxed)) {
                const uint64_t now_ns = monotonic_ns();
                idle(recovery_.poll(now_ns) + servers_.poll(now_ns));
            }
        } catch (...) {
            failure_ = std::current_exception();
            failed_.store(true, std::memory_order_release);
        }
        servers_.log_counters();
    }

    const ThreadSettings thread_settings_;
    Recovery recovery_;
    RecoveryServers servers_;
    std::exception_ptr failure_;
    std::atomic<bool> failed_{false};
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

std::string text(const Endpoint& at) { return at.address + ":" + std::to_string(at.port); }

void say(const char* name, const StreamSettings& stream) {
    spdlog::info("{} on {} and {}, re-requests on {}, snapshots on {}", name, text(stream.line_a),
                 text(stream.line_b), text(stream.rerequest), text(stream.snapshot));
}

void run(const Settings& settings) {
    if (!engine_is_there(settings)) return;
    const MarketDataSettings& feed = settings.marketdata;
    RecoveryThread recovery(settings);
    enter("publisher", feed.thread);
    Publisher publisher(settings);
    for (const ChannelSettings& channel : feed.channels) {
        say(fmt::format("channel {}", channel.number).c_str(), channel.stream);
    }
    Idle idle(feed.thread.idle);
    while (!stopped()) {
        idle(publisher.poll(monotonic_ns()));
        recovery.check();
    }
    for (const auto& stream : publisher.streams()) {
        spdlog::info("stopped in session {} before message {}: {} packets on each line ({} failed)",
                     stream->session().view(), stream->next_sequence(), stream->counters().packets,
                     stream->counters().failed);
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
