#include "tools/listen_ladder.h"

namespace carbonx::tools {

bool ListenLadder::poll(const marketdata::Receiver& receiver, uint64_t now_ns) {
    if (now_ns - asked_ns_ < keys_ns) return true;
    asked_ns_ = now_ns;
    const bool pressed = read_keys(receiver, now_ns);
    const bool resized = std::exchange(size_, terminal_.size()) != size_;
    if (!pressed && !resized && now_ns - drawn_ns_ < redraw_ns) return !view_.quit;
    if (!view_.frozen) {
        market_ = watch_.market(receiver, view_.chosen_locate(market_), now_ns);
    }
    terminal_.draw(ladder_screen(market_, view_, size_));
    drawn_ns_ = now_ns;
    return !view_.quit;
}

// Whether any was pressed. A market that is frozen has every counter's depth.
bool ListenLadder::read_keys(const marketdata::Receiver& receiver, uint64_t now_ns) {
    bool pressed = false;
    for (int key = terminal_.key(); key != 0; key = terminal_.key()) {
        const bool was_frozen = view_.frozen;
        view_.press(key, market_);
        if (view_.frozen && !was_frozen) market_ = watch_.market(receiver, std::nullopt, now_ns);
        pressed = true;
    }
    return pressed;
}

}  // namespace carbonx::tools
