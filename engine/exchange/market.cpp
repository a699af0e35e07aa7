// The operators' commands: listings, the ledger's doors, phases and halts.

#include <algorithm>

#include "engine/exchange/exchange.h"
#include "engine/exchange/money.h"

namespace carbonx {
namespace {

bool is_date(uint32_t yyyymmdd) {
    const uint32_t month = yyyymmdd / 100 % 100, day = yyyymmdd % 100;
    return yyyymmdd >= 19900101 && yyyymmdd <= 21001231 && month >= 1 && month <= 12 && day >= 1 &&
           day <= 31;
}

}  // namespace

void Exchange::list(const ListParticipant& command) {
    if (const Reject r = participants_.list(command); r != Reject::none)
        return refuse(command.head, r);
    ParticipantListed& listed = emit<ParticipantListed>();
    listed.id = participants_.last_participant();
    listed.listing = command;
}

void Exchange::list(const ListAccount& command) {
    if (const Reject r = participants_.list(command); r != Reject::none)
        return refuse(command.head, r);
    AccountListed& listed = emit<AccountListed>();
    listed.id = participants_.last_account();
    listed.listing = command;
}

void Exchange::list(const ListSession& command) {
    if (const Reject r = participants_.list(command); r != Reject::none)
        return refuse(command.head, r);
    SessionListed& listed = emit<SessionListed>();
    listed.id = participants_.last_session();
    listed.head.session = listed.id;
    listed.listing = command;
}

void Exchange::list(const ListProject& command) {
    if (const Reject r = instruments_.list(command); r != Reject::none)
        return refuse(command.head, r);
    ProjectListed& listed = emit<ProjectListed>();
    listed.id = instruments_.last_project();
    listed.listing = command;
}

void Exchange::list(const ListInstrument& command) {
    if (const Reject r = instruments_.list(command, rules_); r != Reject::none)
        return refuse(command.head, r);
    InstrumentListed& listed = emit<InstrumentListed>();
    listed.id = instruments_.last_instrument();
    listed.listing = command;
}

void Exchange::list(const ListCounter& command) {
    if (const Reject r = instruments_.list(command); r != Reject::none)
        return refuse(command.head, r);
    CounterListed& listed = emit<CounterListed>();
    listed.head.counter = instruments_.last_counter();
    listed.band_low = instruments_[instruments_.last_counter()].band_low;
    listed.band_high = instruments_[instruments_.last_counter()].band_high;
    listed.listing = command;
}

void Exchange::deposit_credits(const DepositCredits& command) {
    if (!participants_.known(command.account)) return refuse(command.head, Reject::account_unknown);
    if (!instruments_.known(command.instrument))
        return refuse(command.head, Reject::instrument_unknown);
    const Registry registry = instruments_[instruments_[command.instrument].project].registry;
    if (const Reject r = ledger_.deposit(command, registry); r != Reject::none) {
        return refuse(command.head, r);
    }
    CreditsDeposited& deposited = emit<CreditsDeposited>();
    deposited.id = ledger_.last_lot();
    deposited.listing = command;
    if (!ledger_.balanced<Currency::hkd>(command.account, command.account, command.instrument)) {
        stop_for(ledger_.breach(command.account, command.account, command.instrument));
    }
}

void Exchange::withdraw_credits(const WithdrawCredits& command) {
    if (!participants_.known(command.account)) return refuse(command.head, Reject::account_unknown);
    if (command.quantity.value == 0) return refuse(command.head, Reject::value_out_of_range);
    const Reject reason = ledger_.check_withdrawal(command.account, command.lot, command.quantity);
    if (reason != Reject::none) return refuse(command.head, reason);
    uint32_t remaining = command.quantity.value;
    ledger_.withdraw(command.account, command.lot, command.quantity, [&](SerialRange run) {
        remaining -= run.count;
        CreditsWithdrawn& withdrawn = emit<CreditsWithdrawn>();
        withdrawn.account = command.account;
        withdrawn.remaining = remaining;
        withdrawn.range = run;
    });
    const InstrumentId instrument = ledger_[command.lot].instrument;
    if (!ledger_.balanced<Currency::hkd>(command.account, command.account, instrument)) {
        stop_for(ledger_.breach(command.account, command.account, instrument));
    }
}

void Exchange::deposit_cash(const DepositCash& command) {
    move_cash(command.head, command.account, command.currency, command.amount, +1,
              command.reference);
}

void Exchange::withdraw_cash(const WithdrawCash& command) {
    move_cash(command.head, command.account, command.currency, command.amount, -1,
              command.reference);
}

void Exchange::move_cash(const CommandHead& head, AccountId account, Currency currency,
                         int64_t amount, int direction, const Text<24>& reference) {
    if (!participants_.known(account)) return refuse(head, Reject::account_unknown);
    if (index(currency) >= currency_count || amount < 1 || amount > cash_max) {
        return refuse(head, Reject::value_out_of_range);
    }
    const Reject reason = in_currency(
        currency, [&]<Currency C>() { return move_cash_in<C>(account, amount * direction); });
    if (reason != Reject::none) return refuse(head, reason);
    CashMoved& moved = emit<CashMoved>();
    moved.account = account;
    moved.currency = currency;
    moved.amount = amount * direction;
    moved.reference = reference;
}

template <Currency C>
Reject Exchange::move_cash_in(AccountId account, int64_t amount) {
    if (amount > cash_max - ledger_.held<C>().value) return Reject::value_out_of_range;
    if (amount < 0 && ledger_.cash<C>(account).free() < Money<C>{-amount})
        return Reject::cash_insufficient;
    ledger_.pay(AccountId{}, account, Money<C>{amount});
    if (!ledger_.balanced<C>(account, account, InstrumentId{})) {
        stop_for(ledger_.breach(account, account, InstrumentId{}));
    }
    return Reject::none;
}

void Exchange::set_phase(const SetPhase& command) {
    const Phase from = phase_, to = command.phase;
    const bool opens = from == Phase::closed && to == Phase::pre_open;
    const bool follows = opens || (from == Phase::pre_open && to == Phase::continuous) ||
                         (from == Phase::continuous && to == Phase::halted) ||
                         (from == Phase::halted && to == Phase::continuous) ||
                         (from != Phase::closed && to == Phase::closed);
    if (!follows) return refuse(command.head, Reject::phase_order_wrong);
    if (opens && (!is_date(command.trading_day) || command.trading_day <= trading_day_)) {
        return refuse(command.head, Reject::value_out_of_range);
    }
    if (to == Phase::closed) {
        expire_day_orders();
        Breach breach;
        if (!ledger_.recount_all(index(participants_.last_account()), breach)) stop_for(breach);
    }
    phase_ = to;
    if (opens) trading_day_ = command.trading_day;
    PhaseChanged& changed = emit<PhaseChanged>();
    changed.phase = to;
    changed.previous = from;
    changed.trading_day = trading_day_;
    if (opens) open_day();
}

// Rule P5, counter by counter.
void Exchange::open_day() {
    for (std::size_t i = 1; i <= index(instruments_.last_counter()); ++i) {
        restate_book(static_cast<CounterId>(i));
    }
}

void Exchange::restate_book(CounterId id) {
    Counter& counter = instruments_[id];
    // The queue of all resting orders, buys first, in order of priority; linked through the orders
    // themselves, since the book is about to be laid out anew.
    uint32_t first = no_slot, last = no_slot;
    for (const Side side : {Side::buy, Side::sell}) {
        while (counter.book.has(side)) {
            const uint32_t slot = counter.book.first(side);
            counter.book.remove(orders_, slot);
            orders_[slot].next = no_slot;
            (last == no_slot ? first : orders_[last].next) = slot;
            last = slot;
        }
    }
    if (counter.last.value != 0 && counter.last != counter.reference &&
        instruments_.move_reference(counter, counter.last)) {
        ReferenceChanged& changed = emit<ReferenceChanged>();
        changed.head.counter = id;
        changed.reference = counter.reference;
        changed.band_low = counter.band_low;
        changed.band_high = counter.band_high;
    }
    counter.last = Price{};
    // Those outside the band go, before those that stay are told.
    uint32_t kept_first = no_slot, kept_last = no_slot;
    for (uint32_t slot = first; slot != no_slot;) {
        const uint32_t next = orders_[slot].next;
        Order& order = orders_[slot];
        if (order.price < counter.band_low || order.price > counter.band_high) {
            cancel(slot, CancelReason::outside_band, ClientId{});
        } else {
            order.next = no_slot;
            (kept_last == no_slot ? kept_first : orders_[kept_last].next) = slot;
            kept_last = slot;
        }
        slot = next;
    }
    for (uint32_t slot = kept_first; slot != no_slot;) {
        Order& order = orders_[slot];
        const uint32_t next = order.next;
        order.level = counter.level_of(order.price);
        counter.book.add(orders_, slot);
        Restated& restated = emit_of<Restated>(order);
        restated.head.flags = flag_resting;
        restated.order_id = orders_.id(slot);
        restated.account = order.account;
        restated.price = order.price;
        restated.leaves = order.leaves;
        restated.client_id = order.client_id;
        slot = next;
    }
}

void Exchange::halt_counter(const HaltCounter& command) {
    if (!instruments_.known(command.head.counter))
        return refuse(command.head, Reject::counter_unknown);
    Counter& counter = instruments_[command.head.counter];
    if (counter.halted) return refuse(command.head, Reject::counter_halted);
    counter.halted = true;
    CounterHalted& halted = emit<CounterHalted>();
    halted.reason = command.reason;
}

void Exchange::resume_counter(const ResumeCounter& command) {
    if (!instruments_.known(command.head.counter))
        return refuse(command.head, Reject::counter_unknown);
    Counter& counter = instruments_[command.head.counter];
    if (!counter.halted) return refuse(command.head, Reject::phase_order_wrong);
    counter.halted = false;
    emit<CounterResumed>();
}

void Exchange::change_labels(const ChangeLabels& command) {
    uint32_t previous = 0;
    if (const Reject r = instruments_.change(command, previous); r != Reject::none)
        return refuse(command.head, r);
    LabelsChanged& changed = emit<LabelsChanged>();
    changed.instrument = command.instrument;
    changed.labels = command.labels;
    changed.previous = previous;
}

void Exchange::change_participant(const CommandHead& head, ParticipantId id, bool enabled) {
    if (!participants_.known(id)) return refuse(head, Reject::participant_unknown);
    participants_[id].enabled = enabled;
    ParticipantChanged& changed = emit<ParticipantChanged>();
    changed.participant = id;
    changed.enabled = enabled;
    if (!enabled) cancel_participant(id);
}

}  // namespace carbonx
