// carbonx-gateway: FIX for brokers. See README.md.
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "engine/api/logging.h"
#include "engine/api/process.h"
#include "engine/api/settings.h"
#include "gateway/gateway.h"
#include "gateway/operations.h"
#include "gateway/operators_socket.h"

namespace {

using namespace carbonx;

constexpr uint64_t answer_wait_ns = 1'000'000'000;  // at the stop, for the exchange

// Held until the process ends, however it ends.
void lock_instance(const std::filesystem::path& runtime, uint32_t number) {
    std::filesystem::create_directories(runtime);
    const auto file = runtime / ("gateway-" + std::to_string(number) + ".lock");
    const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (lock < 0) throw std::runtime_error(file.string() + ": " + std::strerror(errno));
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        throw std::runtime_error("gateway " + std::to_string(number) +
                                 " is running already: stop that one first");
    }
}

// Each connection takes one, each session four; what a shell usually gives is too few.
void take_all_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

void say_obstacle(const gateway::Gateway& gateway, std::string& said) {
    const std::string obstacle = gateway.obstacle();
    if (obstacle == said) return;
    said = obstacle;
    if (obstacle.empty()) return;
    // With its engine there, a gateway that starts needs a moment only.
    const auto level = gateway.has_engine() ? spdlog::level::info : spdlog::level::warn;
    spdlog::log(level, "waiting: {}", obstacle);
}

void run(const Settings& settings, const gateway::Operations::Load& load) {
    gateway::Gateway gateway(settings);
    gateway::Operations operations(gateway, load);
    gateway::OperatorsSocket operators(settings,
                                       [&](const std::string& who, std::string_view asked) {
                                           return operations.answer(who, asked);
                                       });
    const ThreadSettings& thread = settings.gateway.thread;
    if (!enter_thread("gateway", thread.core)) {
        spdlog::warn("core {} cannot be had: the gateway runs unpinned", thread.core);
    }
    spdlog::info("listening on {}:{}", settings.gateway.listen.address, gateway.port());
    Idle idle(thread.idle);
    std::string said;
    while (!stopped()) {
        idle(gateway.poll(monotonic_ns(), utc_ns()));
        operators.poll(monotonic_ns());
        if (take_reload_request()) operations.answer("SIGHUP", "reload");
        say_obstacle(gateway, said);
    }
    spdlog::info("stopping: logging everyone out");
    gateway.stop("the gateway is stopping");
    const uint64_t end = monotonic_ns() + answer_wait_ns;
    while (!gateway.is_settled() && monotonic_ns() < end) {
        idle(gateway.poll(monotonic_ns(), utc_ns()));
    }
    if (gateway.is_settled()) return gateway.close();
    spdlog::warn(
        "stopped while the exchange had not answered everything: start again before the "
        "machine is switched off, or the start after that is as after a power cut");
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app(
        "FIX for brokers: takes their orders to the exchange, and tells them what happened.");
    std::string settings_file = "venue.toml";
    std::string directory;
    app.add_option("--settings", settings_file, "the venue's settings, a TOML file")
        ->capture_default_str();
    app.add_option("--directory", directory, "keep data and logs here, not where the settings say");
    CLI11_PARSE(app, argc, argv);
    try {
        take_all_descriptors();
        handle_signals();
        handle_reload_signal();
        const auto load = [&] { return load_settings(settings_file, directory); };
        const Settings settings = load();
        lock_instance(settings.runtime_directory, settings.gateway.number);
        const Logging logging("carbonx-gateway", settings.log_directory);
        try {
            run(settings, load);
        } catch (const std::system_error& error) {
            spdlog::critical("stopped: {}: see to the cause, then start again", error.what());
            return 1;
        } catch (const std::exception& error) {
            spdlog::critical("{}", error.what());  // on standard error too
            return 1;
        }
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "carbonx-gateway: %s\n", error.what());
        return 1;
    }
}
