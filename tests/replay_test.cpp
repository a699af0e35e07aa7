// carbonx-replay and carbonx-dump on what an engine has written: the same again, and what it is
// not.
#include <catch2/catch.hpp>
#include <fstream>

#include "engine/api/checksum.h"
#include "tests/replay_day.h"

namespace carbonx::tests {

namespace {

// A day: one participant listed, and many orders that are refused.
void write_day(EngineHost& host) {
    host.start();
    auto house = make_command<ListParticipant>();
    house.participant_class = ParticipantClass::house;
    house.open_orders_max = 1;
    house.name = Text<24>("HOUSE");
    REQUIRE(host.operate(house));
    host.settle();
    const Memory memory = host.gateway_ring();
    RingProducer ring(memory);
    for (int i = 0; i < 100; ++i) {
        ring.heartbeat(EngineHost::monotonic());
        auto order = make_command<NewOrder>();
        order.client_id = ClientId(std::to_string(i));
        REQUIRE(ring.try_push(order.head));
        host.settle();
    }
    host.kill();
}

// Changes an event in the file as a program would that has other rules: the checksum is right.
void change_event(const EngineHost& host, uint64_t sequence) {
    const auto file = event_log::history_file(host.settings.data_directory);
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    const uint64_t block = event_log::block_of(sequence) * 4096;
    event_log::BlockHead head;
    Slot slots[event_log::block_slots];
    stream.seekg(static_cast<std::streamoff>(block));
    stream.read(reinterpret_cast<char*>(&head), sizeof head);
    stream.read(reinterpret_cast<char*>(slots), sizeof slots);
    slots[(sequence - 1) % event_log::block_slots].bytes[0] ^= 1;
    head.crc = crc32c(slots, head.filled * sizeof(Slot));
    stream.seekp(static_cast<std::streamoff>(block));
    stream.write(reinterpret_cast<const char*>(&head), sizeof head);
    stream.write(reinterpret_cast<const char*>(slots), sizeof slots);
    REQUIRE(stream.good());
}

}  // namespace

TEST_CASE("replay: the journal gives the events and the state of the engine") {
    EngineHost host;
    write_day(host);
    host.start();
    char state[64];
    std::snprintf(state, sizeof state, " state=%016llx identical",
                  static_cast<unsigned long long>(host.engine().exchange().state_hash()));
    host.kill();
    const Output output = run(replay(host));
    REQUIRE_THAT(output.text, Catch::Contains(state));
    REQUIRE_THAT(output.text, Catch::StartsWith("replay: commands="));
    REQUIRE(output.status == 0);
}

TEST_CASE("replay: another event than the filed one is shown, and is a failure") {
    EngineHost host;
    write_day(host);
    change_event(host, 80);
    const Output output = run(replay(host));
    REQUIRE_THAT(output.text, Catch::StartsWith("replay: DIFFERENT at event 80, of command ") &&
                                  Catch::Contains("event log: rejected") &&
                                  Catch::Contains("replay: rejected"));
    REQUIRE(output.status != 0);
}

TEST_CASE("replay: identical is said only where every event was compared") {
    EngineHost host;
    write_day(host);
    const auto file = event_log::history_file(host.settings.data_directory);
    const auto whole = std::filesystem::file_size(file);
    const auto cut = GENERATE(0, 1, 2);
    // Some blocks only; a torn block; no block at all.
    std::filesystem::resize_file(file, cut == 0 ? 4096 : cut == 1 ? whole - 100 : 0);
    const Output output = run(replay(host));
    REQUIRE_THAT(output.text, Catch::Contains(" incomplete: compared="));
    REQUIRE_THAT(output.text, !Catch::Contains("identical"));
    REQUIRE(output.status != 0);
    const Output partial = run(replay(host, "--partial"));
    REQUIRE_THAT(partial.text, Catch::Contains(" incomplete: compared="));
    REQUIRE(partial.status == 0);
    // The engine's next start completes the file.
    host.start();
    host.settle();
    host.kill();
    REQUIRE_THAT(run(replay(host)).text, Catch::Contains(" identical "));
}

TEST_CASE("replay: it stops at a command, and refuses what it cannot find") {
    EngineHost host;
    write_day(host);
    REQUIRE_THAT(run(replay(host, "--until 20")).text, Catch::Contains("identical"));
    const Output output = run(replay(host, "--until 3.1"));
    REQUIRE_THAT(output.text, Catch::Contains("no order 3.1 is in this journal"));
    REQUIRE(output.status != 0);
}

TEST_CASE("dump: commands and events as lines that can be read again") {
    EngineHost host;
    write_day(host);
    const std::string dump =
        CARBONX_BINARIES "/carbonx-dump " + host.settings.data_directory.string();
    REQUIRE_THAT(run(dump + " --journal").text, Catch::StartsWith("configure ") &&
                                                    Catch::Contains("list_participant ") &&
                                                    Catch::Contains("client_id=99"));
    REQUIRE_THAT(run(dump + " --events").text,
                 Catch::Contains("participant_listed ") &&
                     Catch::Contains("reason=session_unknown client_id=99  # "));
    REQUIRE(run(dump + " --events --from 80 --to 80").text.ends_with("  # 80\n"));
}

}  // namespace carbonx::tests
