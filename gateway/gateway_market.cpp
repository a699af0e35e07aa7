// What brokers ask about the market: the gateway's part of instruments, the states of counters and
// the phase. How it is told is in market_messages and security_status.
#include <algorithm>

#include "gateway/gateway.h"
#include "gateway/market_messages.h"
#include "gateway/reject_codes.h"

namespace carbonx::gateway {
namespace {

namespace tags = FIX::FIELD;

constexpr std::size_t states_a_poll = 32;  // of each session that follows counters

}  // namespace

bool Gateway::is_about_market(std::string_view type) {
    return type == FIX::MsgType_SecurityListRequest ||
           type == FIX::MsgType_SecurityDefinitionRequest ||
           type == FIX::MsgType_SecurityStatusRequest ||
           type == FIX::MsgType_TradingSessionStatusRequest;
}

void Gateway::answer_market(SessionIndex session, const MessageView& request) {
    const std::string_view type = request.msg_type();
    if (type == FIX::MsgType_SecurityListRequest) return answer_security_list(session, request);
    if (type == FIX::MsgType_SecurityDefinitionRequest) return answer_definition(session, request);
    if (type == FIX::MsgType_SecurityStatusRequest) return answer_state(session, request);
    answer_phase(session, request);
}

// Counted by its counters, as other answers by their rows.
void Gateway::answer_security_list(SessionIndex session, const MessageView& request) {
    constexpr int other = 0;
    Client& client = clients_[session];
    try {
        check_debt(client);
    } catch (const Refusal& refusal) {
        return reject(session, request, other, refusal_text(refusal.reason, refusal.detail));
    }
    SecurityList list(directory_, request, stamp().exec_id);
    while (list.next(answer_)) answer(session);
    client.throttle.answers().charge(static_cast<uint32_t>(list.size()));
}

void Gateway::answer_definition(SessionIndex session, const MessageView& request) {
    const std::string id = stamp().exec_id;
    try {
        if (request[tags::SecurityRequestType] != "0") {
            throw Refusal{Reject::unsupported, "321 must be 0: x lists the counters", false};
        }
        const std::string_view subscription = request[tags::SubscriptionRequestType];
        if (!subscription.empty() && subscription != "0") {
            throw Refusal{Reject::unsupported, "263 must be 0: e follows a counter", false};
        }
        security_definition(answer_, directory_, counter_of(directory_, request), request, id);
    } catch (const Refusal& refusal) {
        ++clients_[session].refused_count;
        refuse_definition(answer_, request, refusal, id);
    }
    answer(session);
}

// SubscriptionRequestType (263): 0 once, 1 and whenever it changes until logout, 2 no more.
void Gateway::answer_state(SessionIndex session, const MessageView& request) {
    StatusSubscriptions& followed = clients_[session].followed;
    const uint64_t now = stamp().time_ns;
    try {
        const ClientId id = client_id(request, tags::SecurityStatusReqID);
        const Counter& counter = counter_of(directory_, request);
        const std::string_view subscription = request[tags::SubscriptionRequestType];
        if (subscription == "1" && !followed.begin(counter.id, id)) {
            throw Refusal{Reject::capacity_exceeded,
                          "a session follows at most " +
                              std::to_string(StatusSubscriptions::counters_max) +
                              " counters: end one by 263=2",
                          false};
        }
        if (subscription == "2") followed.end(counter.id);
        security_status(answer_, directory_, counter, id.view(), false, now);
    } catch (const Refusal& refusal) {
        ++clients_[session].refused_count;
        refuse_status(answer_, request, refusal, now);
    }
    answer(session);
}

void Gateway::tell_state(SessionIndex session, CounterId counter, uint64_t time_ns) {
    const ClientId* id = clients_[session].followed.find(counter);
    if (id == nullptr) return;
    security_status(answer_, directory_, *directory_.counter(counter), id->view(), true, time_ns);
    answer(session);
}

void Gateway::on_counter(const EventHead& event) {
    for (SessionIndex i = 0; i < clients_.size(); ++i) {
        tell_state(i, event.counter, event.time_ns);
    }
}

// After a change of phase, some at a time: it concerns all that anyone follows.
std::size_t Gateway::tell_states() {
    if (!states_due_) return 0;
    std::size_t told = 0;
    for (SessionIndex i = 0; i < clients_.size(); ++i) {
        for (std::size_t count = 0; count < states_a_poll; ++count) {
            const auto due = clients_[i].followed.next_due();
            if (!due) break;
            tell_state(i, *due, utc_ns_);
            ++told;
        }
    }
    states_due_ = told > 0;
    return told;
}

// SubscriptionRequestType (263): as of a counter.
void Gateway::answer_phase(SessionIndex session, const MessageView& request) {
    const std::string_view id = request[tags::TradSesReqID];
    const std::string_view subscription = request[tags::SubscriptionRequestType];
    if (subscription == "1") clients_[session].phase_request = id;
    if (subscription == "2") clients_[session].phase_request.clear();
    trading_session_status(answer_, directory_, id, false);
    answer(session);
}

void Gateway::on_phase(const PhaseChanged& event) {
    const bool day_begins = event.trading_day != trading_day_;
    trading_day_ = event.trading_day;
    states_due_ = true;
    for (SessionIndex i = 0; i < clients_.size(); ++i) {
        if (day_begins) begin_day(i);
        clients_[i].followed.note_all();
        const std::string& id = clients_[i].phase_request;
        if (id.empty()) continue;
        trading_session_status(answer_, directory_, id, true);
        answer(i);
    }
}

}  // namespace carbonx::gateway
