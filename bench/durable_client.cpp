#include "bench/durable_client.h"

#include "engine/api/process.h"

namespace carbonx::bench {

void Sender::send(uint64_t count, IdlePolicy policy) {
    Idle idle(policy);
    for (uint64_t i = 0; i < count; ++i) {
        if (!push(flow_.next(), idle)) return;
    }
}

void Sender::send_at(double rate, uint64_t count, IdlePolicy policy) {
    Idle idle(policy);
    const auto begin = static_cast<double>(monotonic_ns());
    for (uint64_t i = 0; i < count; ++i) {
        const auto due = static_cast<uint64_t>(begin + static_cast<double>(i) * 1e9 / rate);
        const CommandHead& command = flow_.next();
        while (monotonic_ns() < due) idle(0);
        const uint64_t number = sent.load(std::memory_order_relaxed);
        if (times_.wants(number)) times_.set(number, due);
        if (!push(command, idle)) return;
    }
}

void Sender::send_until(uint64_t end_ns, IdlePolicy policy) {
    Idle idle(policy);
    uint64_t now = monotonic_ns();
    while (now < end_ns) {
        const uint64_t number = sent.load(std::memory_order_relaxed);
        if (times_.wants(number)) times_.set(number, now = monotonic_ns());
        if (!push(flow_.next(), idle)) return;
    }
}

// False when the process is to stop.
bool Sender::push(const CommandHead& command, Idle& idle) {
    while (!ring_.try_push(command)) {
        if (stopped()) return false;
        idle(0);
    }
    idle(1);
    sent.store(sent.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return true;
}

AckReader::AckReader(const DurableVenue& venue, const SendTimes& times,
                     const ThreadSettings& thread, uint64_t timed_from)
    : times_(times),
      timed_from_(timed_from),
      reader_(venue.settings().runtime_directory, venue.settings().data_directory, "bench"),
      thread_([this, thread] { run(thread); }) {}

AckReader::~AckReader() {
    last_.store(0);
    if (thread_.joinable()) thread_.join();
}

void AckReader::finish(uint64_t commands) {
    last_.store(commands);
    thread_.join();
}

void AckReader::run(const ThreadSettings& thread) {
    enter_thread("bench-reader", thread.core);
    Idle idle(thread.idle);
    while (acknowledged.load(std::memory_order_relaxed) < last_.load(std::memory_order_relaxed)) {
        std::size_t seen = 0;
        while (const EventHead* event = reader_.next()) {
            see(*event);
            ++seen;
        }
        if (seen == 0 && stopped()) return;
        idle(seen);
    }
}

// Each command of the flow is answered by one event of these, and nothing else has them.
void AckReader::see(const EventHead& event) {
    switch (event.type) {
        case EventType::trade:
            ++trades_;
            return;
        case EventType::rejected:
            ++refused_;
            break;
        case EventType::accepted:
        case EventType::replaced:
        case EventType::cancelled:
            break;
        default:
            return;
    }
    const uint64_t number = acknowledged.load(std::memory_order_relaxed);
    if (number >= timed_from_ && times_.wants(number))
        latencies_.add(monotonic_ns() - times_.get(number));
    acknowledged.store(number + 1, std::memory_order_relaxed);
}

}  // namespace carbonx::bench
