// What brokers ask of their own accounts and trades: the gateway's part of holdings, cash and trade
// history. How they are translated and told is in inbound, account_messages, holding_changes and
// trade_history.
#include "gateway/gateway.h"
#include "gateway/reject_codes.h"

namespace carbonx::gateway {
namespace {

constexpr std::size_t trades_a_poll = 4;  // each may be read from the disk

}  // namespace

Gateway::Client* Gateway::asking(SessionId session) {
    const auto owner = audiences_[index(session)].owner;
    return owner ? &clients_[*owner] : nullptr;
}

// Of an answer that this process asked for: what is read at the start was paid long ago.
void Gateway::on_query_answered(const AccountState& answer) {
    if (answer.content == AccountContent::holding) return changes_.on_answered(answer);
    Client* client = asking(answer.head.session);
    if (client == nullptr || !client->query_pending) return;
    client->query_pending = false;
    client->throttle.answers().charge(answer.count);
    if (std::exchange(client->query_subscribes, false)) changes_.begin(answer);
}

void Gateway::on_query_refused(const Rejected& refusal) {
    const SessionId session = refusal.head.session;
    if (refusal.content == AccountContent::holding) return changes_.on_refused(session);
    Client* client = asking(session);
    if (client != nullptr) client->query_pending = client->query_subscribes = false;
}

void Gateway::on_orders_told(SessionId session, std::size_t count) {
    Client* client = asking(session);
    if (client == nullptr || !client->query_pending) return;
    client->query_pending = false;
    client->throttle.answers().charge(static_cast<uint32_t>(count));
}

// At once, from what has been read; the trades follow some at a time, beside all else, whether or
// not the broker stays to hear them.
void Gateway::answer_trades(SessionIndex session, const MessageView& request) {
    Client& client = clients_[session];
    try {
        if (!admit(session, false)) throw Refusal{Reject::throttled, {}, false};
        check_debt(client);
        if (client.trades) {
            throw Refusal{Reject::exchange_busy, "the trades asked for before are being told",
                          false};
        }
        TradeHistory::Answer trades = trades_.select(directory_.owner(client.id), request);
        TradeHistory::ack(answer_, request, trades);
        answer(session);
        client.throttle.answers().charge(static_cast<uint32_t>(trades.count));
        if (trades.count == 0) return;
        client.trades = std::move(trades);
        telling_trades_.push_back(session);
    } catch (const Refusal& refusal) {
        ++client.refused_count;
        TradeHistory::refuse(answer_, request, refusal);
        answer(session);
    }
}

// Some of one session's, the next time of another's.
std::size_t Gateway::tell_trades() {
    if (telling_trades_.empty()) return 0;
    const SessionIndex session = telling_trades_.front();
    telling_trades_.pop_front();
    std::optional<TradeHistory::Answer>& trades = clients_[session].trades;
    std::size_t told = 0;
    while (trades && told < trades_a_poll && trades_.next(answer_, *trades, link_.events())) {
        answer(session);
        ++told;
        if (trades->is_told()) trades.reset();
    }
    if (trades && trades->is_told()) trades.reset();
    if (trades) telling_trades_.push_back(session);
    return told;
}

// Who does not read what it was told, or was told much, is told later what has become of it.
void Gateway::ask_for_changes() {
    if (link_.is_engine_silent(monotonic_ns_)) return;
    changes_.ask(monotonic_ns_, [&](const AccountQuery& query) {
        const SessionIndex session = *audiences_[index(query.head.session)].owner;
        TokenBucket& answers = clients_[session].throttle.answers();
        const bool may_ask = !sessions_.is_behind(session) && answers.has_one(monotonic_ns_);
        if (!may_ask || !link_.try_push(query.head, false)) return false;
        answers.take();
        return true;
    });
}

}  // namespace carbonx::gateway
