// Orders: the checks in the rulebook's order, then matching and settlement.

#include <algorithm>
#include <string>

#include "engine/exchange/exchange.h"
#include "engine/exchange/money.h"

namespace carbonx {
namespace {

bool rests(TimeInForce time_in_force) {
    return time_in_force == TimeInForce::day || time_in_force == TimeInForce::good_till_cancel;
}

bool known_terms(OrderTerms terms) {
    return terms.type <= OrderType::market && terms.time_in_force <= TimeInForce::fill_or_kill &&
           terms.reserved == 0;
}

bool fits(const Counter& counter, Quantity quantity) {
    return quantity >= counter.round_lot && quantity <= counter.quantity_max &&
           (counter.round_lot_is_one || quantity.value % counter.round_lot.value == 0);
}

}  // namespace

Reject Exchange::check_session(const CommandHead& head) const {
    if (!participants_.known(head.session)) return Reject::session_unknown;
    const Session& session = participants_[head.session];
    if (session.source != head.source) return Reject::session_unknown;
    return session.up ? Reject::none : Reject::session_disconnected;
}

Reject Exchange::check_price(const Counter& counter, Price price, Quantity quantity) const {
    if (!counter.divider.divides(price)) return Reject::price_off_tick;
    if (price < counter.band_low || price > counter.band_high) return Reject::price_outside_band;
    if (int64_t{price.value} * quantity.value > limits::notional_max)
        return Reject::notional_too_large;
    return Reject::none;
}

Reject Exchange::check_new(const NewOrder& command, Entry& entry) {
    if (const Reject r = check_session(command.head); r != Reject::none) return r;
    if (command.client_id.bytes[0] == '\0') return Reject::client_id_missing;
    const ParticipantId participant = participants_[command.head.session].participant;
    entry.participant = &participants_[participant];
    if (!entry.participant->enabled) return Reject::participant_disabled;
    if (!instruments_.known(command.head.counter)) return Reject::counter_unknown;
    entry.counter = &instruments_[command.head.counter];
    const Counter& counter = *entry.counter;
    if (!participants_.known(command.account) ||
        participants_[command.account].participant != participant) {
        return Reject::account_unknown;
    }
    const OrderTerms terms = command.terms;
    if (phase_ != Phase::continuous) {
        const bool waits = terms.type == OrderType::limit && rests(terms.time_in_force);
        if (phase_ != Phase::pre_open || !waits) return Reject::phase_forbids;
    }
    if (counter.halted) return Reject::counter_halted;
    if (!known_terms(terms)) return Reject::unsupported;
    if (terms.post_only && (terms.type != OrderType::limit || !rests(terms.time_in_force))) {
        return Reject::terms_conflict;
    }
    const bool market = terms.type == OrderType::market;
    if (market && terms.time_in_force == TimeInForce::good_till_cancel)
        return Reject::terms_conflict;
    if (!fits(counter, command.quantity)) return Reject::quantity_invalid;
    if (market ? command.price.value != 0 : command.price.value <= 0) return Reject::price_missing;
    entry.price = market ? counter.collar(terms.side) : command.price;
    const Reject price = check_price(counter, entry.price, command.quantity);
    if (price != Reject::none && price != Reject::notional_too_large) return price;
    entry.level = counter.level_of(entry.price);
    entry.crosses = counter.book.crosses(terms.side, entry.level);
    if (market && !entry.crosses) return Reject::market_no_liquidity;
    if (price != Reject::none) return price;
    if (entry.participant->open_orders >= entry.participant->open_orders_max) {
        return Reject::open_orders_exceeded;
    }
    if (orders_.full() || !ledger_.room(orders_.live_count())) return Reject::capacity_exceeded;
    if (entry.crosses) {
        if (phase_ == Phase::pre_open) return Reject::would_cross_before_open;
        if (terms.post_only) return Reject::post_only_would_trade;
    }
    entry.fee_ppm = static_cast<uint16_t>(
        counter.fee_ppm - std::min(counter.fee_ppm, entry.participant->fee_discount_ppm));
    if (const Reject r = check_funds(command, entry); r != Reject::none) return r;
    if (terms.time_in_force == TimeInForce::fill_or_kill &&
        !fillable(counter, terms.side, entry.level, entry.participant->group, command.quantity)) {
        return Reject::fill_or_kill_unfilled;
    }
    return Reject::none;
}

Reject Exchange::check_funds(const NewOrder& command, const Entry& entry) const {
    const Counter& counter = *entry.counter;
    if (command.terms.side == Side::sell) {
        const bool enough =
            ledger_.credits(command.account, counter.instrument).free() >= Tonnes(command.quantity);
        return enough ? Reject::none : Reject::credits_insufficient;
    }
    const bool enough = in_currency(counter.currency, [&]<Currency C>() {
        return ledger_.cash<C>(command.account).free() >=

               cost<C>(entry.price, command.quantity, entry.fee_ppm);
    });
    return enough ? Reject::none : Reject::cash_insufficient;
}

// Whether the opposite side offers the whole quantity before the first order of the same owners.
bool Exchange::fillable(const Counter& counter, Side side, uint32_t level, uint16_t group,
                        Quantity quantity) const {
    const Side other = opposite(side);
    if (!counter.book.crosses(side, level)) return false;
    uint32_t slot = counter.book.first(other);
    int64_t open = quantity.value;
    while (slot != no_slot) {
        const Order& order = orders_[slot];
        const bool reachable = side == Side::buy ? order.level <= level : order.level >= level;
        if (!reachable || order.group == group) return false;
        open -= order.leaves.value;
        if (open <= 0) return true;
        slot = order.next != no_slot ? order.next : counter.book.first_behind(other, order.level);
    }
    return false;
}

void Exchange::new_order(const NewOrder& command) {
    Entry entry;
    const Reject reason = check_new(command, entry);
    if (reason != Reject::none) {
        reject(command.head, reason, command.client_id, OrderId{}, command.account);
        return;
    }
    Counter& counter = *entry.counter;
    const uint32_t slot = orders_.take();
    Order& order = orders_[slot];
    order.price = entry.price;
    order.leaves = command.quantity;
    order.level = entry.level;
    order.account = command.account;
    order.group = entry.participant->group;
    order.counter = command.head.counter;
    order.quantity = command.quantity;
    order.session = command.head.session;
    order.participant = participants_[command.head.session].participant;
    order.terms = command.terms;
    order.fee_ppm = entry.fee_ppm;
    order.client_id = command.client_id;
    ++entry.participant->open_orders;
    reserve(order, counter, order.leaves, +1);

    const bool crosses = counter.book.crosses(command.terms.side, entry.level);
    const bool resting =
        !crosses && rests(command.terms.time_in_force) && command.terms.type == OrderType::limit;
    Accepted& accepted = emit_of<Accepted>(order);
    accepted.head.flags = resting ? flag_resting : 0;
    accepted.order_id = orders_.id(slot);
    accepted.account = command.account;
    accepted.price = entry.price;
    accepted.quantity = command.quantity;
    accepted.client_id = command.client_id;
    if (resting) {
        counter.book.add(orders_, slot);
    } else {
        rest_or_cancel(slot, counter, match(slot, counter));
    }
}

bool Exchange::match(uint32_t slot, Counter& counter) {
    if (counter.currency == Currency::hkd) return match_in<Currency::hkd>(slot, counter);
    return match_in<Currency::cnh>(slot, counter);
}

template <Currency C>
bool Exchange::match_in(uint32_t slot, Counter& counter) {
    Order& taker = orders_[slot];
    const Side side = taker.terms.side;
    while (taker.leaves.value > 0 && counter.book.crosses(side, taker.level)) {
        const uint32_t maker_slot = counter.book.first(opposite(side));
        Order& maker = orders_[maker_slot];
        if (maker.group == taker.group) return false;
        trade<C>(maker, maker_slot, taker, slot, counter, std::min(maker.leaves, taker.leaves));
        if (maker.leaves.value == 0) {
            counter.book.remove(orders_, maker_slot);
            close(maker_slot);
        }
    }
    return true;
}

template <Currency C>
void Exchange::trade(Order& maker, uint32_t maker_slot, Order& taker, uint32_t taker_slot,
                     Counter& counter, Quantity quantity) {
    const bool taker_buys = taker.terms.side == Side::buy;
    Order& buyer = taker_buys ? taker : maker;
    Order& seller = taker_buys ? maker : taker;
    const Money<C> amount = notional<C>(maker.price, quantity);
    const Money<C> buyer_fee = fee(amount, buyer.fee_ppm);
    const Money<C> seller_fee = fee(amount, seller.fee_ppm);

    Trade& event = emit_of<Trade>(taker);
    event.maker = orders_.id(maker_slot);
    event.taker = orders_.id(taker_slot);
    event.price = maker.price;
    event.quantity = quantity;
    event.buyer_fee = buyer_fee.value;
    event.seller_fee = seller_fee.value;

    const Quantity buyer_left = buyer.leaves - quantity;
    ledger_.cash<C>(buyer.account).reserved -= cost<C>(buyer.price, buyer.leaves, buyer.fee_ppm) -
                                               cost<C>(buyer.price, buyer_left, buyer.fee_ppm);
    ledger_.credits(seller.account, counter.instrument).reserved -= Tonnes(quantity);
    buyer.leaves = buyer_left;
    seller.leaves -= quantity;
    counter.last = maker.price;

    constexpr AccountId house{1};
    ledger_.pay(buyer.account, seller.account, amount);
    if (buyer_fee.value != 0) ledger_.pay(buyer.account, house, buyer_fee);
    if (seller_fee.value != 0) ledger_.pay(seller.account, house, seller_fee);

    const auto next_delivery = [&] {
        Delivery& made = emit_of<Delivery>(taker);
        made.from = seller.account;
        made.to = buyer.account;
        return &made;
    };
    Delivery* delivery = next_delivery();
    uint32_t used = 0;
    ledger_.deliver(seller.account, buyer.account, counter.instrument, quantity,
                    [&](SerialRange run) {
                        if (used == std::size(delivery->ranges)) {
                            delivery = next_delivery();
                            used = 0;
                        }
                        delivery->ranges[used++] = run;
                    });
    if (!ledger_.balanced<C>(buyer.account, seller.account, counter.instrument)) [[unlikely]] {
        stop_for(ledger_.breach(buyer.account, seller.account, counter.instrument));
    }
}

// What remains after matching rests, or is cancelled; a filled order is gone.
void Exchange::rest_or_cancel(uint32_t slot, Counter& counter, bool matched) {
    Order& order = orders_[slot];
    if (order.leaves.value == 0) {
        close(slot);
    } else if (!matched) {
        cancel(slot, CancelReason::self_trade, ClientId{});
    } else if (order.terms.type == OrderType::market || !rests(order.terms.time_in_force)) {
        cancel(slot, CancelReason::remainder, ClientId{});
    } else {
        counter.book.add(orders_, slot);
        Rested& rested = emit_of<Rested>(order);
        rested.head.flags = flag_resting;
        rested.order_id = orders_.id(slot);
        rested.price = order.price;
        rested.leaves = order.leaves;
    }
}

// Ends an order that no book holds any more: what it reserved is released.
void Exchange::cancel(uint32_t slot, CancelReason reason, const ClientId& client_id) {
    const Order& order = orders_[slot];
    Cancelled& cancelled = emit_of<Cancelled>(order);
    cancelled.order_id = orders_.id(slot);
    cancelled.leaves = order.leaves;
    cancelled.reason = reason;
    cancelled.client_id = client_id;
    reserve(order, instruments_[order.counter], order.leaves, -1);
    close(slot);
}

void Exchange::close(uint32_t slot) {
    --participants_[orders_[slot].participant].open_orders;
    orders_.give_back(slot);
}

template <class Belongs>
uint32_t Exchange::cancel_all(CancelReason reason, Belongs&& belongs) {
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < orders_.used_count(); ++slot) {
        const Order& order = orders_[slot];
        if (!order.live || !belongs(order)) continue;
        instruments_[order.counter].book.remove(orders_, slot);
        cancel(slot, reason, ClientId{});
        ++count;
    }
    return count;
}

// Reserves (+1) or releases (-1) what this much of the order needs.
void Exchange::reserve(const Order& order, const Counter& counter, Quantity leaves, int direction) {
    if (order.terms.side == Side::sell) {
        Tonnes& reserved = ledger_.credits(order.account, counter.instrument).reserved;
        if (direction > 0)
            reserved += Tonnes(leaves);
        else
            reserved -= Tonnes(leaves);
        check_balances(order.account, counter);
        return;
    }
    in_currency(counter.currency, [&]<Currency C>() {
        Money<C>& reserved = ledger_.cash<C>(order.account).reserved;
        if (direction > 0)
            reserved += cost<C>(order.price, leaves, order.fee_ppm);
        else
            reserved -= cost<C>(order.price, leaves, order.fee_ppm);
    });
    check_balances(order.account, counter);
}

// Rule L0 for what has no trade.
void Exchange::check_balances(AccountId account, const Counter& counter) {
    const bool good = in_currency(counter.currency, [&]<Currency C>() {
        return ledger_.balanced<C>(account, account, counter.instrument);
    });
    if (!good) [[unlikely]]
        stop_for(ledger_.breach(account, account, counter.instrument));
}

Reject Exchange::check_cancel(const CommandHead& head, const ClientId& client_id, OrderId id,
                              uint32_t& slot) const {
    if (const Reject r = check_session(head); r != Reject::none) return r;
    if (client_id.bytes[0] == '\0') return Reject::client_id_missing;
    slot = orders_.find(id);
    if (slot == no_slot || orders_[slot].session != head.session) return Reject::order_unknown;
    const bool named = index(head.counter) != 0;
    if (named && orders_[slot].counter != head.counter) return Reject::order_unknown;
    return Reject::none;
}

void Exchange::cancel_order(const CancelOrder& command) {
    uint32_t slot = no_slot;
    const Reject reason = check_cancel(command.head, command.client_id, command.order_id, slot);
    if (reason != Reject::none) {
        reject(command.head, reason, command.client_id, command.order_id);
        return;
    }
    instruments_[orders_[slot].counter].book.remove(orders_, slot);
    cancel(slot, CancelReason::requested, command.client_id);
}

Reject Exchange::check_replace(const ReplaceOrder& command, Entry& entry) {
    if (const Reject r = check_session(command.head); r != Reject::none) return r;
    if (command.client_id.bytes[0] == '\0') return Reject::client_id_missing;
    entry.participant = &participants_[participants_[command.head.session].participant];
    if (!entry.participant->enabled) return Reject::participant_disabled;
    if (const Reject r =
            check_cancel(command.head, command.client_id, command.order_id, entry.slot);
        r != Reject::none) {
        return r;
    }
    const Order& order = orders_[entry.slot];
    entry.counter = &instruments_[order.counter];
    const Counter& counter = *entry.counter;
    if (phase_ != Phase::continuous && phase_ != Phase::pre_open) return Reject::phase_forbids;
    if (counter.halted) return Reject::counter_halted;
    if (!fits(counter, command.quantity)) return Reject::quantity_invalid;
    const Quantity executed = order.quantity - order.leaves;
    if (command.quantity <= executed) return Reject::quantity_below_executed;
    if (command.price.value <= 0) return Reject::price_missing;
    if (const Reject r = check_price(counter, command.price, command.quantity); r != Reject::none)
        return r;
    entry.price = command.price;
    entry.level = counter.level_of(command.price);
    if (command.price == order.price && command.quantity <= order.quantity) return Reject::none;

    if (!ledger_.room(orders_.live_count())) return Reject::capacity_exceeded;
    const Side side = order.terms.side;
    const bool crosses = counter.book.crosses(side, entry.level);
    if (crosses && phase_ == Phase::pre_open) return Reject::would_cross_before_open;
    if (crosses && order.terms.post_only) return Reject::post_only_would_trade;
    const Quantity leaves = command.quantity - executed;
    if (side == Side::sell) {
        const Tonnes more = Tonnes(leaves) - Tonnes(order.leaves);
        const bool enough = ledger_.credits(order.account, counter.instrument).free() >= more;
        return enough ? Reject::none : Reject::credits_insufficient;
    }
    const bool enough = in_currency(counter.currency, [&]<Currency C>() {
        const Money<C> more = cost<C>(entry.price, leaves, order.fee_ppm) -
                              cost<C>(order.price, order.leaves, order.fee_ppm);
        return ledger_.cash<C>(order.account).free() >= more;
    });
    return enough ? Reject::none : Reject::cash_insufficient;
}

void Exchange::replace_order(const ReplaceOrder& command) {
    Entry entry;
    const Reject reason = check_replace(command, entry);
    if (reason != Reject::none) {
        reject(command.head, reason, command.client_id, command.order_id);
        return;
    }
    Counter& counter = *entry.counter;
    const uint32_t slot = entry.slot;
    Order& order = orders_[slot];
    const bool keeps = command.price == order.price && command.quantity <= order.quantity;
    const bool crosses = !keeps && counter.book.crosses(order.terms.side, entry.level);
    const Quantity executed = order.quantity - order.leaves;

    if (!keeps) counter.book.remove(orders_, slot);
    reserve(order, counter, order.leaves, -1);
    order.price = entry.price;
    order.level = entry.level;
    order.quantity = command.quantity;
    order.leaves = command.quantity - executed;
    order.client_id = command.client_id;
    reserve(order, counter, order.leaves, +1);

    Replaced& replaced = emit_of<Replaced>(order);
    replaced.head.flags = keeps ? flag_priority_kept : crosses ? 0 : flag_resting;
    replaced.order_id = command.order_id;
    replaced.price = order.price;
    replaced.quantity = order.quantity;
    replaced.leaves = order.leaves;
    replaced.client_id = command.client_id;
    if (keeps) return;
    if (crosses) {
        rest_or_cancel(slot, counter, match(slot, counter));
    } else {
        counter.book.add(orders_, slot);
    }
}

void Exchange::mass_cancel(const MassCancel& command) {
    const CommandHead& head = command.head;
    const bool by_operator = head.source == Source::operators;
    Reject reason = Reject::none;
    if (by_operator) {
        const bool named = index(command.participant) != 0;
        if (named && !participants_.known(command.participant))
            reason = Reject::participant_unknown;
    } else {
        reason = check_session(head);
        if (reason == Reject::none && command.client_id.bytes[0] == '\0')
            reason = Reject::client_id_missing;
    }
    const bool one_counter = index(head.counter) != 0;
    if (reason == Reject::none && one_counter && !instruments_.known(head.counter)) {
        reason = Reject::counter_unknown;
    }
    if (reason != Reject::none) {
        reject(head, reason, command.client_id);
        return;
    }
    const auto belongs = [&](const Order& order) {
        if (one_counter && order.counter != head.counter) return false;
        if (!by_operator) return order.session == head.session;
        return index(command.participant) == 0 || order.participant == command.participant;
    };
    const uint32_t count = cancel_all(
        by_operator ? CancelReason::operator_request : CancelReason::mass_cancel, belongs);
    MassCancelled& done = emit<MassCancelled>();  // after the orders' own events
    done.count = count;
    done.participant = command.participant;
    done.client_id = command.client_id;
}

// The other callers of cancel_all stand in market.cpp and exchange.cpp, by these three.
uint32_t Exchange::cancel_participant(ParticipantId participant) {
    return cancel_all(CancelReason::operator_request,
                      [&](const Order& order) { return order.participant == participant; });
}

uint32_t Exchange::cancel_session(SessionId session, bool good_till_cancel) {
    return cancel_all(CancelReason::disconnected, [&](const Order& order) {
        const bool day = order.terms.time_in_force != TimeInForce::good_till_cancel;
        return order.session == session && (day || good_till_cancel);
    });
}

uint32_t Exchange::expire_day_orders() {
    return cancel_all(CancelReason::expired, [](const Order& order) {
        return order.terms.time_in_force != TimeInForce::good_till_cancel;
    });
}

}  // namespace carbonx
