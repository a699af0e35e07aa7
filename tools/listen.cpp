// carbonx-listen: the public feed in the terminal, as any subscriber can have it.
#include <spdlog/fmt/fmt.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <stdexcept>

#include "engine/api/process.h"
#include "marketdata/receiver/receiver.h"
#include "tools/feed_text.h"
#include "tools/subscription.h"

namespace carbonx::tools {
namespace {

struct Options {
    std::string settings_file;
    std::string directory;
    std::string symbol;
    double seconds = 0;  // 0: until Ctrl-C
    bool once = false;
    bool messages = false;
};

// For --once without --seconds: how long nothing may come of what is missing.
constexpr uint64_t patience_ns = 5'000'000'000;
constexpr uint64_t redraw_ns = 200'000'000;

std::size_t terminal_rows() {
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 40;
}

std::string heading(const marketdata::Receiver& receiver) {
    const auto& arbiter = receiver.arbiter();
    const auto state = arbiter.session_over()
                           ? "the session is over"
                           : marketdata::text(receiver.status(monotonic_ns()).staleness);
    return fmt::format("session {}  next message {}  {}\n", arbiter.session().view(),
                       arbiter.next_sequence(), state);
}

void print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

// In place: each line is cleared behind its end, and then what was below the last one.
void redraw(std::string text) {
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 4) {
        text.insert(at, "\x1b[K");
    }
    print("\x1b[H" + text + "\x1b[J");
}

std::string summary(const marketdata::Receiver& receiver) {
    const auto& counters = receiver.arbiter().counters();
    return fmt::format(
        "listen: session={} messages={} packets={} trades={} gaps={} requests={} "
        "malformed={} contradictions={}\n",
        receiver.arbiter().session().view(), counters.messages, counters.packets,
        receiver.image().trade_count(), counters.gaps, counters.requests, counters.malformed,
        receiver.image().contradictions());
}

// Follows the feed; whether it heard all that it was to wait for.
bool follow(const Options& options, marketdata::Receiver& receiver) {
    const bool live = !options.once && !options.messages;
    const bool patient = options.once && options.seconds == 0;
    const auto limit_ns = patient ? patience_ns : static_cast<uint64_t>(options.seconds * 1e9);
    uint64_t since_ns = monotonic_ns();
    uint64_t known = 0;
    uint64_t drawn_ns = 0;
    Idle idle(IdlePolicy::sleep, 200);
    while (!stopped()) {
        const uint64_t now_ns = monotonic_ns();
        idle(receiver.poll(now_ns));
        if (options.once && receiver.arbiter().caught_up()) return true;
        if (patient && receiver.arbiter().next_sequence() != known) {
            known = receiver.arbiter().next_sequence();
            since_ns = now_ns;
        }
        if (limit_ns > 0 && now_ns - since_ns >= limit_ns) {
            return !options.once && !receiver.arbiter().session().view().empty();
        }
        if (live && now_ns - drawn_ns >= redraw_ns) {
            const std::size_t rows = terminal_rows();
            const ScreenOptions screen{options.symbol, rows - std::min<std::size_t>(rows, 2)};
            redraw(heading(receiver) + screen_text(receiver.image(), screen));
            drawn_ns = now_ns;
        }
    }
    return true;
}

int run(const Options& options) {
    const MarketDataSettings feed =
        options.settings_file.empty()
            ? MarketDataSettings{}
            : load_settings(options.settings_file, options.directory).marketdata;
    const StreamSettings& stream = feed.channels.front().stream;
    const marketdata::Image* image = nullptr;
    const auto observer = [&](uint64_t sequence, std::span<const unsigned char> message) {
        if (!options.messages) return;
        print(fmt::format("{} {}\n", sequence, message_text(message, *image)));
    };
    marketdata::Receiver receiver(subscription(stream, feed.interface), {observer, {}});
    image = &receiver.image();
    if (!options.once && !options.messages) print("\x1b[2J");
    const bool heard = follow(options, receiver);
    if (options.once && heard) {
        print(heading(receiver) + screen_text(receiver.image(), {options.symbol, 60}));
    }
    if (!heard) {
        throw std::runtime_error(
            fmt::format("the feed on {}:{} was not heard whole: is carbonx-publisher running, with "
                        "these settings?",
                        stream.line_a.address, stream.line_a.port));
    }
    print(summary(receiver));
    return 0;
}

}  // namespace
}  // namespace carbonx::tools

int main(int argc, char** argv) {
    carbonx::tools::Options options;
    CLI::App app{"carbonx-listen: the public feed as a live ladder with the last trades"};
    app.add_option("--settings", options.settings_file,
                   "the venue's settings, for its addresses; as delivered if left out");
    app.add_option("--directory", options.directory,
                   "where the venue lives, as its processes were told");
    app.add_option("--symbol", options.symbol,
                   "whose ladder to show; the most active counter's if left out");
    app.add_option("--seconds", options.seconds, "stop after so long")
        ->check(CLI::NonNegativeNumber);
    app.add_flag("--once", options.once, "print the market once it is whole, and stop");
    app.add_flag("--messages", options.messages, "print every message as a line instead");
    CLI11_PARSE(app, argc, argv);
    carbonx::handle_signals();
    try {
        return carbonx::tools::run(options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "carbonx-listen: %s\n", error.what());
        return 1;
    }
}
