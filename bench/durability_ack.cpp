// Rounds of the load, and between them of bare commits of the same size and at the same pace, on
// the same disk.
#include <algorithm>
#include <cstdio>

#include "bench/commit_timer.h"
#include "bench/durability.h"
#include "bench/durable_client.h"
#include "engine/api/process.h"

namespace carbonx::bench {
namespace {

constexpr double round_seconds = 2;
constexpr double bare_seconds = 0.5;
constexpr double warm_up_seconds = 0.5;

double us(uint64_t ns) { return static_cast<double>(ns) / 1000; }

void print(const char* what, const Histogram& times) {
    std::printf("  %-14s %9lu %9.1f %9.1f %9.1f %9.1f\n", what, times.count(),
                us(times.quantile(0.5)), us(times.quantile(0.99)), us(times.quantile(0.999)),
                us(times.max()));
}

void print(const AckOptions& options, const Histogram& acks, const Histogram& bare, bool correct) {
    const CommitTimes& commits = journal_commits();
    const double ack = us(acks.quantile(0.5));
    const double commit = us(commits.durations.quantile(0.5));
    std::printf("%.0f commands/s, microseconds:\n", options.rate);
    std::printf("  %-14s %9s %9s %9s %9s %9s\n", "", "count", "p50", "p99", "p99.9", "max");
    print("acknowledged", acks);
    print("group commit", commits.durations);
    print("bare commit", bare);
    std::printf(
        "durability=ack rate=%.0f seconds=%.0f ack_p50_us=%.1f ack_p99_us=%.1f ack_p999_us=%.1f "
        "ack_max_us=%.1f commit_p50_us=%.1f frame_p50_bytes=%lu bare_p50_us=%.1f ratio=%.2f "
        "bare_ratio=%.2f check=%s\n",
        options.rate, options.seconds, ack, us(acks.quantile(0.99)), us(acks.quantile(0.999)),
        us(acks.max()), commit, commits.bytes.quantile(0.5), us(bare.quantile(0.5)), ack / commit,
        ack / us(bare.quantile(0.5)), correct ? "ok" : "FAILED");
}

}  // namespace

bool run_ack(VenueOptions place, const AckOptions& options) {
    FlowOptions shape;
    shape.operations = 1'000'000;
    EndlessFlow flow(shape);
    place.settings.capacities = flow.market().capacities;
    DurableVenue venue(place, flow.market(), timed_disk_calls());
    BareCommits bare(venue.directory().path() / "bare");
    enter_thread("bench-sender", place.client.core);
    const auto warm_up = static_cast<uint64_t>(warm_up_seconds * options.rate);
    SendTimes times(1);
    AckReader reader(venue, times, place.client, warm_up);
    Sender sender(venue, flow, times);
    sender.send_at(options.rate, warm_up, place.client.idle);
    while (reader.acknowledged < warm_up && !stopped()) std::this_thread::yield();
    const std::size_t frame_bytes = journal_commits().bytes.quantile(0.5);
    journal_commits() = {};
    for (double left = options.seconds; left > 0 && !stopped(); left -= round_seconds) {
        const double seconds = std::min(left, round_seconds);
        bare.run(options.rate, bare_seconds, frame_bytes);
        sender.send_at(options.rate, static_cast<uint64_t>(seconds * options.rate),
                       place.client.idle);
    }
    reader.finish(sender.sent);
    venue.stop();
    const bool correct = reader.refused() == 0 && reader.trades() == flow.trades();
    print(options, reader.latencies(), bare.durations(), correct);
    return correct;
}

}  // namespace carbonx::bench
