// Subscriptions to changes of holdings (AN with 263=1): which of them an event has touched, and
// what to ask the exchange again for that reason.
//
// Threads: the gateway thread only.
// Always: at most one subscription a session; it asks at most once a second, for each holding that
// was touched since; nothing is forgotten when the ring has no room.
#pragma once

#include <map>
#include <set>
#include <utility>

#include "gateway/directory.h"
#include "gateway/orders.h"

namespace carbonx::gateway {

class HoldingChanges {
public:
    HoldingChanges(const Directory& directory, const Orders& orders)
        : directory_(directory), orders_(orders) {}

    // What was asked the first time is asked again when it changes; in place of an earlier one.
    void begin(const AccountQuery& first);
    void end(SessionId session) { subscriptions_.erase(session); }

    // Requires: directory and orders know of the event.
    void on_event(const EventHead& event);

    // Asks what is due: push(AccountQuery), false where there is no room.
    template <class Push>
    void ask(uint64_t monotonic_ns, Push&& push) {
        for (auto& [session, subscription] : subscriptions_) {
            if (subscription.touched.empty() || monotonic_ns < subscription.next_ns) continue;
            subscription.next_ns = monotonic_ns + interval_ns;
            while (!subscription.touched.empty()) {
                const auto first = subscription.touched.begin();
                AccountQuery query = subscription.query;
                query.content = AccountContent::holding;
                query.account = first->first;
                query.instrument = first->second;
                if (!push(query)) return;
                subscription.touched.erase(first);
            }
        }
    }

private:
    static constexpr uint64_t interval_ns = 1'000'000'000;

    struct Subscription {
        AccountQuery query;
        uint64_t next_ns = 0;
        std::set<std::pair<AccountId, InstrumentId>> touched;
    };

    void touch(AccountId account, InstrumentId instrument);
    void touch_order(const EventHead& event, OrderId order);
    InstrumentId instrument_of(CounterId counter) const;

    const Directory& directory_;
    const Orders& orders_;
    std::map<SessionId, Subscription> subscriptions_;
};

}  // namespace carbonx::gateway
