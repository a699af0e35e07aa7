// carbonx-sync: by which calls does a frame of the journal become durable soonest, and what does
// the making of the next segment do to it?
//
// Each way writes frames one after the other into a segment that was written through with zeros, or
// used before; with nothing beside it, with a thread that reads each frame once it is durable (as
// the engine's shadow does), with one that writes zeros a step at a time (1 MiB, its sync, a
// pause), and with one that writes 64 MiB at once. The ways take turns, so that a neighbour on the
// disk meets all of them.
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>

#include "engine/api/disk.h"
#include "engine/api/process.h"

namespace {

using namespace carbonx;

constexpr std::size_t step_bytes = std::size_t{1} << 20;
constexpr std::size_t segment_bytes = std::size_t{64} << 20;

struct Way {
    const char* name;
    int open_flags;
    int write_flags;  // of pwritev2
    bool fdatasync;
};
constexpr Way ways[] = {
    {"pwrite + fdatasync", 0, 0, true},
    {"pwritev2 RWF_DSYNC", 0, RWF_DSYNC, false},
    {"O_DIRECT | O_DSYNC", O_DIRECT | O_DSYNC, 0, false},
    {"O_DIRECT + fdatasync", O_DIRECT, 0, true},
};
enum Beside { nothing, reader, paced, unpaced };
constexpr const char* beside_names[] = {"nothing", "a reader", "zeros, paced", "zeros, unpaced"};
constexpr const char* before_names[] = {"zeros", "used before"};

struct Options {
    std::string directory = ".";
    std::size_t bytes = 4096;
    int commits = 200;
    int rounds = 10;
    int pause_ms = 20;
};

struct Aligned {
    explicit Aligned(std::size_t size, int value)
        : data(static_cast<unsigned char*>(std::aligned_alloc(4096, size)), std::free) {
        std::fill_n(data.get(), size, static_cast<unsigned char>(value));
    }
    std::unique_ptr<unsigned char, void (*)(void*)> data;
};

void write_through(const std::filesystem::path& path, int value) {
    const File file(path, O_RDWR | O_CREAT);
    const Aligned piece(step_bytes, value);
    for (std::size_t at = 0; at < segment_bytes; at += step_bytes)
        file.write({}, piece.data.get(), step_bytes, at);
    file.sync({});
}

// Reads each frame that is durable.
std::jthread read_behind(const std::filesystem::path& path, std::size_t bytes,
                         const std::atomic<std::size_t>& durable) {
    return std::jthread([=, &durable](const std::stop_token& stop) {
        const File file(path, O_RDONLY);
        const Aligned frame(bytes, 0);
        Idle idle(IdlePolicy::sleep);
        for (std::size_t at = 0; !stop.stop_requested();) {
            const bool more = at < durable;
            if (more) at += file.read(frame.data.get(), bytes, at);
            idle(more ? 1 : 0);
        }
    });
}

// Makes segments of zeros.
std::jthread make_zeros(const std::filesystem::path& path, bool steps, int pause_ms) {
    return std::jthread([=](const std::stop_token& stop) {
        const Aligned zeros(step_bytes, 0);
        while (!stop.stop_requested()) {
            const File file(path, O_RDWR | O_CREAT | O_TRUNC);
            for (std::size_t at = 0; at < segment_bytes && !stop.stop_requested();
                 at += step_bytes) {
                file.write({}, zeros.data.get(), step_bytes, at);
                if (!steps) continue;
                file.sync({});
                std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
            }
            file.sync({});
        }
    });
}

void commit(const File& file, const Way& way, const unsigned char* frame, std::size_t bytes,
            std::size_t at) {
    iovec piece{const_cast<unsigned char*>(frame), bytes};
    const ssize_t done =
        ::pwritev2(file.descriptor(), &piece, 1, static_cast<off_t>(at), way.write_flags);
    if (done != static_cast<ssize_t>(bytes)) disk_failed("write", file.path(), errno);
    if (way.fdatasync) file.sync({});
}

double quantile_us(std::vector<uint64_t>& ns, double share) {
    std::sort(ns.begin(), ns.end());
    const auto at = static_cast<std::size_t>(share * static_cast<double>(ns.size() - 1));
    return static_cast<double>(ns[at]) / 1000;
}

void run(const Options& options) {
    const std::filesystem::path directory = options.directory;
    const auto segment = directory / "carbonx-sync.segment";
    const auto other = directory / "carbonx-sync.zeros";
    const Aligned frame(options.bytes, 0x5a);
    std::vector<uint64_t> took[std::size(ways)][2][4];
    for (int round = 0; round < options.rounds; ++round) {
        for (const Beside beside : {nothing, reader, paced, unpaced}) {
            for (const int before : {0, 1}) {
                for (std::size_t i = 0; i < std::size(ways); ++i) {
                    // Of this round's way the first, so that none always comes first.
                    const std::size_t way = (i + static_cast<std::size_t>(round)) % std::size(ways);
                    if (before == 0) std::filesystem::remove(segment);
                    write_through(segment, before == 0 ? 0 : 0xa5);
                    const File file(segment, O_RDWR | ways[way].open_flags);
                    std::atomic<std::size_t> durable{0};
                    std::jthread thread;
                    if (beside == reader) thread = read_behind(segment, options.bytes, durable);
                    if (beside == paced || beside == unpaced)
                        thread = make_zeros(other, beside == paced, options.pause_ms);
                    for (int n = 0; n < options.commits; ++n) {
                        const std::size_t at = static_cast<std::size_t>(n) * options.bytes;
                        const uint64_t begin = monotonic_ns();
                        commit(file, ways[way], frame.data.get(), options.bytes, at);
                        took[way][before][beside].push_back(monotonic_ns() - begin);
                        durable = at + options.bytes;
                    }
                }
            }
        }
    }
    std::filesystem::remove(segment);
    std::filesystem::remove(other);
    std::printf("%zu bytes a commit, %d rounds of %d; microseconds\n", options.bytes,
                options.rounds, options.commits);
    std::printf("| way | segment | beside | p50 | p99 | max |\n|--|--|--|--:|--:|--:|\n");
    for (const Beside beside : {nothing, reader, paced, unpaced}) {
        for (const int before : {0, 1}) {
            for (std::size_t way = 0; way < std::size(ways); ++way) {
                auto& ns = took[way][before][beside];
                std::printf("| %s | %s | %s | %.0f | %.0f | %.0f |\n", ways[way].name,
                            before_names[before], beside_names[beside], quantile_us(ns, 0.5),
                            quantile_us(ns, 0.99), quantile_us(ns, 1));
            }
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"How soon a frame of the journal is durable, by which calls"};
    Options options;
    app.add_option("--directory", options.directory, "on the disk in question");
    app.add_option("--bytes", options.bytes, "of a frame")
        ->capture_default_str()
        ->check(CLI::Range(4096, 65536));
    app.add_option("--commits", options.commits, "in a round")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    app.add_option("--rounds", options.rounds)->capture_default_str()->check(CLI::Range(1, 1000));
    app.add_option("--pause", options.pause_ms, "of the paced zeros, in milliseconds")
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        run(options);
    } catch (const std::exception& error) {
        std::cerr << "carbonx-sync: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
