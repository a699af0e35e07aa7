// The public feed's network: the books' two lines that lose, repeat and overtake packets,
// re-requests and their answers that get lost too, and subscribers who build books from what is
// left. The carbon channel has no subscriber.
//
// Threads: one. Always: what a publisher sends under a number is remembered over its restarts, and
// must be the same when it is sent again; no number is skipped.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "marketdata/publisher.h"
#include "marketdata/receiver/arbiter.h"
#include "marketdata/receiver/image.h"
#include "marketdata/recovery/recovery.h"
#include "marketdata/recovery/retransmit.h"
#include "tests/simulate_chance.h"

namespace carbonx::tests {

using Datagram = std::vector<unsigned char>;

class SimulatedFeed;

class Subscriber {
public:
    explicit Subscriber(SimulatedFeed& feed);

    // Takes what has come, or some of it, and asks for what is missing. Throws Finding.
    void poll(uint64_t now_ns, bool all);
    bool caught_up() const { return inbox.empty() && arbiter_.caught_up(); }
    const marketdata::Arbiter& arbiter() const { return arbiter_; }
    const marketdata::Image& image() const { return image_; }

    std::deque<Datagram> inbox;

private:
    void take(uint64_t sequence, std::span<const unsigned char> message);

    SimulatedFeed& feed_;
    marketdata::Image image_;
    marketdata::Arbiter arbiter_;
};

class SimulatedFeed {
public:
    explicit SimulatedFeed(Chance& chance, bool lossy);

    // The publisher's side.
    marketdata::MakeLines lines();
    // Answers requests that wait; how many it took.
    std::size_t answer(marketdata::History& history);

    const std::vector<std::unique_ptr<Subscriber>>& subscribers() const { return subscribers_; }
    void set_lossy(bool lossy) { lossy_ = lossy; }
    // All messages of a session, as they were first sent.
    const std::vector<Datagram>& messages(const std::string& session) { return sent_[session]; }
    uint64_t message_count() const;
    uint64_t repeats() const { return repeats_; }
    uint64_t lost() const { return lost_; }

private:
    friend class Subscriber;
    class SimulatedLines;
    struct Request {
        marketdata::wire::Request wanted;
        Subscriber* from;
    };

    void sent(std::span<const unsigned char> packet);
    void carry(std::span<const unsigned char> packet, Subscriber& to);

    Chance& chance_;
    bool lossy_;
    std::vector<std::unique_ptr<Subscriber>> subscribers_;
    std::deque<Request> requests_;
    std::map<std::string, std::vector<Datagram>> sent_;  // by session
    uint64_t repeats_ = 0;
    uint64_t lost_ = 0;
    marketdata::RetransmitCounters counters_;
};

// carbonx-publisher's two threads, in one.
class SimulatedPublisher {
public:
    SimulatedPublisher(const Settings& settings, SimulatedFeed& feed)
        : feed_(feed), publisher_(settings, feed.lines()), recovery_(settings) {}

    std::size_t poll(uint64_t now_ns) {
        return publisher_.poll(now_ns) + recovery_.poll(now_ns) +
               feed_.answer(recovery_.streams().front()->history());
    }
    const marketdata::LiveStream& stream() const { return *publisher_.streams().front(); }

private:
    SimulatedFeed& feed_;
    marketdata::Publisher publisher_;
    marketdata::Recovery recovery_;
};

}  // namespace carbonx::tests
