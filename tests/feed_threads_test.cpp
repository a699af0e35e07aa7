// The feed with all of its threads: an engine that goes on, the publisher, recovery beside it, and
// subscribers. The thread sanitizer watches.
#include <spdlog/spdlog.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <catch2/catch.hpp>
#include <thread>

#include "bench/feed_engine.h"
#include "engine/api/password.h"
#include "engine/api/process.h"
#include "marketdata/itch_encoder.h"
#include "marketdata/packet.h"
#include "marketdata/publisher.h"
#include "marketdata/receiver/receiver.h"
#include "marketdata/recovery/recovery_thread.h"
#include "tests/feed_script.h"

namespace carbonx::tests {
namespace {

namespace asio = boost::asio;
using marketdata::Receiver;
using marketdata::RecoveryThread;

constexpr uint64_t patience_ns = 30'000'000'000;
constexpr int bursts = 1000;  // one a millisecond

template <class Protocol>
Endpoint free_port() {
    asio::io_context context;
    typename Protocol::socket socket(context, {asio::ip::address_v4::loopback(), 0});
    return {"127.0.0.1", socket.local_endpoint().port()};
}

void take_free_ports(StreamSettings& stream) {
    stream.rerequest = free_port<asio::ip::udp>();
    stream.snapshot = free_port<asio::ip::tcp>();
}

// With a password that takes a thread of its own to check.
Settings with_servers(Settings settings) {
    PasswordHash slow;
    slow.cost = 1024;
    settings.marketdata.recovery.users = {{"LATE", to_text(hash_password("secret", slow))}};
    take_free_ports(settings.marketdata.channels.front().stream);
    take_free_ports(settings.marketdata.carbon);
    return settings;
}

// What subscribers should have: one thread's reading of the same event log.
struct Expected {
    explicit Expected(const Settings& settings) {
        EventReader events(settings.runtime_directory, settings.data_directory, "expected");
        marketdata::ItchEncoder encoder(settings.utc_offset_minutes);
        while (const EventHead* event = events.next()) {
            const auto& encoded = encoder.encode(*event, events.sequence());
            std::span<const unsigned char> blocks{encoded.blocks};
            while (!blocks.empty()) {
                const auto block = marketdata::first_block(blocks);
                image.apply(block.subspan(sizeof(marketdata::wire::BlockHeader)));
                ++messages;
                blocks = blocks.subspan(block.size());
            }
        }
    }
    marketdata::Image image;
    uint64_t messages = 0;
};

class FeedThreads {
public:
    FeedThreads() : engine_("/tmp"), settings_(with_servers(engine_.settings())) {}

    const Settings& settings() const { return settings_; }

    // Until both subscribers have all, or too long: one who is there from the first message on and
    // does without snapshots, one who comes when half is over and asks for one.
    void run() {
        RecoveryThread recovery(settings_);
        std::thread publisher([&] { publish(recovery); });
        std::thread first([&] { subscribe(early, 0, ""); });
        std::thread second([&] { subscribe(late, bursts / 2, "LATE"); });
        std::thread engine([&] { act(); });
        for (std::thread* thread : {&engine, &second, &first, &publisher}) thread->join();
    }

    std::unique_ptr<Receiver> early;
    std::unique_ptr<Receiver> late;

private:
    void act() {
        const uint64_t begin_ns = monotonic_ns();
        Idle idle(IdlePolicy::sleep);
        for (int burst = 1; burst <= bursts; ++burst) {
            while (monotonic_ns() - begin_ns < static_cast<uint64_t>(burst) * 1'000'000) idle(0);
            for (int i = 0; i < 20; ++i) engine_.step();
            engine_.publish();
            bursts_done_.store(burst);
        }
        end_event_.store(engine_.next_event());
    }

    void publish(const RecoveryThread& recovery) {
        marketdata::Publisher publisher(settings_);
        Idle idle(IdlePolicy::sleep);
        while (subscribers_done_.load() < 2) {
            idle(publisher.poll(monotonic_ns()));
            recovery.check();
            if (publisher.position() == end_event_.load()) {
                end_message_.store(publisher.streams().front()->next_sequence());
            }
        }
    }

    void subscribe(std::unique_ptr<Receiver>& receiver, int burst, const std::string& user) {
        const uint64_t begin_ns = monotonic_ns();
        Idle idle(IdlePolicy::sleep);
        while (bursts_done_.load() < burst) idle(0);
        marketdata::ReceiverLimits limits;
        limits.snapshot_messages = 0;
        receiver = std::make_unique<Receiver>(subscription(user), Receiver::Observer{}, limits);
        while (receiver->arbiter().next_sequence() != end_message_.load() &&
               monotonic_ns() - begin_ns < patience_ns) {
            idle(receiver->poll(monotonic_ns()));
        }
        subscribers_done_.fetch_add(1);
    }

    marketdata::Subscription subscription(const std::string& user) const {
        const StreamSettings& stream = settings_.marketdata.channels.front().stream;
        marketdata::Subscription at;
        at.line_a = {stream.line_a.address, stream.line_a.port};
        at.line_b = {stream.line_b.address, stream.line_b.port};
        at.rerequest = {stream.rerequest.address, stream.rerequest.port};
        at.snapshot = {stream.snapshot.address, stream.snapshot.port};
        at.user = user;
        at.password = "secret";
        return at;
    }

    bench::FeedEngine engine_;
    const Settings settings_;
    std::atomic<int> bursts_done_{0};       // by the engine
    std::atomic<uint64_t> end_event_{0};    // by the engine: behind its last event
    std::atomic<uint64_t> end_message_{0};  // by the publisher: behind its last message
    std::atomic<int> subscribers_done_{0};  // by both
};

}  // namespace

TEST_CASE("threads: subscribers of a feed that goes on have its books, early and late") {
    spdlog::set_level(spdlog::level::off);
    FeedThreads feed;
    feed.run();

    const Expected expected(feed.settings());
    const std::string books = marketdata::books_text(expected.image);
    CHECK(books.size() > 1000);
    CHECK(feed.early->arbiter().counters().messages == expected.messages);
    CHECK((marketdata::books_text(feed.early->image()) == books));
    const auto& late = feed.late->arbiter().counters();
    CHECK(feed.late->stream().snapshots().taken > 0);
    CHECK(late.messages > 0);
    CHECK(late.messages + late.skipped == expected.messages);
    CHECK((marketdata::books_text(feed.late->image()) == books));
}

TEST_CASE("threads: what ends recovery is thrown to who checks it") {
    spdlog::set_level(spdlog::level::off);
    const ScratchDirectory scratch;
    FeedScript script(scratch.path());
    Settings settings;
    settings.data_directory = settings.runtime_directory = scratch.path();
    settings.marketdata.recovery.users.clear();
    take_free_ports(settings.marketdata.channels.front().stream);
    take_free_ports(settings.marketdata.carbon);
    std::filesystem::create_symlink("/dev/full", scratch.path() / "feed-1.history");
    RecoveryThread recovery(settings);
    CHECK_NOTHROW(recovery.check());

    script.change_phase(Phase::pre_open);  // a session, whose history begins empty

    const auto check_until_it_throws = [&] {
        const uint64_t begin_ns = monotonic_ns();
        Idle idle(IdlePolicy::sleep);
        while (monotonic_ns() - begin_ns < patience_ns) {
            recovery.check();
            idle(0);
        }
    };
    CHECK_THROWS_WITH(check_until_it_throws(), Catch::Contains("feed-1.history"));
}

}  // namespace carbonx::tests
