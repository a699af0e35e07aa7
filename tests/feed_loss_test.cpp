// A slice of carbonx-feed-loss.
#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>

#include "tests/feed_loss.h"

namespace carbonx::tests {
namespace {

LossResult run(const BadNetwork& network) {
    spdlog::set_level(spdlog::level::off);
    LossOptions options;
    options.network = network;
    options.bursts = 1;
    options.burst_messages = 20'000;
    options.receivers = 2;
    options.joins = 8;
    return run_feed_loss(options);
}

}  // namespace

TEST_CASE("loss: with a tenth lost on both lines every receiver has the engine's books") {
    const LossResult result = run({{10, 10}, 1, 1, 10});
    INFO(result.flaw);
    CHECK(result.flaw.empty());
    CHECK(result.packets_lost > 10);
    CHECK(result.requests > 0);
    CHECK(result.joins == 8);
    CHECK(result.snapshots >= 4);
}

TEST_CASE("loss: one line alone may lose what it will while the other is whole") {
    const LossResult result = run({{50, 0}, 1, 0, 0});
    INFO(result.flaw);
    CHECK(result.flaw.empty());
    CHECK(result.packets_lost > 10);
}

}  // namespace carbonx::tests
