// A message of the public feed as its own type, and its fields by name: what text and JSON are made
// of.
//
// Threads: any; pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "marketdata/wire.h"

namespace carbonx::tools {

enum class Reading : uint8_t { whole, wrong_size, unknown_type };

// Calls use(message) with the one of these types that it is.
template <class... Messages, class Use>
Reading read_as(std::span<const unsigned char> message, Use&& use) {
    Reading reading = Reading::unknown_type;
    const auto attempt = [&]<class Message>(std::type_identity<Message>) {
        if (message.empty() || static_cast<char>(message[0]) != Message::type) return;
        reading = message.size() == sizeof(Message) ? Reading::whole : Reading::wrong_size;
        if (reading == Reading::whole) use(marketdata::wire::as<Message>(message.data()));
    };
    (attempt(std::type_identity<Messages>{}), ...);
    return reading;
}

template <class Use>
Reading read_itch(std::span<const unsigned char> message, Use&& use) {
    using namespace marketdata::wire;
    return read_as<SystemEvent, StockDirectory, TradingAction, AddOrder, OrderExecuted, OrderCancel,
                   OrderDelete, OrderReplace>(message, use);
}

// "start of messages"
std::string_view system_event_text(marketdata::wire::SystemCode code);

// A price: 100500 as "10.05", with four decimals where there are that many, two at least.
std::string short_price_text(uint64_t price);

// Nanoseconds since midnight as "09:00:00.001", with so many decimals, up to 9.
std::string time_text(uint64_t timestamp, int decimals);

inline std::string_view side_text(char side) { return side == 'B' ? "buy" : "sell"; }

// Calls to.number(name, value), to.text(name, value) and to.price(name, value) for each field
// behind the header, in the order of the wire.
template <class To>
void fields(const marketdata::wire::SystemEvent& message, To& to) {
    to.text("event", system_event_text(message.code));
}
template <class To>
void fields(const marketdata::wire::StockDirectory& message, To& to) {
    to.number("round_lot", message.round_lot.value());
}
template <class To>
void fields(const marketdata::wire::TradingAction& message, To& to) {
    const char state = static_cast<char>(message.state);
    to.text("state", std::string_view(&state, 1));
    to.text("reason", message.reason.view());
}
template <class To>
void fields(const marketdata::wire::AddOrder& message, To& to) {
    to.number("reference", message.reference.value());
    to.text("side", side_text(message.side));
    to.number("quantity", message.quantity.value());
    to.price("price", message.price.value());
}
template <class To>
void fields(const marketdata::wire::OrderExecuted& message, To& to) {
    to.number("reference", message.reference.value());
    to.number("quantity", message.quantity.value());
    to.number("match", message.match.value());
}
template <class To>
void fields(const marketdata::wire::OrderCancel& message, To& to) {
    to.number("reference", message.reference.value());
    to.number("quantity", message.quantity.value());
}
template <class To>
void fields(const marketdata::wire::OrderDelete& message, To& to) {
    to.number("reference", message.reference.value());
}
template <class To>
void fields(const marketdata::wire::OrderReplace& message, To& to) {
    to.number("reference", message.reference.value());
    to.number("new_reference", message.new_reference.value());
    to.number("quantity", message.quantity.value());
    to.price("price", message.price.value());
}

}  // namespace carbonx::tools
