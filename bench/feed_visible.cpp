// One thread is the engine: it publishes the events of one command, waits, and publishes the next.
// The other is the publisher, spinning. Measured from just before the publication to the moment
// that the packet's system call begins, and to its end. Beside it, in the same turns, the hand-off
// of a bare cache line between the two threads: the floor.
#include <atomic>
#include <cstdio>
#include <thread>

#include "bench/feed.h"
#include "bench/feed_engine.h"
#include "bench/measure.h"
#include "engine/api/process.h"
#include "marketdata/publisher.h"

namespace carbonx::bench {
namespace {

struct alignas(64) Stamp {
    std::atomic<uint64_t> cycles{0};
};

class TimedLines final : public marketdata::Lines {
public:
    TimedLines(std::unique_ptr<marketdata::Lines> lines, const Stamp& published)
        : lines_(std::move(lines)), published_(published) {}

    void send(std::span<const marketdata::Packet> packets) override {
        const uint64_t begin = cycles();
        lines_->send(packets);
        const uint64_t end = cycles();
        if (packets.front().header().count.value() == 0) return;  // a heartbeat
        const uint64_t since = published_.cycles.load(std::memory_order_relaxed);
        begun.add(begin - since);
        ended.add(end - since);
    }
    marketdata::LineCounters counters() const override { return lines_->counters(); }

    Latencies begun;
    Latencies ended;

private:
    const std::unique_ptr<marketdata::Lines> lines_;
    const Stamp& published_;
};

void wait_cycles(uint64_t count) {
    const uint64_t end = cycles() + count;
    while (cycles() < end) __builtin_ia32_pause();
}

}  // namespace

bool run_feed_visible(const FeedOptions& options, uint64_t samples) {
    FeedEngine engine(options.directory);
    Stamp published;
    Stamp ping;
    Stamp pong;
    TimedLines* books = nullptr;
    std::atomic<bool> ready{false};
    std::atomic<bool> done{false};
    uint64_t heard = 0;
    std::thread publisher_thread([&] {
        enter_thread("publisher", options.reader_core);
        marketdata::Publisher publisher(engine.settings(), [&](const StreamSettings& stream,
                                                               const MarketDataSettings& settings) {
            auto made = std::make_unique<TimedLines>(marketdata::open_multicast(stream, settings),
                                                     published);
            if (books == nullptr) books = made.get();
            return made;
        });
        while (publisher.poll(monotonic_ns()) > 0) {
        }
        books->begun = {};
        books->ended = {};
        ready.store(true);
        while (!done.load(std::memory_order_relaxed)) {
            publisher.poll(monotonic_ns());
            const uint64_t asked = ping.cycles.load(std::memory_order_acquire);
            pong.cycles.store(asked, std::memory_order_release);
        }
        heard = books->begun.count();
        std::printf(
            "feed=visible samples=%lu to_kernel_p50_us=%.2f p99_us=%.2f from_kernel_p50_us=%.2f "
            "p99_us=%.2f",
            books->begun.count(), static_cast<double>(books->begun.quantile_ns(0.5)) / 1e3,
            static_cast<double>(books->begun.quantile_ns(0.99)) / 1e3,
            static_cast<double>(books->ended.quantile_ns(0.5)) / 1e3,
            static_cast<double>(books->ended.quantile_ns(0.99)) / 1e3);
    });
    enter_thread("writer", options.writer_core);
    while (!ready.load()) wait_cycles(1000);
    Latencies hop;
    for (uint64_t i = 0; i < samples; ++i) {
        engine.step();
        published.cycles.store(cycles(), std::memory_order_relaxed);
        engine.publish();
        // Longer than the publisher takes for it, so that each is alone.
        wait_cycles(static_cast<uint64_t>(40'000 * cycles_per_ns()));
        const uint64_t begin = cycles();
        ping.cycles.store(begin, std::memory_order_release);
        while (pong.cycles.load(std::memory_order_acquire) != begin) __builtin_ia32_pause();
        hop.add(cycles() - begin);
    }
    done.store(true);
    publisher_thread.join();
    std::printf(" poll_and_back_p50_us=%.2f\n", static_cast<double>(hop.quantile_ns(0.5)) / 1e3);
    return heard >= samples * 99 / 100;  // some commands change nothing that the public sees
}

}  // namespace carbonx::bench
