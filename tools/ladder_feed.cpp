#include "tools/ladder_feed.h"

#include <spdlog/fmt/fmt.h>

namespace carbonx::tools {
namespace {

std::string duration_text(uint64_t ms) {
    if (ms < 1'000) return fmt::format("{} ms", ms);
    if (ms < 100'000) return fmt::format("{}.{} s", ms / 1'000, ms / 100 % 10);
    return fmt::format("{} min", ms / 60'000);
}

std::string ns_text(uint64_t ns) {
    return fmt::format("{}.{} ms", ns / 1'000'000, ns / 100'000 % 10);
}

std::string heard_text(const LadderLine& line) {
    return line.silent_ms ? duration_text(*line.silent_ms) + " ago" : "never";
}

// One figure of both lines.
LadderText line_figure(const char* name, uint64_t a, uint64_t b, bool wrong = false) {
    return {{fmt::format("  {:<20}{:>14}{:>14}", name, a, b),
             wrong && a + b > 0 ? Ink::alarm : Ink::plain}};
}

LadderText figure(const char* name, const std::string& value, Ink ink = Ink::plain) {
    return {{fmt::format("  {:<20}{}", name, value), ink}};
}

std::string snapshots_text(const marketdata::SnapshotStatistics& snapshots) {
    if (snapshots.started == 0) return "none asked for";
    std::string text =
        fmt::format("{} asked for, {} taken, {} not needed, {} failed", snapshots.started,
                    snapshots.taken, snapshots.not_needed, snapshots.failed);
    if (snapshots.taken > 0) text += ", " + ns_text(snapshots.load_ns_last);
    return text;
}

}  // namespace

LadderSpan feed_state(const LadderFeed& feed) {
    if (!feed.stale.empty()) {
        return {fmt::format("{}, for {}", feed.stale, duration_text(feed.stale_ms)), Ink::alarm};
    }
    return {feed.over ? "the session is over" : "whole", Ink::good};
}

std::vector<LadderText> feed_lines(const LadderFeed& feed) {
    const marketdata::ArbiterCounters& counters = feed.counters;
    std::vector<LadderText> lines;
    lines.push_back(figure("session", feed.session.empty() ? "none was heard" : feed.session));
    lines.push_back(figure("next message", std::to_string(feed.next_sequence)));
    const LadderSpan state = feed_state(feed);
    lines.push_back(figure("state", state.text, state.ink));
    lines.push_back(figure(
        "missing", fmt::format("{} messages; {} packets held", feed.missing, feed.packets_held)));
    lines.push_back({});
    const LadderLine& a = feed.lines[0];
    const LadderLine& b = feed.lines[1];
    lines.push_back({{fmt::format("  {:<20}{:>14}{:>14}", "", "line A", "line B"), Ink::faint}});
    lines.push_back(
        {{fmt::format("  {:<20}{:>14}{:>14}", "heard", heard_text(a), heard_text(b)), Ink::plain}});
    lines.push_back(line_figure("packets", a.packets, b.packets));
    lines.push_back(line_figure("messages first here", a.first, b.first));
    lines.push_back(line_figure("messages lost, late", a.lost, b.lost, true));
    lines.push_back(line_figure("gaps", a.gaps, b.gaps, true));
    lines.push_back({});
    lines.push_back(figure("gaps of both",
                           fmt::format("{}, {} closed; the last in {}, {} at most", counters.gaps,
                                       counters.gaps_closed, ns_text(counters.recovery_ns_last),
                                       ns_text(counters.recovery_ns_max))));
    lines.push_back(figure("re-requests", std::to_string(counters.requests)));
    lines.push_back(figure("snapshots", snapshots_text(feed.snapshots)));
    if (!feed.snapshots.last_failure.empty()) {
        lines.push_back(figure("", feed.snapshots.last_failure, Ink::alarm));
    }
    lines.push_back(figure("messages", fmt::format("{} by packets, {} by snapshots",
                                                   counters.messages, counters.skipped)));
    lines.push_back(
        figure("packets dropped",
               fmt::format("{} malformed, {} of another session, {} without room",
                           counters.malformed, counters.other_session, counters.given_up)));
    lines.push_back(figure("contradictions", std::to_string(feed.contradictions),
                           feed.contradictions > 0 ? Ink::alarm : Ink::plain));
    if (!feed.warning.empty()) lines.push_back(figure("warning", feed.warning, Ink::alarm));
    return lines;
}

}  // namespace carbonx::tools
