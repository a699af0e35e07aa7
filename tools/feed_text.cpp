#include "tools/feed_text.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <vector>

#include "tools/feed_message.h"

namespace carbonx::tools {
namespace {

using marketdata::BookLevel;
using marketdata::BookSide;
using marketdata::CounterImage;
using marketdata::Image;
namespace wire = marketdata::wire;

std::vector<const CounterImage*> by_activity(const Image& image) {
    std::vector<const CounterImage*> counters;
    for (const auto& [locate, counter] : image.counters()) counters.push_back(&counter);
    std::stable_sort(counters.begin(), counters.end(), [](const auto* a, const auto* b) {
        return std::pair(a->trade_count, a->message_count) >
               std::pair(b->trade_count, b->message_count);
    });
    return counters;
}

std::string best(const BookSide& side, bool quantity) {
    if (side.empty()) return "";
    return quantity ? std::to_string(side[0].quantity) : short_price_text(side[0].price);
}

std::string counter_line(const CounterImage& counter) {
    return fmt::format(
        "{:<8} {:<11} {:>9} {:>10} {:>10} {:>9} {:>10} {:>6}\n", counter.symbol,
        state_text(counter), best(counter.sides[0], true), best(counter.sides[0], false),
        best(counter.sides[1], false), best(counter.sides[1], true),
        counter.last_price == 0 ? "" : short_price_text(counter.last_price), counter.trade_count);
}

std::string half_ladder(const BookSide& side, std::size_t depth, bool buys) {
    if (depth >= side.size()) return std::string(buys ? 32 : 0, ' ');
    const BookLevel& level = side[depth];
    const std::string price = short_price_text(level.price);
    return buys ? fmt::format("{:>8} {:>12} {:>10}", level.order_count, level.quantity, price)
                : fmt::format("{:<10} {:<12} {:<8}", price, level.quantity, level.order_count);
}

std::string ladder_text(const CounterImage& counter, std::size_t depth) {
    std::string text =
        fmt::format("\n{:<8}\n{:>8} {:>12} {:>10} | {:<10} {:<12} {}\n", counter.symbol, "orders",
                    "quantity", "bid", "ask", "quantity", "orders");
    const std::size_t levels = std::max(counter.sides[0].size(), counter.sides[1].size());
    for (std::size_t i = 0; i < std::min(depth, levels); ++i) {
        text += half_ladder(counter.sides[0], i, true) + " | " +
                half_ladder(counter.sides[1], i, false);
        text += '\n';
    }
    return text;
}

std::string trades_text(const Image& image, std::size_t count) {
    std::string text = "\nlast trades\n";
    for (const auto& trade : image.trades()) {
        if (count-- == 0) break;
        text += fmt::format("{} {:<8} {} {} @ {}\n", time_text(trade.timestamp, 3),
                            image.counters().at(trade.locate).symbol,
                            trade.maker_side == 'B' ? "sold  " : "bought", trade.quantity,
                            short_price_text(trade.price));
    }
    return text;
}

template <class Message>
std::string body_text(const Message& message) {
    if constexpr (std::is_same_v<Message, wire::SystemEvent>) {
        return std::string(system_event_text(message.code));
    } else if constexpr (std::is_same_v<Message, wire::StockDirectory>) {
        return fmt::format("round lot {}", message.round_lot.value());
    } else if constexpr (std::is_same_v<Message, wire::TradingAction>) {
        return fmt::format("{} {}", static_cast<char>(message.state), message.reason.printable());
    } else if constexpr (std::is_same_v<Message, wire::AddOrder>) {
        return fmt::format("{} {} {} @ {}", message.reference.value(), side_text(message.side),
                           message.quantity.value(), short_price_text(message.price.value()));
    } else if constexpr (std::is_same_v<Message, wire::OrderExecuted>) {
        return fmt::format("{} executed {} in match {}", message.reference.value(),
                           message.quantity.value(), message.match.value());
    } else if constexpr (std::is_same_v<Message, wire::OrderCancel>) {
        return fmt::format("{} less {}", message.reference.value(), message.quantity.value());
    } else if constexpr (std::is_same_v<Message, wire::OrderDelete>) {
        return fmt::format("{} deleted", message.reference.value());
    } else {
        return fmt::format("{} becomes {}: {} @ {}", message.reference.value(),
                           message.new_reference.value(), message.quantity.value(),
                           short_price_text(message.price.value()));
    }
}

}  // namespace

std::string state_text(const CounterImage& counter) {
    switch (counter.state) {
        case wire::TradingState::trading:
            return "trading";
        case wire::TradingState::quotation_only:
            return "pre-open";
        case wire::TradingState::halted:
            return counter.reason == "MKT" ? "halted" : "halted " + counter.reason;
    }
    return "";
}

std::string message_text(std::span<const unsigned char> message, const Image& image) {
    std::string text = "of an unknown type";
    const Reading reading = read_itch(message, [&](const auto& taken) {
        const auto counter =
            image.counters().find(static_cast<uint16_t>(taken.header.locate.value()));
        text = fmt::format("{} {} {}{}", time_text(taken.header.timestamp.value(), 9), taken.type,
                           counter == image.counters().end() ? "" : counter->second.symbol + " ",
                           body_text(taken));
    });
    return reading == Reading::wrong_size ? "of a wrong size" : text;
}

std::string screen_text(const Image& image, const ScreenOptions& options) {
    const auto counters = by_activity(image);
    // Half of the terminal for the counters, a third for the ladder, the rest for the trades.
    const std::size_t rows = std::max<std::size_t>(options.rows, 20) - 8;  // headings
    const std::size_t shown = std::min(counters.size(), rows / 2);
    const std::size_t depth = rows / 3;
    std::string text =
        fmt::format("{:<8} {:<11} {:>9} {:>10} {:>10} {:>9} {:>10} {:>6}\n", "counter", "state",
                    "quantity", "bid", "ask", "quantity", "last", "trades");
    for (std::size_t i = 0; i < shown; ++i) text += counter_line(*counters[i]);
    if (shown < counters.size()) text += fmt::format("({} more)\n", counters.size() - shown);
    const auto chosen = std::find_if(counters.begin(), counters.end(), [&](const auto* counter) {
        return options.symbol.empty() || counter->symbol == options.symbol;
    });
    if (chosen != counters.end()) {
        text += ladder_text(**chosen, depth);
    } else if (!options.symbol.empty()) {
        text += fmt::format("\n{} is not listed\n", options.symbol);
    }
    return text + trades_text(image, rows - shown - depth);
}

}  // namespace carbonx::tools
