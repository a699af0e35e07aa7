#include "tools/ladder_screen.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "tools/feed_message.h"
#include "tools/ladder_feed.h"

namespace carbonx::tools {
namespace {

using marketdata::BookLevel;
using Lines = std::vector<LadderText>;
using Listed = std::vector<const LadderInstrument*>;

// In so many characters: 1234567 -> "1234k" or "1M".
std::string fit(uint64_t value, std::size_t columns) {
    std::string text = std::to_string(value);
    for (const char unit : {'k', 'M', 'G', 'T'}) {
        if (text.size() <= columns) break;
        value /= 1000;
        text = std::to_string(value) + unit;
    }
    return text;
}

std::string price_or_blank(const std::optional<BookLevel>& level) {
    return level ? short_price_text(level->price) : "";
}

std::string change_text(const LadderInstrument& instrument) {
    if (!instrument.last) return "";
    const int64_t change = instrument.change;
    if (change == 0) return "0.00";
    return (change < 0 ? "-" : "+") + short_price_text(static_cast<uint64_t>(std::abs(change)));
}

LadderText listed_line(const LadderInstrument& instrument, bool chosen) {
    const Ink ink = chosen ? Ink::chosen : Ink::plain;
    const std::string change = fmt::format(" {:>9}", change_text(instrument));
    const Ink moved = chosen || instrument.change == 0 ? ink
                      : instrument.change > 0          ? Ink::buy
                                                       : Ink::sell;
    return {{fmt::format("{}{:<8} {:<11} {:>6} {:>9}", chosen ? '>' : ' ', instrument.symbol,
                         instrument.state, fit(instrument.messages_per_second, 6),
                         instrument.last ? short_price_text(*instrument.last) : ""),
             ink},
            {change, moved},
            {fmt::format(" {:>9} {:>9} {:>9}", fit(instrument.volume, 9),
                         price_or_blank(instrument.best[0]), price_or_blank(instrument.best[1])),
             ink}};
}

// A part of the list with the chosen one in it.
Lines list_lines(const Listed& listed, const LadderView& view, std::size_t rows) {
    Lines lines;
    lines.push_back({{fmt::format(" {:<8} {:<11} {:>6} {:>9} {:>9} {:>9} {:>9} {:>9}", "counter",
                                  "state", "msg/s", "last", "change", "volume", "bid", "ask"),
                      Ink::faint}});
    const std::size_t shown = rows - 1;
    const std::size_t at = view.chosen(listed).value_or(0);
    const std::size_t first = at < shown ? 0 : at - shown + 1;
    for (std::size_t i = first; i < std::min(listed.size(), first + shown); ++i) {
        lines.push_back(listed_line(*listed[i], i == at));
    }
    lines.resize(rows);
    return lines;
}

std::string half_book(const std::vector<BookLevel>& side, std::size_t at, bool buys) {
    if (at >= side.size()) return std::string(23, ' ');
    const BookLevel& level = side[at];
    const std::string orders = fit(level.order_count, 4);
    const std::string quantity = fit(level.quantity, 8);
    const std::string price = short_price_text(level.price);
    return buys ? fmt::format("{:>4} {:>8} {:>9}", orders, quantity, price)
                : fmt::format("{:<9} {:<8} {:<4}", price, quantity, orders);
}

// Both sides, as many levels as there are rows behind the heading.
Lines book_lines(const LadderDepth& depth, std::size_t rows) {
    Lines lines;
    lines.push_back({{fmt::format("{:>4} {:>8} {:>9} | {:<9} {:<8} {:<4}", "ords", "quantity",
                                  "bid", "ask", "quantity", "ords"),
                      Ink::faint}});
    for (std::size_t at = 0; at + 1 < rows; ++at) {
        lines.push_back({{half_book(depth.sides[0], at, true), Ink::buy},
                         {" | ", Ink::faint},
                         {half_book(depth.sides[1], at, false), Ink::sell}});
    }
    return lines;
}

// The last trades: of all counters, or of one.
Lines trade_lines(const LadderMarket& market, std::optional<uint16_t> of, std::size_t rows) {
    Lines lines;
    lines.push_back({{of ? "last trades" : "last trades of all", Ink::faint}});
    const auto own = of ? market.trades_of.find(*of) : market.trades_of.end();
    const std::vector<LadderTrade> none;
    for (const LadderTrade& trade : !of                             ? market.trades
                                    : own == market.trades_of.end() ? none
                                                                    : own->second) {
        if (lines.size() == rows) break;
        const auto instrument =
            std::ranges::find(market.instruments, trade.locate, &LadderInstrument::locate);
        const std::string time = time_text(trade.timestamp, 3);
        const std::string symbol = of || instrument == market.instruments.end()
                                       ? fit(trade.quantity, 9)
                                       : instrument->symbol;
        lines.push_back({{fmt::format("{} {:>8} {:>9}", time.substr(0, 8), symbol,
                                      short_price_text(trade.price)),
                          trade.bought ? Ink::buy : Ink::sell}});
    }
    lines.resize(rows);
    return lines;
}

std::string spread_text(const LadderInstrument& instrument) {
    if (!instrument.best[0] || !instrument.best[1]) return "one side is empty";
    const uint64_t bid = instrument.best[0]->price;
    const uint64_t ask = instrument.best[1]->price;
    return bid <= ask ? "spread " + short_price_text(ask - bid)
                      : "crossed by " + short_price_text(bid - ask);
}

// Its book to the left, trades to the right.
Lines instrument_lines(const LadderMarket& market, const Listed& listed, const LadderView& view,
                       std::size_t rows, bool trades_of_all) {
    Lines lines;
    const auto at = view.chosen(listed);
    if (!at) {
        lines.push_back({{" no counter is listed yet", Ink::faint}});
        lines.resize(rows);
        return lines;
    }
    const LadderInstrument& chosen = *listed[*at];
    lines.push_back({{chosen.symbol, Ink::strong},
                     {fmt::format("  {}  {}  trades {}  volume {}", chosen.state,
                                  spread_text(chosen), chosen.trade_count, chosen.volume),
                      Ink::plain}});
    const auto depth = market.depths.find(chosen.locate);
    const Lines book =
        book_lines(depth == market.depths.end() ? LadderDepth{} : depth->second, rows - 1);
    const Lines trades =
        trade_lines(market, trades_of_all ? std::nullopt : std::optional(chosen.locate), rows - 1);
    for (std::size_t i = 0; i + 1 < rows; ++i) {
        LadderText line = book[i];
        line.push_back({" | ", Ink::faint});
        line.insert(line.end(), trades[i].begin(), trades[i].end());
        lines.push_back(line);
    }
    return lines;
}

LadderText title(const LadderMarket& market, const LadderView& view) {
    const LadderFeed& feed = market.feed;
    LadderText line{{"CarbonX ", Ink::strong}, {fmt::format("{:<10} ", feed.session), Ink::plain}};
    constexpr const char* names[] = {"market", "book", "feed"};
    for (std::size_t i = 0; i < std::size(names); ++i) {
        const bool here = view.page == static_cast<LadderPage>(i);
        line.push_back({fmt::format("{}{}{}", here ? '[' : ' ', names[i], here ? ']' : ' '),
                        here ? Ink::strong : Ink::faint});
    }
    line.push_back({" ", Ink::plain});
    if (view.frozen) line.push_back({"FROZEN ", Ink::alarm});
    line.push_back(feed_state(feed));
    return line;
}

LadderText bottom(const LadderView& view) {
    if (view.search) return {{"/" + *view.search + "_", Ink::strong}};
    if (!view.word.empty()) return {{view.word, Ink::strong}};
    return {{view.frozen ? "space: go on  ? keys  q quit"
                         : "j k choose  / search  tab page  o order  space freeze  ? keys  q quit",
             Ink::faint}};
}

Lines help_lines() {
    Lines lines;
    for (const char* line :
         {"", "  j k, down up        choose a counter; page down, page up, home, end as well",
          "  /                   search a symbol: enter takes it, escape does not",
          "  tab                 the next page: market, book, feed",
          "  o                   order by activity, or by symbol",
          "  space               freeze what is shown, or go on; no message is missed",
          "  ?                   these keys", "  q                   quit", "",
          "  msg/s    the feed's messages about a counter, over the last two seconds",
          "  change   from the session's first trade to the last one; volume of all of them:",
          "           behind a snapshot, of those since",
          "  trades   green: bought by the order that came in, red: sold"}) {
        lines.push_back({{line, Ink::plain}});
    }
    return lines;
}

// Cut at the last column; what is no printable ASCII is a question mark.
void clip(LadderText& line, std::size_t columns) {
    std::size_t left = columns;
    for (LadderSpan& span : line) {
        if (span.text.size() > left) span.text.resize(left);
        left -= span.text.size();
        for (char& c : span.text) {
            if (c < ' ' || c > '~') c = '?';
        }
    }
}

}  // namespace

Lines ladder_screen(const LadderMarket& market, const LadderView& view, const LadderSize& size) {
    Lines lines;
    const bool fits = size.rows >= ladder_size_min.rows && size.columns >= ladder_size_min.columns;
    if (!fits) {
        lines.push_back({{fmt::format("{}x{}: at least {}x{}, please", size.columns, size.rows,
                                      ladder_size_min.columns, ladder_size_min.rows),
                          Ink::alarm}});
    } else {
        const std::size_t rows = size.rows - 2;
        const Listed listed = view.listed(market);
        Lines page;
        if (view.help) {
            page = help_lines();
        } else if (view.page == LadderPage::feed) {
            page = feed_lines(market.feed);
        } else if (view.page == LadderPage::book) {
            page = instrument_lines(market, listed, view, rows, false);
        } else {
            page = list_lines(listed, view, rows / 2);
            const Lines below = instrument_lines(market, listed, view, rows - page.size(), true);
            page.insert(page.end(), below.begin(), below.end());
        }
        page.resize(rows);
        lines.push_back(title(market, view));
        lines.insert(lines.end(), page.begin(), page.end());
        lines.push_back(bottom(view));
    }
    lines.resize(size.rows);
    for (LadderText& line : lines) clip(line, size.columns);
    return lines;
}

std::string plain_text(const Lines& screen) {
    std::string text;
    for (const LadderText& line : screen) {
        for (const LadderSpan& span : line) text += span.text;
        text += '\n';
    }
    return text;
}

}  // namespace carbonx::tools
