// The terminal that the ladder is drawn on, by ncurses.
//
// Threads: one; one object at a time.
// Always: the terminal is as it was when the object is gone, and also when a signal that cannot be
// survived ends the process.
#pragma once

#include <vector>

#include "tools/ladder_screen.h"

namespace carbonx::tools {

class LadderTerminal {
public:
    // Throws std::runtime_error that names the mend where this is no terminal that can be drawn on.
    LadderTerminal();
    ~LadderTerminal();
    LadderTerminal(const LadderTerminal&) = delete;
    LadderTerminal& operator=(const LadderTerminal&) = delete;

    // The next key that was pressed; 0: none was.
    int key();
    // As it is now, or as it was when key() was last asked.
    LadderSize size() const;
    void draw(const std::vector<LadderText>& screen);

private:
    LadderSize drawn_;  // when it was drawn last
};

}  // namespace carbonx::tools
