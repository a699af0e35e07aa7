// A progress bar on a terminal: see replay_progress.h.
#include "tools/replay_progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "engine/api/process.h"
#include "tools/figures.h"

namespace carbonx::tools {
namespace {

constexpr uint64_t draw_every_ns = 100'000'000;
constexpr int bar_width = 30;

}  // namespace

ReplayProgress::ReplayProgress(uint64_t total_slots)
    : shows_(::isatty(STDERR_FILENO) != 0), total_slots_(total_slots), begin_ns_(monotonic_ns()) {}

void ReplayProgress::show(uint64_t commands, uint64_t event_slots) {
    if (!shows_) return;
    const uint64_t now_ns = monotonic_ns();
    if (now_ns - shown_ns_ < draw_every_ns) return;
    shown_ns_ = now_ns;
    drawn_ = true;
    const double seconds = static_cast<double>(now_ns - begin_ns_) / 1e9;
    const double rate = static_cast<double>(commands) / std::max(seconds, 1e-3);
    std::string line = "\r\033[Kreplay: ";
    if (total_slots_ > 0) {
        const double done =
            std::min(static_cast<double>(event_slots) / static_cast<double>(total_slots_), 1.0);
        const auto full = static_cast<std::size_t>(done * bar_width);
        char percent[16];
        std::snprintf(percent, sizeof percent, "%3.0f %%", done * 100);
        line += "[" + std::string(full, '#') + std::string(bar_width - full, '.') + "] " + percent;
        if (done > 0.01) line += ", " + duration_figure(seconds * (1 - done) / done) + " left";
        line += ", ";
    }
    line += count_figure(commands) + " commands, " + count_figure(static_cast<uint64_t>(rate)) +
            " a second";
    std::fputs(line.c_str(), stderr);
}

void ReplayProgress::clear() {
    if (!drawn_) return;
    drawn_ = false;
    std::fputs("\r\033[K", stderr);
}

}  // namespace carbonx::tools
