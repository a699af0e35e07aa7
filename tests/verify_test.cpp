// carbonx-dump --verify on what an engine has written, whole and damaged.

#include <catch2/catch.hpp>
#include <cstdio>

#include "engine/api/checksum.h"
#include "engine/archive.h"
#include "tests/journal_host.h"

using namespace carbonx;
using namespace carbonx::tests;

namespace {

struct Output {
    std::string text;
    int status = 0;
};

Output verify(const std::filesystem::path& directory, const std::string& options = "") {
    const std::string command = std::string(CARBONX_BINARIES) + "/carbonx-dump " +
                                directory.string() + " --verify " + options + " 2>&1";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    Output output;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
        output.text.push_back(static_cast<char>(c));
    output.status = ::pclose(pipe);
    return output;
}

// The hash and its sequence, as they were printed.
std::string noted(const Output& output) {
    const std::size_t at = output.text.find("hash=");
    REQUIRE(at != std::string::npos);
    return output.text.substr(at + 5, output.text.find('\n', at) - at - 5);
}

void write_day(EngineHost& host, int orders) {
    host.start();
    const Memory memory = host.gateway_ring();
    RingProducer ring(memory);
    for (int i = 0; i < orders; ++i) {
        ring.heartbeat(EngineHost::monotonic());
        REQUIRE(ring.try_push(make_command<NewOrder>().head));
        host.settle();
    }
    host.kill();
}

void check_fails(const Output& output, const std::string& what) {
    CAPTURE(output.text);
    CHECK(output.status != 0);
    CHECK(output.text.find("carbonx-dump: ") == 0);
    CHECK(output.text.find(what) != std::string::npos);
    CHECK(output.text.find('\n') + 1 == output.text.size());
}

}  // namespace

TEST_CASE("verify: a whole venue, and the history that was noted the day before") {
    EngineHost host;
    write_day(host, 100);
    const auto data = host.settings.data_directory;
    const Output first = verify(data);
    CAPTURE(first.text);
    CHECK(first.status == 0);
    CHECK(first.text.find("verify: ok frames=") == 0);
    write_day(host, 50);
    CHECK(verify(data, "--expect " + noted(first)).status == 0);
    CHECK(noted(verify(data)) != noted(first));

    std::string other = noted(first);
    other[3] = other[3] == '0' ? '1' : '0';
    check_fails(verify(data, "--expect " + other), "is not the one that was noted");
    check_fails(verify(data, "--expect " + noted(first) + "000000"), "commands are lost");
    check_fails(verify(data, "--expect 0@1"), "--expect wants HASH@SEQUENCE");
}

TEST_CASE("verify: damage of the journal or the event log ends it with 1 and the mend") {
    EngineHost host;
    write_day(host, 100);
    const auto data = host.settings.data_directory;
    const auto segment = segment_file(journal::directory(data), 1);
    const auto events = event_log::history_file(data);
    SECTION("a bit of the journal") {
        flip(segment, 8 * (20 * journal::block_bytes + 70));
        check_fails(verify(data), "Restore the journal's directory from a copy");
    }
    SECTION("a bit of the event log") {
        flip(events, 8 * 200);
        check_fails(verify(data), "is damaged: start the engine, which makes it anew");
    }
    SECTION("the journal's end") {
        const std::string zeros(segment_bytes_small, '\0');
        overwrite(segment, 80 * journal::block_bytes, zeros);
        check_fails(verify(data), "acknowledged commands are lost");
    }
    SECTION("the journal") {
        std::filesystem::remove(segment);
        check_fails(verify(data), "has no segments");
    }
}

TEST_CASE("verify: the archive is read too, also what the journal still has") {
    const TestDirectory directory, archive;
    const auto journal = journal::directory(directory.path());
    std::filesystem::create_directories(journal);
    {
        JournalHost host(journal);
        Written written;
        write_some(host, written, 3000, 1);
    }
    const auto segments = list_segments(journal);
    REQUIRE(segments.size() > 3);
    for (std::size_t i = 0; i < 3; ++i) archive_segment(segments[i], archive.path());
    const std::string whole = noted(verify(directory.path()));
    std::filesystem::remove(segments[0].file);
    const std::string with = "--archive " + archive.path().string();
    check_fails(verify(directory.path()), "name the archive that holds them");
    CHECK(verify(directory.path(), with + " --expect " + whole).status == 0);
    SECTION("one that only the archive has") {
        flip(archive_file(archive.path(), segments[0].first), 8 * 100);
        check_fails(verify(directory.path(), with), "another copy of the archive");
    }
    SECTION("one that both have") {
        flip(archive_file(archive.path(), segments[1].first), 8 * 100);
        check_fails(verify(directory.path(), with), "another copy of the archive");
    }
}
