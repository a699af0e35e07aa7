// The journal: written by frames, read back whole or refused.

#include <catch2/catch.hpp>
#include <fstream>
#include <random>
#include <set>

#include "engine/journal.h"
#include "engine/journal_reader.h"
#include "tests/engine_host.h"

using namespace carbonx;
using carbonx::tests::TestDirectory;

namespace {

constexpr uint64_t segment_bytes = 2 * journal::frame_bytes_max;

struct Written {
    std::vector<std::string> commands;  // their bytes, in order
    uint64_t next = 1;
};

// A journal on disk with a writer at its end.
class Host {
public:
    explicit Host(const std::filesystem::path& directory, const DiskCalls& calls = {},
                  Durability durability = Durability::disk)
        : window_(1U << 12, find_tail(directory).next),
          writer_(directory, find_tail(directory), window_, durable,
                  {durability, segment_bytes, calls}) {}

    template <class T>
    void append(const T& command, Written& written) {
        REQUIRE(window_.has_room());
        window_.append(command.head);
        written.commands.emplace_back(reinterpret_cast<const char*>(&command), sizeof command);
        written.next += command.head.slots;
    }
    void publish() { window_.publish(); }
    std::size_t poll() {
        writer_.segments().poll();
        return writer_.poll();
    }
    bool has_room() { return window_.has_room(); }

    static journal::Tail find_tail(const std::filesystem::path& directory) {
        JournalReader reader(directory);
        while (reader.next() != nullptr) {
        }
        if (reader.torn_bytes() > 0) journal::truncate(reader.tail(), DiskCalls{});
        return reader.tail();
    }

    std::atomic<uint64_t> durable{0};

private:
    JournalWindow window_;
    JournalWriter writer_;
};

Tick numbered(uint64_t n) {
    auto tick = make_command<Tick>();
    tick.head.time_ns = n;
    return tick;
}

// Commands of one slot and of five, in frames of any size.
void write_some(Host& host, Written& written, int count, uint32_t seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < count; ++i) {
        if (random() % 3 == 0) {
            auto project = make_command<ListProject>();
            project.name = Text<96>(std::string(1 + random() % 96, 'x'));
            host.append(project, written);
        } else {
            host.append(numbered(random()), written);
        }
        if (random() % 10 != 0 && host.has_room()) continue;
        host.publish();
        while (host.poll() > 0) {
        }
    }
    host.publish();
    while (host.poll() > 0) {
    }
}

std::vector<std::string> read_all(const std::filesystem::path& directory,
                                  uint64_t* torn = nullptr) {
    JournalReader reader(directory);
    std::vector<std::string> commands;
    while (const CommandHead* head = reader.next()) {
        commands.emplace_back(reinterpret_cast<const char*>(head), head->slots * sizeof(Slot));
    }
    if (torn != nullptr) *torn = reader.torn_bytes();
    return commands;
}

std::string refusal(const std::filesystem::path& directory) {
    try {
        read_all(directory);
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

void overwrite(const std::filesystem::path& file, uint64_t at, const std::string& bytes) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(at));
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    REQUIRE(stream.good());
}

// A journal of three frames, each of one block.
Written write_three_frames(const std::filesystem::path& directory) {
    Host host(directory);
    Written written;
    for (uint64_t i = 1; i <= 3; ++i) {
        host.append(numbered(i), written);
        host.publish();
        REQUIRE(host.poll() == 1);
    }
    return written;
}

// The segments' own thread calls these too.
std::atomic<int> syncs = 0;
std::atomic<int> error_to_give = 0;
std::set<off_t> blocks_written;

ssize_t failing_write(int, const void*, std::size_t, off_t) {
    errno = error_to_give;
    return -1;
}
int failing_sync(int) {
    ++syncs;
    errno = error_to_give;
    return -1;
}
int counting_sync(int file) {
    ++syncs;
    return ::fdatasync(file);
}
bool zeroed(const void* data, std::size_t size) {
    const auto* bytes = static_cast<const unsigned char*>(data);
    return std::all_of(bytes, bytes + size, [](unsigned char byte) { return byte == 0; });
}
ssize_t watched_write(int file, const void* data, std::size_t size, off_t offset) {
    if (!zeroed(data, size)) {  // else a new segment
        for (std::size_t at = 0; at < size; at += journal::block_bytes) {
            CHECK(blocks_written.insert(offset + static_cast<off_t>(at)).second);
        }
        CHECK(offset % static_cast<off_t>(journal::block_bytes) == 0);
        CHECK(size % journal::block_bytes == 0);
    }
    return ::pwrite(file, data, size, offset);
}

}  // namespace

TEST_CASE(
    "journal: what was written comes back whole and in order, over many segments and restarts") {
    const TestDirectory directory;
    Written written;
    for (uint32_t run = 0; run < 4; ++run) {
        Host host(directory.path());
        write_some(host, written, 3000, run);
        REQUIRE(host.durable == written.next - 1);
    }
    CHECK(list_segments(directory.path()).size() > 5);
    CHECK(read_all(directory.path()) == written.commands);
}

TEST_CASE("journal: a reader beside the writer sees whole commands only, and no error") {
    const TestDirectory directory;
    Host host(directory.path());
    Written written;
    for (uint32_t step = 0; step < 20; ++step) {
        write_some(host, written, 100, step);
        REQUIRE(read_all(directory.path()) == written.commands);
    }
}

TEST_CASE("journal: a torn last frame is cut, and the journal goes on in its place") {
    const TestDirectory directory;
    Written written = write_three_frames(directory.path());
    const auto file = segment_file(directory.path(), 1);
    // Of the last frame only the head has reached the disk, and one byte of the payload is another.
    overwrite(file, 2 * journal::block_bytes + sizeof(journal::FrameHead) + 8, "?");
    written.commands.pop_back();
    written.next -= 1;

    uint64_t torn = 0;
    CHECK(read_all(directory.path(), &torn) == written.commands);
    CHECK(torn == journal::block_bytes);
    Host host(directory.path());
    write_some(host, written, 500, 7);
    CHECK(read_all(directory.path(), &torn) == written.commands);
    CHECK(torn == 0);
}

TEST_CASE("journal: a frame whose head was torn is cut too") {
    const TestDirectory directory;
    Written written = write_three_frames(directory.path());
    overwrite(segment_file(directory.path(), 1), 2 * journal::block_bytes, std::string(8, '\0'));
    written.commands.pop_back();

    uint64_t torn = 0;
    CHECK(read_all(directory.path(), &torn) == written.commands);
    CHECK(torn == journal::block_bytes);
}

TEST_CASE("journal: a damaged frame before a good one is refused with its place and the mend") {
    const TestDirectory directory;
    write_three_frames(directory.path());
    const auto file = segment_file(directory.path(), 1);
    overwrite(file, journal::block_bytes + 100, "?");

    CHECK(refusal(directory.path()) ==
          file.string() +
              ": the frame at byte 4096 (command 2) is damaged or missing, and good ones follow: "
              "acknowledged "
              "commands are lost. Restore the journal's directory from a copy; do not cut it");
}

TEST_CASE("journal: a frame that does not continue the one before is refused") {
    const TestDirectory one, other;
    write_three_frames(one.path());
    {
        Host host(other.path());
        Written written;
        for (uint64_t i = 7; i <= 9; ++i) {
            host.append(numbered(i), written);
            host.publish();
            REQUIRE(host.poll() == 1);
        }
    }
    // The third frame of another journal: right in itself, and in number.
    std::string frame(journal::block_bytes, '\0');
    std::ifstream from(segment_file(other.path(), 1), std::ios::binary);
    from.seekg(2 * journal::block_bytes);
    from.read(frame.data(), static_cast<std::streamsize>(frame.size()));
    overwrite(segment_file(one.path(), 1), 2 * journal::block_bytes, frame);

    CHECK(refusal(one.path()).find("command 3) does not continue the chain of hashes") !=
          std::string::npos);
}

TEST_CASE("journal: a segment that is missing is refused") {
    const TestDirectory directory;
    Written written;
    {
        Host host(directory.path());
        write_some(host, written, 3000, 1);
    }
    const auto segments = list_segments(directory.path());
    REQUIRE(segments.size() >= 3);
    SECTION("one inside") {
        std::filesystem::remove(segments[1].file);
        CHECK(refusal(directory.path()).find("is damaged or missing") != std::string::npos);
    }
    SECTION("the first one") {
        std::filesystem::remove(segments[0].file);
        CHECK(refusal(directory.path()).find("earlier segments are missing") != std::string::npos);
    }
}

TEST_CASE(
    "journal: each frame is synced once before its commands count as durable, in memory mode "
    "never") {
    const TestDirectory directory;
    DiskCalls calls;
    calls.sync = counting_sync;
    const Durability durability = GENERATE(Durability::disk, Durability::memory);
    Host host(directory.path(), calls, durability);
    Written written;
    host.append(numbered(1), written);
    CHECK(host.poll() == 0);  // not handed over yet
    host.publish();
    CHECK(host.durable == 0);
    const int before = syncs;
    CHECK(host.poll() == 1);
    CHECK(syncs - before <=
          (durability == Durability::disk ? 2 : 1));  // and maybe the next segment's
    CHECK(syncs - before >= (durability == Durability::disk ? 1 : 0));
    CHECK(host.durable == 1);
}

TEST_CASE("journal: no block is written twice") {
    const TestDirectory directory;
    DiskCalls calls;
    calls.write = watched_write;
    blocks_written.clear();
    Host host(directory.path(), calls);
    Written written;
    for (int i = 0; i < 25; ++i) write_some(host, written, 1, 2);  // within one segment
    CHECK(blocks_written.size() == 25);
}

TEST_CASE("journal: a full or broken disk ends it at once, by name, and nothing is tried again") {
    const TestDirectory directory;
    error_to_give = GENERATE(ENOSPC, EIO, EFBIG);
    const bool in_sync = GENERATE(false, true);
    Written written = write_three_frames(directory.path());
    DiskCalls calls;
    if (in_sync) {
        calls.sync = failing_sync;
    } else {
        calls.write = failing_write;
    }
    Host host(directory.path(), calls);
    host.append(numbered(4), written);
    host.publish();
    const int syncs_before = syncs;

    try {
        host.poll();
        FAIL("it went on");
    } catch (const std::system_error& error) {
        CHECK(error.code().value() == error_to_give);
        const std::string what = error.what();
        CHECK(what.find(in_sync ? "cannot sync" : "cannot write") == 0);
        CHECK(what.find(segment_file(directory.path(), 1).string()) != std::string::npos);
    }
    CHECK(host.durable == 0);
    CHECK(syncs - syncs_before <= (in_sync ? 2 : 0));  // its own, and maybe the next segment's
}

TEST_CASE("journal window: it is full until the journal thread has copied what is there") {
    JournalWindow window(16, 1);
    std::atomic<uint64_t> durable{0};
    const TestDirectory directory;
    JournalWriter writer(directory.path(), {}, window, durable,
                         {Durability::memory, segment_bytes, {}});
    auto project = make_command<ListProject>();  // 5 slots
    window.append(project.head);
    window.append(project.head);
    CHECK_FALSE(window.has_room());  // of 8 slots, for the longest
    window.publish();
    CHECK_FALSE(window.has_room());
    CHECK(writer.poll() == 10);
    CHECK(window.has_room());
}
