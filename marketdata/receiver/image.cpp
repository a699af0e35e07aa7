#include "marketdata/receiver/image.h"

namespace carbonx::marketdata {

template <class Message>
bool Image::take(std::span<const unsigned char> message) {
    if (message.size() != sizeof(Message)) return false;
    const auto taken = wire::as<Message>(message.data());
    if (!apply(taken)) return false;
    if (CounterImage* about = counter(taken.header.locate.value())) ++about->message_count;
    return true;
}

void Image::apply(std::span<const unsigned char> message) {
    bool applied = false;
    switch (message.empty() ? '\0' : static_cast<char>(message[0])) {
        case wire::SystemEvent::type:
            applied = take<wire::SystemEvent>(message);
            break;
        case wire::StockDirectory::type:
            applied = take<wire::StockDirectory>(message);
            break;
        case wire::TradingAction::type:
            applied = take<wire::TradingAction>(message);
            break;
        case wire::AddOrder::type:
            applied = take<wire::AddOrder>(message);
            break;
        case wire::OrderExecuted::type:
            applied = take<wire::OrderExecuted>(message);
            break;
        case wire::OrderCancel::type:
            applied = take<wire::OrderCancel>(message);
            break;
        case wire::OrderDelete::type:
            applied = take<wire::OrderDelete>(message);
            break;
        case wire::OrderReplace::type:
            applied = take<wire::OrderReplace>(message);
            break;
        default:
            ++unknown_count_;  // of a later version: skipped
            return;
    }
    if (!applied) ++contradictions_;
}

bool Image::apply(const wire::SystemEvent& message) {
    system_event_ = static_cast<char>(message.code);
    return true;
}

bool Image::apply(const wire::StockDirectory& message) {
    const auto locate = static_cast<uint16_t>(message.header.locate.value());
    CounterImage& listed = counters_[locate];
    listed.symbol = message.symbol.printable();
    listed.round_lot = static_cast<uint32_t>(message.round_lot.value());
    if (locate >= by_locate_.size()) by_locate_.resize(locate + 1U);
    by_locate_[locate] = &listed;
    return true;
}

bool Image::apply(const wire::TradingAction& message) {
    CounterImage* about = counter(message.header.locate.value());
    if (about == nullptr) return false;
    about->state = message.state;
    about->reason = message.reason.printable();
    return true;
}

bool Image::apply(const wire::AddOrder& message) {
    if (message.side != 'B' && message.side != 'S') return false;
    BookOrder order;
    order.reference = message.reference.value();
    order.quantity = static_cast<uint32_t>(message.quantity.value());
    order.price = static_cast<uint32_t>(message.price.value());
    order.locate = static_cast<uint16_t>(message.header.locate.value());
    order.side = message.side == 'B' ? 0 : 1;
    return add(order);
}

bool Image::apply(const wire::OrderExecuted& message) {
    const BookOrder* found = orders_.find(message.reference.value());
    const auto quantity = static_cast<uint32_t>(message.quantity.value());
    if (found == nullptr) return false;
    const BookOrder order = *found;
    if (!reduce(*found, quantity)) return false;
    CounterImage& about = *counter(order.locate);
    ++about.trade_count;
    about.traded_quantity += quantity;
    about.last_price = order.price;
    ++trade_count_;
    trades_.push_front({order.locate, message.header.timestamp.value(), order.side == 0 ? 'B' : 'S',
                        order.price, quantity, message.match.value()});
    if (trades_.size() > trades_kept) trades_.pop_back();
    return true;
}

bool Image::apply(const wire::OrderCancel& message) {
    const BookOrder* order = orders_.find(message.reference.value());
    return order != nullptr && reduce(*order, static_cast<uint32_t>(message.quantity.value()));
}

bool Image::apply(const wire::OrderDelete& message) {
    const BookOrder* order = orders_.find(message.reference.value());
    return order != nullptr && reduce(*order, order->quantity);
}

bool Image::apply(const wire::OrderReplace& message) {
    const BookOrder* old = orders_.find(message.reference.value());
    if (old == nullptr) return false;
    BookOrder order = *old;
    order.reference = message.new_reference.value();
    order.quantity = static_cast<uint32_t>(message.quantity.value());
    order.price = static_cast<uint32_t>(message.price.value());
    if (order.quantity == 0 || orders_.find(order.reference) != nullptr) return false;
    reduce(*old, old->quantity);
    return add(order);
}

// An order of 0 could never be taken away again.
bool Image::add(const BookOrder& order) {
    CounterImage* about = counter(order.locate);
    if (about == nullptr || order.quantity == 0) return false;
    if (orders_.find(order.reference) != nullptr) return false;
    orders_.add(order, about->sides[order.side]);
    return true;
}

bool Image::reduce(const BookOrder& order, uint32_t quantity) {
    if (quantity > order.quantity) return false;
    orders_.reduce(order, quantity, counter(order.locate)->sides[order.side]);
    return true;
}

std::string price_text(uint64_t price) {
    std::string fraction = std::to_string(price % 10'000);
    fraction.insert(0, 4 - fraction.size(), '0');
    return std::to_string(price / 10'000) + "." + fraction;
}

std::string books_text(const Image& image) {
    std::map<std::string, const CounterImage*> by_symbol;
    for (const auto& [locate, counter] : image.counters()) by_symbol[counter.symbol] = &counter;
    std::string text;
    for (const auto& [symbol, counter] : by_symbol) {
        for (std::size_t side = 0; side < 2; ++side) {
            for (const BookLevel& level : counter->sides[side]) {
                const std::string start =
                    symbol + (side == 0 ? " B " : " S ") + price_text(level.price) + " ";
                const Orders& orders = image.orders();
                for (auto* order = orders.first(level); order; order = orders.behind(*order)) {
                    text += start + std::to_string(order->quantity) + " " +
                            std::to_string(order->reference) + "\n";
                }
            }
        }
    }
    return text;
}

}  // namespace carbonx::marketdata
