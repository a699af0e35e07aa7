// The command ring: alone, and between two cores.
#include <benchmark/benchmark.h>

#include <atomic>
#include <thread>

#include "engine/api/process.h"
#include "engine/api/ring.h"

namespace carbonx::bench {
namespace {

constexpr uint32_t capacity = 1U << 12;

struct Ring {
    Ring() : memory(Memory::anonymous(ring::bytes(capacity))) {
        ring::format(memory, capacity, 1, 1);
    }
    Memory memory;
};

NewOrder& first_order(Command& record) {
    record.head = make_command<NewOrder>(SessionId{1}).head;
    return reinterpret_cast<NewOrder&>(record);
}

// What do pushing and popping cost when both are done by one thread?
void ring_push_pop(benchmark::State& state) {
    Ring ring;
    RingProducer producer(ring.memory);
    RingConsumer consumer(ring.memory, 0);
    Command record;
    NewOrder& command = first_order(record);
    uint64_t sum = 0;
    for (auto _ : state) {
        command.quantity.value += 1;
        producer.try_push(record.head);
        sum += as<NewOrder>(*consumer.front()).quantity.value;
        consumer.pop();
        consumer.release(consumer.consumed());
    }
    const auto n = static_cast<uint64_t>(state.iterations());
    if (sum != n * (n + 1) / 2) state.SkipWithError("the commands differ");
}
BENCHMARK(ring_push_pop);

// How many commands a second go from one core to another?
void ring_throughput(benchmark::State& state) {
    Ring ring;
    RingProducer producer(ring.memory);
    std::atomic<bool> stop{false};
    uint64_t sum = 0;
    std::thread consumer_thread([&] {
        enter_thread("ring-consumer", 0);
        RingConsumer consumer(ring.memory, 0);
        while (true) {
            const bool last = stop.load(std::memory_order_acquire);
            while (const CommandHead* command = consumer.front()) {
                sum += as<NewOrder>(*command).quantity.value;
                consumer.pop();
                if (consumer.consumed() % 64 == 0) consumer.release(consumer.consumed());
            }
            consumer.release(consumer.consumed());
            if (last) return;
        }
    });
    Command record;
    NewOrder& command = first_order(record);
    for (auto _ : state) {
        command.quantity.value += 1;
        while (!producer.try_push(record.head)) __builtin_ia32_pause();
    }
    stop.store(true, std::memory_order_release);
    consumer_thread.join();
    const auto n = static_cast<uint64_t>(state.iterations());
    if (sum != n * (n + 1) / 2) state.SkipWithError("the commands differ");
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ring_throughput)->UseRealTime();

// How long does a command take to another core and back? Beside it, a bare cache line's round trip:
// how near the cores are just now.
void ring_round_trip(benchmark::State& state) {
    Ring there;
    Ring back;
    std::atomic<bool> stop{false};
    std::thread echo_thread([&] {
        enter_thread("ring-echo", 0);
        RingConsumer consumer(there.memory, 0);
        RingProducer producer(back.memory);
        while (!stop.load(std::memory_order_relaxed)) {
            const CommandHead* command = consumer.front();
            if (command == nullptr) continue;
            producer.try_push(*command);
            consumer.pop();
            consumer.release(consumer.consumed());
        }
    });
    RingProducer producer(there.memory);
    RingConsumer consumer(back.memory, 0);
    Command record;
    NewOrder& command = first_order(record);
    for (auto _ : state) {
        command.quantity.value += 1;
        producer.try_push(record.head);
        const CommandHead* answer = consumer.front();
        while (answer == nullptr) answer = consumer.front();
        if (as<NewOrder>(*answer).quantity != command.quantity)
            state.SkipWithError("the commands differ");
        consumer.pop();
        consumer.release(consumer.consumed());
    }
    stop.store(true, std::memory_order_relaxed);
    echo_thread.join();
}
BENCHMARK(ring_round_trip)->UseRealTime();

void line_round_trip(benchmark::State& state) {
    alignas(64) std::atomic<uint64_t> there{0};
    alignas(64) std::atomic<uint64_t> back{0};
    std::thread echo_thread([&] {
        enter_thread("line-echo", 0);
        for (uint64_t seen = 0; seen != UINT64_MAX;) {
            const uint64_t now = there.load(std::memory_order_acquire);
            if (now == seen) continue;
            seen = now;
            back.store(now, std::memory_order_release);
        }
    });
    uint64_t n = 0;
    for (auto _ : state) {
        there.store(++n, std::memory_order_release);
        while (back.load(std::memory_order_acquire) != n) {
        }
    }
    there.store(UINT64_MAX, std::memory_order_release);
    echo_thread.join();
}
BENCHMARK(line_round_trip)->UseRealTime();

}  // namespace
}  // namespace carbonx::bench
