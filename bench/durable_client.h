// Who trades with a durable venue: one thread sends a flow through the gateway's ring, another
// reads the event log and tells how long each command took to be acknowledged.
//
// Threads: as named with each class; a send time goes from the one to the other through the venue.
// Always: a command is acknowledged when its first event may be seen, which is when it is durable;
// the time counts from when it was to be sent.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include "bench/durable_venue.h"
#include "bench/histogram.h"

namespace carbonx::bench {

// When every n-th command was to be sent.
class SendTimes {
public:
    explicit SendTimes(uint64_t every) : every_(every), times_(1U << 20) {}
    // Sender; before it pushes the command with this number, from 0.
    bool wants(uint64_t number) const { return number % every_ == 0; }
    void set(uint64_t number, uint64_t ns) { times_[number / every_ % times_.size()] = ns; }
    // Reader; of a command that it has seen. Requires: wants(number).
    uint64_t get(uint64_t number) const { return times_[number / every_ % times_.size()]; }
    // A reader this far behind would be told later commands' times.
    uint64_t reach() const { return times_.size() * every_; }

private:
    const uint64_t every_;
    std::vector<uint64_t> times_;
};

// Sends on the calling thread.
class Sender {
public:
    Sender(DurableVenue& venue, EndlessFlow& flow, SendTimes& times)
        : ring_(venue.gateway()), flow_(flow), times_(times) {}

    // All end early when the process is to stop.
    // As fast as the ring takes them.
    void send(uint64_t count, IdlePolicy policy);
    // Each command at its time, late or not.
    void send_at(double rate, uint64_t count, IdlePolicy policy);
    // As fast as the ring takes them, until this monotonic time.
    void send_until(uint64_t end_ns, IdlePolicy policy);
    std::atomic<uint64_t> sent{0};  // any thread may read it

private:
    bool push(const CommandHead& command, Idle& idle);

    RingProducer& ring_;
    EndlessFlow& flow_;
    SendTimes& times_;
};

// Reads on a thread of its own until it has seen the last command.
class AckReader {
public:
    // timed_from: the first command whose time counts.
    AckReader(const DurableVenue& venue, const SendTimes& times, const ThreadSettings& thread,
              uint64_t timed_from = 0);
    ~AckReader();
    // Waits until this many commands have been acknowledged; nothing is read afterwards.
    void finish(uint64_t commands);

    std::atomic<uint64_t> acknowledged{0};  // any thread may read it
    // After finish().
    const Histogram& latencies() const { return latencies_; }
    uint64_t refused() const { return refused_; }
    uint64_t trades() const { return trades_; }

private:
    void run(const ThreadSettings& thread);
    void see(const EventHead& event);

    const SendTimes& times_;
    const uint64_t timed_from_;
    EventReader reader_;
    std::atomic<uint64_t> last_{UINT64_MAX};
    Histogram latencies_;  // ns
    uint64_t refused_ = 0;
    uint64_t trades_ = 0;
    std::thread thread_;
};

}  // namespace carbonx::bench
