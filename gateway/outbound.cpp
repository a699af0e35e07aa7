#include "gateway/outbound.h"

#include "gateway/account_messages.h"
#include "gateway/news.h"
#include "gateway/quickfix.h"
#include "gateway/reject_codes.h"

namespace carbonx::gateway {
namespace {

namespace tags = FIX::FIELD;

uint64_t report_key(uint64_t sequence, Side side) {
    return sequence * 2 + static_cast<uint64_t>(side);
}

// ExecRestatementReason (378) and Text (58) of a cancel that the order's owner did not ask for.
struct CancelWords {
    int restatement_reason;  // 0: none
    const char* text;
};

CancelWords words(CancelReason reason) {
    switch (reason) {
        case CancelReason::requested:
            return {0, nullptr};
        case CancelReason::mass_cancel:
            return {0, "mass_cancel: by the session's mass cancel (S5)"};
        case CancelReason::operator_request:
            return {8, "operator_request: by the exchange (S4, S5)"};
        case CancelReason::disconnected:
            return {7, "disconnected: the session was gone for its grace time (S1)"};
        case CancelReason::remainder:
            return {99, "remainder: what was not filled at once does not rest (M4)"};
        case CancelReason::self_trade:
            return {99, "self_trade: the next order to trade with is of the same owner (M3)"};
        case CancelReason::expired:
            return {0, "expired: a day order at the close (P6)"};
        case CancelReason::outside_band:
            return {99, "outside_band: the new day's price band does not reach it (P5)"};
    }
    return {99, nullptr};
}

}  // namespace

// An order, and what its events do to it, is mirrored only if someone here is told of it.
bool Outbound::concerns_us(const EventHead& event) const {
    const bool names_session =
        event.type == EventType::accepted || event.type == EventType::rejected ||
        event.type == EventType::order_state || event.type == EventType::mass_cancelled ||
        event.type == EventType::account_state || event.type == EventType::holding_state ||
        event.type == EventType::cash_state;
    return !names_session || sink_.is_followed(event.session);
}

void Outbound::on_event(uint64_t sequence, const EventHead& event) {
    directory_.apply(event);
    if (!concerns_us(event)) return;
    if (event.type == EventType::delivery) return on_delivery(as_event<Delivery>(event));
    if (event.type == EventType::rested) return on_rested(sequence, as_event<Rested>(event));
    release_trade();
    if (event.type == EventType::order_state) {
        return on_order_state(sequence, as_event<OrderState>(event));
    }
    release_states();

    ClientId original;
    if (event.type == EventType::replaced) {
        const Order* order = orders_.find(as_event<Replaced>(event).order_id);
        if (order != nullptr) original = order->client_id;
    }
    orders_.apply(sequence, event);
    switch (event.type) {
        case EventType::accepted:
            if (const Order* order = orders_.find(as_event<Accepted>(event).order_id)) {
                send_order(*order, '0', sequence, event.time_ns);
            }
            break;
        case EventType::rejected:
            on_rejected(sequence, as_event<Rejected>(event));
            break;
        case EventType::trade:
            on_trade(sequence, as_event<Trade>(event));
            break;
        case EventType::cancelled:
            on_cancelled(sequence, as_event<Cancelled>(event));
            break;
        case EventType::replaced:
            on_replaced(sequence, as_event<Replaced>(event), original);
            break;
        case EventType::restated: {
            const Order* order = orders_.find(as_event<Restated>(event).order_id);
            if (order == nullptr || !is_due(order->session, sequence, order->terms.side)) break;
            reports_.order(report_, *order, 'D',
                           {exec_id_of(sequence, order->terms.side), event.time_ns});
            report_.add(tags::ExecRestatementReason, 1);  // renewal of a good-till-cancel order
            send(order->session, sequence, order->terms.side);
            break;
        }
        case EventType::mass_cancelled: {
            if (!is_due(event.session, sequence, Side::buy)) break;
            reports_.mass_cancelled(report_, as_event<MassCancelled>(event),
                                    {std::to_string(sequence), event.time_ns});
            send(event.session, sequence, Side::buy);
            break;
        }
        case EventType::participant_changed:
            on_participant(sequence, as_event<ParticipantChanged>(event));
            break;
        case EventType::account_state:
            on_account_state(sequence, as_event<AccountState>(event));
            break;
        case EventType::holding_state:
            on_holding(sequence, as_event<HoldingState>(event));
            break;
        case EventType::cash_state:
            on_cash(sequence, as_event<CashState>(event));
            break;
        default:
            break;
    }
}

void Outbound::on_idle() {
    if (held_trade_ && held_trade_->delivered >= held_trade_->trade.quantity.value) release_trade();
    if (held_states_.size() == 1)
        release_states();  // more than one: the end of the answer is to come
}

void Outbound::on_rejected(uint64_t sequence, const Rejected& event) {
    if (event.command == CommandType::account_query) return on_query_refused(sequence, event);
    const SessionId session = event.head.session;
    if (event.command == CommandType::order_status && event.order_id == OrderId{}) {
        sink_.on_orders_told(session, 0);
    }
    const Order* order = orders_.find(event.order_id);
    const Side side = order == nullptr ? event.head.terms.side : order->terms.side;
    if (!is_due(session, sequence, side)) return;
    const Stamp stamp{exec_id_of(sequence, side), event.head.time_ns};
    if (event.command == CommandType::new_order) {
        reports_.refused_order(report_, event, stamp);
    } else if (event.command == CommandType::mass_cancel) {
        reports_.refused_mass_cancel(report_, event, stamp);
    } else if (event.command == CommandType::order_status) {
        // Of an order that was done by then, there is a state to tell.
        if (order != nullptr) {
            reports_.order(report_, *order, 'I', stamp);
        } else {
            reports_.unknown_order(report_, {event.reason, {}, false}, stamp);
        }
        const int tag = event.order_id == OrderId{} ? tags::MassStatusReqID : tags::OrdStatusReqID;
        if (!event.client_id.view().empty()) report_.add(tag, event.client_id.view());
    } else {
        reports_.refused_change(report_, event, stamp);
    }
    send(session, sequence, side);
}

void Outbound::on_trade(uint64_t sequence, const Trade& event) {
    const Order* maker = orders_.find(event.maker);
    const Order* taker = orders_.find(event.taker);
    if (maker == nullptr && taker == nullptr) return;
    HeldTrade& held = held_trade_.emplace(HeldTrade{});
    held.sequence = sequence;
    held.trade = event;
    if (maker != nullptr) held.maker = *maker;
    if (taker != nullptr) held.taker = *taker;
}

void Outbound::on_delivery(const Delivery& event) {
    if (!held_trade_) return;
    for (const SerialRange& range : event.ranges) {
        if (range.count == 0) continue;
        held_trade_->ranges.push_back(range);
        held_trade_->delivered += range.count;
    }
}

// The place in the book goes out with the last trade before it.
void Outbound::on_rested(uint64_t sequence, const Rested& event) {
    orders_.apply(sequence, event.head);
    if (held_trade_ && held_trade_->taker && held_trade_->taker->id == event.order_id) {
        held_trade_->taker->reference = sequence;
    }
    release_trade();
}

void Outbound::release_trade() {
    if (!held_trade_) return;
    const bool taker_buys = held_trade_->trade.head.terms.side == Side::buy;
    for (const bool is_taker : {taker_buys, !taker_buys}) {  // the buyer's report first
        const std::optional<Order>& order = is_taker ? held_trade_->taker : held_trade_->maker;
        if (order) release_trade_side(*order, is_taker);
    }
    held_trade_.reset();
}

void Outbound::release_trade_side(const Order& order, bool is_taker) {
    const uint64_t sequence = held_trade_->sequence;
    const Side side = order.terms.side;
    if (!is_due(order.session, sequence, side)) return;
    reports_.order(report_, order, 'F',
                   {exec_id_of(sequence, side), held_trade_->trade.head.time_ns});
    reports_.add_trade(report_, sequence, held_trade_->trade, side, is_taker, held_trade_->ranges);
    send(order.session, sequence, side);
}

void Outbound::on_cancelled(uint64_t sequence, const Cancelled& event) {
    const Order* order = orders_.find(event.order_id);
    if (order == nullptr || !is_due(order->session, sequence, order->terms.side)) return;
    const bool expired = event.reason == CancelReason::expired;
    ReportIds ids;
    if (!event.client_id.view().empty()) ids = {event.client_id.view(), order->client_id.view()};
    reports_.order(report_, *order, expired ? 'C' : '4',
                   {exec_id_of(sequence, order->terms.side), event.head.time_ns}, ids);
    const CancelWords why = words(event.reason);
    if (why.restatement_reason != 0) {
        report_.add(tags::ExecRestatementReason, why.restatement_reason);
    }
    if (why.text != nullptr) report_.add(tags::Text, why.text);
    send(order->session, sequence, order->terms.side);
}

void Outbound::on_replaced(uint64_t sequence, const Replaced& event, const ClientId& original) {
    const Order* order = orders_.find(event.order_id);
    if (order == nullptr || !is_due(order->session, sequence, order->terms.side)) return;
    reports_.order(report_, *order, '5',
                   {exec_id_of(sequence, order->terms.side), event.head.time_ns},
                   {{}, original.view()});
    send(order->session, sequence, order->terms.side);
}

void Outbound::on_order_state(uint64_t sequence, const OrderState& event) {
    const bool same_answer =
        !held_states_.empty() && held_states_.front().state.head.command == event.head.command;
    if (!same_answer) release_states();
    if (event.order_id == OrderId{}) return release_mass_status(sequence, event);
    held_states_.push_back({sequence, event});
}

void Outbound::release_states() {
    for (const HeldState& held : held_states_) {
        const Order* order = orders_.find(held.state.order_id);
        const SessionId session = held.state.head.session;
        if (order == nullptr || !is_due(session, held.sequence, order->terms.side)) continue;
        reports_.order(report_, *order, 'I',
                       {exec_id_of(held.sequence, order->terms.side), held.state.head.time_ns});
        if (!held.state.client_id.view().empty()) {
            report_.add(tags::OrdStatusReqID, held.state.client_id.view());
        }
        send(session, held.sequence, order->terms.side);
    }
    held_states_.clear();
}

void Outbound::release_mass_status(uint64_t sequence, const OrderState& end) {
    const std::size_t total = held_states_.size();
    const SessionId session = end.head.session;
    sink_.on_orders_told(session, total);
    for (std::size_t i = 0; i < total; ++i) {
        const HeldState& held = held_states_[i];
        const Order* order = orders_.find(held.state.order_id);
        if (order == nullptr || !is_due(session, held.sequence, order->terms.side)) continue;
        reports_.order(report_, *order, 'I',
                       {exec_id_of(held.sequence, order->terms.side), held.state.head.time_ns});
        report_.add(tags::MassStatusReqID, end.client_id.view());
        report_.add(tags::TotNumReports, total);
        report_.add(tags::LastRptRequested, i + 1 == total ? 'Y' : 'N');
        send(session, held.sequence, order->terms.side);
    }
    held_states_.clear();
    if (total > 0 || !is_due(session, sequence, Side::buy)) return;
    reports_.unknown_order(report_,
                           {Reject::order_unknown, "the session has no such open order", false},
                           {exec_id_of(sequence, Side::buy), end.head.time_ns});
    report_.add(tags::MassStatusReqID, end.client_id.view());
    report_.add(tags::TotNumReports, 0);
    report_.add(tags::LastRptRequested, 'Y');
    send(session, sequence, Side::buy);
}

// The kill switch, told to all sessions of the firm.
void Outbound::on_participant(uint64_t sequence, const ParticipantChanged& event) {
    const std::string firm(directory_.participant_name(event.participant));
    const Notice notice{
        event.enabled
            ? "participant_enabled: " + firm + " may enter orders again (S4)"
            : "participant_disabled: " + firm + " enters no orders, its open ones go (S4)",
        {}};
    for (std::size_t i = 1; i < directory_.sessions().size(); ++i) {
        const auto session = static_cast<SessionId>(i);
        if (directory_.sessions()[i].participant != event.participant) continue;
        if (!is_due(session, sequence, Side::buy)) continue;
        write_news(report_, notice, event.head.time_ns);
        send(session, sequence, Side::buy);
    }
}

// A change of a holding, which the gateway asked for, has no answer but its row.
void Outbound::on_account_state(uint64_t sequence, const AccountState& event) {
    answer_ = event;
    sink_.on_query_answered(event);
    if (event.content == AccountContent::holding) return;
    const SessionId session = event.head.session;
    const bool of_cash = event.content == AccountContent::cash;
    if ((of_cash && event.count > 0) || !is_due(session, sequence, Side::buy)) return;
    if (of_cash) {
        no_collateral(report_, directory_, event);
    } else {
        positions_ack(report_, directory_, event, std::to_string(sequence));
    }
    send(session, sequence, Side::buy);
}

void Outbound::on_holding(uint64_t sequence, const HoldingState& row) {
    if (!is_due(row.head.session, sequence, Side::buy)) return;
    position_report(report_, directory_, answer_, row, std::to_string(sequence));
    send(row.head.session, sequence, Side::buy);
}

void Outbound::on_cash(uint64_t sequence, const CashState& row) {
    if (!is_due(row.head.session, sequence, Side::buy)) return;
    collateral_report(report_, directory_, answer_, row, std::to_string(sequence));
    send(row.head.session, sequence, Side::buy);
}

void Outbound::on_query_refused(uint64_t sequence, const Rejected& event) {
    sink_.on_query_refused(event);
    if (event.content == AccountContent::holding) return;  // it is asked for again
    const SessionId session = event.head.session;
    if (!is_due(session, sequence, Side::buy)) return;
    refuse_query(report_, directory_, event, std::to_string(sequence));
    send(session, sequence, Side::buy);
}

bool Outbound::is_due(SessionId session, uint64_t sequence, Side side) const {
    return sink_.is_due(session, report_key(sequence, side));
}

void Outbound::send(SessionId session, uint64_t sequence, Side side) {
    sink_.send(session, report_, report_key(sequence, side));
}

void Outbound::send_order(const Order& order, char exec_type, uint64_t sequence, uint64_t time_ns) {
    if (!is_due(order.session, sequence, order.terms.side)) return;
    reports_.order(report_, order, exec_type, {exec_id_of(sequence, order.terms.side), time_ns});
    send(order.session, sequence, order.terms.side);
}

}  // namespace carbonx::gateway
