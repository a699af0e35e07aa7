// The store of one FIX session, opened again after every way to be killed.
#include "gateway/store.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "engine/api/checksum.h"

using namespace carbonx;
using carbonx::gateway::SessionStore;
using carbonx::gateway::Start;

namespace {

struct TemporaryDirectory {
    std::filesystem::path path;

    TemporaryDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "fix_test_XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~TemporaryDirectory() { std::filesystem::remove_all(path); }
};

std::vector<std::string> all(const SessionStore& store) {
    std::vector<std::string> messages;
    store.get(1, store.getNextSenderMsgSeqNum() - 1, messages);
    return messages;
}

std::string content(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

void put(SessionStore& store, uint64_t key, const std::string& message) {
    REQUIRE(store.append(message, key));
    REQUIRE(store.write());
}

}  // namespace

TEST_CASE("store: a last frame that is torn anywhere is cut off, and what is before it stays") {
    TemporaryDirectory directory;
    const auto file = directory.path / "S.messages";
    uint64_t two = 0, three = 0;
    {
        SessionStore store(directory.path, "S");
        put(store, 2, "one");
        put(store, 4, "two");
        two = std::filesystem::file_size(file);
        store.set(3, "three");  // and killed before the header says so
        REQUIRE(store.write());
        three = std::filesystem::file_size(file);
    }
    {
        SessionStore store(directory.path, "S");
        CHECK(store.getNextSenderMsgSeqNum() == 4);
        CHECK(store.last_report_key() == 4);
        CHECK(all(store) == std::vector<std::string>{"one", "two", "three"});
    }
    for (uint64_t size = three - 1; size >= two; --size) {
        // The header keeps 4: a number once used stays used, though its message is gone.
        std::filesystem::resize_file(file, size);
        SessionStore store(directory.path, "S");
        CHECK(std::filesystem::file_size(file) == two);
        CHECK(store.last_report_key() == 4);
        CHECK(all(store) == std::vector<std::string>{"one", "two"});
    }
    {
        SessionStore store(directory.path, "S");
        put(store, 8, "four");
    }
    SessionStore store(directory.path, "S");
    CHECK(all(store) == std::vector<std::string>{"one", "two", "four"});
    CHECK(store.getNextSenderMsgSeqNum() == 5);
}

TEST_CASE("store: damage before a good message refuses to start, at the tail it is cut off") {
    TemporaryDirectory directory;
    const auto file = directory.path / "S.messages";
    {
        SessionStore store(directory.path, "S");
        for (const char* message : {"one", "two", "three"}) put(store, 0, message);
    }
    const auto flip = [&](std::streamoff at) {
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekg(at);
        const char byte = static_cast<char>(stream.get() ^ 1);
        stream.seekp(at);
        stream.put(byte);
    };
    for (const std::streamoff at : {0, 3, 4, 8, 16, 25}) {
        flip(27 + at);
        CHECK_THROWS_WITH(SessionStore(directory.path, "S"), Catch::Contains("damaged at byte 27"));
        flip(27 + at);
    }
    flip(54 + 25);
    SessionStore store(directory.path, "S");
    CHECK(all(store) == std::vector<std::string>{"one", "two"});
}

TEST_CASE(
    "store: after a power cut it ends before the first bad frame, and gives no number twice") {
    TemporaryDirectory directory;
    const auto file = directory.path / "S.messages";
    std::vector<uint64_t> ends = {0};
    {
        SessionStore store(directory.path, "S");
        for (const char* message : {"one", "two", "three", "four"}) {
            put(store, 2 * ends.size(), message);
            ends.push_back(std::filesystem::file_size(file));
        }
        store.setNextTargetMsgSeqNum(9);  // in the header, which is lost
    }
    const std::string whole = content(file);
    const bool zeros = GENERATE(false, true);
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        INFO("cut at " << size << ", zeros " << zeros);
        std::string left = whole.substr(0, size);
        // A page that was not written, with a good frame behind it.
        if (zeros) left.append(std::min<std::size_t>(20, whole.size() - size), '\0');
        if (zeros) left.append(whole, left.size());
        std::ofstream(file, std::ios::binary | std::ios::trunc) << left;
        std::ofstream(directory.path / "S.header", std::ios::trunc) << "torn";
        SessionStore store(directory.path, "S", Start::after_power_cut);
        const auto last = std::upper_bound(ends.begin(), ends.end(), size) - 1;
        const auto kept = static_cast<std::size_t>(last - ends.begin());
        CHECK(all(store).size() == kept);
        CHECK(store.last_report_key() == 2 * kept);
        CHECK(std::filesystem::file_size(file) == *last);
        CHECK(store.getNextSenderMsgSeqNum() > 4);
        CHECK(store.getNextTargetMsgSeqNum() == 1);
        CHECK(store.doubtful_below() == UINT64_MAX);
    }
}

TEST_CASE(
    "store: numbers are marked as used before they are, and settled ones outlive the header") {
    TemporaryDirectory directory;
    int next = 1;
    for (int cut = 0; cut < 4; ++cut) {
        SessionStore store(directory.path, "S", Start::after_power_cut);
        REQUIRE(store.getNextSenderMsgSeqNum() >= next);
        for (int i = 0; i < 20'000; ++i) put(store, 0, "x");
        next = store.getNextSenderMsgSeqNum();
        store.setNextTargetMsgSeqNum(100 * cut + 90);
        store.settle(100 * cut + 80);
        store.setNextTargetMsgSeqNum(100 * cut + 95);
        std::filesystem::resize_file(directory.path / "S.messages", 0);  // none of it was synced
    }
    SessionStore store(directory.path, "S", Start::after_power_cut);
    CHECK(store.getNextSenderMsgSeqNum() >= next);
    CHECK(store.getNextTargetMsgSeqNum() == 380);
    store.end_doubt_at(400);
    store.end_doubt_at(500);
    CHECK(store.doubtful_below() == 400);
}

TEST_CASE("store: the newer of the marks' copies counts, and one that is torn does not") {
    TemporaryDirectory directory;
    const auto file = directory.path / "S.marks";
    {
        SessionStore store(directory.path, "S");
        store.settle(5);
        store.settle(6);
    }
    const std::string whole = content(file);
    REQUIRE(SessionStore(directory.path, "S", Start::after_power_cut).settled_target() == 6);
    for (std::size_t at = 0; at < 52; ++at) {
        std::string torn = whole;
        torn[4096 + at] = static_cast<char>(torn[4096 + at] ^ 1);  // serial 3
        std::ofstream(file, std::ios::binary | std::ios::trunc) << torn;
        CHECK(SessionStore(directory.path, "S", Start::after_power_cut).settled_target() == 5);
    }
}

TEST_CASE("store: after a stop it is the same without its header, and damage is refused") {
    TemporaryDirectory directory;
    {
        SessionStore store(directory.path, "S");
        for (const char* message : {"one", "two"}) put(store, 3, message);
        store.setNextTargetMsgSeqNum(7);
        store.stop();
    }
    std::filesystem::resize_file(directory.path / "S.header", 0);
    {
        SessionStore store(directory.path, "S", Start::after_stop);
        CHECK(store.getNextSenderMsgSeqNum() == 3);
        CHECK(store.getNextTargetMsgSeqNum() == 7);
        CHECK(store.last_report_key() == 3);
        CHECK(store.doubtful_below() == 0);
        CHECK(all(store) == std::vector<std::string>{"one", "two"});
    }
    std::fstream stream(directory.path / "S.messages", std::ios::in | std::ios::out);
    stream.put(9);
    stream.close();
    CHECK_THROWS_WITH(SessionStore(directory.path, "S", Start::after_stop),
                      Catch::Contains("damaged at byte 0"));
}

TEST_CASE("store: what was not written is gone with a kill, and its numbers with it") {
    TemporaryDirectory directory;
    {
        SessionStore store(directory.path, "S");
        put(store, 2, "one");
        REQUIRE(store.append("two", 4));
        store.incrNextTargetMsgSeqNum();
        CHECK(store.getNextSenderMsgSeqNum() == 3);
        CHECK(store.last_report_key() == 4);
    }
    SessionStore store(directory.path, "S");
    CHECK(store.getNextSenderMsgSeqNum() == 2);
    CHECK(store.getNextTargetMsgSeqNum() == 1);
    CHECK(store.last_report_key() == 2);
    CHECK(all(store) == std::vector<std::string>{"one"});
}

TEST_CASE("store: a sync that fails is not tried again, and nothing is sent any more") {
    TemporaryDirectory directory;
    static int syncs = 0;
    static bool fails = false;
    DiskCalls calls;
    calls.sync = [](int) {
        ++syncs;
        errno = EIO;
        return fails ? -1 : 0;
    };
    SessionStore store(directory.path, "S", Start::goes_on, calls);
    fails = true;
    syncs = 0;
    CHECK_THROWS(store.settle(2));
    CHECK_FALSE(store.append("one", 0));
    CHECK_THROWS_AS(store.set(1, "one"), FIX::IOException);
    CHECK_THROWS(store.settle(2));
    CHECK(syncs == 1);
    fails = false;
}

TEST_CASE("store: killed anywhere, resets included, each report is stored once and in order") {
    TemporaryDirectory directory;
    void* shared = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    auto& acknowledged = *static_cast<std::atomic<uint64_t>*>(shared);  // keys whose put has ended
    const unsigned seed = Catch::rngSeed() + 1;
    std::srand(seed);
    INFO("seed " << seed);
    for (int round = 0; round < 40; ++round) {
        const uint64_t before = acknowledged;
        const pid_t child = ::fork();
        if (child == 0) {
            SessionStore store(directory.path, "S");
            store.allow_reset(true);
            for (uint64_t key = store.last_report_key() + 1;; ++key) {
                put(store, key, "message " + std::to_string(key));
                acknowledged = key;
                if (key % 50 == 0) store.reset();
            }
        }
        const uint64_t enough = before + static_cast<uint64_t>(std::rand() % 200);
        while (acknowledged < enough) {
        }
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);

        SessionStore store(directory.path, "S");
        const uint64_t key = store.last_report_key();
        REQUIRE(key >= acknowledged);
        REQUIRE(key <= acknowledged + 1);
        acknowledged = key;
        const std::vector<std::string> messages = all(store);
        REQUIRE(messages.size() + 1 == static_cast<std::size_t>(store.getNextSenderMsgSeqNum()));
        for (std::size_t i = 0; i < messages.size(); ++i) {
            REQUIRE(messages[i] == "message " + std::to_string(key - messages.size() + 1 + i));
        }
    }
    ::munmap(shared, 4096);
}

TEST_CASE("store: one process at a time") {
    TemporaryDirectory directory;
    SessionStore store(directory.path, "S");
    CHECK_THROWS_WITH(SessionStore(directory.path, "S"), Catch::Contains("in use"));
}

TEST_CASE("store: a reset that is not allowed does nothing; one cut short is completed") {
    TemporaryDirectory directory;
    {
        SessionStore store(directory.path, "S");
        put(store, 7, "one");
        store.setNextTargetMsgSeqNum(5);
        store.reset();
        CHECK(all(store).size() == 1);
        store.allow_reset(true);
        store.reset();
        CHECK(store.getNextSenderMsgSeqNum() == 1);
        CHECK(store.getNextTargetMsgSeqNum() == 1);
        put(store, 9, "new");
        store.setNextTargetMsgSeqNum(5);
    }
    {  // as if killed after the mark of a reset: the third 32-bit word
        std::fstream stream(directory.path / "S.header", std::ios::in | std::ios::out);
        stream.seekp(12);
        stream.put(1);
    }
    SessionStore store(directory.path, "S");
    CHECK(store.getNextSenderMsgSeqNum() == 1);
    CHECK(store.getNextTargetMsgSeqNum() == 1);
    CHECK(all(store).empty());
}

TEST_CASE("store: numbers moved by an operator keep what is below them") {
    TemporaryDirectory directory;
    {
        SessionStore store(directory.path, "S");
        for (const char* message : {"one", "two", "three"}) put(store, 3, message);
        store.setNextSenderMsgSeqNum(2);
        put(store, 0, "new two");
        store.setNextSenderMsgSeqNum(10);
        put(store, 0, "ten");
        CHECK(all(store) == std::vector<std::string>{"one", "new two", "ten"});
    }
    SessionStore store(directory.path, "S");
    CHECK(all(store) == std::vector<std::string>{"one", "new two", "ten"});
    CHECK(store.getNextSenderMsgSeqNum() == 11);
    CHECK(store.last_report_key() == 3);
}

TEST_CASE("store: a piece of a resend is as many messages as fit, and at least one") {
    TemporaryDirectory directory;
    SessionStore store(directory.path, "S");
    for (int i = 0; i < 10; ++i) put(store, 0, std::string(76, 'x'));  // 100 bytes with the frame
    CHECK(store.last_within(1, 0) == 1);
    CHECK(store.last_within(1, 250) == 2);
    CHECK(store.last_within(1, 300) == 3);
    CHECK(store.last_within(4, 600) == 9);
    CHECK(store.last_within(4, 100'000) == 10);
    CHECK(store.last_within(10, 1) == 10);
}

TEST_CASE("checksum: both ways give the CRC32C of the standard, in one piece or in two") {
    CHECK(crc32c("123456789", 9) == 0xE3069283U);
    CHECK(crc32c("6789", 4, crc32c("12345", 5)) == 0xE3069283U);
}
