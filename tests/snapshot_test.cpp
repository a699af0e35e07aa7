// Snapshots: a start from one gives what a start from the first command gives; one that cannot be
// trusted is passed over; and no journal segment goes that a start could need.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "engine/archive.h"
#include "tests/engine_host.h"

using namespace carbonx;
using carbonx::tests::EngineHost;

namespace {

ListParticipant participant(uint64_t n) {
    auto command = make_command<ListParticipant>();
    command.participant_class = ParticipantClass::house;
    command.open_orders_max = 1;
    command.name = Text<24>("MEMBER" + std::to_string(n));
    return command;
}

// Lists members until their number is this.
void list_up_to(EngineHost& host, uint64_t count) {
    for (uint64_t n = index(host.engine().exchange().participants().last_participant()) + 1;
         n <= count; ++n) {
        REQUIRE(host.operate(participant(n)));
        host.settle();
    }
}

// Many commands that are refused: the journal grows, the state hardly.
void fill_segments(EngineHost& host, std::size_t segments) {
    const auto directory = journal::directory(host.settings.data_directory);
    const std::size_t wanted = list_segments(directory).size() + segments;
    auto command = make_command<NewOrder>();
    command.client_id = ClientId("X");
    while (list_segments(directory).size() < wanted) {
        const Memory memory = host.gateway_ring();
        RingProducer ring(memory);
        ring.heartbeat(EngineHost::monotonic());
        for (int i = 0; i < 100; ++i) ring.try_push(command.head);
        host.settle();
    }
}

std::filesystem::path snapshots(const EngineHost& host) {
    return snapshot::directory(host.settings.data_directory);
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

std::size_t count(const std::vector<Event>& events, EventType type) {
    return static_cast<std::size_t>(std::count_if(
        events.begin(), events.end(), [&](const Event& e) { return e.head.type == type; }));
}

}  // namespace

TEST_CASE("snapshot: a start replays only what came after it, and has the same state and events") {
    EngineHost host;
    host.start();
    list_up_to(host, 10);
    host.snapshot();
    list_up_to(host, 13);
    const uint64_t hash = host.engine().exchange().state_hash();
    const uint64_t venue = host.engine().venue();
    const uint64_t events = host.engine().log().published.load();

    host.kill();
    host.start();
    CHECK(host.engine().exchange().state_hash() == hash);
    CHECK(host.engine().venue() == venue);
    CHECK(host.engine().filing().compared_slots() < events / 2);
    CHECK(host.engine().filing().compared_slots() > 0);
    CHECK(host.engine().log().published.load() == events + 1);  // that it was started
    // Readers find what lies before the snapshot in the file.
    host.settle();
    CHECK(count(host.events(), EventType::participant_listed) == 13);
    list_up_to(host, 14);
    CHECK(count(host.events(), EventType::participant_listed) == 14);
}

TEST_CASE("snapshot: a start with nothing behind it") {
    EngineHost host;
    host.start();
    list_up_to(host, 5);
    host.snapshot();
    const uint64_t hash = host.engine().exchange().state_hash();

    host.kill();
    host.start();
    CHECK(host.engine().exchange().state_hash() == hash);
    host.snapshot();  // from the snapshot on: the shadow reads it too
    list_up_to(host, 6);
    host.snapshot();
    host.kill();
    host.start();
    CHECK(index(host.engine().exchange().participants().last_participant()) == 6);
}

TEST_CASE("snapshot: a damaged one is passed over, at any byte") {
    EngineHost host;
    host.start();
    list_up_to(host, 3);
    host.snapshot();
    list_up_to(host, 6);
    host.snapshot();
    const uint64_t hash = host.engine().exchange().state_hash();
    host.kill();
    const auto files = list_snapshots(snapshots(host));
    REQUIRE(files.size() == 2);

    const uint64_t size = std::filesystem::file_size(files[0].file);
    for (uint64_t at = 0; at < size; at += 1 + size / 50) {
        CAPTURE(at);
        flip(files[0].file, at);
        host.start();
        CHECK(host.engine().exchange().state_hash() == hash);
        CHECK(host.engine().filing().compared_slots() > 0);  // the older one was used
        host.kill();
        flip(files[0].file, at);
    }
    std::filesystem::resize_file(files[0].file, size / 2);
    std::filesystem::resize_file(files[1].file, 10);
    host.start();
    CHECK(host.engine().exchange().state_hash() == hash);
}

TEST_CASE("snapshot: without the events before it the file is made anew from the journal") {
    EngineHost host;
    host.start();
    list_up_to(host, 10);
    host.snapshot();
    const auto history = event_log::history_file(host.settings.data_directory);
    const auto events = host.events().size();
    host.kill();
    SECTION("the file is gone") { std::filesystem::remove(history); }
    SECTION("the file is short") { std::filesystem::resize_file(history, 0); }
    SECTION("its last block is damaged") {
        flip(history, std::filesystem::file_size(history) - 4000);
    }
    host.start();
    host.settle();
    CHECK(host.events().size() >= events);
}

TEST_CASE("snapshot: a journal that ends before it has lost acknowledged commands") {
    EngineHost host;
    host.start();
    list_up_to(host, 3);
    const auto directory = journal::directory(host.settings.data_directory);
    const auto segment = list_segments(directory).front().file;
    std::filesystem::copy_file(segment, host.directory.path() / "early");
    list_up_to(host, 6);
    host.snapshot();
    host.kill();
    std::filesystem::copy_file(host.directory.path() / "early", segment,
                               std::filesystem::copy_options::overwrite_existing);

    CHECK(refusal(host) != "");
}

TEST_CASE("snapshot: so many are kept") {
    EngineHost host;
    host.settings.engine.snapshots_kept = 2;
    host.start();
    for (uint64_t n = 1; n <= 5; ++n) {
        list_up_to(host, n);
        host.snapshot();
    }
    const auto files = list_snapshots(snapshots(host));
    REQUIRE(files.size() == 2);
    CHECK(files[0].next_command == host.engine().status().next_command.load());
}

TEST_CASE("archive: full segments go there, and are used again behind the oldest snapshot") {
    EngineHost host;
    host.settings.engine.snapshots_kept = 2;
    host.settings.archive_directory = host.directory.path() / "archive";
    host.start();
    list_up_to(host, 3);
    const auto directory = journal::directory(host.settings.data_directory);
    for (int i = 0; i < 4; ++i) {
        fill_segments(host, 1);
        host.snapshot();
    }
    list_up_to(host, 5);
    const uint64_t hash = host.engine().exchange().state_hash();
    const auto events = host.events().size();

    const auto archived = list_archive(host.settings.archive_directory);
    const auto left = list_segments(directory);
    const auto files = list_snapshots(snapshots(host));
    REQUIRE(archived.size() >= 3);
    CHECK(archived.front().first == 1);
    CHECK(left.front().first > 1);
    CHECK(left.front().first <= files.back().next_command);  // the oldest snapshot's tail is whole

    host.kill();
    SECTION("from the newest snapshot") {}
    SECTION("from the oldest") { flip(files[0].file, 200); }
    SECTION("from the archive's first command") {
        for (const SnapshotFile& file : files) std::filesystem::remove(file.file);
    }
    host.start();
    CHECK(host.engine().exchange().state_hash() == hash);
    host.settle();
    CHECK(host.events().size() >= events);
}

TEST_CASE("archive: a segment whose copy is damaged is archived again before it goes") {
    EngineHost host;
    host.settings.engine.snapshots_kept = 1;
    host.settings.archive_directory = host.directory.path() / "archive";
    host.start();
    fill_segments(host, 1);
    const auto segment = list_segments(journal::directory(host.settings.data_directory)).front();
    std::filesystem::create_directories(host.settings.archive_directory);
    archive_segment(segment, host.settings.archive_directory);
    const auto whole = read_archived(list_archive(host.settings.archive_directory).front().file);
    flip(list_archive(host.settings.archive_directory).front().file, 1000);

    host.snapshot();
    CHECK(list_segments(journal::directory(host.settings.data_directory)).front().first > 1);
    CHECK(read_archived(list_archive(host.settings.archive_directory).front().file) == whole);
}

TEST_CASE("archive: without snapshots, full segments still go there") {
    EngineHost host;
    host.settings.engine.snapshot_minutes = 0;
    host.settings.archive_directory = host.directory.path() / "archive";
    host.start();
    host.snapshot();
    fill_segments(host, 1);
    host.engine().shadow().poll(120'000'000'000);
    CHECK(list_archive(host.settings.archive_directory).size() == 1);
}

TEST_CASE("snapshot: one without its venue's journal does not look like a new venue") {
    EngineHost host;
    host.start();
    list_up_to(host, 2);
    host.snapshot();
    host.kill();
    std::filesystem::remove_all(journal::directory(host.settings.data_directory));
    std::filesystem::remove(event_log::history_file(host.settings.data_directory));
    std::filesystem::remove_all(host.settings.runtime_directory);

    CHECK(refusal(host).find("there is no journal") != std::string::npos);
}

TEST_CASE("snapshot: after a sync that failed none is made") {
    EngineHost host;
    static bool failing = false;
    static int calls_made = 0;
    calls_made = 0;
    DiskCalls calls;
    calls.sync = [](int file) {
        const auto name = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file));
        if (!failing || name.filename() != "events.log") return ::fdatasync(file);
        ++calls_made;
        errno = EIO;
        return -1;
    };
    host.start(calls);
    list_up_to(host, 2);
    failing = true;
    for (int i = 0; i < 3; ++i) host.snapshot();
    failing = false;
    host.snapshot();
    CHECK(calls_made == 1);
    CHECK(list_snapshots(snapshots(host)).empty());
}

TEST_CASE("archive: it is not taken for the whole journal when that is gone") {
    EngineHost host;
    host.settings.archive_directory = host.directory.path() / "archive";
    host.start();
    fill_segments(host, 2);
    host.snapshot();
    host.kill();
    REQUIRE(list_archive(host.settings.archive_directory).size() == 2);
    std::filesystem::remove_all(journal::directory(host.settings.data_directory));
    std::filesystem::remove_all(snapshots(host));

    CHECK(refusal(host).find("Put the journal's directory back") != std::string::npos);
}

TEST_CASE("archive: without a directory every segment stays in the journal") {
    EngineHost host;
    host.settings.engine.snapshots_kept = 1;
    host.start();
    fill_segments(host, 2);
    host.snapshot();
    CHECK(list_segments(journal::directory(host.settings.data_directory)).front().first == 1);
}

TEST_CASE("snapshot: a disk that is full costs the snapshot and nothing else") {
    EngineHost host;
    static bool full = false;
    full = false;
    DiskCalls calls;
    calls.write = [](int file, const void* data, std::size_t size, off_t offset) {
        if (full && offset >= 160 && size < 4096) {
            errno = ENOSPC;
            return ssize_t{-1};
        }
        return ::pwrite(file, data, size, offset);
    };
    host.start(calls);
    list_up_to(host, 3);
    full = true;
    host.snapshot();
    CHECK(list_snapshots(snapshots(host)).empty());
    full = false;
    list_up_to(host, 4);
    host.snapshot();
    host.snapshot();
    CHECK(list_snapshots(snapshots(host)).size() == 1);
}
