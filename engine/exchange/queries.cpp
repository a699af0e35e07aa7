// What a broker may ask: its orders, and what its accounts hold. Nothing here changes the state.

#include "engine/exchange/exchange.h"
#include "engine/exchange/money.h"

namespace carbonx {
namespace {

// Whether what it names goes with what it asks for (rule G4).
bool fits(const AccountQuery& command) {
    const bool one_instrument = index(command.instrument) != 0;
    switch (command.content) {
        case AccountContent::holdings:
            return true;
        case AccountContent::cash:
            return !one_instrument;
        case AccountContent::holding:
            return one_instrument && index(command.account) != 0;
    }
    return false;
}

}  // namespace

void Exchange::order_status(const OrderStatus& command) {
    Reject reason = check_session(command.head);
    const bool one_counter = index(command.head.counter) != 0;
    uint32_t slot = no_slot;
    if (reason == Reject::none && command.order_id != OrderId{}) {
        slot = orders_.find(command.order_id);
        if (slot == no_slot || orders_[slot].session != command.head.session ||
            (one_counter && orders_[slot].counter != command.head.counter)) {
            reason = Reject::order_unknown;
        }
    }
    if (reason != Reject::none) {
        reject(command.head, reason, command.client_id, command.order_id);
        return;
    }
    const auto tell = [&](uint32_t of) {
        const Order& order = orders_[of];
        OrderState& state = emit_of<OrderState>(order);
        state.order_id = orders_.id(of);
        state.price = order.price;
        state.quantity = order.quantity;
        state.leaves = order.leaves;
        state.client_id = command.client_id;
    };
    if (slot != no_slot) {
        tell(slot);
        return;
    }
    for (uint32_t i = 0; i < orders_.used_count(); ++i) {
        const Order& order = orders_[i];
        if (!order.live || order.session != command.head.session) continue;
        if (!one_counter || order.counter == command.head.counter) tell(i);
    }
    OrderState& last = emit<OrderState>();
    last.client_id = command.client_id;
}

// Tells each row of the answer, in order of account, then of instrument or currency:
// visit(account, what, balance). It looks at each account listed, and of those that are asked for
// at each instrument listed.
template <class Visit>
void Exchange::for_each_row(const AccountQuery& command, Visit&& visit) const {
    const ParticipantId participant = participants_[command.head.session].participant;
    const auto tell = [&](AccountId account) {
        if (command.content == AccountContent::cash) {
            visit(account, Currency::hkd, ledger_.cash<Currency::hkd>(account));
            visit(account, Currency::cnh, ledger_.cash<Currency::cnh>(account));
            return;
        }
        const bool one = index(command.instrument) != 0;
        const std::size_t first = one ? index(command.instrument) : 1;
        const std::size_t last = one ? first : index(instruments_.last_instrument());
        for (std::size_t i = first; i <= last; ++i) {
            const auto instrument = static_cast<InstrumentId>(i);
            const Balance<Tonnes>& credits = ledger_.credits(account, instrument);
            if (credits.total > Tonnes{} || command.content == AccountContent::holding) {
                visit(account, instrument, credits);
            }
        }
    };
    if (index(command.account) != 0) return tell(command.account);
    for (std::size_t i = 1; i <= index(participants_.last_account()); ++i) {
        const auto account = static_cast<AccountId>(i);
        if (participants_[account].participant == participant) tell(account);
    }
}

// An account of another participant is as good as none.
Reject Exchange::check_query(const AccountQuery& command, uint32_t& rows) const {
    const Reject reason = check_session(command.head);
    if (reason != Reject::none) return reason;
    const ParticipantId participant = participants_[command.head.session].participant;
    if (index(command.account) != 0 &&
        (!participants_.known(command.account) ||
         participants_[command.account].participant != participant)) {
        return Reject::account_unknown;
    }
    const bool one_instrument = index(command.instrument) != 0;
    if (one_instrument && !instruments_.known(command.instrument)) {
        return Reject::instrument_unknown;
    }
    if (!fits(command)) return Reject::value_out_of_range;
    for_each_row(command, [&](AccountId, auto, const auto&) { ++rows; });
    return rows > limits::answer_rows_max ? Reject::answer_too_long : Reject::none;
}

void Exchange::account_query(const AccountQuery& command) {
    uint32_t remaining = 0;
    const Reject reason = check_query(command, remaining);
    if (reason != Reject::none) {
        reject(command.head, reason, command.client_id, {}, command.account);
        return;
    }
    AccountState& answer = emit<AccountState>();
    answer.account = command.account;
    answer.count = remaining;
    answer.client_id = command.client_id;
    answer.instrument = command.instrument;
    answer.content = command.content;
    for_each_row(command, [&](AccountId account, auto what, const auto& balance) {
        --remaining;
        if constexpr (std::is_same_v<decltype(what), InstrumentId>) {
            HoldingState& row = emit<HoldingState>();
            row.account = account;
            row.remaining = remaining;
            row.total = balance.total;
            row.in_orders = balance.reserved;
            row.instrument = what;
        } else {
            CashState& row = emit<CashState>();
            row.account = account;
            row.remaining = remaining;
            row.total = balance.total.value;
            row.in_orders = balance.reserved.value;
            row.currency = what;
        }
    });
}

}  // namespace carbonx
