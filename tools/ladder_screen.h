// The ladder as a terminal shows it: lines of text with inks, of a market and a view.
//
// Threads: any; pure.
// Always: as many lines as there are rows, none wider than the columns, ASCII alone.
#pragma once

#include <string>
#include <vector>

#include "tools/ladder_view.h"

namespace carbonx::tools {

enum class Ink : uint8_t { plain, strong, faint, chosen, buy, sell, good, alarm };

struct LadderSpan {
    std::string text;
    Ink ink = Ink::plain;
};
using LadderText = std::vector<LadderSpan>;  // of one line

struct LadderSize {
    std::size_t rows = 24;
    std::size_t columns = 80;

    bool operator==(const LadderSize&) const = default;
};
constexpr LadderSize ladder_size_min;

std::vector<LadderText> ladder_screen(const LadderMarket& market, const LadderView& view,
                                      const LadderSize& size);

// Without the inks: lines, each with its end.
std::string plain_text(const std::vector<LadderText>& screen);

}  // namespace carbonx::tools
