// The publisher as it is, but for the system: it reads the event log, encodes, packs, keeps its
// cursors, and hands the packets to lines that only count. Beside it, in turns, a reader that only
// reads: the floor.
#include <cstdio>

#include "bench/feed.h"
#include "bench/feed_engine.h"
#include "bench/measure.h"
#include "marketdata/publisher.h"

namespace carbonx::bench {
namespace {

class CountingLines final : public marketdata::Lines {
public:
    void send(std::span<const marketdata::Packet> packets) override {
        counters_.packets += packets.size();
        for (const marketdata::Packet& packet : packets) {
            messages_ += packet.header().count.value();
            bytes_ += packet.size;
        }
    }
    marketdata::LineCounters counters() const override { return counters_; }
    uint64_t messages() const { return messages_; }
    uint64_t bytes() const { return bytes_; }

private:
    marketdata::LineCounters counters_;
    uint64_t messages_ = 0;
    uint64_t bytes_ = 0;
};

}  // namespace

bool run_feed_encode(const FeedOptions& options, uint64_t commands) {
    FeedEngine engine(options.directory);
    std::vector<CountingLines*> lines;
    marketdata::Publisher publisher(engine.settings(),
                                    [&](const StreamSettings&, const MarketDataSettings&) {
                                        auto made = std::make_unique<CountingLines>();
                                        lines.push_back(made.get());
                                        return made;
                                    });
    EventReader reader(engine.settings().runtime_directory, engine.settings().data_directory,
                       "floor");
    uint64_t now_ns = 1;
    const auto publish_all = [&] {
        while (publisher.poll(++now_ns) > 0) {
        }
    };
    const auto read_all = [&] {
        uint64_t count = 0;
        while (reader.next() != nullptr) ++count;
        return count;
    };
    publish_all();
    read_all();
    std::vector<double> rates;
    std::vector<double> floors;
    uint64_t events = 0;
    for (int round = 0; round < options.rounds; ++round) {
        for (uint64_t i = 0; i < commands; ++i) engine.step();
        engine.publish();
        const uint64_t begin_ns = thread_time_ns();
        publish_all();
        const uint64_t middle_ns = thread_time_ns();
        const uint64_t count = read_all();
        const uint64_t end_ns = thread_time_ns();
        events += count;
        rates.push_back(static_cast<double>(count) * 1e3 /
                        static_cast<double>(middle_ns - begin_ns));
        floors.push_back(static_cast<double>(count) * 1e3 /
                         static_cast<double>(end_ns - middle_ns));
    }
    const marketdata::LiveStream& books = *publisher.streams().front();
    const bool correct = lines.front()->messages() + 1 == books.next_sequence() &&
                         lines.front()->messages() > events / 2;
    const auto packets = static_cast<double>(lines.front()->counters().packets);
    std::printf(
        "feed=encode events=%lu messages=%lu streams=%zu messages_a_packet=%.1f "
        "bytes_a_packet=%.0f mevents_s=%.2f floor_mevents_s=%.2f ratio=%.2f check=%s\n",
        events, lines.front()->messages(), lines.size(),
        static_cast<double>(lines.front()->messages()) / packets,
        static_cast<double>(lines.front()->bytes()) / packets, median(rates), median(floors),
        median(rates) / median(floors), correct ? "ok" : "FAILED");
    return correct;
}

}  // namespace carbonx::bench
