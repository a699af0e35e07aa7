// This program is linked with an exchange whose payments leave out the receiver: the engine must
// notice at the first trade, and say where.

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "tests/world.h"

using namespace carbonx;
using carbonx::tests::World;

TEST_CASE(
    "ledger: a settlement that loses one leg stops the engine and names account, asset and event") {
    int out[2];
    REQUIRE(::pipe(out) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);
        ::dup2(out[1], STDERR_FILENO);
        World world;
        world.apply(world.order(World::alpha, Side::sell, 100'000, 10));
        world.apply(world.order(World::beta, Side::buy, 100'000, 10));
        ::_exit(0);
    }
    ::close(out[1]);
    std::string message(4096, '\0');
    const auto size = ::read(out[0], message.data(), message.size());
    message.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    ::close(out[0]);
    int status = 0;
    ::waitpid(child, &status, 0);

    INFO(message);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(WTERMSIG(status) == SIGABRT);
    REQUIRE(message.find("conservation broken") != std::string::npos);
    REQUIRE(message.find("account BETA, HKD off by -1000400") != std::string::npos);
    REQUIRE(message.find("at event") != std::string::npos);
}
