#include "tests/feed_loss.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <sstream>

#include "bench/feed_engine.h"
#include "engine/api/password.h"
#include "engine/api/process.h"
#include "marketdata/publisher.h"
#include "marketdata/receiver/receiver.h"
#include "marketdata/recovery/recovery_servers.h"
#include "tests/wire_check.h"
#include "tools/order_mirror.h"

namespace carbonx::tests {
namespace {

constexpr uint64_t patience_ns = 20'000'000'000;  // for a check point
constexpr const char* password = "0123456789";

// The engine's books, by its events.
class EngineBooks {
public:
    explicit EngineBooks(const Settings& settings)
        : events_(settings.runtime_directory, settings.data_directory, "books") {}

    std::string text() {
        while (const EventHead* event = events_.next()) {
            names_.observe(*event);
            mirror_.apply(events_.sequence(), *event);
        }
        std::ostringstream out;
        mirror_.print(out, names_);
        return out.str();
    }

private:
    EventReader events_;
    Names names_;
    tools::OrderMirror mirror_;
};

double median_of(std::vector<double>& values) {
    if (values.empty()) return 0;
    std::ranges::sort(values);
    return values[values.size() / 2];
}
double max_of(const std::vector<double>& values) {
    return values.empty() ? 0 : *std::ranges::max_element(values);
}

class LossRun {
public:
    explicit LossRun(const LossOptions& options)
        : options_(options),
          random_(options.seed),
          engine_("/tmp"),
          settings_(with_user(engine_.settings())),
          books_(settings_),
          publisher_(settings_),
          recovery_(settings_),
          servers_(settings_.marketdata, recovery_) {
        StreamSettings from = settings_.marketdata.channels.front().stream;
        from.rerequest.port = servers_.retransmit(0).port();
        StreamSettings to = from;
        to.line_a.address.replace(0, 7, "239.215");
        to.line_b.address.replace(0, 7, "239.216");
        relay_ = std::make_unique<FeedRelay>(from, to, "127.0.0.1", options.seed);
        subscription_.line_a = {to.line_a.address, to.line_a.port};
        subscription_.line_b = {to.line_b.address, to.line_b.port};
        subscription_.rerequest = {"127.0.0.1", relay_->rerequest_port()};
        subscription_.snapshot = {"127.0.0.1", servers_.snapshot(0).port()};
        subscription_.user = "LOSS";
        subscription_.password = password;
        for (int i = 0; i < options.receivers; ++i) join(false);
        settle();  // the day so far, without loss
    }

    LossResult run() {
        relay_->set(options_.network);
        for (int burst = 0; burst < options_.bursts && result_.flaw.empty(); ++burst) {
            // Its messages are there at once; receivers come while they go out.
            plan_joins(options_.burst_messages / 256);
            act(options_.burst_messages);
            settle();
            check();
            // Then a quiet time, with receivers that come in it.
            plan_joins(200);
            for (int i = 0; i < 200 && result_.flaw.empty(); ++i) {
                act(1 + random_() % 20);
                step();
            }
            settle();
            check();
            leave();
        }
        for (const auto& member : members_) count(*member);
        const auto& stream = *publisher_.streams().front();
        result_.messages = stream.next_sequence() - 1;
        result_.packets = relay_->taken();
        result_.packets_lost = relay_->lost();
        result_.recovery_ms_median = median_of(recoveries_ms_);
        result_.recovery_ms_max = max_of(recoveries_ms_);
        result_.join_ms_median = median_of(joins_ms_);
        result_.join_ms_max = max_of(joins_ms_);
        return result_;
    }

private:
    struct Member {
        std::unique_ptr<marketdata::Receiver> receiver;
        bool late = false;
        bool joined = false;
        uint64_t came_ns = 0;
        uint64_t stale_ns = 0;  // since when, if it is
    };

    static Settings with_user(Settings settings) {
        PasswordHash quick;
        quick.cost = 2;
        settings.marketdata.recovery.users = {{"LOSS", to_text(hash_password(password, quick))}};
        return settings;
    }

    void act(uint64_t messages) {
        for (uint64_t i = 0; i < messages; ++i) engine_.step();
        engine_.publish();
    }

    void join(bool late) {
        auto member = std::make_unique<Member>();
        member->late = late;
        member->came_ns = monotonic_ns();
        marketdata::Receiver::Observer observer;
        observer.message = [this](uint64_t sequence, std::span<const unsigned char> message) {
            const std::string flaw = itch_flaw(message);
            if (!flaw.empty()) fail("message " + std::to_string(sequence) + ": " + flaw);
        };
        member->receiver = std::make_unique<marketdata::Receiver>(subscription_, observer);
        members_.push_back(std::move(member));
    }

    // Spread over so many steps that follow.
    void plan_joins(uint64_t steps) {
        const int count = (options_.joins + 2 * options_.bursts - 1) / (2 * options_.bursts);
        for (int i = 0; i < count; ++i) joins_at_.push_back(steps_ + random_() % steps);
    }

    void step() {
        ++steps_;
        const auto due = [&](uint64_t at) { return at <= steps_; };
        for (auto left = std::ranges::count_if(joins_at_, due); left > 0; --left) join(true);
        std::erase_if(joins_at_, due);
        const uint64_t now_ns = monotonic_ns();
        publisher_.poll(now_ns);
        recovery_.poll(now_ns);
        servers_.poll(now_ns);
        relay_->poll(now_ns);
        for (const auto& member : members_) follow(*member, now_ns);
    }

    void follow(Member& member, uint64_t now_ns) {
        member.receiver->poll(now_ns);
        const bool stale = member.receiver->status(now_ns).stale();
        if (!member.joined) {
            if (stale) return;
            member.joined = true;
            if (member.late)
                joins_ms_.push_back(static_cast<double>(now_ns - member.came_ns) / 1e6);
            return;
        }
        if (stale && member.stale_ns == 0) member.stale_ns = now_ns;
        if (stale || member.stale_ns == 0) return;
        recoveries_ms_.push_back(static_cast<double>(now_ns - member.stale_ns) / 1e6);
        member.stale_ns = 0;
    }

    bool all_there() const {
        const auto& stream = *publisher_.streams().front();
        if (publisher_.position() < engine_.next_event()) return false;
        return joins_at_.empty() && std::ranges::all_of(members_, [&](const auto& member) {
                   const auto& arbiter = member->receiver->arbiter();
                   return member->joined && arbiter.session() == stream.session() &&
                          arbiter.next_sequence() == stream.next_sequence();
               });
    }

    void settle() {
        const uint64_t begin_ns = monotonic_ns();
        do {
            step();
            if (monotonic_ns() - begin_ns > patience_ns) {
                return fail("a receiver has not caught up in 20 seconds");
            }
        } while (!all_there());
    }

    void check() {
        const std::string engine = books_.text();
        for (const auto& member : members_) {
            ++result_.checks;
            const marketdata::Image& image = member->receiver->image();
            if (image.contradictions() > 0) fail("a message contradicts the books before it");
            if (marketdata::books_text(image) != engine) fail("a receiver's books are others");
        }
        if (engine.size() < 1000) fail("the books are almost empty: nothing was tried");
    }

    // Those who came late have seen a check point or two.
    void leave() {
        for (const auto& member : members_) {
            if (!member->late) continue;
            ++result_.joins;
            count(*member);
        }
        std::erase_if(members_, [](const auto& member) { return member->late; });
    }
    void count(const Member& member) {
        result_.gaps += member.receiver->arbiter().counters().gaps;
        result_.requests += member.receiver->arbiter().counters().requests;
        result_.snapshots += member.receiver->stream().snapshots().taken;
    }

    void fail(const std::string& flaw) {
        if (result_.flaw.empty()) result_.flaw = flaw;
    }

    const LossOptions options_;
    std::mt19937_64 random_;
    bench::FeedEngine engine_;
    const Settings settings_;
    EngineBooks books_;
    marketdata::Publisher publisher_;
    marketdata::Recovery recovery_;
    marketdata::RecoveryServers servers_;
    std::unique_ptr<FeedRelay> relay_;
    marketdata::Subscription subscription_;
    std::vector<std::unique_ptr<Member>> members_;
    std::vector<uint64_t> joins_at_;  // steps
    uint64_t steps_ = 0;
    std::vector<double> recoveries_ms_;
    std::vector<double> joins_ms_;
    LossResult result_;
};

}  // namespace

LossResult run_feed_loss(const LossOptions& options) { return LossRun(options).run(); }

}  // namespace carbonx::tests
