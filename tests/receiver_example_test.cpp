// The example of the specification, as a process before a feed by hand.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "bench/child_process.h"
#include "tests/fake_feed.h"

namespace carbonx::tests {

TEST_CASE("receiver: the example prints a symbol's best prices, from the middle of the day on") {
    FakeFeed feed(18);
    feed.act_unheard(20'000);
    const auto text = [](const marketdata::Address& address) {
        return address.host + ":" + std::to_string(address.port);
    };
    const auto& at = feed.subscription();
    const ScratchDirectory scratch;
    const auto output = scratch.path() / "output";
    bench::ChildProcess example(bench::program_directory() / "carbonx-receiver-example",
                                {"V415024H", text(at.line_a), text(at.line_b), text(at.rerequest),
                                 text(at.snapshot), "DEMO", "demo-books"},
                                output);
    std::vector<std::string> printed;
    for (int i = 0; i < 20'000 && printed.size() < 4; ++i) {
        if (i % 20 == 0) feed.act(1);
        feed.serve();
        ::usleep(1000);
        printed.clear();
        std::ifstream in(output);
        for (std::string line; std::getline(in, line);) printed.push_back(line);
    }
    example.check_alive();
    REQUIRE(printed.size() >= 4);
    CHECK(printed[0] == "stale: not joined yet");
    CHECK_THAT(printed[1], Catch::Matches("V415024H  bid [0-9]+ t at [0-9.]+  offer .*"));
    CHECK(feed.snapshots.clients == 1);
    CHECK(feed.requests == 0);
}

}  // namespace carbonx::tests
