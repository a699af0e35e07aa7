// Turns the events of a replay into rows: see replay_export.h.
#include "tools/replay_export.h"

#include "engine/text/text.h"
#include "engine/text/text_values.h"
#include "tools/figures.h"
#include "tools/rules.h"

namespace carbonx::tools {
namespace {

Cell whole(uint64_t value) { return static_cast<int64_t>(value); }
Cell account_cell(AccountId account, const Names& names) {
    if (account == AccountId{}) return {};
    return value_text(account, names);
}
Cell optional_text(std::string_view text) {
    if (text.empty()) return {};
    return std::string(text);
}
std::string time_cell(uint64_t time_ns) { return value_text(Time{time_ns}, Names()); }

constexpr AccountId outside{};
constexpr AccountId house{1};  // receives the fees (rule L8)

}  // namespace

struct ReplayExport::Place {
    uint64_t sequence;
    const EventHead& event;
    const Names& names;
    const OrderMirror& mirror;
    const Exchange& exchange;
};

void ReplayExport::see(uint64_t sequence, const EventHead& event, const Names& names,
                       const OrderMirror& mirror, const Exchange& exchange) {
    const Place at{sequence, event, names, mirror, exchange};
    switch (event.type) {
        case EventType::trade:
            return trade(at, as_event<Trade>(event));
        case EventType::delivery:
            return delivery(at, as_event<Delivery>(event));
        case EventType::rejected:
            return refused(at, as_event<Rejected>(event));
        case EventType::cancelled: {
            const auto& e = as_event<Cancelled>(event);
            const OrderMirror::Order* order = mirror.find(e.order_id);
            if (order != nullptr) {
                ended(at, *order, e.leaves, "cancelled", enum_text(e.reason),
                      rules_of(event).front().number);
            }
            return;
        }
        case EventType::credits_deposited:
            return deposit(at, as_event<CreditsDeposited>(event));
        case EventType::credits_withdrawn:
            return withdrawal(at, as_event<CreditsWithdrawn>(event));
        case EventType::cash_moved:
            return cash_moved(at, as_event<CashMoved>(event));
        case EventType::participant_listed:
        case EventType::account_listed:
        case EventType::session_listed:
        case EventType::project_listed:
        case EventType::instrument_listed:
        case EventType::counter_listed:
        case EventType::labels_changed:
            return list(at);
        default:
            return;
    }
}

void ReplayExport::trade(const Place& at, const Trade& trade) {
    trade_sequence_ = at.sequence;
    const OrderMirror::Order* maker = at.mirror.find(trade.maker);
    const OrderMirror::Order* taker = at.mirror.find(trade.taker);
    if (maker == nullptr || taker == nullptr) return;
    const bool taker_buys = at.event.terms.side == Side::buy;
    const OrderMirror::Order& buyer = taker_buys ? *taker : *maker;
    const OrderMirror::Order& seller = taker_buys ? *maker : *taker;
    const Currency currency = at.exchange.instruments()[at.event.counter].currency;
    const int64_t notional = int64_t{trade.price.value} * int64_t{trade.quantity.value};
    const Cell row[] = {whole(at.sequence),
                        whole(at.event.command),
                        time_cell(at.event.time_ns),
                        value_text(at.event.counter, at.names),
                        std::string(currency_name(currency)),
                        Decimal{trade.price.value},
                        whole(trade.quantity.value),
                        Decimal{notional},
                        enum_text(at.event.terms.side),
                        account_cell(buyer.account, at.names),
                        value_text(buyer.id, at.names),
                        Decimal{trade.buyer_fee},
                        account_cell(seller.account, at.names),
                        value_text(seller.id, at.names),
                        Decimal{trade.seller_fee}};
    sink_->add(Table::trades, row);
    post_cash(at, "payment", buyer.account, currency, -notional);
    post_cash(at, "payment", seller.account, currency, notional);
    for (const auto& [account, fee] :
         {std::pair{buyer.account, trade.buyer_fee}, {seller.account, trade.seller_fee}}) {
        if (fee == 0) continue;
        post_cash(at, "fee", account, currency, -fee);
        post_cash(at, "fee", house, currency, fee);
    }
    for (const OrderMirror::Order* order : {maker, taker}) {
        if (order->leaves == trade.quantity) ended(at, *order, Quantity{}, "filled", "", "");
    }
}

void ReplayExport::delivery(const Place& at, const Delivery& delivery) {
    for (const SerialRange& run : delivery.ranges) {
        if (run.count == 0) continue;
        post_credits(at, "delivery", delivery.from, run.lot, -int64_t{run.count});
        post_credits(at, "delivery", delivery.to, run.lot, run.count);
        move_serials(at, "trade", trade_sequence_, run, delivery.from, delivery.to);
    }
}

void ReplayExport::deposit(const Place& at, const CreditsDeposited& deposited) {
    const DepositCredits& deposit = deposited.listing;
    const auto count = static_cast<uint32_t>(deposit.serial_last - deposit.serial_first + 1);
    const std::string reference(deposit.reference.view());
    post_credits(at, "deposit", outside, deposited.id, -int64_t{count}, reference);
    post_credits(at, "deposit", deposit.account, deposited.id, count, reference);
    move_serials(at, "deposit", 0, {deposited.id, count, deposit.serial_first}, outside,
                 deposit.account);
}

void ReplayExport::withdrawal(const Place& at, const CreditsWithdrawn& withdrawn) {
    const SerialRange& run = withdrawn.range;
    post_credits(at, "withdrawal", withdrawn.account, run.lot, -int64_t{run.count});
    post_credits(at, "withdrawal", outside, run.lot, run.count);
    move_serials(at, "withdrawal", 0, run, withdrawn.account, outside);
}

void ReplayExport::cash_moved(const Place& at, const CashMoved& moved) {
    const char* kind = moved.amount > 0 ? "deposit" : "withdrawal";
    const std::string reference(moved.reference.view());
    post_cash(at, kind, outside, moved.currency, -moved.amount, reference);
    post_cash(at, kind, moved.account, moved.currency, moved.amount, reference);
}

// A new order that was refused is a row of its own; a refused request changes no order.
void ReplayExport::refused(const Place& at, const Rejected& rejected) {
    if (rejected.command != CommandType::new_order) return;
    OrderMirror::Order order;
    order.session = at.event.session;
    order.counter = at.event.counter;
    order.account = rejected.account;
    order.terms = at.event.terms;
    order.entered = at.sequence;
    order.command = at.event.command;
    order.entered_ns = at.event.time_ns;
    order.client_id = rejected.client_id;
    ended(at, order, Quantity{}, "refused", enum_text(rejected.reason), rule(rejected.reason));
}

void ReplayExport::ended(const Place& at, const OrderMirror::Order& order, Quantity leaves,
                         const std::string& state, const std::string& reason,
                         std::string_view rule) {
    order_row(at.names, order, leaves, state, reason, rule, at.sequence, at.event.time_ns);
}

void ReplayExport::order_row(const Names& names, const OrderMirror::Order& order, Quantity leaves,
                             const std::string& state, const std::string& reason,
                             std::string_view rule, uint64_t end_event, uint64_t end_ns) {
    const bool known =
        order.id != OrderId{};  // else it was refused, with fields that were not told
    const auto told = [&](Cell cell) { return known ? cell : Cell{}; };
    const Cell row[] = {told(value_text(order.id, names)),
                        whole(order.entered),
                        whole(order.command),
                        time_cell(order.entered_ns),
                        value_text(order.session, names),
                        std::string(order.client_id.view()),
                        account_cell(order.account, names),
                        value_text(order.counter, names),
                        enum_text(order.terms.side),
                        enum_text(order.terms.type),
                        enum_text(order.terms.time_in_force),
                        int64_t{order.terms.post_only},
                        told(Decimal{order.price.value}),
                        told(whole(order.quantity.value)),
                        told(whole(order.quantity.value - leaves.value)),
                        told(whole(leaves.value)),
                        state,
                        optional_text(reason),
                        optional_text(rule),
                        end_event == 0 ? Cell{} : whole(end_event),
                        end_event == 0 ? Cell{} : Cell{time_cell(end_ns)}};
    sink_->add(Table::orders, row);
}

void ReplayExport::list(const Place& at) {
    const Cell row[] = {whole(at.sequence), whole(at.event.command), time_cell(at.event.time_ns),
                        to_text(at.event, at.names)};
    sink_->add(Table::listings, row);
    if (at.event.type == EventType::account_listed) {
        const auto& e = as_event<AccountListed>(at.event);
        const Cell account[] = {whole(index(e.id)), std::string(e.listing.name.view()),
                                value_text(e.listing.participant, at.names)};
        sink_->add(Table::accounts, account);
    } else if (at.event.type == EventType::instrument_listed) {
        const auto& e = as_event<InstrumentListed>(at.event);
        const Cell instrument[] = {whole(index(e.id)),
                                   std::string(e.listing.name.view()),
                                   value_text(e.listing.project, at.names),
                                   whole(e.listing.vintage),
                                   whole(e.listing.round_lot.value),
                                   whole(e.listing.quantity_max.value)};
        sink_->add(Table::instruments, instrument);
    } else if (at.event.type == EventType::counter_listed) {
        const ListCounter& e = as_event<CounterListed>(at.event).listing;
        const Cell counter[] = {whole(index(at.event.counter)),
                                std::string(e.symbol.view()),
                                value_text(e.instrument, at.names),
                                std::string(currency_name(e.currency)),
                                Decimal{e.tick.value},
                                Decimal{e.reference.value},
                                whole(e.fee_ppm)};
        sink_->add(Table::counters, counter);
    }
}

void ReplayExport::post_cash(const Place& at, const char* kind, AccountId account,
                             Currency currency, int64_t amount, const std::string& reference) {
    const Cell row[] = {whole(at.sequence),
                        whole(at.event.command),
                        time_cell(at.event.time_ns),
                        std::string(kind),
                        account_cell(account, at.names),
                        std::string(currency_name(currency)),
                        Cell{},
                        Decimal{amount},
                        Cell{},
                        optional_text(reference)};
    sink_->add(Table::ledger, row);
}

void ReplayExport::post_credits(const Place& at, const char* kind, AccountId account, LotId lot,
                                int64_t tonnes, const std::string& reference) {
    const InstrumentId instrument = at.exchange.ledger()[lot].instrument;
    const Cell row[] = {whole(at.sequence),
                        whole(at.event.command),
                        time_cell(at.event.time_ns),
                        std::string(kind),
                        account_cell(account, at.names),
                        value_text(instrument, at.names),
                        whole(index(lot)),
                        Cell{},
                        tonnes,
                        optional_text(reference)};
    sink_->add(Table::ledger, row);
}

void ReplayExport::move_serials(const Place& at, const char* kind, uint64_t match_number,
                                const SerialRange& run, AccountId from, AccountId to) {
    const Lot& lot = at.exchange.ledger()[run.lot];
    const Cell row[] = {whole(at.sequence),
                        whole(at.event.command),
                        time_cell(at.event.time_ns),
                        std::string(kind),
                        match_number == 0 ? Cell{} : whole(match_number),
                        value_text(lot.instrument, at.names),
                        whole(index(run.lot)),
                        enum_text(lot.registry),
                        std::string(lot.serial_prefix.view()),
                        whole(run.first),
                        whole(run.first + run.count - 1),
                        whole(run.count),
                        account_cell(from, at.names),
                        account_cell(to, at.names)};
    sink_->add(Table::deliveries, row);
}

void ReplayExport::finish(const Names& names, const OrderMirror& mirror) {
    for (const OrderMirror::Order& order : mirror.orders()) {
        if (order.leaves.value == 0) continue;
        order_row(names, order, order.leaves, "open", "", "", 0, 0);
    }
    sink_->finish();
}

}  // namespace carbonx::tools
