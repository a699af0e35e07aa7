// The journal's files: made, recycled and archived, on disks that fail or stop at any call.

#include <catch2/catch.hpp>

#include "engine/archive.h"
#include "engine/disk_watch.h"
#include "tests/journal_host.h"

using namespace carbonx;
using namespace carbonx::tests;

namespace {

// A disk that stops: from this call on nothing reaches it any more.
int calls_left = 0;

bool stops() {
    if (calls_left > 0) {
        --calls_left;
        return false;
    }
    errno = EIO;
    return true;
}

DiskCalls stopping_disk() {
    DiskCalls calls;
    calls.write = [](int file, const void* data, std::size_t size, off_t offset) {
        return stops() ? -1 : ::pwrite(file, data, size, offset);
    };
    calls.sync = [](int file) { return stops() ? -1 : ::fdatasync(file); };
    calls.sync_directory = [](int file) { return stops() ? -1 : ::fsync(file); };
    calls.rename = [](const char* from, const char* to) {
        return stops() ? -1 : ::rename(from, to);
    };
    calls.remove = [](const char* file) { return stops() ? -1 : ::unlink(file); };
    return calls;
}

// Where a short write has left room, so much of it.
std::size_t room = 0;
int syncs = 0;

ssize_t short_write(int file, const void* data, std::size_t size, off_t offset) {
    if (room == 0) {
        errno = ENOSPC;
        return -1;
    }
    const std::size_t part = std::min(size, room);
    room -= part;
    return ::pwrite(file, data, part, offset);
}

std::size_t file_count(const std::filesystem::path& directory, const std::string& begin) {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
        count += entry.path().filename().string().starts_with(begin) ? 1 : 0;
    return count;
}

// Archives and retires all segments but the last.
void retire_old(JournalHost& host, const std::filesystem::path& directory,
                const std::filesystem::path& archive, const DiskCalls& calls = {}) {
    const auto segments = list_segments(directory);
    for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
        archive_segment(segments[i], archive, calls);
        host.segments().retire(segments[i]);
    }
}

}  // namespace

TEST_CASE("segments: the next one is made as the present one is used, a step at a time") {
    const TestDirectory directory;
    constexpr uint64_t mib = uint64_t{1} << 20;
    SegmentMaker maker(directory.path(), 4 * mib, {});
    CHECK(maker.poll() == 0);
    const File first = maker.take(1);
    CHECK(first.path() == segment_file(directory.path(), 1));
    CHECK(std::filesystem::file_size(first.path()) == 4 * mib);
    CHECK(maker.poll() == 0);  // nothing of it is used yet
    maker.used(4096);
    CHECK(maker.poll() == mib);
    CHECK(maker.poll() == 0);
    maker.used(mib);
    CHECK(maker.poll() == mib);
    CHECK(maker.poll() == 0);
    maker.used(2 * mib);
    CHECK(maker.poll() + maker.poll() == 2 * mib);
    CHECK(maker.poll() == 0);  // it is ready, half way
    const File second = maker.take(100);
    maker.used(4096);
    CHECK(maker.poll() == mib);
    const File third = maker.take(200);  // sooner than expected: it makes the rest itself
    CHECK(std::filesystem::file_size(third.path()) == 4 * mib);
    CHECK(list_segments(directory.path()).size() == 3);
}

TEST_CASE("segments: two that were retired are kept for use, and what a process left is removed") {
    const TestDirectory directory;
    Written written;
    {
        JournalHost host(directory.path());
        write_some(host, written, 6000, 1);
        const auto segments = list_segments(directory.path());
        REQUIRE(segments.size() > 6);
        for (std::size_t i = 0; i < 4; ++i) host.segments().retire(segments[i]);
        CHECK(list_segments(directory.path()).size() == segments.size() - 4);
        CHECK(file_count(directory.path(), "spare-") == 2);
    }
    SegmentMaker maker(directory.path(), segment_bytes_small, {});
    CHECK(file_count(directory.path(), "spare-") == 0);
}

TEST_CASE("segments: one of another size is not used again") {
    const TestDirectory directory;
    SegmentMaker maker(directory.path(), segment_bytes_small, {});
    const auto file = segment_file(directory.path(), 1);
    std::ofstream(file) << "short";
    maker.retire({file, 1});
    CHECK(std::filesystem::is_empty(directory.path()));
}

TEST_CASE("journal: over recycled segments and restarts, with the archive, nothing is missing") {
    const TestDirectory directory, archive;
    Written written;
    for (uint32_t run = 0; run < 6; ++run) {
        JournalHost host(directory.path(), {}, Durability::disk, archive.path());
        for (uint32_t part = 0; part < 5; ++part) {
            write_some(host, written, 500 + 100 * static_cast<int>(run), run * 10 + part);
            retire_old(host, directory.path(), archive.path());
        }
        uint64_t torn = 1;
        REQUIRE(read_all(directory.path(), &torn, archive.path(), {}, run % 2) == written.commands);
        REQUIRE(torn == 0);
    }
    CHECK(list_segments(directory.path()).size() == 1);
    CHECK(list_archive(archive.path()).size() > 10);
    CHECK(refusal(directory.path())
              .find("earlier segments are missing; put them back, or name "
                    "the archive that holds them") != std::string::npos);
    std::filesystem::remove(list_archive(archive.path()).front().file);
    CHECK(refusal(directory.path(), archive.path())
              .find("in the archive " + archive.path().string()) != std::string::npos);
}

namespace {

// A journal whose last segment was used before, with 3 new frames of one block in it.
Written write_recycled(const std::filesystem::path& directory,
                       const std::filesystem::path& archive) {
    Written written;
    JournalHost host(directory);
    while (list_segments(directory).size() < 3) write_some(host, written, 50, 1);
    const auto segments = list_segments(directory);
    archive_segment(segments[0], archive);
    host.segments().retire(segments[0]);
    while (list_segments(directory).size() < 3) write_frame(host, written, numbered(written.next));
    for (int i = 0; i < 2; ++i) write_frame(host, written, numbered(written.next));
    return written;
}

}  // namespace

TEST_CASE("journal: older frames behind its end in a recycled segment are not there") {
    const TestDirectory directory, archive;
    Written written = write_recycled(directory.path(), archive.path());
    const Segment last = list_segments(directory.path()).back();
    const std::string bytes = contents(last.file);
    std::size_t stale = 0;
    for (std::size_t at = 3 * journal::block_bytes; at < bytes.size(); at += journal::block_bytes) {
        const auto* frame = reinterpret_cast<const unsigned char*>(bytes.data()) + at;
        stale += journal::valid_frame(frame, bytes.size() - at) ? 1 : 0;
    }
    REQUIRE(stale > 3);

    uint64_t torn = 1;
    CHECK(read_all(directory.path(), &torn, archive.path()) == written.commands);
    CHECK(torn == 0);
    SECTION("nor when no new frame is in it yet") {
        std::string old(bytes);
        const auto whole = archive_file(archive.path(), 1);
        const std::vector<unsigned char> content = read_archived(whole);
        old.replace(0, content.size(), reinterpret_cast<const char*>(content.data()),
                    content.size());
        overwrite(last.file, 0, old);
        written.commands.resize(written.commands.size() - 3);
        CHECK(read_all(directory.path(), &torn, archive.path()) == written.commands);
        CHECK(torn == 0);
    }
    SECTION("nor behind a torn frame, which is cut with them") {
        const uint64_t at = 2 * journal::block_bytes;
        overwrite(last.file, at + 70, "not what was written");
        written.commands.pop_back();
        written.next -= 1;
        CHECK(read_all(directory.path(), &torn, archive.path()) == written.commands);
        CHECK(torn == journal::block_bytes);
        JournalHost host(directory.path(), {}, Durability::disk, archive.path());
        const std::string now = contents(last.file);
        CHECK(now.find_first_not_of('\0', at) == std::string::npos);
        write_some(host, written, 300, 9);
        CHECK(read_all(directory.path(), &torn, archive.path()) == written.commands);
    }
    SECTION("a damaged frame before a good one is refused there too") {
        overwrite(last.file, journal::block_bytes + 70, "not what was written");
        CHECK(refusal(directory.path(), archive.path()).find("is damaged or missing") !=
              std::string::npos);
    }
    SECTION("and any flipped bit of the last frame is found") {
        const uint64_t begin = 2 * journal::block_bytes;
        for (uint64_t bit = 8 * begin; bit < 8 * (begin + 200); ++bit) {
            flip(last.file, bit);
            REQUIRE_FALSE(refusal(directory.path(), archive.path()).empty());
            flip(last.file, bit);
        }
    }
}

TEST_CASE("journal: a reader goes on in the archive when its segment is recycled meanwhile") {
    const TestDirectory directory, archive;
    Written written;
    JournalHost host(directory.path());
    write_some(host, written, 6000, 1);
    JournalReader reader(directory.path(), archive.path(), {}, 0);
    JournalReader without(directory.path(), {}, {}, 0);
    std::vector<std::string> read;
    const auto next = [&] {
        const CommandHead* head = reader.next();
        if (head == nullptr) return false;
        read.emplace_back(reinterpret_cast<const char*>(head), head->slots * sizeof(Slot));
        return true;
    };
    REQUIRE(next());
    REQUIRE(without.next() != nullptr);
    for (uint32_t part = 0; part < 4; ++part) {
        retire_old(host, directory.path(), archive.path());
        write_some(host, written, 2000, 2 + part);
    }
    while (next()) {
    }
    CHECK(read == written.commands);
    CHECK_THROWS_WITH(
        [&] {
            while (without.next() != nullptr) {
            }
        }(),
        Catch::Contains("taken out of the journal while it was read: name the archive"));
}

TEST_CASE("archive: a segment is there once, whole, whatever was there before") {
    const TestDirectory directory, archive;
    Written written;
    {
        JournalHost host(directory.path());
        write_some(host, written, 2000, 1);
    }
    const auto segments = list_segments(directory.path());
    REQUIRE(segments.size() > 2);
    const auto file = archive_file(archive.path(), 1);
    auto half = file;
    half += ".new";
    std::ofstream(half) << "half written";
    archive_segment(segments[0], archive.path());
    CHECK_FALSE(std::filesystem::exists(half));
    const std::string packed = contents(file);
    const std::vector<unsigned char> content = read_archived(file);
    CHECK(contents(segments[0].file)
              .compare(0, content.size(), reinterpret_cast<const char*>(content.data()),
                       content.size()) == 0);
    CHECK(packed.size() < content.size());

    DiskCalls none = stopping_disk();
    calls_left = 0;
    archive_segment(segments[0], archive.path(), none);  // again: nothing is written
    overwrite(file, packed.size() / 2, "damaged");
    CHECK_THROWS_WITH(read_archived(file), Catch::Contains("restore this file from another copy"));
    archive_segment(segments[0], archive.path());
    CHECK(contents(file) == packed);

    CHECK_THROWS_AS(archive_segment(segments[1], archive.path(), none), std::system_error);
    CHECK_FALSE(std::filesystem::exists(archive_file(archive.path(), segments[1].first)));
    overwrite(segments[1].file, journal::block_bytes + 80, "not what was written");
    CHECK_THROWS_WITH(archive_segment(segments[1], archive.path()),
                      Catch::Contains("it is damaged, and is not archived"));
    CHECK(list_archive(archive.path()).size() == 1);
}

TEST_CASE("journal: a disk that stops at any call of recycling loses nothing that was durable") {
    bool ended = false;
    for (int calls = 0; !ended; ++calls) {
        const TestDirectory directory, archive;
        Written written;
        uint64_t durable = 0;
        {
            JournalHost host(directory.path());
            write_some(host, written, 1300, 1);
            durable = host.durable;
        }
        REQUIRE(list_segments(directory.path()).size() > 3);
        calls_left = calls;
        try {
            JournalHost host(directory.path(), stopping_disk());
            host.durable = durable;
            for (uint32_t part = 0; part < 3; ++part) {
                try {
                    retire_old(host, directory.path(), archive.path(), stopping_disk());
                    write_some(host, written, 300, 2 + part);
                } catch (const std::system_error&) {
                    durable = host.durable;
                    throw;
                }
            }
            durable = host.durable;
            ended = true;
        } catch (const std::system_error& error) {
            REQUIRE(error.code().value() == EIO);
        }
        CAPTURE(calls);
        // What is there now is what another start finds: it goes on.
        JournalHost host(directory.path(), {}, Durability::disk, archive.path());
        uint64_t torn = 0;
        const auto commands = read_all(directory.path(), &torn, archive.path());
        REQUIRE(commands.size() <= written.commands.size());
        REQUIRE(std::equal(commands.begin(), commands.end(), written.commands.begin()));
        uint64_t slots = 0;
        for (const std::string& command : commands) slots += command.size() / sizeof(Slot);
        REQUIRE(slots >= durable);
        Written more{commands, slots + 1};
        write_some(host, more, 300, 5);
        REQUIRE(read_all(directory.path(), &torn, archive.path()) == more.commands);
        if (ended) CHECK(calls > 50);
    }
}

TEST_CASE("journal: a write that is short, and then finds no room, ends it by name") {
    const TestDirectory directory;
    Written written = write_three_frames(directory.path());
    DiskCalls calls;
    syncs = 0;
    calls.write = short_write;
    calls.sync = [](int file) {
        ++syncs;
        return ::fdatasync(file);
    };
    {
        JournalHost host(directory.path(), calls);
        room = 1000;
        for (uint64_t i = 4; i < 24; ++i) host.append(numbered(i), written);
        host.publish();
        CHECK_THROWS_WITH(host.poll(), "cannot write " +
                                           segment_file(directory.path(), 1).string() +
                                           ": No space left on device");
        CHECK(host.durable == 0);
        CHECK(syncs == 0);
    }
    written.commands.resize(3);
    uint64_t torn = 0;
    CHECK(read_all(directory.path(), &torn) == written.commands);
    CHECK(torn == journal::block_bytes);  // its head was written
}

TEST_CASE("journal: a short write that is continued is no failure, one of nothing is") {
    const TestDirectory directory;
    Written written = write_three_frames(directory.path());
    DiskCalls calls;
    calls.write = [](int file, const void* data, std::size_t size, off_t offset) {
        return ::pwrite(file, data, std::min<std::size_t>(size, 1000), offset);
    };
    {
        JournalHost host(directory.path(), calls);
        write_frame(host, written, numbered(4));
    }
    CHECK(read_all(directory.path()) == written.commands);
    calls.write = [](int, const void*, std::size_t, off_t) -> ssize_t { return 0; };
    JournalHost host(directory.path(), calls);
    host.append(numbered(5), written);
    host.publish();
    CHECK_THROWS_WITH(host.poll(), "cannot write " + segment_file(directory.path(), 1).string() +
                                       ": Input/output error");
}

TEST_CASE("segments: without room for the next one the present one is filled, then it ends") {
    const TestDirectory directory;
    DiskCalls calls;
    calls.write = short_write;
    room = 3 * segment_bytes_small;
    JournalHost host(directory.path(), calls);
    Written written;
    room = 10 * journal::block_bytes;
    write_frame(host, written, numbered(1));
    CHECK(room == 0);  // the next segment has met the end of it
    CHECK(file_count(directory.path(), "spare-") == 0);
    SECTION("there is room again in time") {
        room = 20 * segment_bytes_small;
        for (int i = 0; i < 40; ++i) write_frame(host, written, numbered(1));
        CHECK(list_segments(directory.path()).size() == 2);
        CHECK(read_all(directory.path()) == written.commands);
    }
    SECTION("there is none") {
        room = 31 * journal::block_bytes;
        for (int i = 0; i < 31; ++i) write_frame(host, written, numbered(1));
        host.append(numbered(1), written);
        host.publish();
        CHECK_THROWS_WITH(host.poll(), Catch::EndsWith("No space left on device"));
        CHECK(host.durable == 32);
        written.commands.pop_back();
        CHECK(read_all(directory.path()) == written.commands);
    }
}

TEST_CASE("disk watch: it warns at once, and again each minute while room is low") {
    const TestDirectory directory;
    constexpr uint64_t second = 1'000'000'000;
    DiskWatch low(directory.path(), UINT32_MAX);
    CHECK(low.look(5 * second));
    CHECK_FALSE(low.look(6 * second));
    CHECK_FALSE(low.look(64 * second));
    CHECK(low.look(66 * second));
    CHECK_FALSE(low.look(67 * second));
    DiskWatch enough(directory.path(), 1);
    CHECK_FALSE(enough.look(5 * second));
}
