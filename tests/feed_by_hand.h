// A subscriber's picture, and the messages that made it, one call each; all at 09:00:00.001000002.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "marketdata/receiver/image.h"
#include "tools/feed_text.h"

namespace carbonx::tests {

namespace wire = marketdata::wire;
using Bytes = std::vector<unsigned char>;

struct FeedByHand {
    template <class Message>
    Bytes take(Message message, uint16_t locate = 1) {
        message.header.type = Message::type;
        message.header.locate = locate;
        message.header.timestamp = 32'400'001'000'002;
        const std::span bytes(reinterpret_cast<const unsigned char*>(&message), sizeof message);
        image.apply(bytes);
        return {bytes.begin(), bytes.end()};
    }
    std::string line(const Bytes& message) const { return tools::message_text(message, image); }
    void list(uint16_t locate, std::string_view symbol) {
        wire::StockDirectory directory;
        directory.symbol = wire::Alpha<8>(symbol);
        directory.round_lot = 10;
        take(directory, locate);
        wire::TradingAction action;
        action.state = wire::TradingState::trading;
        action.reason = wire::Alpha<4>("MKT");
        take(action, locate);
    }
    Bytes add(uint64_t reference, char side, uint32_t price, uint32_t quantity,
              uint16_t locate = 1) {
        wire::AddOrder order;
        order.reference = reference;
        order.side = side;
        order.price = price;
        order.quantity = quantity;
        return take(order, locate);
    }
    Bytes execute(uint64_t reference, uint32_t quantity, uint16_t locate = 1) {
        wire::OrderExecuted executed;
        executed.reference = reference;
        executed.quantity = quantity;
        executed.match = 99;
        return take(executed, locate);
    }
    marketdata::Image image;
};

}  // namespace carbonx::tests
