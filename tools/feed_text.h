// The public feed for people: a message as a line, the market as a screen.
//
// Threads: any; pure.
#pragma once

#include <span>
#include <string>

#include "marketdata/receiver/image.h"

namespace carbonx::tools {

// "09:00:00.000000000 A V415024H 8 buy 300 @ 10.05"; the picture, which has taken the message,
// gives names.
std::string message_text(std::span<const unsigned char> message, const marketdata::Image& image);

struct ScreenOptions {
    std::string symbol;     // whose ladder; empty: of the most active counter
    std::size_t rows = 24;  // of the terminal
};

// Counters by activity, one ladder, the last trades. No line is wider than 80 characters.
std::string screen_text(const marketdata::Image& image, const ScreenOptions& options);

// "trading", "pre-open", "halted T1"
std::string state_text(const marketdata::CounterImage& counter);

}  // namespace carbonx::tools
