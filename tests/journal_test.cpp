// The journal: written by frames, read back whole or refused.

#include <catch2/catch.hpp>
#include <set>

#include "tests/journal_host.h"

using namespace carbonx;
using namespace carbonx::tests;

namespace {

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
        JournalHost host(directory.path());
        write_some(host, written, 3000, run);
        REQUIRE(host.durable == written.next - 1);
    }
    CHECK(list_segments(directory.path()).size() > 5);
    CHECK(read_all(directory.path()) == written.commands);
}

TEST_CASE("journal: a reader beside the writer sees whole commands only, and no error") {
    const TestDirectory directory;
    JournalHost host(directory.path());
    Written written;
    for (uint32_t step = 0; step < 20; ++step) {
        write_some(host, written, 100, step);
        REQUIRE(read_all(directory.path()) == written.commands);
    }
}

TEST_CASE(
    "journal: each frame is synced once before its commands count as durable, in memory mode "
    "never") {
    const TestDirectory directory;
    DiskCalls calls;
    calls.sync = counting_sync;
    const Durability durability = GENERATE(Durability::disk, Durability::memory);
    JournalHost host(directory.path(), calls, durability);
    Written written;
    host.append(numbered(1), written);
    CHECK(host.poll() == 0);  // not handed over yet
    host.publish();
    CHECK(host.durable == 0);
    const int before = syncs;
    CHECK(host.poll() == 1);
    CHECK(syncs - before == (durability == Durability::disk ? 1 : 0));
    CHECK(host.durable == 1);
}

TEST_CASE("journal: no block is written twice") {
    const TestDirectory directory;
    DiskCalls calls;
    calls.write = watched_write;
    blocks_written.clear();
    JournalHost host(directory.path(), calls);
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
    JournalHost host(directory.path(), calls);
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
    CHECK(syncs - syncs_before == (in_sync ? 1 : 0));
}

TEST_CASE("journal window: it is full until the journal thread has copied what is there") {
    JournalWindow window(16, 1);
    std::atomic<uint64_t> durable{0};
    const TestDirectory directory;
    JournalWriter writer(directory.path(), {}, window, durable,
                         {Durability::memory, segment_bytes_small, {}});
    auto project = make_command<ListProject>();  // 5 slots
    window.append(project.head);
    window.append(project.head);
    CHECK_FALSE(window.has_room());  // of 8 slots, for the longest
    window.publish();
    CHECK_FALSE(window.has_room());
    CHECK(writer.poll() == 10);
    CHECK(window.has_room());
}

TEST_CASE("journal: a follower gets what is durable, across segments, and nothing before that") {
    const TestDirectory directory;
    JournalHost host(directory.path());
    JournalReader follower(directory.path(), {}, {}, GENERATE(0U, 1U));
    Written written;
    std::vector<std::string> followed;
    const auto follow = [&](uint64_t durable) {
        while (const CommandHead* head = follower.next(durable)) {
            REQUIRE(follower.sequence() <= durable);
            followed.emplace_back(reinterpret_cast<const char*>(head), head->slots * sizeof(Slot));
        }
    };
    for (uint32_t step = 0; step < 60; ++step) {
        write_some(host, written, 100, step);
        follow(host.durable / 2);
        follow(host.durable);
        REQUIRE(followed == written.commands);
        REQUIRE(follower.at_frame_end());
        REQUIRE(follower.position().next == written.next);
    }
    CHECK(list_segments(directory.path()).size() > 5);
    CHECK_THROWS_WITH(follower.next(written.next),
                      Catch::Contains("is damaged or missing"));  // said to be durable
}

TEST_CASE("journal: asked again at its end, a reader goes on when more was written") {
    const TestDirectory directory;
    JournalReader reader(directory.path(), {}, {}, GENERATE(0U, 1U));
    CHECK(reader.next() == nullptr);
    JournalHost host(directory.path());
    Written written;
    std::vector<std::string> read;
    for (uint32_t step = 0; step < 30; ++step) {
        write_some(host, written, 100, step);
        while (const CommandHead* head = reader.next())
            read.emplace_back(reinterpret_cast<const char*>(head), head->slots * sizeof(Slot));
        REQUIRE(read == written.commands);
    }
}

TEST_CASE("journal: a reader begins at the end of any frame, and proves that it is the same one") {
    const TestDirectory directory;
    Written written;
    {
        JournalHost host(directory.path());
        write_some(host, written, 1500, 3);
    }
    REQUIRE(list_segments(directory.path()).size() > 3);
    JournalReader all(directory.path());
    std::size_t count = 0;
    std::size_t frames = 0;
    while (all.next() != nullptr) {
        ++count;
        if (!all.at_frame_end()) continue;
        ++frames;
        const std::vector<std::string> rest(
            written.commands.begin() + static_cast<std::ptrdiff_t>(count), written.commands.end());
        REQUIRE(read_all(directory.path(), nullptr, {}, all.position()) == rest);
        journal::Position other = all.position();
        other.hash[5] ^= 1;
        REQUIRE_FALSE(refusal(directory.path(), {}, other).empty());
    }
    CHECK(frames > 100);
    CHECK(refusal(directory.path(), {}, {written.next + 1, {}}).find("damaged or missing") !=
          std::string::npos);
    const journal::Position inside{all.position().next - 1, {}};
    CHECK(refusal(directory.path(), {}, inside).find("is not the one that is looked for") !=
          std::string::npos);
}
