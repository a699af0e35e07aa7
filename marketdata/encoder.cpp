#include "marketdata/encoder.h"

#include <algorithm>
#include <string>

#include "engine/api/check.h"

namespace carbonx::marketdata {
namespace {

constexpr uint64_t day_ns = 86'400'000'000'000;
constexpr wire::Alpha<4> market_reason{"MKT"};  // the state is the market's, not the counter's own

uint64_t offset_ns(int32_t minutes) {
    constexpr int32_t day_minutes = 1440;
    const int32_t positive = (minutes % day_minutes + day_minutes) % day_minutes;
    return static_cast<uint64_t>(positive) * 60'000'000'000;
}

}  // namespace

Encoder::Encoder(int32_t utc_offset_minutes)
    : utc_offset_ns_(offset_ns(utc_offset_minutes)), counters_(1) {}

const Encoded& Encoder::encode(const EventHead& event, uint64_t sequence) {
    encoded_.session_begins = false;
    encoded_.session_ends = false;
    encoded_.blocks.clear();
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
            if (phase_ != Phase::closed) encode_order(event, sequence);
            break;
    }
    return encoded_;
}

void Encoder::encode_order(const EventHead& event, uint64_t sequence) {
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

void Encoder::configure(const Configured& event) {
    round_lots_.resize(event.capacities.instruments + 1);
    counters_.reserve(event.capacities.counters + 1);
    orders_.resize(event.capacities.orders);
}

void Encoder::list(const InstrumentListed& event) {
    CARBONX_CHECK(index(event.id) < round_lots_.size());
    round_lots_[index(event.id)] = event.listing.round_lot;
}

void Encoder::list(const CounterListed& event) {
    CARBONX_CHECK(index(event.head.counter) == counters_.size());
    CARBONX_CHECK(index(event.listing.instrument) < round_lots_.size());
    CounterState made;
    made.symbol = event.listing.symbol.view();
    made.round_lot = round_lots_[index(event.listing.instrument)];
    counters_.push_back(made);
    if (phase_ == Phase::closed) return;
    add_directory(event.head, event.head.counter);
    add_state(event.head, event.head.counter);
}

void Encoder::change_phase(const PhaseChanged& event) {
    phase_ = event.phase;
    switch (event.phase) {
        case Phase::pre_open:
            begin_session(event);
            break;
        case Phase::continuous:
            if (!market_hours_) {
                add_system_event(event.head, wire::SystemCode::start_of_market_hours);
                market_hours_ = true;
            }
            add_market_states(event.head);
            break;
        case Phase::halted:
            add_market_states(event.head);
            break;
        case Phase::closed:
            end_session(event);
            break;
    }
}

void Encoder::begin_session(const PhaseChanged& event) {
    std::string name = std::to_string(event.trading_day);
    name.insert(0, 8 - std::min<std::size_t>(8, name.size()), '0');
    session_ = wire::SessionName(name + "01");
    market_hours_ = false;
    std::fill(orders_.begin(), orders_.end(), Standing{});
    encoded_.session_begins = true;
    add_system_event(event.head, wire::SystemCode::start_of_messages);
    add_system_event(event.head, wire::SystemCode::start_of_system_hours);
    for (std::size_t i = 1; i < counters_.size(); ++i) {
        add_directory(event.head, static_cast<CounterId>(i));
        add_state(event.head, static_cast<CounterId>(i));
    }
}

void Encoder::end_session(const PhaseChanged& event) {
    if (market_hours_) add_system_event(event.head, wire::SystemCode::end_of_market_hours);
    add_system_event(event.head, wire::SystemCode::end_of_system_hours);
    add_system_event(event.head, wire::SystemCode::end_of_messages);
    encoded_.session_ends = true;
}

void Encoder::change_state(const EventHead& head, bool halted, wire::Alpha<4> reason) {
    CounterState& changed = counter(head.counter);
    changed.halted = halted;
    changed.reason = reason;
    if (phase_ != Phase::closed) add_state(head, head.counter);
}

void Encoder::stand(const EventHead& head, OrderId id, uint64_t sequence, Quantity quantity,
                    Price price) {
    standing(id) = {sequence, quantity};
    wire::AddOrder message;
    message.reference = sequence;
    message.side = head.terms.side == Side::buy ? 'B' : 'S';
    message.quantity = quantity.value;
    message.symbol = counter(head.counter).symbol;
    message.price = static_cast<uint64_t>(price.value);
    add(head, head.counter, message);
}

// What the taker brought never stood in the book, so the maker's side alone is told.
void Encoder::execute(const Trade& event, uint64_t sequence) {
    Standing& maker = standing(event.maker);
    CARBONX_CHECK(maker.reference != 0);
    CARBONX_CHECK(maker.leaves >= event.quantity);
    wire::OrderExecuted message;
    message.reference = maker.reference;
    message.quantity = event.quantity.value;
    message.match = sequence;
    add(event.head, event.head.counter, message);
    maker.leaves -= event.quantity;
    if (maker.leaves.value == 0) maker = {};
}

void Encoder::remove(const EventHead& head, OrderId id) {
    Standing& order = standing(id);
    if (order.reference == 0) return;
    wire::OrderDelete message;
    message.reference = order.reference;
    add(head, head.counter, message);
    order = {};
}

void Encoder::replace(const Replaced& event, uint64_t sequence) {
    Standing& order = standing(event.order_id);
    CARBONX_CHECK(order.reference != 0);
    if ((event.head.flags & flag_priority_kept) != 0) {
        CARBONX_CHECK(event.leaves <= order.leaves);
        if (event.leaves == order.leaves) return;
        wire::OrderCancel message;
        message.reference = order.reference;
        message.quantity = (order.leaves - event.leaves).value;
        add(event.head, event.head.counter, message);
        order.leaves = event.leaves;
    } else if ((event.head.flags & flag_resting) != 0) {
        wire::OrderReplace message;
        message.reference = order.reference;
        message.new_reference = sequence;
        message.quantity = event.leaves.value;
        message.price = static_cast<uint64_t>(event.price.value);
        add(event.head, event.head.counter, message);
        order = {sequence, event.leaves};
    } else {
        remove(event.head, event.order_id);
    }
}

void Encoder::add_system_event(const EventHead& head, wire::SystemCode code) {
    wire::SystemEvent message;
    message.code = code;
    add(head, CounterId{}, message);
}

void Encoder::add_directory(const EventHead& head, CounterId id) {
    wire::StockDirectory message;
    message.symbol = counter(id).symbol;
    message.round_lot = counter(id).round_lot.value;
    add(head, id, message);
}

void Encoder::add_state(const EventHead& head, CounterId id) {
    const CounterState& state = counter(id);
    wire::TradingAction message;
    message.symbol = state.symbol;
    message.reason = state.halted ? state.reason : market_reason;
    if (state.halted || phase_ == Phase::halted) {
        message.state = wire::TradingState::halted;
    } else {
        message.state = phase_ == Phase::continuous ? wire::TradingState::trading
                                                    : wire::TradingState::quotation_only;
    }
    add(head, id, message);
}

// A counter that is halted on its own stays so through every phase of the market.
void Encoder::add_market_states(const EventHead& head) {
    for (std::size_t i = 1; i < counters_.size(); ++i) {
        if (!counters_[i].halted) add_state(head, static_cast<CounterId>(i));
    }
}

template <class Message>
void Encoder::add(const EventHead& head, CounterId locate, Message message) {
    message.header.type = Message::type;
    message.header.locate = index(locate);
    message.header.timestamp = (head.time_ns + utc_offset_ns_) % day_ns;
    const wire::BlockHeader block{sizeof message};
    auto& bytes = encoded_.blocks;
    const std::size_t at = bytes.size();
    bytes.resize(at + sizeof block + sizeof message);
    std::memcpy(bytes.data() + at, &block, sizeof block);
    std::memcpy(bytes.data() + at + sizeof block, &message, sizeof message);
}

Encoder::CounterState& Encoder::counter(CounterId id) {
    CARBONX_CHECK(index(id) >= 1 && index(id) < counters_.size());
    return counters_[index(id)];
}

Encoder::Standing& Encoder::standing(OrderId id) {
    CARBONX_CHECK(slot_of(id) < orders_.size());
    return orders_[slot_of(id)];
}

}  // namespace carbonx::marketdata
