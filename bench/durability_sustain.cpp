// The ring alone holds the sender back. What grows is looked at while it runs; at the end the venue
// starts again from its disk and must be in the same state.
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "bench/durability.h"
#include "bench/durable_client.h"
#include "bench/measure.h"
#include "engine/api/process.h"

namespace carbonx::bench {
namespace {

// A line every some seconds, and the extremes of what they say.
class Watch {
public:
    Watch(const DurableVenue& venue, const Sender& sender, const AckReader& reader, double seconds)
        : venue_(venue),
          sender_(sender),
          reader_(reader),
          step_ns_(static_cast<uint64_t>(seconds * 1e9)),
          begin_ns_(monotonic_ns()),
          last_ns_(begin_ns_) {}

    void run(uint64_t end_ns) {
        std::printf("  %8s %12s %12s %9s %9s\n", "seconds", "commands/s", "unanswered", "rss MiB",
                    "disk MiB");
        look();
        while (monotonic_ns() < end_ns && !stopped()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
            if (monotonic_ns() >= last_ns_ + step_ns_) look();
        }
    }
    uint64_t first_rss_mib() const { return first_rss_mib_; }
    uint64_t last_rss_mib() const { return last_rss_mib_; }
    uint64_t disk_mib_max() const { return disk_mib_max_; }

private:
    void look() {
        const uint64_t now = monotonic_ns();
        const uint64_t sent = sender_.sent;
        const uint64_t acknowledged = reader_.acknowledged;
        const uint64_t disk = venue_.directory().used_mib();
        last_rss_mib_ = resident_mib();
        if (first_rss_mib_ == 0) first_rss_mib_ = last_rss_mib_;
        disk_mib_max_ = std::max(disk_mib_max_, disk);
        std::printf("  %8.1f %12.0f %12lu %9lu %9lu\n", static_cast<double>(now - begin_ns_) / 1e9,
                    static_cast<double>(acknowledged - last_acknowledged_) /
                        (static_cast<double>(now - last_ns_) / 1e9),
                    sent - acknowledged, last_rss_mib_, disk);
        std::fflush(stdout);
        last_ns_ = now;
        last_acknowledged_ = acknowledged;
    }

    const DurableVenue& venue_;
    const Sender& sender_;
    const AckReader& reader_;
    const uint64_t step_ns_;
    const uint64_t begin_ns_;
    uint64_t last_ns_;
    uint64_t last_acknowledged_ = 0;
    uint64_t first_rss_mib_ = 0;
    uint64_t last_rss_mib_ = 0;
    uint64_t disk_mib_max_ = 0;
};

}  // namespace

bool run_sustain(VenueOptions place, const SustainOptions& options) {
    FlowOptions shape;
    shape.operations = 1'000'000;
    EndlessFlow flow(shape);
    place.settings.capacities = flow.market().capacities;
    DurableVenue venue(place, flow.market());
    SendTimes times(64);
    AckReader reader(venue, times, place.client);
    Sender sender(venue, flow, times);
    const uint64_t begin = monotonic_ns();
    const auto end = begin + static_cast<uint64_t>(options.seconds * 1e9);
    std::thread sending([&] {
        enter_thread("bench-sender", place.client.core);
        sender.send_until(end, place.client.idle);
    });
    Watch watch(venue, sender, reader, options.report_seconds);
    watch.run(end);
    sending.join();
    reader.finish(sender.sent);
    const double rate =
        static_cast<double>(sender.sent) / (static_cast<double>(monotonic_ns() - begin) / 1e9);
    venue.stop();
    const uint64_t disk_mib = std::max(watch.disk_mib_max(), venue.directory().used_mib());
    const uint64_t state = venue.engine().exchange().state_hash();
    const DurableVenue::Recovery recovery = venue.recover();
    const bool same = recovery.state == state;
    const bool correct = same && reader.refused() == 0 && reader.trades() == flow.trades();
    std::printf("recovered %s state in %.2f s, %lu commands of it replayed\n",
                same ? "the same" : "ANOTHER", recovery.seconds, recovery.replayed);
    std::printf(
        "durability=sustain seconds=%.0f commands=%lu rate=%.0f ack_p50_us=%.0f ack_p99_us=%.0f "
        "rss_begin_mib=%lu rss_end_mib=%lu disk_mib=%lu recovery_s=%.2f replayed=%lu state=%016lx "
        "check=%s\n",
        options.seconds, sender.sent.load(), rate,
        static_cast<double>(reader.latencies().quantile(0.5)) / 1000,
        static_cast<double>(reader.latencies().quantile(0.99)) / 1000, watch.first_rss_mib(),
        watch.last_rss_mib(), disk_mib, recovery.seconds, recovery.replayed, state,
        correct ? "ok" : "FAILED");
    return correct;
}

}  // namespace carbonx::bench
