// What brokers ask of their own accounts and trades: the gateway's part of holdings, cash and trade
// history. How they are translated and told is in inbound, account_messages, holding_changes and
// trade_history.
#include "gateway/gateway.h"
#include "gateway/reject_codes.h"

namespace carbonx::gateway {
namespace {

constexpr std::size_t trades_a_poll = 32;  // of each session that asked for its trades

}  // namespace

// Of an answer that this process asked for: what is read at the start was paid long ago.
void Gateway::on_query_answered(SessionId session, uint32_t rows) {
    const auto owner = audiences_[index(session)].owner;
    if (!owner || !clients_[*owner].query_pending) return;
    clients_[*owner].query_pending = false;
    clients_[*owner].throttle.answers().charge(rows);
}

// At once, from what has been read; the trades follow some at a time, beside all else.
void Gateway::answer_trades(SessionIndex session, const MessageView& request) {
    Client& client = clients_[session];
    try {
        if (!admit(client, false)) throw Refusal{Reject::throttled, {}, false};
        check_debt(client);
        if (client.trades) {
            throw Refusal{Reject::exchange_busy, "the trades asked for before are being told",
                          false};
        }
        TradeHistory::Answer trades = trades_.select(directory_.owner(client.id), request);
        TradeHistory::ack(answer_, request, trades);
        answer(session);
        client.throttle.answers().charge(static_cast<uint32_t>(trades.places.size()));
        if (!trades.places.empty()) client.trades = std::move(trades);
    } catch (const Refusal& refusal) {
        TradeHistory::refuse(answer_, request, refusal);
        answer(session);
    }
}

std::size_t Gateway::tell_trades() {
    std::size_t told = 0;
    for (SessionIndex i = 0; i < clients_.size(); ++i) {
        std::optional<TradeHistory::Answer>& trades = clients_[i].trades;
        for (std::size_t count = 0; trades && count < trades_a_poll; ++count) {
            if (!trades_.next(answer_, *trades, link_.events())) break;
            answer(i);
            ++told;
            if (trades->told == trades->places.size()) trades.reset();
        }
    }
    return told;
}

void Gateway::ask_for_changes() {
    if (link_.is_engine_silent(monotonic_ns_)) return;
    changes_.ask(monotonic_ns_,
                 [&](const AccountQuery& query) { return link_.try_push(query.head, false); });
}

// Who was told much may ask for more when the bucket has filled again.
void Gateway::check_debt(Client& client) {
    if (client.throttle.answers().has_one(monotonic_ns_)) return;
    throw Refusal{Reject::throttled, "too many answers in a second: ask again in a moment", false};
}

}  // namespace carbonx::gateway
