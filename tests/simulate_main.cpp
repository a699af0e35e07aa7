// carbonx-simulate: a whole venue in one thread, by a seed, with faults or without; see README.md.
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "engine/api/check.h"
#include "tests/simulate.h"

namespace {

using namespace carbonx::tests;

// The machine's own, whatever the simulation believes.
double seconds() {
    timespec time{};
    ::syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

void show_progress(uint64_t done, uint64_t count, double begin) {
    const double each = (seconds() - begin) / static_cast<double>(done);
    std::fprintf(stderr, "\r%llu of %llu seeds, %.0f ms each, %.0f s to go ",
                 static_cast<unsigned long long>(done), static_cast<unsigned long long>(count),
                 each * 1e3, each * static_cast<double>(count - done));
}

const SimulationOptions* running = nullptr;

void say_failed(const SimulationOptions& options, uint64_t step, std::string_view what) {
    std::printf(
        "\nFAILED seed %llu, step %llu: %.*s\nagain: carbonx-simulate --seed %llu "
        "--commands %llu%s%s\n",
        static_cast<unsigned long long>(options.seed), static_cast<unsigned long long>(step),
        static_cast<int>(what.size()), what.data(), static_cast<unsigned long long>(options.seed),
        static_cast<unsigned long long>(options.commands), options.faults ? " --faults" : "",
        options.gateway_disk ? " --gateway-disk" : "");
    std::fflush(stdout);
}

// False when it failed; then it has said so.
bool simulate(const SimulationOptions& options, bool quiet, SimulationCounts& counts) {
    std::optional<Simulation> simulation;
    try {
        simulation.emplace(options);
        simulation->run();
        if (!quiet) std::printf("%s\n", simulation->summary().c_str());
        counts += simulation->counts();
        return true;
    } catch (const std::exception& error) {
        const uint64_t step = simulation ? simulation->steps() : 0;
        say_failed(options, step, error.what());
        return false;
    }
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("A whole venue in one thread, by a seed: faults, and everything compared.");
    SimulationOptions options;
    uint64_t count = 1;
    uint64_t failures_max = 1;
    bool progress = false;
    std::string keep;
    app.add_option("--seed", options.seed, "the first seed")->capture_default_str();
    app.add_option("--seeds", count, "how many, one after the other")->capture_default_str();
    app.add_option("--commands", options.commands, "journaled commands of each")
        ->capture_default_str();
    app.add_option("--failures", failures_max, "stop after so many")->capture_default_str();
    app.add_flag("--faults", options.faults, "crashes, power cuts, disk errors, losses, jumps");
    app.add_flag("--gateway-disk", options.gateway_disk,
                 "power cuts and disk errors reach the gateway's files, too");
    app.add_flag("--trace", options.trace, "print what brokers say and hear, and every fault");
    app.add_flag("--progress", progress, "show how far it is");
    app.add_option("--keep", keep, "work in this directory, and leave the last seed's files there");
    CLI11_PARSE(app, argc, argv);
    const std::filesystem::path directory =
        keep.empty() ? "/dev/shm/carbonx-simulate-" + std::to_string(::getpid()) : keep;
    options.directory = directory;
    carbonx::handle_signals();  // to end behind a seed, and leave nothing
    running = &options;
    carbonx::on_stop([](std::string_view what) { say_failed(*running, 0, what); });
    const double begin = seconds();
    uint64_t failures = 0;
    uint64_t done = 0;
    SimulationCounts counts;
    while (done < count && failures < failures_max && !carbonx::stopped()) {
        if (!simulate(options, count > 1, counts)) ++failures;
        ++options.seed;
        ++done;
        if (progress) show_progress(done, count, begin);
    }
    if (progress) std::fprintf(stderr, "\n");
    if (keep.empty()) std::filesystem::remove_all(directory);
    if (count > 1) {
        std::printf(
            "%llu seeds, %llu failed, %.1f s: %llu kills of the engine, %llu of the "
            "gateway, %llu of the publisher, %llu power cuts, %llu disk errors, %llu wrong "
            "bits, %llu bad snapshots, %llu jumps of the clock, %llu disconnects, %llu resets; "
            "everything compared %llu "
            "times; %llu snapshots, %llu segments archived, %llu retired, %llu recycled\n",
            static_cast<unsigned long long>(done), static_cast<unsigned long long>(failures),
            seconds() - begin, static_cast<unsigned long long>(counts.kills),
            static_cast<unsigned long long>(counts.gateway_kills),
            static_cast<unsigned long long>(counts.publisher_kills),
            static_cast<unsigned long long>(counts.power_cuts),
            static_cast<unsigned long long>(counts.disk_errors),
            static_cast<unsigned long long>(counts.corruptions),
            static_cast<unsigned long long>(counts.bad_snapshots),
            static_cast<unsigned long long>(counts.clock_jumps),
            static_cast<unsigned long long>(counts.disconnects),
            static_cast<unsigned long long>(counts.resets),
            static_cast<unsigned long long>(counts.checks),
            static_cast<unsigned long long>(counts.files.snapshots),
            static_cast<unsigned long long>(counts.files.archived),
            static_cast<unsigned long long>(counts.files.retired),
            static_cast<unsigned long long>(counts.files.recycled));
    }
    return failures == 0 ? 0 : 1;
}
