#include "marketdata/itch_encoder.h"

#include <algorithm>
#include <utility>

#include "engine/api/check.h"
#include "marketdata/channels.h"

namespace carbonx::marketdata {
namespace {

constexpr wire::Alpha<4> market_reason{"MKT"};  // the state is the market's, not the counter's own

}  // namespace

ItchEncoder::ItchEncoder(int32_t utc_offset_minutes, const std::vector<ChannelSettings>& channels,
                         uint32_t number)
    : Encoder(utc_offset_minutes, channel_suffix(number)),
      channels_(channels),
      number_(number),
      counters_(1) {}

const Encoded& ItchEncoder::encode(const EventHead& event, uint64_t sequence) {
    encoded_.clear();
    time_ns_ = event.time_ns;
    switch (event.type) {
        case EventType::configured:
            configure(as_event<Configured>(event));
            break;
        case EventType::instrument_listed:
            list(as_event<InstrumentListed>(event));
            break;
        case EventType::counter_listed:
            list(as_event<CounterListed>(event));
            break;
        case EventType::phase_changed:
            change_phase(as_event<PhaseChanged>(event));
            break;
        case EventType::counter_halted:
            change_state(event, true, as_event<CounterHalted>(event).reason.view());
            break;
        case EventType::counter_resumed:
            change_state(event, false, {});
            break;
        default:
            // Between two sessions no book is shown; the next one begins with every order restated.
            if (phase_ != Phase::closed && counter(event.counter).included) {
                encode_order(event, sequence);
            }
            break;
    }
    return encoded_;
}

void ItchEncoder::encode_order(const EventHead& event, uint64_t sequence) {
    switch (event.type) {
        case EventType::accepted: {
            const auto& accepted = as_event<Accepted>(event);
            if ((event.flags & flag_resting) == 0)
                break;  // it enters with what its trades leave of it
            stand(event, accepted.order_id, sequence, accepted.quantity, accepted.price);
            break;
        }
        case EventType::restated: {
            const auto& restated = as_event<Restated>(event);
            stand(event, restated.order_id, sequence, restated.leaves, restated.price);
            break;
        }
        case EventType::rested: {
            const auto& rested = as_event<Rested>(event);
            stand(event, rested.order_id, sequence, rested.leaves, rested.price);
            break;
        }
        case EventType::trade:
            execute(as_event<Trade>(event), sequence);
            break;
        case EventType::cancelled:
            remove(event, as_event<Cancelled>(event).order_id);
            break;
        case EventType::replaced:
            replace(as_event<Replaced>(event), sequence);
            break;
        default:
            break;  // not the market's business
    }
}

void ItchEncoder::configure(const Configured& event) {
    instruments_.resize(event.capacities.instruments + 1);
    counters_.reserve(event.capacities.counters + 1);
    orders_.resize(event.capacities.orders);
}

void ItchEncoder::list(const InstrumentListed& event) {
    CARBONX_CHECK(index(event.id) < instruments_.size());
    const uint32_t channel = channel_of(event.listing.name.view(), channels_);
    instruments_[index(event.id)] = {event.listing.round_lot, channel == number_};
}

void ItchEncoder::list(const CounterListed& event) {
    CARBONX_CHECK(index(event.head.counter) == counters_.size());
    CARBONX_CHECK(index(event.listing.instrument) < instruments_.size());
    const InstrumentState& instrument = instruments_[index(event.listing.instrument)];
    CounterState made;
    made.symbol = event.listing.symbol.view();
    made.round_lot = instrument.round_lot;
    made.included = instrument.included;
    counters_.push_back(made);
    if (phase_ == Phase::closed || !made.included) return;
    add_directory(encoded_.blocks, time_ns_, event.head.counter);
    tell_state(event.head.counter);
}

void ItchEncoder::change_phase(const PhaseChanged& event) {
    phase_ = event.phase;
    switch (event.phase) {
        case Phase::pre_open:
            begin_session(event);
            break;
        case Phase::continuous:
            open_market(event);
            tell_market_states();
            break;
        case Phase::halted:
            tell_market_states();
            break;
        case Phase::closed:
            end_day(event);
            break;
    }
}

void ItchEncoder::begin_session(const PhaseChanged& event) {
    std::fill(orders_.begin(), orders_.end(), Standing{});
    begin_day(event);
    for (std::size_t i = 1; i < counters_.size(); ++i) {
        if (!counters_[i].included) continue;
        add_directory(encoded_.blocks, time_ns_, static_cast<CounterId>(i));
        tell_state(static_cast<CounterId>(i));
    }
}

void ItchEncoder::change_state(const EventHead& head, bool halted, wire::Alpha<4> reason) {
    CounterState& changed = counter(head.counter);
    changed.halted = halted;
    changed.reason = reason;
    if (phase_ != Phase::closed && changed.included) tell_state(head.counter);
}

void ItchEncoder::stand(const EventHead& head, OrderId id, uint64_t sequence, Quantity quantity,
                        Price price) {
    Standing& order = standing(id);
    order = {sequence, quantity, static_cast<uint32_t>(price.value), head.counter, head.terms.side};
    add_order(encoded_.blocks, head.time_ns, order);
}

// What the taker brought never stood in the book, so the maker's side alone is told.
void ItchEncoder::execute(const Trade& event, uint64_t sequence) {
    Standing& maker = standing(event.maker);
    CARBONX_CHECK(maker.reference != 0);
    CARBONX_CHECK(maker.leaves >= event.quantity);
    wire::OrderExecuted message;
    message.reference = maker.reference;
    message.quantity = event.quantity.value;
    message.match = sequence;
    send(event.head, message);
    maker.leaves -= event.quantity;
    if (maker.leaves.value == 0) maker = {};
}

void ItchEncoder::remove(const EventHead& head, OrderId id) {
    Standing& order = standing(id);
    if (order.reference == 0) return;
    wire::OrderDelete message;
    message.reference = order.reference;
    send(head, message);
    order = {};
}

void ItchEncoder::replace(const Replaced& event, uint64_t sequence) {
    Standing& order = standing(event.order_id);
    CARBONX_CHECK(order.reference != 0);
    if ((event.head.flags & flag_priority_kept) != 0) {
        CARBONX_CHECK(event.leaves <= order.leaves);
        if (event.leaves == order.leaves) return;
        wire::OrderCancel message;
        message.reference = order.reference;
        message.quantity = (order.leaves - event.leaves).value;
        send(event.head, message);
        order.leaves = event.leaves;
    } else if ((event.head.flags & flag_resting) != 0) {
        wire::OrderReplace message;
        message.reference = order.reference;
        message.new_reference = sequence;
        message.quantity = event.leaves.value;
        message.price = static_cast<uint64_t>(event.price.value);
        send(event.head, message);
        order.reference = sequence;
        order.leaves = event.leaves;
        order.price = static_cast<uint32_t>(event.price.value);
    } else {
        remove(event.head, event.order_id);
    }
}

void ItchEncoder::add_directory(Blocks& blocks, uint64_t time_ns, CounterId id) const {
    const CounterState& listed = counters_[index(id)];
    wire::StockDirectory message;
    message.symbol = listed.symbol;
    message.round_lot = listed.round_lot.value;
    add(blocks, time_ns, id, message);
}

void ItchEncoder::tell_state(CounterId id) {
    CounterState& state = counters_[index(id)];
    wire::TradingAction message;
    message.symbol = state.symbol;
    message.reason = state.halted ? state.reason : market_reason;
    message.state = trading_state(phase_, state.halted);
    state.told = message;
    add(encoded_.blocks, time_ns_, id, message);
}

void ItchEncoder::add_order(Blocks& blocks, uint64_t time_ns, const Standing& order) const {
    wire::AddOrder message;
    message.reference = order.reference;
    message.side = order.side == Side::buy ? 'B' : 'S';
    message.quantity = order.leaves.value;
    message.symbol = counters_[index(order.counter)].symbol;
    message.price = order.price;
    add(blocks, time_ns, order.counter, message);
}

// A counter that is halted on its own stays so through every phase of the market.
void ItchEncoder::tell_market_states() {
    for (std::size_t i = 1; i < counters_.size(); ++i) {
        if (!counters_[i].included || counters_[i].halted) continue;
        tell_state(static_cast<CounterId>(i));
    }
}

void ItchEncoder::snapshot(Blocks& blocks) const {
    add_system_events(blocks);
    for (std::size_t i = 1; i < counters_.size(); ++i) {
        if (counters_[i].told) add_directory(blocks, time_ns_, static_cast<CounterId>(i));
    }
    for (std::size_t i = 1; i < counters_.size(); ++i) {
        if (const auto& told = counters_[i].told) {
            add(blocks, time_ns_, static_cast<CounterId>(i), *told);
        }
    }
    // By values that lie side by side: recovery answers nobody while it sorts.
    struct Place {
        uint64_t level;  // counter, side and price, the best one first
        uint64_t reference;
        const Standing* order;
    };
    std::vector<Place> places;
    for (const Standing& order : orders_) {
        if (order.reference == 0) continue;
        const bool buys = order.side == Side::buy;
        const uint64_t price = buys ? UINT32_MAX - order.price : order.price;
        const uint64_t side = buys ? 0 : 1;
        places.push_back(
            {uint64_t{index(order.counter)} << 33 | side << 32 | price, order.reference, &order});
    }
    std::ranges::sort(places, {},
                      [](const Place& place) { return std::pair(place.level, place.reference); });
    for (const Place& place : places) add_order(blocks, time_ns_, *place.order);
}

template <class Message>
void ItchEncoder::send(const EventHead& head, Message message) {
    add(encoded_.blocks, head.time_ns, head.counter, message);
}

ItchEncoder::CounterState& ItchEncoder::counter(CounterId id) {
    CARBONX_CHECK(index(id) < counters_.size());
    return counters_[index(id)];
}

ItchEncoder::Standing& ItchEncoder::standing(OrderId id) {
    CARBONX_CHECK(slot_of(id) < orders_.size());
    return orders_[slot_of(id)];
}

}  // namespace carbonx::marketdata
