// The engine dies and comes back: nothing acknowledged is lost, nothing is done twice, and the disk
// is believed only where it agrees with itself.

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <random>

#include "engine/api/checksum.h"
#include "engine/api/version.h"
#include "engine/journal_reader.h"
#include "tests/engine_host.h"

using namespace carbonx;
using carbonx::tests::EngineHost;

namespace {

NewOrder order(uint64_t n) {
    auto command = make_command<NewOrder>();
    command.client_id = ClientId(std::to_string(n));
    return command;
}

ListParticipant participant(uint64_t n) {
    auto command = make_command<ListParticipant>();
    command.participant_class = ParticipantClass::house;
    command.open_orders_max = 1;
    command.name = Text<24>("MEMBER" + std::to_string(n));
    return command;
}

// An engine with some listings and refused orders behind it, all settled.
void trade_a_while(EngineHost& host, uint64_t count = 200) {
    const Memory memory = host.gateway_ring();
    RingProducer ring(memory);
    for (uint64_t i = 0; i < count; ++i) {
        ring.heartbeat(EngineHost::monotonic());
        if (i % 10 == 0) REQUIRE(host.operate(participant(ring.pushed())));
        REQUIRE(ring.try_push(order(i).head));
        host.settle();
    }
}

std::filesystem::path history(const EngineHost& host) {
    return event_log::history_file(host.settings.data_directory);
}

std::string contents(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

void flip(const std::filesystem::path& file, uint64_t at) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(at));
    const auto byte = static_cast<char>(stream.get() ^ 1);
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(byte);
    REQUIRE(stream.good());
}

std::string refusal(EngineHost& host) {
    try {
        host.start();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

bool same(const std::vector<Event>& a, const std::vector<Event>& b, std::size_t count) {
    return a.size() >= count && b.size() >= count &&
           (count == 0 || std::memcmp(a.data(), b.data(), count * sizeof(Event)) == 0);
}

}  // namespace

TEST_CASE(
    "recovery: a restarted engine has the same state, the same events, and goes on behind them") {
    EngineHost host;
    host.start();
    trade_a_while(host);
    const uint64_t hash = host.engine().exchange().state_hash();
    const uint64_t venue = host.engine().venue();
    const auto events = host.events();
    const std::string file = contents(history(host));
    EventReader reader(host.settings.runtime_directory, host.settings.data_directory, "test");
    while (reader.next() != nullptr) {
    }
    const uint64_t position = reader.position();

    host.kill();
    host.start();
    CHECK(host.engine().exchange().state_hash() == hash);
    CHECK(host.engine().venue() == venue);
    CHECK(contents(history(host)) == file);
    CHECK(host.engine().filing().compared_slots() == position - 1);

    trade_a_while(host, 5);
    CHECK(same(host.events(), events, events.size()));
    CHECK(host.events().size() > events.size());
    CHECK(reader.next() == nullptr);  // still the old window
    REQUIRE(reader.reattach());
    REQUIRE(reader.next() != nullptr);
    CHECK(reader.sequence() == position);
}

TEST_CASE("recovery: killed at any step, each command of a ring is done once and in order") {
    const auto seed = static_cast<uint32_t>(GENERATE(range(1, 9)));
    CAPTURE(seed);
    std::mt19937 random(seed);
    EngineHost host;
    host.start();
    Memory memory = host.gateway_ring();
    auto ring = std::make_unique<RingProducer>(memory);
    uint64_t pushed = 0;
    std::vector<Event> known;  // what readers have seen, at any time
    for (int step = 0; step < 4000; ++step) {
        ring->heartbeat(EngineHost::monotonic());
        switch (random() % 6) {
            case 0:
            case 1:
                if (ring->try_push(order(pushed).head)) ++pushed;
                break;
            case 2:
                host.engine().sequencer().poll();
                break;
            case 3:
                host.engine().journal().poll();
                break;
            case 4:
                host.engine().filing().poll();
                break;
            case 5:
                EngineHost::advance_ms(random() % 20);
                if (random() % 20 == 0) {
                    const auto seen = host.events();
                    REQUIRE(same(seen, known, known.size()));
                    known = seen;
                    host.kill();
                    host.start();
                }
                if (random() % 20 == 0)
                    ring = std::make_unique<RingProducer>(memory);  // the gateway is killed too
                break;
        }
    }
    host.settle();

    REQUIRE(memory.is(ring_file(host.settings, 1)));
    const auto events = host.events();
    REQUIRE(same(events, known, known.size()));
    uint64_t next = 0;
    for (const Event& event : events) {
        if (event.head.type != EventType::rejected) continue;
        REQUIRE(as_event<Rejected>(event.head).client_id.view() == std::to_string(next));
        ++next;
    }
    CHECK(next == pushed);
    CHECK(pushed > 1000);
}

TEST_CASE("recovery: an event log that is cut, damaged or gone is made again, byte for byte") {
    EngineHost host;
    host.start();
    trade_a_while(host);
    host.kill();
    const std::string whole = contents(history(host));
    REQUIRE(whole.size() >= 4 * 4096);
    SECTION("gone") { std::filesystem::remove(history(host)); }
    SECTION("cut inside a block") { std::filesystem::resize_file(history(host), 4096 + 1000); }
    SECTION("cut between blocks") { std::filesystem::resize_file(history(host), 2 * 4096); }
    SECTION("a flipped bit in the first block") { flip(history(host), 100); }
    SECTION("a flipped bit in the last block") { flip(history(host), whole.size() - 4096 + 70); }
    SECTION("a flipped bit in a block's head") { flip(history(host), 4096 + 9); }

    host.start();
    CHECK(contents(history(host)) == whole);
    trade_a_while(host, 3);
}

TEST_CASE(
    "recovery: events beyond the journal's tail refuse the start, or are cut in memory mode") {
    EngineHost host;
    host.start();
    trade_a_while(host);
    host.kill();
    const std::string whole = contents(history(host));
    // In memory mode a power cut takes the journal's last frames, and not the event log's.
    const auto segment = segment_file(journal::directory(host.settings.data_directory), 1);
    std::string frames = contents(segment);
    std::size_t last = 0;
    for (std::size_t at = 0; at < frames.size(); at += journal::block_bytes) {
        if (journal::valid_frame(reinterpret_cast<const unsigned char*>(frames.data()) + at,
                                 frames.size() - at)) {
            last = at;
        }
    }
    const std::size_t cut = last - 100 * journal::block_bytes;
    std::fill(frames.begin() + static_cast<std::ptrdiff_t>(cut), frames.end(), '\0');
    std::ofstream(segment, std::ios::binary) << frames;

    const std::string what =
        refusal(host);  // with durability disk they prove that commands are lost
    CHECK(what.find("acknowledged commands are lost") != std::string::npos);
    CHECK(contents(history(host)) == whole);
    host.settings.engine.durability = Durability::memory;
    std::filesystem::remove(
        ring_file(host.settings, 1));  // a power cut takes the shared memory too
    host.start();
    const uint64_t filed = host.engine().log().filed;
    const std::string kept = contents(history(host));
    CHECK(kept.size() == (filed + 62) / 63 * 4096);
    CHECK(kept.size() < whole.size());
    CHECK(host.events().size() < 300);
    host.kill();
    host.start();  // and the file is right: nothing is found wrong in it
    CHECK(contents(history(host)) == kept);
    CHECK_FALSE(host.engine().filing().found_bad_block());
}

TEST_CASE("recovery: a right event that differs from the journal's refuses the start, with both") {
    EngineHost host;
    host.start();
    trade_a_while(host);
    host.kill();
    // The reason of a refused order is another, and the block's checksum is that of the forgery.
    std::string file = contents(history(host));
    const uint64_t sequence = 80;
    file[event_log::offset_of(sequence) + 40] ^= 1;
    char* block = file.data() + event_log::block_of(sequence) * 4096;
    event_log::BlockHead head;
    std::memcpy(&head, block, sizeof head);
    head.crc = crc32c(block + sizeof head, head.filled * sizeof(Slot));
    std::memcpy(block, &head, sizeof head);
    std::ofstream(history(host), std::ios::binary) << file;

    const std::string what = refusal(host);
    CHECK(what.find(history(host).string() + ": the event at 80, of command ") == 0);
    CHECK(what.find("is not what the journal gives") != std::string::npos);
    CHECK(what.find("In the file: rejected ") != std::string::npos);
    CHECK(what.find("from the journal: rejected ") != std::string::npos);
    CHECK(contents(history(host)) == file);  // as it was
}

TEST_CASE("recovery: a journal that is gone while its events are there refuses the start") {
    EngineHost host;
    host.start();
    trade_a_while(host, 20);
    host.kill();
    std::filesystem::remove_all(journal::directory(host.settings.data_directory));

    CHECK(refusal(host).find(
              "holds events, but there is no journal: put the journal's directory back") !=
          std::string::npos);
}

TEST_CASE("recovery: each start journals its build and rules, behind what was recovered") {
    EngineHost host;
    host.start();
    host.settle();
    host.kill();
    host.start();
    host.settle();
    CHECK(host.engine().exchange().rules() == rules_version);
    JournalReader reader(journal::directory(host.settings.data_directory));
    REQUIRE(reader.next()->type == CommandType::configure);
    int starts = 0;
    while (const CommandHead* command = reader.next()) {
        if (command->type != CommandType::engine_started) continue;
        CHECK(as<EngineStarted>(*command).rules == rules_version);
        CHECK(as<EngineStarted>(*command).build.view() == build_text());
        if (++starts == 1) CHECK(reader.sequence() == 3);
    }
    CHECK(starts == 2);
    CHECK(host.events().at(1).head.type == EventType::engine_started);
}

TEST_CASE("recovery: a journal of rules that this build has not refuses the start, with the mend") {
    const uint32_t rules = GENERATE(rules_oldest - 1, rules_version + 1);
    EngineHost host;
    const auto directory = journal::directory(host.settings.data_directory);
    std::filesystem::create_directories(directory);
    std::filesystem::create_directories(host.settings.runtime_directory);
    {
        JournalWindow window(1U << 10, 1);
        auto configure = make_command<Configure>();
        configure.venue = 7;
        configure.capacities = host.settings.engine.capacities;
        window.append(configure.head);
        auto started = make_command<EngineStarted>();
        started.rules = rules;
        started.build = Text<32>("9.0.0 abc");
        window.append(started.head);
        window.publish();
        std::atomic<uint64_t> durable{0};
        JournalOptions options;
        options.segment_bytes = uint64_t{1} << 20;
        JournalWriter writer(directory, journal::Tail{}, window, durable, options);
        while (writer.poll() > 0) {
        }
        REQUIRE(durable == 3);
    }
    CHECK(refusal(host) == "the journal was written under rules " + std::to_string(rules) +
                               " by build 9.0.0 abc; this build (" + std::string(build_text()) +
                               ") has rules 1 to 3: use that build, or a newer one that has them");
}

TEST_CASE("recovery: capacities are the journal's, whatever the settings say later") {
    EngineHost host;
    host.start();
    trade_a_while(host, 20);
    const uint64_t hash = host.engine().exchange().state_hash();
    host.kill();
    host.settings.engine.capacities.orders *= 2;
    host.start();
    CHECK(host.engine().exchange().state_hash() == hash);
}

TEST_CASE("recovery: a second engine in the same directory is refused") {
    EngineHost host;
    host.start();
    CHECK_THROWS_WITH(Engine(host.settings),
                      "an engine is running in " + host.settings.data_directory.string() +
                          " already: stop it first, or choose another directory");
    Settings other = host.settings;
    other.data_directory = host.directory.path() / "other";
    CHECK_THROWS_WITH(Engine(other), "an engine is running in " +
                                         host.settings.runtime_directory.string() +
                                         " already: stop it first, or choose another directory");
}

TEST_CASE(
    "recovery: a ring of another venue is replaced, and the new one begins at its first place") {
    EngineHost host;
    host.start();
    trade_a_while(host, 20);
    const Memory old = host.gateway_ring();
    host.kill();
    std::filesystem::remove_all(host.settings.data_directory);
    host.start();

    CHECK_FALSE(old.is(ring_file(host.settings, 1)));
    const Memory memory = host.gateway_ring();
    RingProducer ring(memory);
    REQUIRE(ring.try_push(order(1).head));
    host.settle();
    CHECK(host.engine().exchange().source(Source::gateway).consumed == 1);
}

TEST_CASE("recovery: more events than the window holds are recovered too") {
    EngineHost host;
    host.settings.engine.event_window_slots = 1U << 12;
    host.start();

    trade_a_while(host, 6000);
    const std::string file = contents(history(host));
    host.kill();
    host.start();
    CHECK(contents(history(host)) == file);
    CHECK(host.engine().log().filed >= 6000);
}
