// The ladder's words about the feed itself: how it stands, its lines, gaps and recovery.
//
// Threads: any; pure.
#pragma once

#include "tools/ladder_screen.h"

namespace carbonx::tools {

// For the title: whole, or why not and since when.
LadderSpan feed_state(const LadderFeed& feed);

// A page.
std::vector<LadderText> feed_lines(const LadderFeed& feed);

}  // namespace carbonx::tools
