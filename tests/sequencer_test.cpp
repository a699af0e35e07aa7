// The sequencer and what stands around it: what is taken, when it is taken, and when it may be
// known.

#include <catch2/catch.hpp>

#include "tests/engine_host.h"

using namespace carbonx;
using carbonx::tests::EngineHost;

namespace {

// A gateway's side of its ring, with a heartbeat. Its orders are all refused, since nothing is
// listed: one slot in, one event out.
class Gateway {
public:
    explicit Gateway(const EngineHost& host, uint32_t number = 1)
        : memory_(host.gateway_ring(number)), ring(memory_) {
        beat();
    }
    bool order(uint64_t n) {
        auto command = make_command<NewOrder>();
        command.client_id = ClientId(std::to_string(n));
        return ring.try_push(command.head);
    }
    void beat() { ring.heartbeat(EngineHost::monotonic()); }

private:
    Memory memory_;

public:
    RingProducer ring;
};

template <class T>
std::vector<const T*> only(const std::vector<Event>& events) {
    std::vector<const T*> found;
    for (const Event& event : events) {
        if (event.head.type == T::type) found.push_back(&as_event<T>(event.head));
    }
    return found;
}

std::vector<std::string> client_ids(const EngineHost& host) {
    std::vector<std::string> ids;
    const auto events = host.events();
    for (const Rejected* rejected : only<Rejected>(events))
        ids.emplace_back(rejected->client_id.view());
    return ids;
}

}  // namespace

TEST_CASE("sequencer: no event leaves before its command is durable, and none is filed") {
    EngineHost host;
    host.start();
    host.settle();
    Gateway gateway(host);
    host.settle();
    const std::size_t before = host.events().size();
    const uint64_t filed = host.engine().log().filed;

    REQUIRE(gateway.order(1));
    REQUIRE(host.engine().sequencer().poll() > 0);
    host.engine().filing().poll();
    CHECK(host.events().size() == before);
    CHECK(host.engine().log().filed == filed);

    REQUIRE(host.engine().journal().poll() > 0);
    CHECK(host.events().size() == before + 1);
    host.engine().filing().poll();
    CHECK(host.engine().log().filed == filed + 1);
}

TEST_CASE("sequencer: a ring's places are given back only when their commands are durable") {
    EngineHost host;
    host.start();
    Gateway gateway(host);
    host.settle();
    for (uint64_t i = 0; i < 5; ++i) REQUIRE(gateway.order(i));

    for (int i = 0; i < 3; ++i) host.engine().sequencer().poll();
    CHECK_FALSE(gateway.ring.drained());
    host.engine().journal().poll();
    CHECK_FALSE(gateway.ring.drained());
    host.engine().sequencer().poll();
    CHECK(gateway.ring.drained());
}

TEST_CASE("sequencer: time never goes back, though the clock does") {
    EngineHost host;
    host.start();
    Gateway gateway(host);
    host.settle();
    const uint64_t now = EngineHost::utc();
    for (const uint64_t clock : {now + 500, now + 100, now + 700}) {
        EngineHost::set_utc_ns(clock);
        REQUIRE(gateway.order(clock));
        host.settle();
    }

    const auto events = host.events();
    const auto rejected = only<Rejected>(events);
    REQUIRE(rejected.size() == 3);
    CHECK(rejected[0]->head.time_ns == now + 500);
    CHECK(rejected[1]->head.time_ns == now + 500);
    CHECK(rejected[2]->head.time_ns == now + 700);
}

TEST_CASE("sequencer: behind a clock that went back time passes at half its pace, for the timers") {
    EngineHost host;
    host.start();
    Gateway gateway(host);
    host.settle();
    const uint64_t now = EngineHost::utc();
    const std::size_t before = only<Ticked>(host.events()).size();
    EngineHost::set_utc_ns(now - 3'600'000'000'000);
    for (int i = 0; i < 40; ++i) {  // four seconds
        EngineHost::advance_ms(100);
        gateway.beat();
        host.settle();
    }

    const auto events = host.events();
    const auto ticked = only<Ticked>(events);
    REQUIRE(ticked.size() == before + 2);
    CHECK(ticked[before]->head.time_ns == now + 1'000'000'000);
    CHECK(ticked[before + 1]->head.time_ns == now + 2'000'000'000);
}

TEST_CASE("sequencer: when nothing happens a tick a second is journaled, and else none") {
    EngineHost host;
    host.start();
    Gateway gateway(host);
    host.settle();
    const std::size_t before = only<Ticked>(host.events()).size();
    for (int i = 0; i < 30; ++i) {  // three seconds
        EngineHost::advance_ms(100);
        gateway.beat();
        host.settle();
    }
    CHECK(only<Ticked>(host.events()).size() == before + 3);
    for (uint64_t i = 0; i < 30; ++i) {
        EngineHost::advance_ms(100);
        gateway.beat();
        REQUIRE(gateway.order(i));
        host.settle();
    }
    CHECK(only<Ticked>(host.events()).size() == before + 3);
}

TEST_CASE("sequencer: what is taken from full rings comes from each in turn") {
    EngineHost host;
    host.settings.engine.gateways = 2;
    host.start();
    Gateway one(host, 1), two(host, 2);
    host.settle();
    for (uint64_t i = 0; i < 100; ++i) {
        REQUIRE(one.order(1000 + i));
        REQUIRE(two.order(2000 + i));
    }
    host.settle();

    const auto ids = client_ids(host);
    REQUIRE(ids.size() == 200);
    // After any number of commands neither has been served more than a batch of 16 ahead.
    int ahead = 0;
    for (const std::string& id : ids) {
        ahead += id[0] == '1' ? 1 : -1;
        REQUIRE(std::abs(ahead) <= 16);
    }
}

TEST_CASE("sequencer: while the journal stands still the rings fill, say so, and lose nothing") {
    EngineHost host;
    host.settings.engine.event_window_slots = 1U << 18;
    // Full is a small ring by itself, of a large one the journal's window behind it.
    host.settings.engine.ring_slots = GENERATE(1U << 8, 1U << 17);
    host.start();
    Gateway gateway(host);
    host.settle();
    uint64_t pushed = 0;
    for (int i = 0; i < 150'000; ++i) {
        if (gateway.order(pushed)) ++pushed;
        // The journal thread hangs; the engine thread does not.
        host.engine().sequencer().poll();
    }
    CHECK_FALSE(gateway.order(pushed));
    CHECK(pushed == host.settings.engine.ring_slots / 4 * 3 - 1);
    CHECK(host.engine().status().next_command < (1U << 16) + 16);

    host.settle();
    const auto ids = client_ids(host);
    REQUIRE(ids.size() == pushed);
    for (uint64_t i = 0; i < pushed; ++i) REQUIRE(ids[i] == std::to_string(i));
    CHECK(gateway.ring.drained());
}

TEST_CASE("sequencer: while events are not filed no command is taken that would overwrite them") {
    EngineHost host;  // a window of 4096 events
    host.start();
    Gateway gateway(host);
    host.settle();
    uint64_t pushed = 0;
    for (int i = 0; i < 20'000; ++i) {
        if (gateway.order(pushed)) ++pushed;
        host.engine().sequencer().poll();
        host.engine().journal().poll();
    }
    CHECK(pushed < 8'000);
    const LogHeader& log = host.engine().log();
    CHECK(log.published <= log.filed + log.window);

    host.settle();
    CHECK(client_ids(host).size() == pushed);
}

TEST_CASE(
    "sequencer: a gateway that falls silent is journaled as down, and as up when it beats again") {
    EngineHost host;
    host.start();
    host.settle();
    Gateway gateway(host);
    host.settle();
    REQUIRE(gateway.order(1));
    host.settle();
    CHECK(host.engine().exchange().source(Source::gateway).up);

    EngineHost::advance_ms(host.settings.engine.source_silence_ms + 1);
    host.settle();
    CHECK_FALSE(host.engine().exchange().source(Source::gateway).up);
    const auto consumed = host.engine().exchange().source(Source::gateway).consumed;

    gateway.beat();
    REQUIRE(gateway.order(2));
    host.settle();
    const SourceState& state = host.engine().exchange().source(Source::gateway);
    CHECK(state.up);
    CHECK(state.consumed == consumed + 1);
    CHECK(client_ids(host) == std::vector<std::string>{"1", "2"});
    std::vector<std::pair<Source, bool>> changes;
    const auto events = host.events();
    for (const SourceChanged* changed : only<SourceChanged>(events)) {
        changes.emplace_back(changed->which, changed->epoch != 0);
    }
    CHECK(changes == std::vector<std::pair<Source, bool>>{{Source::operators, true},
                                                          {Source::gateway, true},
                                                          {Source::gateway, false},
                                                          {Source::gateway, true}});
}

TEST_CASE("sequencer: an operator's command tells which events it caused") {
    EngineHost host;
    host.start();
    host.settle();
    auto participant = make_command<ListParticipant>();
    participant.participant_class = ParticipantClass::house;
    participant.open_orders_max = 1;
    participant.name = Text<24>("HOUSE");
    REQUIRE(host.operate(participant));
    host.settle();

    const SequencerStatus& status = host.engine().status();
    CHECK(status.answered == 2);  // slots of the ring
    EventReader reader(host.settings.runtime_directory, host.settings.data_directory, "test",
                       status.answer_begin);
    const EventHead* event = reader.next();
    REQUIRE(event != nullptr);
    REQUIRE(event->type == EventType::participant_listed);
    CHECK(reader.position() == status.answer_end);
}
