// carbonx-feed-loss: the loss matrix. Lines A, B and both lose 0, 0.1, 1 and 10 % of their packets,
// with repeats and reordering; one line for each, exit status 1 if anybody's books are wrong.
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "tests/feed_loss.h"

int main(int argc, char** argv) {
    using namespace carbonx::tests;
    LossOptions options;
    CLI::App app{"Receivers over a bad network: every book must be the engine's"};
    app.add_option("--seed", options.seed)->capture_default_str();
    app.add_option("--bursts", options.bursts)->capture_default_str()->check(CLI::PositiveNumber);
    app.add_option("--burst-messages", options.burst_messages)->capture_default_str();
    app.add_option("--receivers", options.receivers)->capture_default_str();
    app.add_option("--joins", options.joins, "late ones, in each run")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    spdlog::set_level(spdlog::level::off);
    struct Lines {
        const char* name;
        bool a, b;
    };
    bool good = true;
    try {
        for (const double percent : {0.0, 0.1, 1.0, 10.0}) {
            for (const Lines& lines :
                 {Lines{"A", true, false}, {"B", false, true}, {"both", true, true}}) {
                if (percent == 0 && !(lines.a && lines.b)) continue;
                options.network = {{lines.a ? percent : 0, lines.b ? percent : 0}, 1, 1, percent};
                const LossResult result = run_feed_loss(options);
                std::printf(
                    "line=%s lost_percent=%g messages=%lu packets=%lu packets_lost=%lu gaps=%lu "
                    "requests=%lu snapshots=%lu joins=%lu join_ms_p50=%.1f join_ms_max=%.1f "
                    "recovery_ms_p50=%.1f recovery_ms_max=%.1f checks=%lu books=%s\n",
                    lines.name, percent, result.messages, result.packets, result.packets_lost,
                    result.gaps, result.requests, result.snapshots, result.joins,
                    result.join_ms_median, result.join_ms_max, result.recovery_ms_median,
                    result.recovery_ms_max, result.checks,
                    result.flaw.empty() ? "equal" : result.flaw.c_str());
                std::fflush(stdout);
                good = good && result.flaw.empty();
            }
        }
        return good ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "carbonx-feed-loss: %s\n", error.what());
        return 1;
    }
}
