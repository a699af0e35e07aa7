// An event log of a long day, and the publisher's two threads that start behind it: how long until
// each stands at its end, and how much memory they take.
#include <cstdio>
#include <thread>

#include "bench/feed.h"
#include "bench/feed_engine.h"
#include "bench/measure.h"
#include "engine/api/checksum.h"
#include "engine/api/disk.h"
#include "engine/api/process.h"
#include "marketdata/publisher.h"
#include "marketdata/recovery/recovery.h"

namespace carbonx::bench {
namespace {

class NoLines final : public marketdata::Lines {
public:
    void send(std::span<const marketdata::Packet>) override {}
    marketdata::LineCounters counters() const override { return {}; }
};

// Files the window's events as the engine's filing thread would.
class EventFile {
public:
    explicit EventFile(const std::filesystem::path& data)
        : file_(event_log::history_file(data), O_RDWR | O_CREAT) {}

    void add(const FeedEngine& engine) {
        for (; next_ < engine.next_event(); ++next_) {
            const uint64_t place = (next_ - 1) % event_log::block_slots;
            if (place == 0)
                block_ = {.head = {event_log::BlockHead::magic_value, next_, 0, 0, {}},
                          .slots = {}};
            block_.slots[place] =
                event_log::slots(engine.window())[next_ & (FeedEngine::window_slots - 1)];
            block_.head.filled = static_cast<uint32_t>(place + 1);
            if (place + 1 == event_log::block_slots) write();
        }
        write();
        engine.header().filed.store(next_ - 1);
    }

private:
    void write() {
        block_.head.crc = crc32c(block_.slots, block_.head.filled * sizeof(Slot));
        file_.write(DiskCalls{}, &block_, sizeof block_,
                    event_log::block_of(block_.head.first) * sizeof block_);
    }

    const File file_;
    uint64_t next_ = 1;
    event_log::Block block_{};
};

double seconds_since(uint64_t begin_ns) {
    return static_cast<double>(monotonic_ns() - begin_ns) / 1e9;
}

}  // namespace

bool run_feed_start(const FeedOptions& options, uint64_t events) {
    FeedEngine engine(options.directory);
    {
        EventFile file(engine.settings().data_directory);
        while (engine.next_event() <= events) {
            for (int i = 0; i < 100'000; ++i) engine.step();
            engine.publish();
            file.add(engine);
        }
    }
    const auto lines = [](const StreamSettings&, const MarketDataSettings&) {
        return std::make_unique<NoLines>();
    };
    const auto publish_all = [&](marketdata::Publisher& publisher) {
        while (publisher.poll(monotonic_ns()) > 0) {
        }
    };
    // Its first start sends the whole day and leaves cursors; the one that is timed finds them.
    uint64_t messages = 0;
    {
        marketdata::Publisher publisher(engine.settings(), lines);
        publish_all(publisher);
        messages = publisher.streams().front()->next_sequence() - 1;
    }
    const uint64_t before_mib = resident_mib();
    const uint64_t begin_ns = monotonic_ns();
    double recovery_s = 0;
    uint64_t recorded = 0;
    std::unique_ptr<marketdata::Recovery> recovery;
    std::thread recovery_thread([&] {
        recovery = std::make_unique<marketdata::Recovery>(engine.settings());
        while (recovery->poll(monotonic_ns()) > 0) {
        }
        recovery_s = seconds_since(begin_ns);
        recorded = recovery->streams().front()->next_sequence() - 1;
    });
    marketdata::Publisher publisher(engine.settings(), lines);
    publish_all(publisher);
    const double publisher_s = seconds_since(begin_ns);
    recovery_thread.join();
    const bool correct = publisher.streams().front()->next_sequence() - 1 == messages &&
                         recorded == messages && messages > events / 2;
    std::printf(
        "feed=start slots=%lu messages=%lu publisher_s=%.2f recovery_s=%.2f "
        "more_memory_mib=%lu check=%s\n",
        engine.next_event() - 1, messages, publisher_s, recovery_s, resident_mib() - before_mib,
        correct ? "ok" : "FAILED");
    return correct;
}

}  // namespace carbonx::bench
