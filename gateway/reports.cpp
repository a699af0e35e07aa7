#include "gateway/reports.h"

#include "gateway/dictionary.h"
#include "gateway/fields.h"
#include "gateway/reject_codes.h"

namespace carbonx::gateway {
namespace {

constexpr std::string_view none = "NONE";        // OrderID (37) of no order
constexpr std::string_view no_symbol = "[N/A]";  // Symbol (55) where none was asked for
constexpr char undisclosed = '7';                // Side (54) where none was asked for

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

void set_refusal(FIX::Message& report, const Refusal& refusal) {
    set(report, FIX::FIELD::OrdRejReason, ord_rej_reason(refusal.reason));
    set(report, FIX::FIELD::Text, refusal_text(refusal.reason, refusal.detail));
}

void set_nothing_open(FIX::Message& report) {
    set(report, FIX::FIELD::LeavesQty, 0);
    set(report, FIX::FIELD::CumQty, 0);
    set(report, FIX::FIELD::AvgPx, 0);
}

void copy(FIX::Message& to, const FIX::Message& from, int tag) {
    if (from.isSetField(tag)) to.setField(tag, from.getField(tag));
}

void copy_or(FIX::Message& to, const FIX::Message& from, int tag, std::string_view otherwise) {
    set(to, tag, from.isSetField(tag) ? field(from, tag) : otherwise);
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

FIX::Message Reports::execution(char exec_type, char status, const Stamp& stamp) const {
    FIX::Message report = make_message(FIX::MsgType_ExecutionReport);
    set(report, FIX::FIELD::ExecID, stamp.exec_id);
    set(report, FIX::FIELD::ExecType, exec_type);
    set(report, FIX::FIELD::OrdStatus, status);
    set(report, FIX::FIELD::TransactTime, timestamp_text(stamp.time_ns));
    return report;
}

void Reports::set_counter(FIX::Message& message, CounterId id) const {
    const Counter* counter = directory_.counter(id);
    if (counter == nullptr) return set(message, FIX::FIELD::Symbol, no_symbol);
    set(message, FIX::FIELD::Symbol, counter->symbol.view());
    set(message, FIX::FIELD::Currency, iso_code(counter->currency));
}

FIX::Message Reports::order(const Order& order, char exec_type, const Stamp& stamp) const {
    FIX::Message report = execution(exec_type, order_status(order), stamp);
    set(report, FIX::FIELD::OrderID, static_cast<uint64_t>(order.id));
    set(report, FIX::FIELD::ClOrdID, order.client_id.view());
    set(report, FIX::FIELD::Account, directory_.account_name(order.account));
    set_counter(report, order.counter);
    set(report, FIX::FIELD::Side, side_code(order.terms.side));
    set(report, FIX::FIELD::OrderQty, order.quantity.value);
    const bool is_limit = order.terms.type == OrderType::limit;
    set(report, FIX::FIELD::OrdType, is_limit ? '2' : '1');
    if (is_limit) set(report, FIX::FIELD::Price, price_text(order.price));
    set(report, FIX::FIELD::TimeInForce, time_in_force_code(order.terms.time_in_force));
    if (order.terms.post_only) set(report, FIX::FIELD::ExecInst, '6');
    set(report, FIX::FIELD::LeavesQty, order.leaves().value);
    set(report, FIX::FIELD::CumQty, order.executed.value);
    set(report, FIX::FIELD::AvgPx, average_price_text(order.notional, order.executed));
    if (order.is_open() && order.reference != 0) {
        set(report, FIX::FIELD::SecondaryOrderID, order.reference);
    }
    return report;
}

void Reports::add_trade(FIX::Message& report, uint64_t sequence, const Trade& trade, Side side,
                        bool is_taker, const std::vector<SerialRange>& ranges) const {
    set(report, FIX::FIELD::LastQty, trade.quantity.value);
    set(report, FIX::FIELD::LastPx, price_text(trade.price));
    set(report, FIX::FIELD::LastLiquidityInd, is_taker ? 2 : 1);
    set(report, FIX::FIELD::SecondaryExecID, sequence);
    set(report, FIX::FIELD::TradeDate, directory_.trading_day());
    const int64_t fee = side == Side::buy ? trade.buyer_fee : trade.seller_fee;
    set(report, tag::fee, decimal_text(fee));
    for (const SerialRange& range : ranges) {
        static constexpr int order[] = {tag::lot_id, tag::serial_prefix, tag::serial_first,
                                        tag::serial_last, 0};
        FIX::Group group(tag::no_serial_ranges, tag::lot_id, order);
        set(group, tag::lot_id, index(range.lot));
        const std::string_view prefix = directory_.serial_prefix(range.lot);
        if (!prefix.empty()) set(group, tag::serial_prefix, prefix);
        set(group, tag::serial_first, range.first);
        set(group, tag::serial_last, range.first + range.count - 1);
        report.addGroup(group);
    }
}

FIX::Message Reports::unknown_order(std::string_view client_id, const Refusal& refusal,
                                    const Stamp& stamp) const {
    FIX::Message report = execution('I', '8', stamp);
    set(report, FIX::FIELD::OrderID, none);
    if (!client_id.empty()) set(report, FIX::FIELD::ClOrdID, client_id);
    set(report, FIX::FIELD::Symbol, no_symbol);
    set(report, FIX::FIELD::Side, undisclosed);
    set_nothing_open(report);
    set_refusal(report, refusal);
    return report;
}

FIX::Message Reports::refused_order(const Rejected& event, const Stamp& stamp) const {
    FIX::Message report = execution('8', '8', stamp);
    set(report, FIX::FIELD::OrderID, none);
    set(report, FIX::FIELD::ClOrdID, event.client_id.view());
    const std::string_view account = directory_.account_name(event.account);
    if (!account.empty()) set(report, FIX::FIELD::Account, account);
    set_counter(report, event.head.counter);
    set(report, FIX::FIELD::Side, side_code(event.head.terms.side));
    set_nothing_open(report);
    set_refusal(report, {event.reason, {}, false});
    return report;
}

FIX::Message Reports::change_refused(const Order* order, std::string_view client_id,
                                     std::string_view original_id, bool is_replace,
                                     const Refusal& refusal, const Stamp& stamp) const {
    FIX::Message report = make_message(FIX::MsgType_OrderCancelReject);
    set(report, FIX::FIELD::ClOrdID, client_id);
    set(report, FIX::FIELD::OrigClOrdID, original_id);
    if (order == nullptr) {
        set(report, FIX::FIELD::OrderID, none);
        set(report, FIX::FIELD::OrdStatus, '8');
    } else {
        set(report, FIX::FIELD::OrderID, static_cast<uint64_t>(order->id));
        set(report, FIX::FIELD::OrdStatus, order_status(*order));
        set(report, FIX::FIELD::Account, directory_.account_name(order->account));
    }
    set(report, FIX::FIELD::CxlRejResponseTo, is_replace ? '2' : '1');
    const int reason = refusal.too_late ? 0 : cxl_rej_reason(refusal.reason);
    set(report, FIX::FIELD::CxlRejReason, reason);
    set(report, FIX::FIELD::Text, refusal_text(refusal.reason, refusal.detail));
    set(report, FIX::FIELD::TransactTime, timestamp_text(stamp.time_ns));
    return report;
}

FIX::Message Reports::refused_change(const Rejected& event, const Stamp& stamp) const {
    const Order* order = orders_.find(event.order_id);
    Refusal refusal{event.reason, {}, false};
    refusal.too_late =
        event.reason == Reject::order_unknown && order != nullptr && !order->is_open();
    return change_refused(order, event.client_id.view(),
                          order == nullptr ? none : order->client_id.view(),
                          event.command == CommandType::replace_order, refusal, stamp);
}

FIX::Message Reports::mass_cancel(std::string_view client_id, bool one_counter, char response,
                                  const Stamp& stamp) const {
    FIX::Message report = make_message(FIX::MsgType_OrderMassCancelReport);
    if (!client_id.empty()) set(report, FIX::FIELD::ClOrdID, client_id);
    set(report, FIX::FIELD::OrderID, stamp.exec_id);
    set(report, FIX::FIELD::MassCancelRequestType, one_counter ? '1' : '7');
    set(report, FIX::FIELD::MassCancelResponse, response);
    set(report, FIX::FIELD::TransactTime, timestamp_text(stamp.time_ns));
    return report;
}

FIX::Message Reports::refused_mass_cancel(const Rejected& event, const Stamp& stamp) const {
    const bool one_counter = event.head.counter != CounterId{};
    FIX::Message report = mass_cancel(event.client_id.view(), one_counter, '0', stamp);
    if (one_counter) set_counter(report, event.head.counter);
    set(report, FIX::FIELD::MassCancelRejectReason, mass_cancel_rej_reason(event.reason));
    set(report, FIX::FIELD::Text, refusal_text(event.reason));
    return report;
}

FIX::Message Reports::mass_cancelled(const MassCancelled& event, const Stamp& stamp) const {
    const bool one_counter = event.head.counter != CounterId{};
    FIX::Message report =
        mass_cancel(event.client_id.view(), one_counter, one_counter ? '1' : '7', stamp);
    if (one_counter) set_counter(report, event.head.counter);
    set(report, FIX::FIELD::TotalAffectedOrders, event.count);
    return report;
}

FIX::Message Reports::refuse(SessionId session, const FIX::Message& request, const Refusal& refusal,
                             const Stamp& stamp) const {
    const std::string_view type = msg_type(request);
    const std::string_view client_id = field(request, FIX::FIELD::ClOrdID);
    if (type == FIX::MsgType_OrderMassCancelRequest) {
        FIX::Message report = mass_cancel(client_id, false, '0', stamp);
        copy(report, request, FIX::FIELD::MassCancelRequestType);
        copy(report, request, FIX::FIELD::Symbol);
        set(report, FIX::FIELD::MassCancelRejectReason, mass_cancel_rej_reason(refusal.reason));
        set(report, FIX::FIELD::Text, refusal_text(refusal.reason, refusal.detail));
        return report;
    }
    const bool is_replace = type == FIX::MsgType_OrderCancelReplaceRequest;
    if (is_replace || type == FIX::MsgType_OrderCancelRequest) {
        const std::string_view original = field(request, FIX::FIELD::OrigClOrdID);
        const Order* order = nullptr;
        if (ClientId::fits(original)) {
            order = orders_.find(orders_.use(session, ClientId(original)).order);
        }
        return change_refused(order, client_id, original, is_replace, refusal, stamp);
    }
    const bool is_new = type == FIX::MsgType_NewOrderSingle;
    FIX::Message report = execution(is_new ? '8' : 'I', '8', stamp);
    set(report, FIX::FIELD::OrderID, none);
    for (const int tag : {FIX::FIELD::ClOrdID, FIX::FIELD::Account, FIX::FIELD::OrderQty,
                          FIX::FIELD::OrdType, FIX::FIELD::Price, FIX::FIELD::TimeInForce,
                          FIX::FIELD::OrdStatusReqID, FIX::FIELD::MassStatusReqID}) {
        copy(report, request, tag);
    }
    copy_or(report, request, FIX::FIELD::Symbol, no_symbol);
    copy_or(report, request, FIX::FIELD::Side, std::string_view(&undisclosed, 1));
    set_nothing_open(report);
    set_refusal(report, refusal);
    return report;
}

}  // namespace carbonx::gateway
