#include "gateway/inbound.h"

#include <algorithm>
#include <cstring>

#include "gateway/fields.h"
#include "gateway/flaw.h"
#include "gateway/quickfix.h"

namespace carbonx::gateway {
namespace {

namespace tags = FIX::FIELD;

[[noreturn]] void refuse(Reject reason, std::string detail = {}) {
    throw Refusal{reason, std::move(detail), false};
}

std::string shown(int tag, std::string_view value) {
    return std::to_string(tag) + "=" + std::string(value);
}

[[noreturn]] void unsupported(const MessageView& message, int tag) {
    refuse(Reject::unsupported, shown(tag, message[tag]) + " is not supported by this venue yet");
}

// Fields that ask for what is not built yet: to ignore one would be to do something else than
// asked.
void refuse_unsupported(const MessageView& message) {
    for (const int tag :
         {tags::StopPx, tags::MinQty, tags::MaxFloor, tags::ExpireDate, tags::ExpireTime,
          tags::ClOrdLinkID, tags::SecondaryClOrdID, tags::TargetStrategy}) {
        if (message.has(tag)) unsupported(message, tag);
    }
}

Side side(const MessageView& message) {
    const std::string_view value = message[tags::Side];
    if (value == "1") return Side::buy;
    if (value == "2") return Side::sell;
    unsupported(message, tags::Side);
}

OrderType order_type(const MessageView& message) {
    const std::string_view value = message[tags::OrdType];
    if (value == "1") return OrderType::market;
    if (value == "2") return OrderType::limit;
    unsupported(message, tags::OrdType);
}

TimeInForce time_in_force(const MessageView& message) {
    const std::string_view value = message[tags::TimeInForce];
    if (value.empty() || value == "0") return TimeInForce::day;
    if (value == "1") return TimeInForce::good_till_cancel;
    if (value == "3") return TimeInForce::immediate_or_cancel;
    if (value == "4") return TimeInForce::fill_or_kill;
    unsupported(message, tags::TimeInForce);
}

// ExecInst (18): 6, participate don't initiate, is post-only.
bool post_only(const MessageView& message) {
    const std::string_view value = message[tags::ExecInst];
    if (value.empty()) return false;
    if (value == "6") return true;
    unsupported(message, tags::ExecInst);
}

// Zero where there is none: the exchange says whether one belongs there.
Price price(const MessageView& message) {
    const std::string_view text = message[tags::Price];
    if (text.empty()) return Price{};
    const std::optional<Price> price = parse_price(text);
    if (!price) {
        refuse(Reject::price_off_tick, shown(tags::Price, text) +
                                           " is not a price of this venue: "
                                           "at most four decimals, and up to 200000");
    }
    return *price;
}

Quantity quantity(const MessageView& message) {
    const std::string_view text = message[tags::OrderQty];
    const std::optional<Quantity> quantity = parse_quantity(text);
    if (!quantity) {
        refuse(Reject::quantity_invalid,
               shown(tags::OrderQty, text) + " is not a number of whole tonnes");
    }
    return *quantity;
}

// Of all counters: one that is named may be meant, and then the others are not.
void refuse_counter(const MessageView& message) {
    for (const int tag : {tags::Symbol, tags::SecurityID, tags::SecurityIDSource}) {
        if (!message.has(tag)) continue;
        refuse(Reject::unsupported, shown(tag, message[tag]) + " does not go with all counters");
    }
}

template <class T>
Translation command(const T& record, bool essential = false) {
    Translation result;
    result.essential = essential;
    std::memcpy(static_cast<void*>(&result.command), &record, sizeof record);
    return result;
}

Translation without_command(Translation::Kind kind, OrderId order = {}) {
    Translation result;
    result.kind = kind;
    result.order = order;
    return result;
}

}  // namespace

ClientId client_id(const MessageView& message, int tag) {
    const std::string_view value = message[tag];
    if (!ClientId::fits(value)) {
        refuse(Reject::value_out_of_range, shown(tag, value) + " is longer than 20 characters");
    }
    if (has_control(value)) {
        refuse(Reject::value_out_of_range,
               std::to_string(tag) + " has a control character: send printable ones only");
    }
    if (!value.empty() && value.find_first_not_of(' ') == value.npos) {
        refuse(Reject::value_out_of_range, std::to_string(tag) + " is nothing but spaces");
    }
    return ClientId(value);
}

std::string_view symbol_of(const MessageView& message) {
    const std::string_view symbol = message[tags::Symbol];
    const std::string_view security_id = message[tags::SecurityID];
    const std::string_view source = message[tags::SecurityIDSource];
    if (security_id.empty()) {
        if (source.empty()) return symbol;
        refuse(Reject::unsupported, shown(tags::SecurityIDSource, source) + " without 48");
    }
    if (source.empty()) {
        refuse(Reject::unsupported,
               shown(tags::SecurityID, security_id) + " without 22: send 22=8 with it");
    }
    if (source != "8") unsupported(message, tags::SecurityIDSource);
    if (!symbol.empty() && symbol != security_id) {
        refuse(Reject::counter_unknown, shown(tags::Symbol, symbol) + " and " +
                                            shown(tags::SecurityID, security_id) +
                                            " name two counters");
    }
    return security_id;
}

const Counter& counter_of(const Directory& directory, const MessageView& message) {
    const std::string_view symbol = symbol_of(message);
    const Counter* counter = directory.counter(symbol);
    if (counter == nullptr) refuse(Reject::counter_unknown);
    const std::string_view currency = message[tags::Currency];
    if (!currency.empty() && currency != iso_code(counter->currency)) {
        refuse(Reject::counter_unknown, std::string(symbol) + " is a counter in " +
                                            std::string(iso_code(counter->currency)) + ", not in " +
                                            std::string(currency));
    }
    return *counter;
}

struct Inbound::Request {
    SessionId session;
    const MessageView& message;
    uint32_t msg_seq_num;
    bool poss_dup;
    bool poss_resend;
    bool doubtful;
};

Translation Inbound::translate(SessionId session, const MessageView& message,
                               const Arrival& arrival, bool doubtful) const {
    const Request request{session,
                          message,
                          static_cast<uint32_t>(arrival.msg_seq_num),
                          arrival.poss_dup,
                          arrival.poss_resend,
                          doubtful};
    const std::string_view type = message.msg_type();
    if (type == FIX::MsgType_NewOrderSingle) return new_order(request);
    if (type == FIX::MsgType_OrderCancelRequest) return cancel_order(request);
    if (type == FIX::MsgType_OrderCancelReplaceRequest) return replace_order(request);
    if (type == FIX::MsgType_OrderMassCancelRequest) return mass_cancel(request);
    if (type == FIX::MsgType_OrderStatusRequest) return order_status(request);
    if (type == FIX::MsgType_OrderMassStatusRequest) return mass_status(request);
    if (type == FIX::MsgType_RequestForPositions) return positions(request);
    if (type == FIX::MsgType_CollateralInquiry) return collateral(request);
    throw FIX::UnsupportedMessageType();
}

Translation Inbound::new_order(const Request& request) const {
    const MessageView& message = request.message;
    const Translation known = check_client_id(request);
    if (known.kind != Translation::Kind::command) return known;

    auto order = make_command<NewOrder>(request.session);
    order.message_sequence = request.msg_seq_num;
    order.client_id = client_id(message, tags::ClOrdID);
    order.head.counter = counter_of(directory_, message).id;
    order.account = account(request.session, message);
    refuse_unsupported(message);
    order.terms.side = side(message);
    order.terms.type = order_type(message);
    order.terms.time_in_force = time_in_force(message);
    order.terms.post_only = post_only(message);
    order.quantity = quantity(message);
    order.price = price(message);
    return command(order);
}

Translation Inbound::cancel_order(const Request& request) const {
    const Translation known = check_client_id(request);
    if (known.kind != Translation::Kind::command) return known;
    const Order* order = find_original(request);
    if (order == nullptr) return without_command(Translation::Kind::wait);

    auto cancel =
        make_command<CancelOrder>(request.session, counter_of(directory_, request.message).id);
    cancel.order_id = order->id;
    cancel.message_sequence = request.msg_seq_num;
    cancel.client_id = client_id(request.message, tags::ClOrdID);
    return command(cancel, true);
}

Translation Inbound::replace_order(const Request& request) const {
    const MessageView& message = request.message;
    const Translation known = check_client_id(request);
    if (known.kind != Translation::Kind::command) return known;
    const Order* order = find_original(request);
    if (order == nullptr) return without_command(Translation::Kind::wait);

    auto replace = make_command<ReplaceOrder>(request.session, counter_of(directory_, message).id);
    refuse_unsupported(message);
    // What a replace leaves as it is may be repeated, and not changed.
    if (order_type(message) != order->terms.type) unsupported(message, tags::OrdType);
    if (message.has(tags::TimeInForce) && time_in_force(message) != order->terms.time_in_force) {
        unsupported(message, tags::TimeInForce);
    }
    if (message.has(tags::ExecInst) && !(post_only(message) && order->terms.post_only)) {
        unsupported(message, tags::ExecInst);
    }
    replace.order_id = order->id;
    replace.message_sequence = request.msg_seq_num;
    replace.client_id = client_id(message, tags::ClOrdID);
    replace.quantity = quantity(message);
    replace.price = price(message);
    return command(replace);
}

Translation Inbound::mass_cancel(const Request& request) const {
    const MessageView& message = request.message;
    const Translation known = check_client_id(request);
    if (known.kind != Translation::Kind::command) return known;

    auto cancel = make_command<MassCancel>(request.session);
    cancel.message_sequence = request.msg_seq_num;
    cancel.client_id = client_id(message, tags::ClOrdID);
    for (const int tag : {tags::Side, tags::Account}) {
        if (message.has(tag)) unsupported(message, tag);
    }
    const std::string_view type = message[tags::MassCancelRequestType];
    if (type == "1") {
        cancel.head.counter = counter_of(directory_, message).id;
    } else if (type != "7") {
        unsupported(message, tags::MassCancelRequestType);
    } else {
        refuse_counter(message);
    }
    return command(cancel, true);
}

Translation Inbound::order_status(const Request& request) const {
    const MessageView& message = request.message;
    const ClientIdUse use = orders_.use(request.session, client_id(message, tags::ClOrdID));
    if (use.kind == ClientIdUse::Kind::in_flight) {
        return without_command(Translation::Kind::wait);
    }
    const Order* order = orders_.find(use.order);
    const std::string_view order_id = message[tags::OrderID];
    if (order == nullptr ||
        (!order_id.empty() && order_id != std::to_string(static_cast<uint64_t>(order->id)))) {
        refuse(Reject::order_unknown, "no such order of this session and day");
    }
    check_order(*order, message);
    if (!order->is_open()) return without_command(Translation::Kind::status, order->id);

    auto status = make_command<OrderStatus>(request.session, order->counter);
    status.order_id = order->id;
    status.message_sequence = request.msg_seq_num;
    status.client_id = client_id(message, tags::OrdStatusReqID);
    return command(status);
}

Translation Inbound::mass_status(const Request& request) const {
    const MessageView& message = request.message;
    auto status = make_command<OrderStatus>(request.session);
    status.message_sequence = request.msg_seq_num;
    status.client_id = client_id(message, tags::MassStatusReqID);
    for (const int tag : {tags::Side, tags::Account}) {
        if (message.has(tag)) unsupported(message, tag);
    }
    const std::string_view type = message[tags::MassStatusReqType];
    if (type == "1") {
        status.head.counter = counter_of(directory_, message).id;
    } else if (type != "7") {
        unsupported(message, tags::MassStatusReqType);
    } else {
        refuse_counter(message);
    }
    return command(status);
}

Translation Inbound::positions(const Request& request) const {
    const MessageView& message = request.message;
    auto query = make_command<AccountQuery>(request.session);
    query.message_sequence = request.msg_seq_num;
    query.client_id = client_id(message, tags::PosReqID);
    if (message[tags::PosReqType] != "0") unsupported(message, tags::PosReqType);
    const std::string_view date = message[tags::ClearingBusinessDate];
    if (!date.empty() && date != std::to_string(directory_.trading_day())) {
        refuse(Reject::unsupported, shown(tags::ClearingBusinessDate, date) +
                                        ": holdings are told as they are now, on " +
                                        std::to_string(directory_.trading_day()));
    }
    query.content = AccountContent::holdings;
    if (message.has(tags::Account)) query.account = account(request.session, message);
    query.instrument = instrument(message);
    if (message[tags::SubscriptionRequestType] == "2") {
        return without_command(Translation::Kind::unsubscribe);
    }
    return command(query);
}

Translation Inbound::collateral(const Request& request) const {
    const MessageView& message = request.message;
    auto query = make_command<AccountQuery>(request.session);
    query.message_sequence = request.msg_seq_num;
    query.client_id = client_id(message, tags::CollInquiryID);
    if (message.has(tags::SubscriptionRequestType) &&
        message[tags::SubscriptionRequestType] != "0") {
        unsupported(message, tags::SubscriptionRequestType);
    }
    query.content = AccountContent::cash;
    if (message.has(tags::Account)) query.account = account(request.session, message);
    return command(query);
}

InstrumentId Inbound::instrument(const MessageView& message) const {
    const std::string_view symbol = symbol_of(message);
    if (symbol.empty()) return {};
    if (const Counter* counter = directory_.counter(symbol)) return counter->instrument;
    const InstrumentId id = directory_.instrument(symbol);
    if (id == InstrumentId{}) refuse(Reject::instrument_unknown);
    return id;
}

AccountId Inbound::account(SessionId session, const MessageView& message) const {
    const AccountId id = directory_.account(message[tags::Account]);
    if (id == AccountId{} || directory_.owner(id) != directory_.owner(session)) {
        refuse(Reject::account_unknown);
    }
    return id;
}

Translation Inbound::check_client_id(const Request& request) const {
    const ClientIdUse use = orders_.use(request.session, client_id(request.message, tags::ClOrdID));
    if (use.kind == ClientIdUse::Kind::unused && request.doubtful) {
        refuse(Reject::exchange_busy,
               "not taken before the day or the numbers began anew, or the machine went down: send "
               "it again");
    }
    if (use.kind == ClientIdUse::Kind::unused) return {};
    if (request.poss_dup) return without_command(Translation::Kind::nothing);
    if (request.poss_resend && use.kind == ClientIdUse::Kind::in_flight) {
        return without_command(Translation::Kind::wait);
    }
    if (request.poss_resend && orders_.find(use.order) != nullptr) {
        return without_command(Translation::Kind::status, use.order);
    }
    refuse(Reject::client_id_duplicate);
}

// Side, account and counter, where given, are the order's.
void Inbound::check_order(const Order& order, const MessageView& message) const {
    if (message.has(tags::Side) && side(message) != order.terms.side) {
        refuse(Reject::order_unknown, "54 is not the order's side");
    }
    const bool names_account = message.has(tags::Account);
    if (names_account && directory_.account(message[tags::Account]) != order.account) {
        refuse(Reject::order_unknown, "1 is not the order's account");
    }
    const bool names_counter = message.has(tags::Symbol) || message.has(tags::SecurityID) ||
                               message.has(tags::SecurityIDSource);
    if (names_counter && counter_of(directory_, message).id != order.counter) {
        refuse(Reject::order_unknown, "55 is not the order's counter");
    }
}

const Order* Inbound::find_original(const Request& request) const {
    const MessageView& message = request.message;
    const ClientId original = client_id(message, tags::OrigClOrdID);
    const ClientIdUse use = orders_.use(request.session, original);
    if (use.kind == ClientIdUse::Kind::in_flight) return nullptr;

    const Order* order = orders_.find(use.order);
    if (order == nullptr) refuse(Reject::order_unknown);
    if (order->client_id != original) {
        refuse(Reject::order_unknown, "41 is not the order's latest ClOrdID, which is " +
                                          std::string(order->client_id.view()));
    }
    const std::string_view order_id = message[tags::OrderID];
    if (!order_id.empty() && order_id != std::to_string(static_cast<uint64_t>(order->id))) {
        refuse(Reject::order_unknown, "37 and 41 name two orders");
    }
    check_order(*order, message);
    if (!order->is_open()) {
        throw Refusal{Reject::order_unknown, "the order is done", true};
    }
    return order;
}

}  // namespace carbonx::gateway
