// What the reader of the ladder has chosen, and what keys do to it.
//
// Threads: one. Always: pure; no terminal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tools/ladder_market.h"

namespace carbonx::tools {

// Keys that are no character.
namespace ladder_key {
constexpr int enter = '\n', tab = '\t', escape = 27, backspace = 127;
constexpr int up = 1000, down = 1001, page_up = 1002, page_down = 1003, home = 1004, end = 1005;
constexpr int back_tab = 1006;
}  // namespace ladder_key

enum class LadderPage : uint8_t { market, book, feed };
enum class LadderOrder : uint8_t { activity, symbol };

class LadderView {
public:
    // Begins at this symbol; empty: at the most active one.
    explicit LadderView(std::string symbol = "") : wanted_(std::move(symbol)) {}

    // The market that is shown when the key is pressed.
    void press(int key, const LadderMarket& market);

    // In the order in which they are listed.
    std::vector<const LadderInstrument*> listed(const LadderMarket& market) const;
    // Of what is listed; the first one while nothing was chosen, nothing where there is none.
    std::optional<std::size_t> chosen(const std::vector<const LadderInstrument*>& listed) const;
    // The same instrument by its locate.
    std::optional<uint16_t> chosen_locate(const LadderMarket& market) const;

    LadderPage page = LadderPage::market;
    LadderOrder order = LadderOrder::activity;
    bool frozen = false;
    bool help = false;
    bool quit = false;
    std::optional<std::string> search;  // what was typed so far behind /
    std::string word;                   // about the last key; until the next one

private:
    void type(int key, const LadderMarket& market);
    void find(const std::string& symbol, const LadderMarket& market);
    void move(long steps, const LadderMarket& market);

    std::string wanted_;  // a symbol to be chosen once it is listed
    uint16_t locate_ = 0;
};

}  // namespace carbonx::tools
