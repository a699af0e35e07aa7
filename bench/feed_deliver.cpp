// One thread is engine and publisher at a steady rate, the other a subscriber with sockets of its
// own: are all messages there, in order, without one re-request?
#include <atomic>
#include <cstdio>
#include <thread>

#include "bench/feed.h"
#include "bench/feed_engine.h"
#include "engine/api/process.h"
#include "marketdata/publisher.h"
#include "marketdata/receiver/receiver.h"

namespace carbonx::bench {

bool run_feed_deliver(const FeedOptions& options, uint64_t rate, double seconds) {
    FeedEngine engine(options.directory);
    const MarketDataSettings& feed = engine.settings().marketdata;
    std::atomic<bool> ready{false};
    std::atomic<uint64_t> sent{0};  // all messages, at the end
    std::atomic<bool> done{false};
    uint64_t got = 0;
    marketdata::ArbiterCounters counters;
    std::thread subscriber([&] {
        enter_thread("subscriber", options.reader_core);
        const StreamSettings& stream = feed.channels.front().stream;
        marketdata::Subscription subscription;
        subscription.line_a = {stream.line_a.address, stream.line_a.port};
        subscription.line_b = {stream.line_b.address, stream.line_b.port};
        subscription.interface = feed.interface;
        marketdata::Receiver receiver(subscription);
        ready.store(true);
        uint64_t quiet_ns = 0;
        while (true) {
            const uint64_t now_ns = monotonic_ns();
            if (receiver.poll(now_ns) > 0) quiet_ns = now_ns;
            if (!done.load()) continue;
            if (receiver.arbiter().next_sequence() == sent.load() + 1) break;
            if (quiet_ns != 0 && now_ns - quiet_ns > 3'000'000'000) break;
        }
        got = receiver.arbiter().next_sequence() - 1;
        counters = receiver.arbiter().counters();
    });
    enter_thread("publisher", options.writer_core);
    while (!ready.load()) std::this_thread::yield();
    marketdata::Publisher publisher(engine.settings());
    const marketdata::LiveStream& books = *publisher.streams().front();
    // What was before is paced too: a burst of all of it would be another question.
    const uint64_t begin_ns = monotonic_ns();
    const auto wanted = static_cast<uint64_t>(static_cast<double>(rate) * seconds);
    while (books.next_sequence() <= wanted) {
        const uint64_t now_ns = monotonic_ns();
        const uint64_t due = std::min(wanted, (now_ns - begin_ns) * rate / 1'000'000'000);
        // A command gives about a message. What has become due meanwhile goes out together.
        for (uint64_t i = books.next_sequence(); i <= due; ++i) engine.step();
        engine.publish();
        publisher.poll(now_ns);
    }
    const double took = static_cast<double>(monotonic_ns() - begin_ns) / 1e9;
    const uint64_t total = books.next_sequence() - 1;
    sent.store(total);
    done.store(true);
    subscriber.join();
    const bool correct = got == total && counters.requests == 0 && counters.gaps == 0;
    std::printf(
        "feed=deliver messages=%lu seconds=%.1f messages_s=%.0f packets=%lu "
        "received=%lu gaps=%lu requests=%lu failed_sends=%lu check=%s\n",
        total, took, static_cast<double>(total) / took, books.counters().packets, got,
        counters.gaps, counters.requests, books.counters().failed, correct ? "ok" : "FAILED");
    return correct;
}

}  // namespace carbonx::bench
