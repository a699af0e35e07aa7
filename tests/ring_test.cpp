// The ring between a source and the engine.

#include <catch2/catch.hpp>
#include <random>
#include <thread>

#include "engine/api/ring.h"

using namespace carbonx;

namespace {

Memory make_ring(uint32_t capacity) {
    Memory memory = Memory::anonymous(ring::bytes(capacity));
    ring::format(memory, capacity, 1, 99);
    return memory;
}

Tick numbered(uint64_t n) {
    auto tick = make_command<Tick>();
    tick.head.time_ns = n;
    return tick;
}

}  // namespace

TEST_CASE("ring: commands come out once each, in order, whole, over many laps") {
    const Memory memory = make_ring(64);
    RingProducer producer(memory);
    RingConsumer consumer(memory, 0);
    std::mt19937 random(5);
    uint64_t in = 0, out = 0, places = 1;
    while (out < 20'000) {
        if (random() % 2 == 0) {
            auto project = make_command<ListProject>();
            project.head.time_ns = in;
            project.name = Text<96>(std::string(1 + in % 96, static_cast<char>('a' + in % 26)));
            const bool longer = random() % 4 == 0;
            const bool pushed =
                longer ? producer.try_push(project.head) : producer.try_push(numbered(in).head);
            if (pushed) ++in;
        } else if (const CommandHead* head = consumer.front()) {
            REQUIRE(head->time_ns == out);
            REQUIRE(head->source_sequence == places);
            if (head->type == CommandType::list_project) {
                const std::string name(1 + out % 96, static_cast<char>('a' + out % 26));
                REQUIRE(as<ListProject>(*head).name.view() == name);
            }
            places += head->slots;
            consumer.pop();
            consumer.release(consumer.consumed());
            ++out;
        }
    }
}

TEST_CASE("ring: when it is full the last quarter still takes cancels, and then nothing") {
    const Memory memory = make_ring(64);
    RingProducer producer(memory);
    int ordinary = 0, essential = 0;
    while (producer.try_push(numbered(1).head)) ++ordinary;
    while (producer.try_push(numbered(1).head, true)) ++essential;

    REQUIRE(ordinary == 47);
    REQUIRE(essential == 16);
    RingConsumer consumer(memory, 0);
    consumer.front();
    consumer.pop();
    REQUIRE_FALSE(producer.try_push(numbered(2).head, true));  // taken, but not yet durable
    consumer.release(consumer.consumed());
    REQUIRE(producer.try_push(numbered(2).head, true));
}

TEST_CASE(
    "ring: an engine that starts again reads what it had not made durable, and nothing else") {
    const Memory memory = make_ring(64);
    RingProducer producer(memory);
    for (uint64_t i = 0; i < 10; ++i) producer.try_push(numbered(i).head);
    {
        RingConsumer killed(memory, 0);
        for (int i = 0; i < 7; ++i) {
            killed.front();
            killed.pop();
        }
        killed.release(3);
    }
    RingConsumer consumer(memory, 5);  // the journal holds five of them
    uint64_t next = 5;
    while (const CommandHead* head = consumer.front()) {
        REQUIRE(head->time_ns == next++);
        consumer.pop();
    }
    REQUIRE(next == 10);
}

TEST_CASE("ring: a producer that starts again goes on behind its last command") {
    const Memory memory = make_ring(64);
    for (uint64_t i = 0; i < 30; ++i) {
        RingProducer producer(memory);
        // Killed between the marker and the count: the count is one behind.
        ring::header(memory).pushed.store(i == 0 ? 0 : i - 1);
        RingProducer again(memory);
        REQUIRE(again.pushed() == i);
        REQUIRE(again.try_push(numbered(i).head));
    }
    RingConsumer consumer(memory, 0);
    for (uint64_t i = 0; i < 30; ++i) {
        REQUIRE(consumer.front()->time_ns == i);
        consumer.pop();
    }
    REQUIRE(consumer.front() == nullptr);
}

TEST_CASE("ring: two threads pass a million commands") {
    const Memory memory = make_ring(256);
    std::thread source([&] {
        RingProducer producer(memory);
        for (uint64_t i = 0; i < 1'000'000;) {
            if (producer.try_push(numbered(i).head))
                ++i;
            else
                std::this_thread::yield();
        }
    });
    RingConsumer consumer(memory, 0);
    uint64_t next = 0, wrong = 0;
    while (next < 1'000'000) {
        const CommandHead* head = consumer.front();
        if (head == nullptr) {
            std::this_thread::yield();
            continue;
        }
        if (head->time_ns != next++) ++wrong;
        consumer.pop();
        if (next % 16 == 0 || consumer.front() == nullptr) consumer.release(consumer.consumed());
    }
    source.join();
    REQUIRE(wrong == 0);
}
