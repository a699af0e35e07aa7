#include "marketdata/receiver/image.h"

namespace carbonx::marketdata {

uint64_t BookLevel::quantity() const {
    uint64_t sum = 0;
    for (const BookOrder& order : orders) sum += order.quantity;
    return sum;
}

void Image::clear() { *this = Image(); }

template <class Message>
bool Image::take(std::span<const unsigned char> message) {
    if (message.size() != sizeof(Message)) return false;
    const auto taken = wire::as<Message>(message.data());
    if (!apply(taken)) return false;
    const auto counter = counters_.find(static_cast<uint16_t>(taken.header.locate.value()));
    if (counter != counters_.end()) ++counter->second.message_count;
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
            return;  // of a later version: skipped
    }
    if (!applied) ++contradictions_;
}

bool Image::apply(const wire::SystemEvent& message) {
    system_event_ = static_cast<char>(message.code);
    return true;
}

bool Image::apply(const wire::StockDirectory& message) {
    CounterImage& counter = counters_[static_cast<uint16_t>(message.header.locate.value())];
    counter.symbol = message.symbol.view();
    counter.round_lot = static_cast<uint32_t>(message.round_lot.value());
    return true;
}

bool Image::apply(const wire::TradingAction& message) {
    const auto counter = counters_.find(static_cast<uint16_t>(message.header.locate.value()));
    if (counter == counters_.end()) return false;
    counter->second.state = message.state;
    counter->second.reason = message.reason.view();
    return true;
}

bool Image::apply(const wire::AddOrder& message) {
    if (message.side != 'B' && message.side != 'S') return false;
    return add(message.reference.value(), static_cast<uint16_t>(message.header.locate.value()),
               message.side == 'B' ? 0 : 1, static_cast<uint32_t>(message.price.value()),
               static_cast<uint32_t>(message.quantity.value()));
}

bool Image::apply(const wire::OrderExecuted& message) {
    const auto place = places_.find(message.reference.value());
    if (place == places_.end()) return false;
    const auto quantity = static_cast<uint32_t>(message.quantity.value());
    const auto [locate, side, level, order] = place->second;
    const auto price = static_cast<uint32_t>(price_of(level->first));
    if (!reduce(place, quantity)) return false;
    CounterImage& counter = counters_.at(locate);
    ++counter.trade_count;
    counter.traded_quantity += quantity;
    counter.last_price = price;
    ++trade_count_;
    trades_.push_front({locate, message.header.timestamp.value(), side == 0 ? 'B' : 'S', price,
                        quantity, message.match.value()});
    if (trades_.size() > trades_kept) trades_.pop_back();
    return true;
}

bool Image::apply(const wire::OrderCancel& message) {
    const auto place = places_.find(message.reference.value());
    return place != places_.end() && reduce(place, static_cast<uint32_t>(message.quantity.value()));
}

bool Image::apply(const wire::OrderDelete& message) {
    const auto place = places_.find(message.reference.value());
    if (place == places_.end()) return false;
    remove(place);
    return true;
}

bool Image::apply(const wire::OrderReplace& message) {
    const auto place = places_.find(message.reference.value());
    if (place == places_.end()) return false;
    const auto [locate, side, level, order] = place->second;
    remove(place);
    return add(message.new_reference.value(), locate, side,
               static_cast<uint32_t>(message.price.value()),
               static_cast<uint32_t>(message.quantity.value()));
}

bool Image::add(uint64_t reference, uint16_t locate, std::size_t side, uint32_t price,
                uint32_t quantity) {
    const auto counter = counters_.find(locate);
    if (counter == counters_.end() || places_.contains(reference)) return false;
    const int64_t key = side == 0 ? -int64_t{price} : int64_t{price};
    const auto level = counter->second.sides[side].try_emplace(key).first;
    const auto order =
        level->second.orders.insert(level->second.orders.end(), {reference, quantity});
    places_[reference] = {locate, side, level, order};
    return true;
}

bool Image::reduce(Places::iterator place, uint32_t quantity) {
    BookOrder& order = *place->second.order;
    if (quantity > order.quantity) return false;
    order.quantity -= quantity;
    if (order.quantity == 0) remove(place);
    return true;
}

void Image::remove(Places::iterator place) {
    const auto [locate, side, level, order] = place->second;
    level->second.orders.erase(order);
    if (level->second.orders.empty()) counters_.at(locate).sides[side].erase(level);
    places_.erase(place);
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
            for (const auto& [key, level] : counter->sides[side]) {
                for (const BookOrder& order : level.orders) {
                    text += symbol + (side == 0 ? " B " : " S ") +
                            price_text(static_cast<uint64_t>(price_of(key))) + " " +
                            std::to_string(order.quantity) + " " + std::to_string(order.reference) +
                            "\n";
                }
            }
        }
    }
    return text;
}

}  // namespace carbonx::marketdata
