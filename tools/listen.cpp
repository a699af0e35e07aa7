// carbonx-listen: the public feed in the terminal, in scripts and in files, as any subscriber can
// have it.
#include <spdlog/fmt/fmt.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <stdexcept>

#include "engine/api/process.h"
#include "tools/feed_text.h"
#include "tools/listen_ladder.h"
#include "tools/listen_lines.h"
#include "tools/listen_record.h"

namespace carbonx::tools {
namespace {

// For --once without --seconds: how long nothing may come of what is missing.
constexpr uint64_t patience_ns = 5'000'000'000;

class Listener {
public:
    explicit Listener(const ListenOptions& options)
        : options_(options), subscription_(subscription(options)), lines_(options) {
        if (options.is_ladder()) ladder_.emplace(options.symbol);
        recordings_.emplace(options, subscription_);
        if (options.carbon) {
            carbon_.emplace(subscription_, [this](uint64_t sequence, Bytes message) {
                recordings_->message(stream().arbiter(), sequence, message);
                lines_.message(*carbon_, sequence, message);
            });
            return;
        }
        receiver_.emplace(subscription_,
                          marketdata::Receiver::Observer{
                              [this](uint64_t sequence, Bytes message) { see(sequence, message); },
                              [this] { see_another(); }});
    }

    void run() {
        const bool heard = follow();
        ladder_.reset();
        recordings_->flush();
        if (!heard) {
            throw std::runtime_error(fmt::format(
                "the feed on {}:{} was not heard whole: {}", subscription_.line_a.host,
                subscription_.line_a.port,
                options_.lines.empty()
                    ? "is carbonx-publisher running, with these settings?"
                    : "is it being sent? A replay is to be listened to from its begin"));
        }
        if (options_.once) {
            print(heading() + screen_text(receiver_->image(), {options_.symbol, 60}));
        }
        flush_output();
        const std::string& refused = stream().snapshots().last_failure;
        if (!refused.empty() && stream().snapshots().taken == 0) {
            std::fprintf(stderr,
                         "carbonx-listen: no snapshot: %s; messages were asked for instead\n",
                         refused.c_str());
        }
        // The objects of --json are alone on standard output.
        std::fputs(summary().c_str(), options_.json.empty() ? stdout : stderr);
    }

private:
    const marketdata::StreamReceiver& stream() const {
        return carbon_ ? carbon_->stream() : receiver_->stream();
    }
    std::size_t poll(uint64_t now_ns) {
        const std::size_t done = carbon_ ? carbon_->poll(now_ns) : receiver_->poll(now_ns);
        if (receiver_) lines_.poll(*receiver_);
        flush_output();
        return done + recordings_->poll(stream().arbiter());
    }
    void see(uint64_t sequence, Bytes message) {
        recordings_->message(stream().arbiter(), sequence, message);
        lines_.message(*receiver_, sequence, message);
        if (ladder_) ladder_->watch().message(receiver_->image());
    }
    void see_another() {
        lines_.replaced();
        if (ladder_) ladder_->watch().replaced();
    }

    // Whether it heard all that it was to wait for.
    bool follow() {
        const bool patient = options_.once && options_.seconds == 0;
        const auto limit_ns = patient ? patience_ns : static_cast<uint64_t>(options_.seconds * 1e9);
        const marketdata::Arbiter& arbiter = stream().arbiter();
        uint64_t since_ns = monotonic_ns();
        uint64_t known = 0;
        Idle idle(IdlePolicy::sleep, 200);
        while (!stopped()) {
            const uint64_t now_ns = monotonic_ns();
            idle(poll(now_ns));
            if (options_.once && arbiter.caught_up()) return true;
            if (patient && arbiter.next_sequence() != known) {
                known = arbiter.next_sequence();
                since_ns = now_ns;
            }
            if (limit_ns > 0 && now_ns - since_ns >= limit_ns) {
                return !options_.once && !arbiter.session().view().empty();
            }
            if (ladder_ && !ladder_->poll(*receiver_, now_ns)) return true;
        }
        return true;
    }

    std::string heading() const {
        const marketdata::Arbiter& arbiter = stream().arbiter();
        return fmt::format("session {}  next message {}  {}\n", arbiter.session().view(),
                           arbiter.next_sequence(),
                           arbiter.session_over() ? "the session is over"
                           : arbiter.caught_up()  ? "whole"
                                                  : "stale: asking for what is missing");
    }

    std::string summary() const {
        const auto& counters = stream().arbiter().counters();
        return fmt::format(
            "listen: session={} messages={} packets={} trades={} gaps={} requests={} "
            "snapshots={} malformed={} contradictions={}\n",
            stream().arbiter().session().view(), counters.messages, counters.packets,
            receiver_ ? receiver_->image().trade_count() : 0, counters.gaps, counters.requests,
            stream().snapshots().taken, counters.malformed,
            receiver_ ? receiver_->image().contradictions() : 0);
    }

    const ListenOptions& options_;
    const marketdata::Subscription subscription_;
    ListenLines lines_;
    std::optional<ListenLadder> ladder_;
    std::optional<ListenRecordings> recordings_;
    // One of the two.
    std::optional<marketdata::Receiver> receiver_;
    std::optional<CarbonStream> carbon_;
};

void add_options(CLI::App& app, ListenOptions& options) {
    app.add_option("--settings", options.settings_file,
                   "the venue's settings, for its addresses; as delivered if left out");
    app.add_option("--directory", options.directory,
                   "where the venue lives, as its processes were told");
    CLI::Option* channel =
        app.add_option("--channel", options.channel, "which channel, by its number: the first one")
            ->check(CLI::PositiveNumber);
    CLI::Option* carbon =
        app.add_flag("--carbon", options.carbon, "the carbon channel, with --messages or --json");
    channel->excludes(carbon);
    CLI::Option* lines =
        app.add_option("--lines", options.lines,
                       "lines A and B, GROUP:PORT each, instead of the settings': of a replay")
            ->expected(2);
    app.add_option("--rerequest", options.rerequest,
                   "ADDRESS:PORT to ask at for missing messages of --lines; nobody if left out")
        ->needs(lines);
    app.add_option("--interface", options.interface,
                   "address of the interface to listen on: what the settings say if left out");
    CLI::Option* user = app.add_option("--user", options.user,
                                       "join by a snapshot, as this user of the snapshot server");
    CLI::Option* password = app.add_option("--password", options.password, "the user's");
    user->needs(password)->excludes(lines)->excludes(carbon);
    password->needs(user);
    app.add_option("--symbol", options.symbol,
                   "whose ladder to show; the most active counter's if left out");
    app.add_option("--seconds", options.seconds, "stop after so long")
        ->check(CLI::NonNegativeNumber);
    CLI::Option* once =
        app.add_flag("--once", options.once, "print the market once it is whole, and stop");
    CLI::Option* messages =
        app.add_flag("--messages", options.messages, "print every message as a line instead");
    CLI::Option* json = app.add_option("--json", options.json,
                                       "print one JSON object a line: of messages, tops or trades");
    once->excludes(messages)->excludes(json);
    messages->excludes(json);
    app.add_option("--record", options.recordings,
                   "record the messages into FILE.itch (BinaryFILE), or both lines' packets into "
                   "FILE.pcap")
        ->allow_extra_args(false);
}

}  // namespace
}  // namespace carbonx::tools

int main(int argc, char** argv) {
    carbonx::tools::ListenOptions options;
    CLI::App app{"carbonx-listen: the public feed as a live ladder; as text, JSON or recordings"};
    carbonx::tools::add_options(app, options);
    CLI11_PARSE(app, argc, argv);
    carbonx::handle_signals();
    try {
        carbonx::tools::Listener(options).run();
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "carbonx-listen: %s\n", error.what());
        return 1;
    }
}
