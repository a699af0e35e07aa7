#include "tools/feed_json.h"

#include <spdlog/fmt/fmt.h>

#include "tools/feed_message.h"
#include "tools/feed_text.h"

namespace carbonx::tools {
namespace {

using marketdata::BookSide;
using marketdata::CounterImage;
using marketdata::Image;
namespace wire = marketdata::wire;

// How many bytes of the text are one whole character of UTF-8; 0: none is.
std::size_t character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    const std::size_t size = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
    if (size > text.size()) return 0;
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0U) != 0x80) return 0;
    }
    // Overlong forms, halves of UTF-16, and what is beyond its end.
    if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F) ||
        (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F)) {
        return 0;
    }
    return size;
}

std::string quoted(std::string_view text) {
    std::string quoted = "\"";
    while (!text.empty()) {
        const std::size_t size = character(text);
        const auto first = static_cast<unsigned char>(text[0]);
        if (size == 0) {
            quoted += "\\ufffd";
        } else if (first < 0x20 || first == 0x7F) {
            quoted += fmt::format("\\u{:04x}", first);
        } else {
            if (first == '"' || first == '\\') quoted += '\\';
            quoted += text.substr(0, size);
        }
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return quoted + '"';
}

const CounterImage* counter_of(std::span<const unsigned char> message, const Image& image) {
    if (message.size() < sizeof(wire::Header)) return nullptr;
    const auto header = wire::as<wire::Header>(message.data());
    const auto found = image.counters().find(static_cast<uint16_t>(header.locate.value()));
    return found == image.counters().end() ? nullptr : &found->second;
}

std::string_view symbol_of(const CounterImage* counter) {
    return counter == nullptr ? std::string_view() : counter->symbol;
}

void add_best(JsonLine& json, const std::string& name, const BookSide& side) {
    if (side.empty()) {
        json.null(name).number(name + "_quantity", 0).number(name + "_orders", 0);
        return;
    }
    json.price(name, side[0].price)
        .number(name + "_quantity", side[0].quantity)
        .number(name + "_orders", side[0].order_count);
}

// Without what it came with.
std::string top_of(const CounterImage& counter) {
    JsonLine json;
    json.text("state", state_text(counter));
    add_best(json, "bid", counter.sides[0]);
    add_best(json, "ask", counter.sides[1]);
    return json.line().substr(1);
}

std::string join(const JsonLine& head, const std::string& rest) {
    std::string line = head.line();
    line.resize(line.size() - 2);  // "}\n"
    return line + "," + rest;
}

}  // namespace

void JsonLine::name(std::string_view name) {
    if (text_.size() > 1) text_ += ',';
    text_ += quoted(name) + ':';
}

JsonLine begin_json(const MessagePlace& place, std::span<const unsigned char> message,
                    std::string_view symbol) {
    JsonLine json;
    json.text("session", place.session).number("sequence", place.sequence);
    if (message.size() >= sizeof(wire::Header)) {
        const auto header = wire::as<wire::Header>(message.data());
        json.text("time", time_text(header.timestamp.value(), 9));
    } else {
        json.null("time");
    }
    if (!symbol.empty()) json.text("symbol", symbol);
    return json;
}

JsonLine& JsonLine::number(std::string_view name, uint64_t value) {
    this->name(name);
    text_ += std::to_string(value);
    return *this;
}

JsonLine& JsonLine::text(std::string_view name, std::string_view value) {
    this->name(name);
    text_ += quoted(value);
    return *this;
}

JsonLine& JsonLine::price(std::string_view name, uint64_t value) {
    return text(name, marketdata::price_text(value));
}

JsonLine& JsonLine::null(std::string_view name) {
    this->name(name);
    text_ += "null";
    return *this;
}

std::string message_json(const MessagePlace& place, std::span<const unsigned char> message,
                         const Image& image) {
    JsonLine json = begin_json(place, message, symbol_of(counter_of(message, image)));
    json.text("type", type_text(message));
    read_itch(message, [&](const auto& taken) { fields(taken, json); });
    return json.line();
}

std::string trade_json(const MessagePlace& place, std::span<const unsigned char> message,
                       const Image& image) {
    std::string line;
    read_as<wire::OrderExecuted>(message, [&](const wire::OrderExecuted& executed) {
        if (image.trades().empty()) return;
        const marketdata::TradeImage& trade = image.trades().front();
        if (trade.match != executed.match.value()) return;  // it contradicted the picture
        line = begin_json(place, message, symbol_of(counter_of(message, image)))
                   .number("match", trade.match)
                   .text("side", trade.maker_side == 'B' ? "sell" : "buy")
                   .number("quantity", trade.quantity)
                   .price("price", trade.price)
                   .line();
    });
    return line;
}

std::string FeedTops::after(const MessagePlace& place, std::span<const unsigned char> message,
                            const Image& image) {
    const CounterImage* counter = counter_of(message, image);
    if (counter == nullptr) return "";
    const auto locate =
        static_cast<uint16_t>(wire::as<wire::Header>(message.data()).locate.value());
    std::string top = top_of(*counter);
    if (told_[locate] == top) return "";
    told_[locate] = top;
    return join(begin_json(place, message, counter->symbol), top);
}

std::string FeedTops::all(const MessagePlace& place, const Image& image) {
    told_.clear();
    std::string lines;
    for (const auto& [locate, counter] : image.counters()) {
        told_[locate] = top_of(counter);
        lines += join(begin_json(place, {}, counter.symbol), told_[locate]);
    }
    return lines;
}

}  // namespace carbonx::tools
