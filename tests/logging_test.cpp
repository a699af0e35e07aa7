// The process's log: what comes from outside cannot write lines of its own.
#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "engine/api/logging.h"
#include "tests/engine_host.h"

using namespace carbonx;

TEST_CASE("log: a text from outside makes no line of its own, and its SOH can be read") {
    const tests::TestDirectory directory;
    const auto before = spdlog::default_logger();
    {
        const Logging logging("test", directory.path());
        spdlog::info("heard {}",
                     "35=5\x01"
                     "58=a\nb\rc\td\x1b[2J\x7f\x01 caf\xc3\xa9");
    }
    spdlog::set_default_logger(before);
    std::ifstream file(directory.path() / "test.log");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    CHECK(text.ends_with("] heard 35=5|58=a?b?c?d?[2J?| caf\xc3\xa9\n"));
    CHECK(std::count(text.begin(), text.end(), '\n') == 1);
}
