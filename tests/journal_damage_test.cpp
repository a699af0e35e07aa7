// The journal when its files are not what was written: every kind of damage is found, and the
// message says what to do.

#include <catch2/catch.hpp>

#include "engine/api/checksum.h"
#include "engine/archive.h"
#include "tests/journal_host.h"

using namespace carbonx;
using namespace carbonx::tests;

namespace {

// Three frames of one block and one of two, the commands of the last one of several slots.
Written write_small(const std::filesystem::path& directory) {
    JournalHost host(directory);
    Written written;
    auto project = make_command<ListProject>();
    project.name = Text<96>("a grove beside the river");
    write_frame(host, written, numbered(1));
    write_frame(host, written, project, numbered(1'772'400'000'000'000'000));
    write_frame(host, written, numbered(3));
    for (int i = 0; i < 13; ++i) host.append(project, written);
    write_frame(host, written, numbered(4));
    return written;
}

// The head of the frame at this place is made right again after a change behind it.
void forge_head(const std::filesystem::path& file, uint64_t at, const journal::Hash* previous) {
    const std::string bytes = contents(file);
    const auto* frame = reinterpret_cast<const unsigned char*>(bytes.data()) + at;
    journal::FrameHead head = journal::head_at(frame);
    head.payload_crc = crc32c(frame + sizeof head, head.slots * sizeof(Slot));
    if (previous != nullptr) head.hash = journal::Hasher{}(*previous, head, frame + sizeof head);
    head.head_crc = journal::head_crc(head);
    overwrite(file, at, std::string(reinterpret_cast<const char*>(&head), sizeof head));
}

journal::Position end_of(const std::filesystem::path& directory) {
    JournalReader reader(directory);
    while (reader.next() != nullptr) {
    }
    return reader.position();
}

bool names_the_mend(const std::string& message) {
    return message.find("Restore the journal's directory from a copy; do not cut it") !=
           std::string::npos;
}

}  // namespace

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
    JournalHost host(directory.path());
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
        JournalHost host(other.path());
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
        JournalHost host(directory.path());
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

TEST_CASE("journal: cut at any byte of its last frame, it ends before that frame") {
    const TestDirectory directory;
    Written written = write_small(directory.path());
    const auto file = segment_file(directory.path(), 1);
    const uint64_t begin = 3 * journal::block_bytes;
    const uint64_t end = begin + 2 * journal::block_bytes;
    const std::string whole = contents(file);
    written.commands.resize(written.commands.size() - 14);
    SECTION("the file ends there") {
        for (uint64_t at = end; at-- > begin;) {
            std::filesystem::resize_file(file, at);
            uint64_t torn = 0;
            REQUIRE(read_all(directory.path(), &torn) == written.commands);
            REQUIRE((torn > 0) == (at > begin));
        }
    }
    SECTION("only some of its sectors were written") {
        for (unsigned sectors = 0; sectors < 1U << 16; sectors += 7) {
            std::string part = whole;
            for (unsigned sector = 0; sector < 16; ++sector) {
                const auto at = static_cast<std::ptrdiff_t>(begin + sector * 512);
                if ((sectors >> sector & 1) == 0) std::fill_n(part.begin() + at, 512, '\0');
            }
            if (part == whole) continue;
            overwrite(file, begin, part.substr(begin, end - begin));
            const auto commands = read_all(directory.path());
            // What was left out of the last sectors may have been zeros anyway.
            REQUIRE((commands == written.commands ||
                     part.compare(begin, end - begin, whole, begin, end - begin) == 0));
        }
    }
}

TEST_CASE("journal: any flipped bit of its frames is found, and the message says what to do") {
    const TestDirectory directory;
    const Written written = write_small(directory.path());
    const auto file = segment_file(directory.path(), 1);
    const uint64_t frames_end = 5 * journal::block_bytes;
    std::filesystem::resize_file(file, frames_end + journal::block_bytes);
    const std::string whole = contents(file);
    uint64_t cut = 0;
    for (uint64_t bit = 0; bit < 8 * frames_end; ++bit) {
        const char byte = static_cast<char>(whole[bit / 8] ^ (1 << bit % 8));
        overwrite(file, bit / 8, std::string(1, byte));
        const std::string message = refusal(directory.path());
        if (!names_the_mend(message)) ++cut;
        overwrite(file, bit / 8, std::string(1, whole[bit / 8]));
    }
    CHECK(cut == 0);
    CHECK(read_all(directory.path()) == written.commands);
}

TEST_CASE("journal: a flipped bit behind its last frame is nobody's, and is reported") {
    const TestDirectory directory;
    const Written written = write_small(directory.path());
    const auto file = segment_file(directory.path(), 1);
    const uint64_t begin = 5 * journal::block_bytes;
    for (uint64_t bit = 8 * begin; bit < 8 * segment_bytes_small;
         bit += bit < 8 * (begin + 64) ? 1 : 997) {
        flip(file, bit);
        uint64_t torn = 0;
        REQUIRE(read_all(directory.path(), &torn) == written.commands);
        REQUIRE(torn > 0);
        flip(file, bit);
    }
}

TEST_CASE("journal: a rewritten command breaks the chain, though every checksum is right again") {
    const TestDirectory directory;
    write_small(directory.path());
    const auto file = segment_file(directory.path(), 1);
    const journal::Position end = end_of(directory.path());
    flip(file, 8 * (sizeof(journal::FrameHead) + 8));  // the first command's time
    SECTION("with its checksums alone") {
        forge_head(file, 0, nullptr);
        CHECK(refusal(directory.path()) ==
              file.string() +
                  ": the frame at byte 0 (command 1) does not continue the chain of hashes: it, or "
                  "what is before it, is not what was written. Restore the journal's directory "
                  "from a copy; do not cut it");
    }
    SECTION("with its hash too: then the next frame shows it") {
        const journal::Hash none{};
        forge_head(file, 0, &none);
        CHECK(refusal(directory.path()).find("the frame at byte 4096 (command 2) does not") !=
              std::string::npos);
        CHECK(names_the_mend(refusal(directory.path())));
    }
    SECTION("with every hash behind it too: then the last hash is another") {
        journal::Hash previous{};
        for (const uint64_t block : {0U, 1U, 2U, 3U}) {
            const uint64_t at = block * journal::block_bytes;
            forge_head(file, at, &previous);
            const std::string bytes = contents(file);
            previous =
                journal::head_at(reinterpret_cast<const unsigned char*>(bytes.data()) + at).hash;
        }
        CHECK(refusal(directory.path()).empty());
        CHECK(end_of(directory.path()).next == end.next);
        CHECK(end_of(directory.path()).hash != end.hash);
        CHECK(refusal(directory.path(), {}, end).find("The journal was rewritten") !=
              std::string::npos);
    }
}

TEST_CASE("journal: a frame of another format says which build to use") {
    const TestDirectory directory;
    write_small(directory.path());
    const auto file = segment_file(directory.path(), 1);
    journal::FrameHead head;
    head.version = GENERATE(1U, 3U);
    head.slots = 1;
    head.first = 1;
    head.head_crc = journal::head_crc(head);
    overwrite(file, 0, std::string(reinterpret_cast<const char*>(&head), sizeof head));

    CHECK(refusal(directory.path()) ==
          file.string() + ": the frame at byte 0 (command 1) is of format " +
              std::to_string(head.version) + ", and this build reads format 2: " +
              (head.version == 1
                   ? "a build from before the chain of hashes wrote this journal; start that one, "
                     "or begin a new venue in another directory"
                   : "a newer build wrote this journal; start that one"));
}

TEST_CASE("journal: any flipped bit of an archived segment is found, and the file is named") {
    const TestDirectory directory, archive;
    {
        JournalHost host(directory.path());
        Written written;
        while (list_segments(directory.path()).size() < 2)
            write_frame(host, written, numbered(written.next));
    }
    const Segment segment = list_segments(directory.path()).front();
    archive_segment(segment, archive.path());
    std::filesystem::remove(segment.file);
    const auto file = archive_file(archive.path(), 1);
    REQUIRE(refusal(directory.path(), archive.path()).empty());
    const std::string packed = contents(file);
    for (uint64_t bit = 0; bit < 8 * packed.size(); ++bit) {
        const char byte = static_cast<char>(packed[bit / 8] ^ (1 << bit % 8));
        overwrite(file, bit / 8, std::string(1, byte));
        const std::string message = refusal(directory.path(), archive.path());
        CAPTURE(bit, message);
        REQUIRE(message.find(file.string()) == 0);
        REQUIRE(message.find("estore this file from another copy of the archive") !=
                std::string::npos);
        overwrite(file, bit / 8, std::string(1, packed[bit / 8]));
    }
}
