// The slow, obvious exchange: orders and matching. See reference.h; the numbers are the rulebook's.
#include "tests/reference.h"

#include "tests/reference_events.h"

namespace carbonx::tests {

namespace {

bool is_day_or_gtc(OrderTerms terms) {
    return terms.time_in_force == TimeInForce::day ||
           terms.time_in_force == TimeInForce::good_till_cancel;
}

int64_t rank(Side side, Price price) {
    return side == Side::buy ? -int64_t{price.value} : int64_t{price.value};
}

int64_t notional(Price price, Quantity quantity) {
    return int64_t{price.value} * int64_t{quantity.value};
}

}  // namespace

// ---- Checks, in the order of the rulebook's table ----

Reject Reference::check_session(const CommandHead& head) {
    const Session* session = find(sessions_, head.session);
    if (session == nullptr || session->listing.source != head.source) {
        return Reject::session_unknown;  // A1
    }
    if (!session->up) return Reject::session_disconnected;  // A2
    return Reject::none;
}

Reject Reference::check_quantity(const Counter& counter, Quantity quantity) const {
    const ListInstrument& instrument = at(instruments_, counter.listing.instrument);
    if (quantity < instrument.round_lot || quantity > instrument.quantity_max ||
        quantity.value % instrument.round_lot.value != 0) {
        return Reject::quantity_invalid;  // O1
    }
    return Reject::none;
}

Reject Reference::check_price(const Counter& counter, Price price) const {
    if (price.value <= 0) return Reject::price_missing;                                // O2
    if (price.value % counter.listing.tick.value != 0) return Reject::price_off_tick;  // O3
    if (price.value < counter.band.low || price.value > counter.band.high) {
        return Reject::price_outside_band;  // O4
    }
    return Reject::none;
}

// What the order needs after, beyond what it has reserved before.
Reject Reference::check_funds(const Order& before, const Order& after) const {
    const Counter& counter = at(counters_, after.counter);
    if (after.terms.side == Side::buy) {
        const Balance balance = cash(after.account, counter.listing.currency);
        const int64_t more = cost(after) - (before.leaves.value > 0 ? cost(before) : 0);
        if (more > balance.total - balance.reserved) return Reject::cash_insufficient;  // L1
    } else {
        const Balance balance = credits(after.account, counter.listing.instrument);
        const int64_t more = int64_t{after.leaves.value} - int64_t{before.leaves.value};
        if (more > balance.total - balance.reserved) return Reject::credits_insufficient;  // L2
    }
    return Reject::none;
}

Reject Reference::check_new(const NewOrder& c, Order& order) {
    const Reject session_reject = check_session(c.head);  // A1, A2
    if (session_reject != Reject::none) return session_reject;
    if (c.client_id.view().empty()) return Reject::client_id_missing;  // C1
    const ParticipantId participant = at(sessions_, c.head.session).listing.participant;
    if (!at(participants_, participant).enabled) return Reject::participant_disabled;  // A4
    const Counter* counter = find(counters_, c.head.counter);
    if (counter == nullptr) return Reject::counter_unknown;  // I1
    const Account* account = find(accounts_, c.account);
    if (account == nullptr || account->listing.participant != participant) {
        return Reject::account_unknown;  // A5
    }

    const bool is_limit = c.terms.type == OrderType::limit;
    const bool is_market = c.terms.type == OrderType::market;
    if (phase_ == Phase::closed || phase_ == Phase::halted) return Reject::phase_forbids;  // P1
    if (phase_ == Phase::pre_open && !(is_limit && is_day_or_gtc(c.terms))) {
        return Reject::phase_forbids;  // P1
    }
    if (counter->halted) return Reject::counter_halted;       // P2
    if (!is_limit && !is_market) return Reject::unsupported;  // G1
    if (c.terms.time_in_force > TimeInForce::fill_or_kill) return Reject::unsupported;
    if (c.terms.post_only && !(is_limit && is_day_or_gtc(c.terms))) {
        return Reject::terms_conflict;  // O6
    }
    if (is_market && c.terms.time_in_force == TimeInForce::good_till_cancel) {
        return Reject::terms_conflict;
    }
    const Reject quantity_reject = check_quantity(*counter, c.quantity);  // O1
    if (quantity_reject != Reject::none) return quantity_reject;

    order.session = c.head.session;
    order.account = c.account;
    order.counter = c.head.counter;
    order.terms = c.terms;
    order.price = is_market ? collar(*counter, c.terms.side) : c.price;
    order.quantity = c.quantity;
    order.leaves = c.quantity;
    order.client_id = c.client_id;
    if (is_market) {
        if (c.price.value != 0) return Reject::price_missing;     // O2
        if (!crosses(order)) return Reject::market_no_liquidity;  // O8
    } else {
        const Reject price_reject = check_price(*counter, c.price);  // O2, O3, O4
        if (price_reject != Reject::none) return price_reject;
    }
    if (notional(order.price, order.quantity) > limits::notional_max) {
        return Reject::notional_too_large;  // O5
    }
    uint32_t open = 0;
    for (const auto& [slot, other] : orders_) open += participant_of(other) == participant;
    if (open >= at(participants_, participant).listing.open_orders_max) {
        return Reject::open_orders_exceeded;  // O10
    }
    if (orders_.size() >= capacities_.orders || !room_for_trades()) {
        return Reject::capacity_exceeded;  // G3
    }
    if (phase_ == Phase::pre_open && crosses(order)) return Reject::would_cross_before_open;  // P4
    if (c.terms.post_only && crosses(order)) return Reject::post_only_would_trade;            // O7
    const Reject funds_reject = check_funds(Order{}, order);  // L1, L2
    if (funds_reject != Reject::none) return funds_reject;
    if (c.terms.time_in_force == TimeInForce::fill_or_kill && !fillable(order)) {
        return Reject::fill_or_kill_unfilled;  // O9
    }
    return Reject::none;
}

Reject Reference::check_replace(const ReplaceOrder& c) {
    const Reject session_reject = check_session(c.head);  // A1, A2
    if (session_reject != Reject::none) return session_reject;
    if (c.client_id.view().empty()) return Reject::client_id_missing;  // C1
    const ParticipantId participant = at(sessions_, c.head.session).listing.participant;
    if (!at(participants_, participant).enabled) return Reject::participant_disabled;  // A4
    const Order* order = find_order(c.head, c.order_id);
    if (order == nullptr) return Reject::order_unknown;  // R1
    const Counter& counter = counter_of(*order);
    if (phase_ == Phase::closed || phase_ == Phase::halted) return Reject::phase_forbids;  // P1
    if (counter.halted) return Reject::counter_halted;                                     // P2
    const Reject quantity_reject = check_quantity(counter, c.quantity);                    // O1
    if (quantity_reject != Reject::none) return quantity_reject;
    const Quantity executed = order->quantity - order->leaves;
    if (c.quantity <= executed) return Reject::quantity_below_executed;  // R2
    const Reject price_reject = check_price(counter, c.price);           // O2, O3, O4
    if (price_reject != Reject::none) return price_reject;
    if (notional(c.price, c.quantity) > limits::notional_max) {
        return Reject::notional_too_large;  // O5
    }
    const bool keeps_priority = c.price == order->price && c.quantity <= order->quantity;
    if (keeps_priority) return Reject::none;
    if (!room_for_trades()) return Reject::capacity_exceeded;  // G3
    Order after = *order;
    after.price = c.price;
    after.quantity = c.quantity;
    after.leaves = c.quantity - executed;
    if (phase_ == Phase::pre_open && crosses(after)) return Reject::would_cross_before_open;  // P4
    if (after.terms.post_only && crosses(after)) return Reject::post_only_would_trade;        // O7
    return check_funds(*order, after);  // L1, L2
}

// The open order that a request may touch (R1).
Reference::Order* Reference::find_order(const CommandHead& head, OrderId id) {
    const auto found = orders_.find(slot_of(id));
    if (found == orders_.end() || found->second.id != id) return nullptr;
    Order& order = found->second;
    if (order.session != head.session) return nullptr;
    if (index(head.counter) != 0 && order.counter != head.counter) return nullptr;
    return &order;
}

// A market order's limit (O8).
Price Reference::collar(const Counter& counter, Side side) const {
    const int64_t last = counter.last.value > 0 ? counter.last.value : counter.reference.value;
    const int64_t tick = counter.listing.tick.value;
    const int64_t width = last * counter.listing.collar_bps / limits::basis_points;
    int64_t price = 0;
    if (side == Side::buy) {
        price = std::min((last + width) / tick * tick, counter.band.high);
    } else {
        price = std::max((last - width + tick - 1) / tick * tick, counter.band.low);
    }
    return Price{static_cast<int32_t>(price)};
}

// Whether the order may trade at this price.
bool Reference::within(const Order& order, Price price) const {
    return order.terms.side == Side::buy ? price <= order.price : price >= order.price;
}

// M5: whoever owns the opposite order.
bool Reference::crosses(const Order& order) {
    const auto others = orders(order.counter, opposite(order.terms.side));
    return !others.empty() && within(order, others.front().price);
}

// O9
bool Reference::fillable(const Order& order) {
    uint64_t offered = 0;
    for (const Order& other : orders(order.counter, opposite(order.terms.side))) {
        if (!within(order, other.price)) break;
        if (owner_group(other) == owner_group(order)) break;
        offered += other.leaves.value;
    }
    return offered >= order.leaves.value;
}

// G3: each order that rests may be traded with, and each trade may take one more run and position.
bool Reference::room_for_trades() const {
    std::size_t runs = 0;
    std::size_t positions = 0;
    for (const Account& account : accounts_) {
        positions += account.runs.size();
        for (const auto& [lot, stack] : account.runs) runs += stack.size();
    }
    return capacities_.ranges - runs > orders_.size() &&
           capacities_.positions - positions > orders_.size();
}

// M3: group 0 is a group of the participant's own.
uint32_t Reference::owner_group(const Order& order) const {
    const ParticipantId id = participant_of(order);
    const uint32_t group = at(participants_, id).listing.group;
    return group != 0 ? group : 1'000'000 + static_cast<uint32_t>(index(id));
}

// L8
int64_t Reference::fee(const Counter& counter, AccountId account, int64_t amount) const {
    const int64_t full = counter.listing.fee_ppm;
    const int64_t discount =
        at(participants_, at(accounts_, account).listing.participant).listing.fee_discount_ppm;
    const int64_t ppm = std::max<int64_t>(0, full - discount);
    const int64_t cents = amount * ppm / 1'000'000 / 100;
    return cents * 100;
}

// What a buy reserves (L1).
int64_t Reference::cost(const Order& order) const {
    const int64_t amount = notional(order.price, order.leaves);
    return amount + fee(at(counters_, order.counter), order.account, amount);
}

// ---- Commands ----

void Reference::new_order(const NewOrder& c) {
    Order order;
    const Reject reason = check_new(c, order);
    if (reason != Reject::none) return reject(reason, c.client_id, OrderId{}, c.account);
    uint32_t slot = 0;
    if (!free_slots_.empty()) {
        slot = free_slots_.back();
        free_slots_.pop_back();
    } else {
        slot = static_cast<uint32_t>(generations_.size());
        generations_.push_back(0);
    }
    order.id = order_id(slot, ++generations_[slot]);
    orders_[slot] = order;

    const bool rests =
        !crosses(order) && order.terms.type == OrderType::limit && is_day_or_gtc(order.terms);
    auto accepted = event_of<Accepted>(order);
    accepted.head.flags = rests ? flag_resting : 0;
    accepted.order_id = order.id;
    accepted.account = order.account;
    accepted.price = order.price;
    accepted.quantity = order.quantity;
    accepted.client_id = order.client_id;
    emit(accepted);
    if (rests) {
        rest(order);
    } else {
        enter(order.id);
    }
}

void Reference::replace_order(const ReplaceOrder& c) {
    const Reject reason = check_replace(c);
    if (reason != Reject::none) return reject(reason, c.client_id, c.order_id);
    Order& order = *find_order(c.head, c.order_id);
    const Quantity executed = order.quantity - order.leaves;
    const bool keeps_priority = c.price == order.price && c.quantity <= order.quantity;
    if (!keeps_priority) unrest(order);
    order.client_id = c.client_id;
    order.price = c.price;
    order.quantity = c.quantity;
    order.leaves = c.quantity - executed;
    const bool rests = !keeps_priority && !crosses(order);

    auto replaced = event_of<Replaced>(order);
    replaced.head.flags = keeps_priority ? flag_priority_kept : rests ? flag_resting : 0;
    replaced.order_id = order.id;
    replaced.price = order.price;
    replaced.quantity = order.quantity;
    replaced.leaves = order.leaves;
    replaced.client_id = order.client_id;
    emit(replaced);
    if (keeps_priority) return;
    if (rests) {
        rest(order);
    } else {
        enter(order.id);
    }
}

void Reference::cancel_order(const CancelOrder& c) {
    Reject reason = check_session(c.head);  // A1, A2
    if (reason == Reject::none && c.client_id.view().empty()) reason = Reject::client_id_missing;
    if (reason == Reject::none && find_order(c.head, c.order_id) == nullptr) {
        reason = Reject::order_unknown;  // R1
    }
    if (reason != Reject::none) return reject(reason, c.client_id, c.order_id);
    cancel(c.order_id, CancelReason::requested, c.client_id);
}

void Reference::mass_cancel(const MassCancel& c) {
    const bool is_operator = c.head.source == Source::operators;
    Reject reason = is_operator ? Reject::none : check_session(c.head);  // A1, A2
    if (reason == Reject::none && !is_operator && c.client_id.view().empty()) {
        reason = Reject::client_id_missing;  // C1
    }
    if (reason == Reject::none && is_operator && index(c.participant) != 0 &&
        find(participants_, c.participant) == nullptr) {
        reason = Reject::participant_unknown;  // A3
    }
    if (reason == Reject::none && index(c.head.counter) != 0 &&
        find(counters_, c.head.counter) == nullptr) {
        reason = Reject::counter_unknown;  // I1
    }
    if (reason != Reject::none) return reject(reason, c.client_id);
    const auto belongs = [&](const Order& order) {
        if (index(c.head.counter) != 0 && order.counter != c.head.counter) return false;
        if (!is_operator) return order.session == c.head.session;
        return index(c.participant) == 0 || participant_of(order) == c.participant;
    };
    auto done = event<MassCancelled>();
    done.count = cancel_all(
        is_operator ? CancelReason::operator_request : CancelReason::mass_cancel, belongs);
    done.participant = c.participant;
    done.client_id = c.client_id;
    emit(done);
}

void Reference::order_status(const OrderStatus& c) {
    const bool is_mass = c.order_id == OrderId{};
    Reject reason = check_session(c.head);  // A1, A2
    if (reason == Reject::none && !is_mass && find_order(c.head, c.order_id) == nullptr) {
        reason = Reject::order_unknown;  // R1
    }
    if (reason != Reject::none) return reject(reason, c.client_id, c.order_id);
    for (const auto& [slot, order] : orders_) {
        if (is_mass ? find_order(c.head, order.id) == nullptr : order.id != c.order_id) continue;
        auto state = event_of<OrderState>(order);
        state.order_id = order.id;
        state.price = order.price;
        state.quantity = order.quantity;
        state.leaves = order.leaves;
        state.client_id = c.client_id;
        emit(state);
    }
    if (!is_mass) return;
    auto end = event<OrderState>();
    end.client_id = c.client_id;
    emit(end);
}

// S8
void Reference::account_query(const AccountQuery& c) {
    const auto refuse_it = [&](Reject reason) { reject(reason, c.client_id, {}, c.account); };
    const Reject reason = check_session(c.head);  // A1, A2
    if (reason != Reject::none) return refuse_it(reason);
    const ParticipantId asking = at(sessions_, c.head.session).listing.participant;
    const Account* named = find(accounts_, c.account);
    if (c.account != AccountId{} && (named == nullptr || named->listing.participant != asking)) {
        return refuse_it(Reject::account_unknown);  // A5
    }
    if (c.instrument != InstrumentId{} && find(instruments_, c.instrument) == nullptr) {
        return refuse_it(Reject::instrument_unknown);  // I2
    }
    const bool is_one = c.content == AccountContent::holding;
    if (!is_one && c.content != AccountContent::holdings && c.content != AccountContent::cash) {
        return refuse_it(Reject::value_out_of_range);  // G4
    }
    if (is_one && (c.account == AccountId{} || c.instrument == InstrumentId{})) {
        return refuse_it(Reject::value_out_of_range);  // G4
    }
    if (c.content == AccountContent::cash && c.instrument != InstrumentId{}) {
        return refuse_it(Reject::value_out_of_range);  // G4
    }
    std::vector<HoldingState> holdings;
    std::vector<CashState> cash_of;
    for (std::size_t i = 1; i <= accounts_.size(); ++i) {
        const auto account = static_cast<AccountId>(i);
        if (at(accounts_, account).listing.participant != asking) continue;
        if (c.account != AccountId{} && c.account != account) continue;
        for (std::size_t j = 1; j <= instruments_.size(); ++j) {
            const auto instrument = static_cast<InstrumentId>(j);
            if (c.instrument != InstrumentId{} && c.instrument != instrument) continue;
            const Balance balance = credits(account, instrument);
            if (balance.total == 0 && !is_one) continue;
            auto row = event<HoldingState>();
            row.account = account;
            row.instrument = instrument;
            row.total = Tonnes(balance.total);
            row.in_orders = Tonnes(balance.reserved);
            holdings.push_back(row);
        }
        for (const Currency currency : {Currency::hkd, Currency::cnh}) {
            const Balance balance = cash(account, currency);
            auto row = event<CashState>();
            row.account = account;
            row.currency = currency;
            row.total = balance.total;
            row.in_orders = balance.reserved;
            cash_of.push_back(row);
        }
    }
    const auto answer = [&](auto& rows) {
        if (rows.size() > 4'096) return refuse_it(Reject::answer_too_long);
        auto begin = event<AccountState>();
        begin.account = c.account;
        begin.instrument = c.instrument;
        begin.content = c.content;
        begin.client_id = c.client_id;
        begin.count = static_cast<uint32_t>(rows.size());
        emit(begin);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            rows[i].remaining = static_cast<uint32_t>(rows.size() - i - 1);
            emit(rows[i]);
        }
    };
    if (c.content != AccountContent::cash) return answer(holdings);
    answer(cash_of);
}

// ---- Matching ----

// An order that does not simply rest: it trades (M1), and what remains rests or is cancelled.
void Reference::enter(OrderId id) {
    Order& order = orders_.at(slot_of(id));
    auto& others = counter_of(order).book[static_cast<int>(opposite(order.terms.side))];
    while (order.leaves.value > 0 && !others.empty()) {
        Order& best = orders_.at(slot_of(others.begin()->second.front()));
        if (!within(order, best.price)) break;
        if (owner_group(best) == owner_group(order)) return cancel(id, CancelReason::self_trade);
        trade(best, order);
    }
    if (order.leaves.value == 0) return close(id);
    if (order.terms.type == OrderType::market || !is_day_or_gtc(order.terms)) {
        return cancel(id, CancelReason::remainder);  // M4
    }
    rest(order);
    auto rested = event_of<Rested>(order);
    rested.head.flags = flag_resting;
    rested.order_id = id;
    rested.price = order.price;
    rested.leaves = order.leaves;
    emit(rested);
}

void Reference::trade(Order& maker, Order& taker) {
    Counter& counter = counter_of(maker);
    const Currency currency = counter.listing.currency;
    const Price price = maker.price;  // M2
    const Quantity quantity = std::min(maker.leaves, taker.leaves);
    const bool taker_buys = taker.terms.side == Side::buy;
    const AccountId buyer = taker_buys ? taker.account : maker.account;
    const AccountId seller = taker_buys ? maker.account : taker.account;
    const int64_t amount = notional(price, quantity);

    auto traded = event_of<Trade>(taker);
    traded.maker = maker.id;
    traded.taker = taker.id;
    traded.price = price;
    traded.quantity = quantity;
    traded.buyer_fee = fee(counter, buyer, amount);
    traded.seller_fee = fee(counter, seller, amount);
    emit(traded);

    const auto pocket = [&](AccountId id) -> int64_t& {
        return accounts_.at(index(id) - 1).cash[static_cast<int>(currency)];
    };
    pocket(buyer) -= amount + traded.buyer_fee;  // L7
    pocket(seller) += amount - traded.seller_fee;
    pocket(AccountId{1}) += traded.buyer_fee + traded.seller_fee;  // L8

    std::vector<SerialRange> moved;
    deliver(seller, buyer, counter.listing.instrument, quantity.value, moved);
    for (std::size_t i = 0; i < moved.size(); i += 2) {
        auto delivery = event_of<Delivery>(taker);
        delivery.from = seller;
        delivery.to = buyer;
        delivery.ranges[0] = moved[i];
        if (i + 1 < moved.size()) delivery.ranges[1] = moved[i + 1];
        emit(delivery);
    }

    counter.last = price;
    maker.leaves -= quantity;
    taker.leaves -= quantity;
    if (maker.leaves.value == 0) {
        unrest(maker);
        close(maker.id);
    }
}

// L6
void Reference::deliver(AccountId from, AccountId to, InstrumentId instrument, uint32_t quantity,
                        std::vector<SerialRange>& moved) {
    while (quantity > 0) {
        LotId oldest{};
        for (const auto& [lot, stack] : accounts_.at(index(from) - 1).runs) {
            if (at(lots_, lot).deposit.instrument != instrument) continue;
            oldest = lot;
            break;
        }
        for (const SerialRange& run : take(from, oldest, quantity)) {
            quantity -= run.count;
            moved.push_back(run);
            auto& stack = accounts_.at(index(to) - 1).runs[run.lot];
            if (!stack.empty() && stack.back().first + stack.back().count == run.first) {
                stack.back().count += run.count;
            } else if (!stack.empty() && run.first + run.count == stack.back().first) {
                stack.back().first = run.first;
                stack.back().count += run.count;
            } else {
                stack.push_back(run);
            }
        }
    }
}

// Up to this many of a lot: of the run received last first, its lowest serials first.
std::vector<SerialRange> Reference::take(AccountId account, LotId lot, uint32_t quantity) {
    auto& runs = accounts_.at(index(account) - 1).runs;
    auto& stack = runs.at(lot);
    std::vector<SerialRange> taken;
    while (quantity > 0 && !stack.empty()) {
        SerialRange& last = stack.back();
        SerialRange run{lot, std::min(quantity, last.count), last.first};
        last.first += run.count;
        last.count -= run.count;
        quantity -= run.count;
        if (last.count == 0) stack.pop_back();
        taken.push_back(run);
    }
    if (stack.empty()) runs.erase(lot);
    return taken;
}

void Reference::rest(const Order& order) {
    const Side side = order.terms.side;
    counter_of(order).book[static_cast<int>(side)][rank(side, order.price)].push_back(order.id);
}

void Reference::unrest(const Order& order) {
    const Side side = order.terms.side;
    auto& book = counter_of(order).book[static_cast<int>(side)];
    const auto level = book.find(rank(side, order.price));
    if (level == book.end()) return;
    level->second.remove(order.id);
    if (level->second.empty()) book.erase(level);
}

void Reference::cancel(OrderId id, CancelReason reason, const ClientId& client_id) {
    const Order order = orders_.at(slot_of(id));
    unrest(order);
    auto cancelled = event_of<Cancelled>(order);
    cancelled.order_id = id;
    cancelled.leaves = order.leaves;
    cancelled.reason = reason;
    cancelled.client_id = client_id;
    emit(cancelled);
    close(id);
}

void Reference::close(OrderId id) {
    orders_.erase(slot_of(id));
    free_slots_.push_back(slot_of(id));
}

}  // namespace carbonx::tests
