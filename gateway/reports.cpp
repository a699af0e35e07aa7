#include "gateway/reports.h"

#include "gateway/dictionary.h"
#include "gateway/fields.h"
#include "gateway/reject_codes.h"

namespace carbonx::gateway {
namespace {

namespace tags = FIX::FIELD;

constexpr std::string_view none = "NONE";        // OrderID (37) of no order
constexpr std::string_view no_symbol = "[N/A]";  // Symbol (55) where none was asked for
constexpr std::string_view undisclosed = "7";    // Side (54) where none was asked for

char side_code(Side side) { return side == Side::buy ? '1' : '2'; }

char time_in_force_code(TimeInForce time_in_force) {
    switch (time_in_force) {
        case TimeInForce::day:
            return '0';
        case TimeInForce::good_till_cancel:
            return '1';
        case TimeInForce::immediate_or_cancel:
            return '3';
        case TimeInForce::fill_or_kill:
            return '4';
    }
    return '0';
}

void begin_execution(MessageWriter& report, char exec_type, char status, const Stamp& stamp) {
    report.begin(FIX::MsgType_ExecutionReport);
    report.add(tags::ExecID, stamp.exec_id);
    report.add(tags::ExecType, exec_type);
    report.add(tags::OrdStatus, status);
    report.add_time(tags::TransactTime, stamp.time_ns);
}

void begin_mass_cancel(MessageWriter& report, std::string_view client_id, std::string_view type,
                       std::string_view response, const Stamp& stamp) {
    report.begin(FIX::MsgType_OrderMassCancelReport);
    if (!client_id.empty()) report.add(tags::ClOrdID, client_id);
    report.add(tags::OrderID, stamp.exec_id);
    report.add(tags::MassCancelRequestType, type);
    report.add(tags::MassCancelResponse, response);
    report.add_time(tags::TransactTime, stamp.time_ns);
}

std::string_view mass_cancel_type(CounterId counter) { return counter == CounterId{} ? "7" : "1"; }

void add_refusal(MessageWriter& report, const Refusal& refusal) {
    report.add(tags::OrdRejReason, ord_rej_reason(refusal.reason));
    report.add(tags::Text, refusal_text(refusal.reason, refusal.detail));
}

void add_mass_refusal(MessageWriter& report, const Refusal& refusal) {
    report.add(tags::MassCancelRejectReason, mass_cancel_rej_reason(refusal.reason));
    report.add(tags::Text, refusal_text(refusal.reason, refusal.detail));
}

void add_nothing_open(MessageWriter& report) {
    report.add(tags::LeavesQty, 0);
    report.add(tags::CumQty, 0);
    report.add(tags::AvgPx, 0);
}

void copy(MessageWriter& to, const MessageView& from, int tag, std::string_view otherwise = {}) {
    const std::string_view value = from[tag];
    if (!value.empty()) return to.add(tag, value);
    if (!otherwise.empty()) to.add(tag, otherwise);
}

}  // namespace

char order_status(const Order& order) {
    switch (order.state) {
        case Order::State::open:
            return order.executed.value == 0 ? '0' : '1';
        case Order::State::filled:
            return '2';
        case Order::State::cancelled:
            return '4';
        case Order::State::expired:
            return 'C';
    }
    return '0';
}

void Reports::add_counter(MessageWriter& report, CounterId id) const {
    const Counter* counter = directory_.counter(id);
    if (counter == nullptr) return report.add(tags::Symbol, no_symbol);
    report.add(tags::Symbol, counter->symbol.view());
    report.add(tags::Currency, iso_code(counter->currency));
}

// OrderMassCancelReport has no Currency (15).
void Reports::add_mass_cancel_counter(MessageWriter& report, CounterId id) const {
    const Counter* counter = directory_.counter(id);
    if (counter != nullptr) report.add(tags::Symbol, counter->symbol.view());
}

void Reports::order(MessageWriter& report, const Order& order, char exec_type, const Stamp& stamp,
                    const ReportIds& ids) const {
    begin_execution(report, exec_type, order_status(order), stamp);
    report.add(tags::OrderID, static_cast<uint64_t>(order.id));
    report.add(tags::ClOrdID, ids.client_id.empty() ? order.client_id.view() : ids.client_id);
    if (!ids.original_id.empty()) report.add(tags::OrigClOrdID, ids.original_id);
    report.add(tags::Account, directory_.account_name(order.account));
    add_counter(report, order.counter);
    report.add(tags::Side, side_code(order.terms.side));
    report.add(tags::OrderQty, order.quantity.value);
    const bool is_limit = order.terms.type == OrderType::limit;
    report.add(tags::OrdType, is_limit ? '2' : '1');
    if (is_limit) report.add_decimal(tags::Price, order.price.value);
    report.add(tags::TimeInForce, time_in_force_code(order.terms.time_in_force));
    if (order.terms.post_only) report.add(tags::ExecInst, '6');
    report.add(tags::LeavesQty, order.leaves().value);
    report.add(tags::CumQty, order.executed.value);
    report.add(tags::AvgPx, average_price_text(order.notional, order.executed));
    if (order.is_open() && order.reference != 0) {
        report.add(tags::SecondaryOrderID, order.reference);
    }
}

void Reports::add_trade(MessageWriter& report, uint64_t sequence, const Trade& trade, Side side,
                        bool is_taker, const std::vector<SerialRange>& ranges) const {
    report.add(tags::LastQty, trade.quantity.value);
    report.add_decimal(tags::LastPx, trade.price.value);
    report.add(tags::LastLiquidityInd, is_taker ? 2 : 1);
    report.add(tags::SecondaryExecID, sequence);
    report.add(tags::TradeDate, directory_.trading_day());
    report.add_decimal(tag::fee, side == Side::buy ? trade.buyer_fee : trade.seller_fee);
    if (ranges.empty()) return;
    report.add(tag::no_serial_ranges, ranges.size());
    for (const SerialRange& range : ranges) {
        report.add(tag::lot_id, index(range.lot));
        const std::string_view prefix = directory_.serial_prefix(range.lot);
        if (!prefix.empty()) report.add(tag::serial_prefix, prefix);
        report.add(tag::serial_first, range.first);
        report.add(tag::serial_last, range.first + range.count - 1);
    }
}

void Reports::unknown_order(MessageWriter& report, const Refusal& refusal,
                            const Stamp& stamp) const {
    begin_execution(report, 'I', '8', stamp);
    report.add(tags::OrderID, none);
    report.add(tags::Symbol, no_symbol);
    report.add(tags::Side, undisclosed);
    add_nothing_open(report);
    add_refusal(report, refusal);
}

void Reports::refused_order(MessageWriter& report, const Rejected& event,
                            const Stamp& stamp) const {
    begin_execution(report, '8', '8', stamp);
    report.add(tags::OrderID, none);
    report.add(tags::ClOrdID, event.client_id.view());
    const std::string_view account = directory_.account_name(event.account);
    if (!account.empty()) report.add(tags::Account, account);
    add_counter(report, event.head.counter);
    report.add(tags::Side, side_code(event.head.terms.side));
    add_nothing_open(report);
    add_refusal(report, {event.reason, {}, false});
}

void Reports::change_refused(MessageWriter& report, const Order* order, std::string_view client_id,
                             std::string_view original_id, bool is_replace, const Refusal& refusal,
                             const Stamp& stamp) const {
    report.begin(FIX::MsgType_OrderCancelReject);
    report.add(tags::ClOrdID, client_id);
    report.add(tags::OrigClOrdID, original_id);
    if (order == nullptr) {
        report.add(tags::OrderID, none);
        report.add(tags::OrdStatus, '8');
    } else {
        report.add(tags::OrderID, static_cast<uint64_t>(order->id));
        report.add(tags::OrdStatus, order_status(*order));
        report.add(tags::Account, directory_.account_name(order->account));
    }
    report.add(tags::CxlRejResponseTo, is_replace ? '2' : '1');
    const int reason = refusal.too_late ? 0 : cxl_rej_reason(refusal.reason);
    report.add(tags::CxlRejReason, reason);
    report.add(tags::Text, refusal_text(refusal.reason, refusal.detail));
    report.add_time(tags::TransactTime, stamp.time_ns);
}

void Reports::refused_change(MessageWriter& report, const Rejected& event,
                             const Stamp& stamp) const {
    const Order* order = orders_.find(event.order_id);
    Refusal refusal{event.reason, {}, false};
    refusal.too_late =
        event.reason == Reject::order_unknown && order != nullptr && !order->is_open();
    change_refused(report, order, event.client_id.view(),
                   order == nullptr ? none : order->client_id.view(),
                   event.command == CommandType::replace_order, refusal, stamp);
}

void Reports::refused_mass_cancel(MessageWriter& report, const Rejected& event,
                                  const Stamp& stamp) const {
    const CounterId counter = event.head.counter;
    begin_mass_cancel(report, event.client_id.view(), mass_cancel_type(counter), "0", stamp);
    add_mass_cancel_counter(report, counter);
    add_mass_refusal(report, {event.reason, {}, false});
}

void Reports::mass_cancelled(MessageWriter& report, const MassCancelled& event,
                             const Stamp& stamp) const {
    const CounterId counter = event.head.counter;
    const std::string_view type = mass_cancel_type(counter);
    begin_mass_cancel(report, event.client_id.view(), type, type, stamp);
    add_mass_cancel_counter(report, counter);
    report.add(tags::TotalAffectedOrders, event.count);
}

void Reports::refuse(MessageWriter& report, SessionId session, const MessageView& request,
                     const Refusal& refusal, const Stamp& stamp) const {
    const std::string_view type = request.msg_type();
    const std::string_view client_id = request[tags::ClOrdID];
    if (type == FIX::MsgType_OrderMassCancelRequest) {
        begin_mass_cancel(report, client_id, request[tags::MassCancelRequestType], "0", stamp);
        copy(report, request, tags::Symbol);
        return add_mass_refusal(report, refusal);
    }
    const bool is_replace = type == FIX::MsgType_OrderCancelReplaceRequest;
    if (is_replace || type == FIX::MsgType_OrderCancelRequest) {
        const std::string_view original = request[tags::OrigClOrdID];
        const Order* order = nullptr;
        if (ClientId::fits(original)) {
            order = orders_.find(orders_.use(session, ClientId(original)).order);
        }
        return change_refused(report, order, client_id, original, is_replace, refusal, stamp);
    }
    const bool is_new = type == FIX::MsgType_NewOrderSingle;
    begin_execution(report, is_new ? '8' : 'I', '8', stamp);
    report.add(tags::OrderID, none);
    for (const int tag : {tags::ClOrdID, tags::Account, tags::OrderQty, tags::OrdType, tags::Price,
                          tags::TimeInForce, tags::OrdStatusReqID, tags::MassStatusReqID}) {
        copy(report, request, tag);
    }
    copy(report, request, tags::Symbol, no_symbol);
    copy(report, request, tags::Side, undisclosed);
    add_nothing_open(report);
    add_refusal(report, refusal);
}

}  // namespace carbonx::gateway
