// Subscriptions to changes of holdings (AN with 263=1): which of them an event has touched, and
// what to ask the exchange again for that reason.
//
// Threads: the gateway thread only.
// Always: at most one subscription a session. It asks for the holdings that were touched, some at a
// time, and rests for a second when it has the answers: a holding that changes often is told as it
// is then. One that was touched is remembered until the exchange has answered for it.
#pragma once

#include <map>
#include <set>
#include <utility>

#include "engine/api/command.h"
#include "gateway/directory.h"
#include "gateway/orders.h"

namespace carbonx::gateway {

class HoldingChanges {
public:
    HoldingChanges(const Directory& directory, const Orders& orders)
        : directory_(directory), orders_(orders) {}

    // What this answer was to is told again when it changes; in place of an earlier subscription.
    // Requires: no later event was seen.
    void begin(const AccountState& answer);
    void end(SessionId session) { subscriptions_.erase(session); }

    // Requires: directory and orders know of the event.
    void on_event(const EventHead& event);
    // The exchange has told this holding.
    void on_answered(const AccountState& answer);
    // It has refused to, since the session was down: all that was asked is asked again.
    void on_refused(SessionId session);

    // Asks what is due: push(AccountQuery) says whether that could be done now.
    template <class Push>
    void ask(uint64_t monotonic_ns, Push&& push) {
        for (auto& [session, subscription] : subscriptions_) {
            auto& [touched, asked, next_ns, of_account, of_instrument, client_id] = subscription;
            if (touched.empty() || !asked.empty() || monotonic_ns < next_ns) continue;
            if (!directory_.session(session)->up) continue;
            while (!touched.empty() && asked.size() < asked_max) {
                auto query = make_command<AccountQuery>(session);
                query.content = AccountContent::holding;
                query.client_id = client_id;
                query.account = touched.begin()->first;
                query.instrument = touched.begin()->second;
                if (!push(query)) break;
                asked.insert(touched.extract(touched.begin()));
            }
            if (touched.empty()) next_ns = monotonic_ns + interval_ns;
        }
    }

private:
    static constexpr uint64_t interval_ns = 1'000'000'000;
    static constexpr std::size_t asked_max = 64;  // holdings at a time

    using Holding = std::pair<AccountId, InstrumentId>;
    struct Subscription {
        std::set<Holding> touched;
        std::set<Holding> asked;  // and not answered
        uint64_t next_ns = 0;
        AccountId account{};  // what was subscribed to; 0: all
        InstrumentId instrument{};
        ClientId client_id;  // of the request
    };

    void touch(AccountId account, InstrumentId instrument);
    void touch_order(const EventHead& event, OrderId order);
    InstrumentId instrument_of(CounterId counter) const;

    const Directory& directory_;
    const Orders& orders_;
    std::map<SessionId, Subscription> subscriptions_;
};

}  // namespace carbonx::gateway
