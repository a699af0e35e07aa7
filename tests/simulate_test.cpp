// The whole venue in one thread, with faults: a slice of what carbonx-simulate runs by the
// thousands. A failure names its seed.
#include <catch2/catch.hpp>
#include <iostream>
#include <random>

#include "tests/simulate.h"

namespace carbonx::tests {
namespace {

std::string run(uint64_t seed, bool faults, uint64_t commands = 300, bool gateway_disk = false) {
    CAPTURE(seed, commands, faults, gateway_disk);
    SimulationOptions options;
    options.seed = seed;
    options.commands = commands;
    options.faults = faults;
    options.gateway_disk = gateway_disk;
    options.directory = "/dev/shm/carbonx-simulate-test-" + std::to_string(::getpid());
    std::string result;
    try {
        Simulation simulation(options);
        simulation.run();
        result = simulation.summary();
    } catch (const std::exception& error) {
        FAIL("seed " << seed << ": " << error.what() << "\nagain: carbonx-simulate --seed " << seed
                     << " --commands " << commands << (faults ? " --faults" : "")
                     << (gateway_disk ? " --gateway-disk" : ""));
    }
    std::filesystem::remove_all(options.directory);
    return result;
}

}  // namespace

TEST_CASE("simulation: a venue without faults") {
    for (uint64_t seed = 1; seed <= 5; ++seed) run(seed, false);
}

TEST_CASE("simulation: a venue with faults, forty seeds and a random one") {
    for (uint64_t seed = 1; seed <= 40; ++seed) run(seed, true);
    const uint64_t seed = std::random_device{}();
    std::cout << "simulation: random seed " << seed << '\n';
    run(seed, true);
}

TEST_CASE("simulation: the gateway's files forget and fail, too, forty seeds and a random one") {
    for (uint64_t seed = 1; seed <= 40; ++seed) run(seed, true, 300, true);
    const uint64_t seed = std::random_device{}();
    std::cout << "simulation: random seed " << seed << ", with the gateway's disk\n";
    run(seed, true, 300, true);
}

TEST_CASE("simulation: the same seed gives the same venue to the last bit") {
    const std::string once = run(77, true, 500);
    CHECK(once == run(77, true, 500));
    CHECK(once != run(78, true, 500));
}

// The disk by itself: what it keeps and what it loses.
namespace {

struct Nobody final : SimulatedDisk::Watcher {
    void written(uint64_t, const void*, std::size_t) override {}
    void synced(uint64_t) override {}
};

struct DiskTest {
    explicit DiskTest(uint64_t seed) : chance(seed) {
        std::filesystem::remove_all(root);
        disk = std::make_unique<SimulatedDisk>(root / "data", chance, nobody);
    }
    ~DiskTest() {
        disk.reset();
        std::filesystem::remove_all(root);
    }
    std::string content(const char* name) const {
        const File file(root / "data" / name, O_RDONLY);
        std::string bytes(std::filesystem::file_size(file.path()), '\0');
        bytes.resize(file.read(bytes.data(), bytes.size(), 0));
        return bytes;
    }
    std::filesystem::path root = "/dev/shm/carbonx-disk-test-" + std::to_string(::getpid());
    Chance chance;
    Nobody nobody;
    std::unique_ptr<SimulatedDisk> disk;
    const DiskCalls calls = SimulatedDisk::calls();
};

}  // namespace

TEST_CASE("simulated disk: what was synced stays, what was not comes in any mixture of sectors") {
    int old_sectors = 0, new_sectors = 0, mixtures = 0, shorter = 0;
    for (uint64_t seed = 1; seed <= 200; ++seed) {
        DiskTest test(seed);
        {
            const File file(test.root / "data" / "file", O_RDWR | O_CREAT);
            file.write(test.calls, std::string(4096, 'a').data(), 4096, 0);
            file.sync(test.calls);
            sync_directory(test.calls, test.root / "data");
            file.write(test.calls, std::string(2048, 'b').data(), 2048, 1024);
            file.write(test.calls, std::string(4096, 'c').data(), 4096, 4096);
        }
        test.disk->power_cut();
        const std::string bytes = test.content("file");
        REQUIRE(bytes.size() >= 4096);
        REQUIRE(bytes.size() <= 8192);
        if (bytes.size() < 8192) ++shorter;
        REQUIRE(bytes.substr(0, 1024) == std::string(1024, 'a'));
        REQUIRE(bytes.substr(3072, 1024) == std::string(1024, 'a'));
        int changed = 0;
        for (std::size_t at = 1024; at < 3072; at += 512) {
            const std::string sector = bytes.substr(at, 512);
            const bool is_new = sector == std::string(512, 'b');
            REQUIRE((is_new || sector == std::string(512, 'a')));
            ++(is_new ? new_sectors : old_sectors);
            changed += is_new ? 1 : 0;
        }
        if (changed > 0 && changed < 4) ++mixtures;
    }
    CHECK(old_sectors > 50);
    CHECK(new_sectors > 50);
    CHECK(mixtures > 30);
    CHECK(shorter > 30);
}

TEST_CASE("simulated disk: names that were not synced stand or do not") {
    int renamed = 0, made = 0;
    for (uint64_t seed = 1; seed <= 100; ++seed) {
        DiskTest test(seed);
        const auto data = test.root / "data";
        { const File file(data / "old", O_RDWR | O_CREAT); }
        sync_directory(test.calls, data);
        std::filesystem::rename(data / "old", data / "new");
        { const File file(data / "other", O_RDWR | O_CREAT); }
        test.disk->power_cut();
        const bool is_new = std::filesystem::exists(data / "new");
        REQUIRE(is_new != std::filesystem::exists(data / "old"));
        renamed += is_new ? 1 : 0;
        made += std::filesystem::exists(data / "other") ? 1 : 0;
    }
    CHECK(renamed > 20);
    CHECK(renamed < 80);
    CHECK(made > 20);
    CHECK(made < 80);
}

TEST_CASE("simulated disk: a call that is armed crashes, and what it had written stays a kill") {
    DiskTest test(3);
    const File file(test.root / "data" / "file", O_RDWR | O_CREAT);
    test.disk->arm(DiskFault::crash, 1);
    file.write(test.calls, "first", 5, 0);
    CHECK_THROWS_AS(file.write(test.calls, "second", 6, 5), Crash);
    CHECK(test.content("file").substr(0, 5) == "first");
    test.disk->mend();
    test.disk->arm(DiskFault::no_space, 0);
    CHECK_THROWS_WITH(file.write(test.calls, "third", 5, 0), Catch::Contains("No space left"));
}

}  // namespace carbonx::tests
