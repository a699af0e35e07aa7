// The public feed recorded into files, and files that cannot be written.
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>

#include "tests/feed_script.h"
#include "tools/feed_recording.h"

namespace carbonx::tests {
namespace {

using marketdata::wire::SessionName;
using tools::MessageRecording;
using tools::PacketRecording;

std::string content(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

tools::Bytes bytes(std::string_view text) {
    return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

std::string literal(std::string_view text) { return std::string(text); }

// No file of this process gets longer, as on a full disk.
class FullDisk {
public:
    explicit FullDisk(rlim_t size) : before_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &limit_);
        const rlimit now{size, limit_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &now);
    }
    ~FullDisk() {
        ::setrlimit(RLIMIT_FSIZE, &limit_);
        std::signal(SIGXFSZ, before_);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;

private:
    rlimit limit_{};
    void (*before_)(int);
};

std::string complaint(const std::function<void()>& act) {
    try {
        act();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

unsigned sum_of(std::string_view data) {
    unsigned sum = 0;
    for (std::size_t i = 0; i < data.size(); ++i) {
        const unsigned byte = static_cast<unsigned char>(data[i]);
        sum += i % 2 == 0 ? byte << 8 : byte;
    }
    while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
    return sum;
}

}  // namespace

TEST_CASE("recording: messages stand behind their lengths, and a length of 0 ends the session") {
    const ScratchDirectory scratch;
    MessageRecording recording(scratch.path() / "day.itch");
    recording.begin(SessionName("2026112301"));
    recording.add(bytes("S12"));
    recording.add(bytes("A"));
    recording.flush();
    CHECK(content(scratch.path() / "day.itch") == literal({"\0\3S12\0\1A", 8}));
    recording.end();
    CHECK(content(scratch.path() / "day.itch") == literal({"\0\3S12\0\1A\0\0", 10}));
}

TEST_CASE("recording: each session is a file of its own") {
    const ScratchDirectory scratch;
    MessageRecording recording(scratch.path() / "day.itch");
    recording.begin(SessionName("2026112301"));
    recording.add(bytes("A"));
    recording.end();
    recording.begin(SessionName("2026112401"));
    recording.add(bytes("B"));
    recording.begin(SessionName("2026112501"));  // the end of the one before was not heard
    recording.flush();
    CHECK(content(scratch.path() / "day.itch") == literal({"\0\1A\0\0", 5}));
    CHECK(content(scratch.path() / "day-2026112401.itch") == literal({"\0\1B", 3}));
    CHECK(content(scratch.path() / "day-2026112501.itch").empty());
}

TEST_CASE("recording: no file is written over") {
    const ScratchDirectory scratch;
    const auto path = scratch.path() / "day.itch";
    std::ofstream(path) << "of last week";
    MessageRecording recording(path);
    CHECK(complaint([&] { recording.begin(SessionName("2026112301")); }) ==
          "cannot record into " + path.string() + ": File exists: name another file, or remove it");
    CHECK(content(path) == "of last week");
    const auto nowhere = scratch.path() / "none" / "day.pcap";
    CHECK_THAT(complaint([&] { PacketRecording packets(nowhere); }),
               Catch::Contains("No such file or directory: may this user write there?"));
}

TEST_CASE("recording: a full disk ends it behind the last whole message, with a word") {
    const ScratchDirectory scratch;
    const auto path = scratch.path() / "day.itch";
    MessageRecording recording(path);
    recording.begin(SessionName("2026112301"));
    for (int i = 0; i < 3; ++i) recording.add(bytes("0123456789"));
    recording.flush();
    for (int i = 0; i < 7; ++i) recording.add(bytes("0123456789"));
    std::string told;
    {
        const FullDisk full(100);
        told = complaint([&] { recording.flush(); });
    }
    CHECK(told == "the recording into " + path.string() +
                      " has stopped: File too large: the file is whole as far as it goes, 8 "
                      "messages");
    CHECK(content(path).size() == 8 * 12);
}

TEST_CASE("recording: a packet is an IP packet with its time, its addresses and its checksums") {
    const ScratchDirectory scratch;
    const auto path = scratch.path() / "day.pcap";
    const std::string payload = GENERATE("even", "uneven!", "");
    PacketRecording recording(path);
    recording.add(1'795'395'600'123'456'789, {"10.1.2.3", 40000}, {"239.192.1.1", 26400},
                  bytes(payload));
    recording.flush();

    const std::string file = content(path);
    REQUIRE(file.size() == 24 + 16 + 28 + payload.size());
    CHECK(file.substr(0, 4) == "\x4d\x3c\xb2\xa1");
    uint32_t record[4];
    std::memcpy(record, &file[24], sizeof record);
    CHECK(record[0] == 1'795'395'600);
    CHECK(record[1] == 123'456'789);
    CHECK(record[2] == 28 + payload.size());
    CHECK(record[3] == 28 + payload.size());
    const std::string ip = file.substr(40, 20), udp = file.substr(60);
    CHECK(sum_of(ip) == 0xFFFF);
    CHECK(ip.substr(12) == "\x0a\x01\x02\x03\xef\xc0\x01\x01");
    std::string covered = ip.substr(12) + literal({"\0\x11", 2}) + udp.substr(4, 2) + udp;
    CHECK(sum_of(covered) == 0xFFFF);
    CHECK(udp.substr(0, 4) == "\x9c\x40\x67\x20");
    CHECK(udp.substr(8) == payload);
}

TEST_CASE("recording: a full disk ends the packets, too, behind a whole one") {
    const ScratchDirectory scratch;
    const auto path = scratch.path() / "day.pcap";
    PacketRecording recording(path);
    for (uint64_t i = 0; i < 9; ++i) {
        recording.add(i, {"10.1.2.3", 1}, {"239.192.1.1", 2}, bytes("0123456789"));
    }
    std::string told;
    {
        const FullDisk full(200);
        told = complaint([&] { recording.flush(); });
    }
    CHECK_THAT(told, Catch::EndsWith("as far as it goes, 3 packets"));
    CHECK(content(path).size() == 24 + 3 * 54);
}

}  // namespace carbonx::tests
