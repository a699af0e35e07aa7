#include "gateway/holding_changes.h"

namespace carbonx::gateway {

void HoldingChanges::begin(const AccountState& answer) {
    Subscription& subscription = subscriptions_[answer.head.session];
    subscription = {};
    subscription.account = answer.account;
    subscription.instrument = answer.instrument;
    subscription.client_id = answer.client_id;
}

void HoldingChanges::on_answered(const AccountState& answer) {
    const auto found = subscriptions_.find(answer.head.session);
    if (found != subscriptions_.end()) {
        found->second.asked.erase({answer.account, answer.instrument});
    }
}

void HoldingChanges::on_refused(SessionId session) {
    const auto found = subscriptions_.find(session);
    if (found == subscriptions_.end()) return;
    found->second.touched.merge(found->second.asked);
    found->second.asked.clear();
}

void HoldingChanges::on_event(const EventHead& event) {
    if (subscriptions_.empty()) return;
    switch (event.type) {
        case EventType::accepted:
            if (event.terms.side == Side::buy) break;
            touch(as_event<Accepted>(event).account, instrument_of(event.counter));
            break;
        case EventType::replaced:
            touch_order(event, as_event<Replaced>(event).order_id);
            break;
        case EventType::cancelled:
            touch_order(event, as_event<Cancelled>(event).order_id);
            break;
        case EventType::delivery:
            touch(as_event<Delivery>(event).from, instrument_of(event.counter));
            touch(as_event<Delivery>(event).to, instrument_of(event.counter));
            break;
        case EventType::credits_deposited: {
            const DepositCredits& deposit = as_event<CreditsDeposited>(event).listing;
            touch(deposit.account, deposit.instrument);
            break;
        }
        case EventType::credits_withdrawn: {
            const auto& withdrawn = as_event<CreditsWithdrawn>(event);
            touch(withdrawn.account, directory_.instrument(withdrawn.range.lot));
            break;
        }
        default:
            break;
    }
}

void HoldingChanges::touch(AccountId account, InstrumentId instrument) {
    const ParticipantId owner = directory_.owner(account);
    for (auto& [session, subscription] : subscriptions_) {
        const AccountId one = subscription.account;
        const InstrumentId other = subscription.instrument;
        if (directory_.owner(session) != owner) continue;
        if (one != AccountId{} && one != account) continue;
        if (other != InstrumentId{} && other != instrument) continue;
        subscription.touched.insert({account, instrument});
    }
}

// Of an order that another gateway has entered the account is not known here: any of the firm's.
void HoldingChanges::touch_order(const EventHead& event, OrderId id) {
    if (event.terms.side == Side::buy) return;
    const InstrumentId instrument = instrument_of(event.counter);
    if (const Order* order = orders_.find(id)) return touch(order->account, instrument);
    const ParticipantId firm = directory_.owner(event.session);
    for (std::size_t i = 1; i < directory_.accounts().size(); ++i) {
        if (directory_.accounts()[i].participant != firm) continue;
        touch(static_cast<AccountId>(i), instrument);
    }
}

InstrumentId HoldingChanges::instrument_of(CounterId id) const {
    const Counter* counter = directory_.counter(id);
    return counter == nullptr ? InstrumentId{} : counter->instrument;
}

}  // namespace carbonx::gateway
