#include "gateway/trade_history.h"

#include <algorithm>

#include "gateway/inbound.h"
#include "gateway/quickfix.h"
#include "gateway/reject_codes.h"

namespace carbonx::gateway {
namespace {

namespace tags = FIX::FIELD;

[[noreturn]] void refuse_value(const MessageView& request, int tag, const std::string& why,
                               Reject reason = Reject::unsupported) {
    throw Refusal{reason, std::to_string(tag) + "=" + std::string(request[tag]) + ": " + why,
                  false};
}

enum RequestStatus { accepted = 0, completed = 1, rejected = 2 };  // TradeRequestStatus (750)

void begin_ack(MessageWriter& message, const MessageView& request, std::size_t count, int result,
               RequestStatus status) {
    message.begin(FIX::MsgType_TradeCaptureReportRequestAck);
    message.add(tags::TradeRequestID, request[tags::TradeRequestID]);
    message.add(tags::TradeRequestType, request[tags::TradeRequestType]);
    message.add(tags::TotNumTradeReports, count);
    message.add(tags::TradeRequestResult, result);
    message.add(tags::TradeRequestStatus, status);
    if (request.has(tags::Symbol)) message.add(tags::Symbol, request[tags::Symbol]);
}

}  // namespace

void TradeHistory::on_event(uint64_t sequence, const EventHead& event) {
    switch (event.type) {
        case EventType::trade:
            trade_ = sequence;
            break;
        case EventType::delivery: {
            if (trade_ == 0) break;  // not the trade's first
            const auto& delivery = as_event<Delivery>(event);
            add(directory_.owner(delivery.to), event, Side::buy);
            add(directory_.owner(delivery.from), event, Side::sell);
            trade_ = 0;
            break;
        }
        case EventType::phase_changed:
            begin_day(as_event<PhaseChanged>(event).trading_day);
            break;
        default:
            break;
    }
}

void TradeHistory::add(ParticipantId firm, const EventHead& delivery, Side side) {
    if (firms_.size() <= index(firm)) firms_.resize(index(firm) + 1);
    firms_[index(firm)].push_back({trade_, directory_.trading_day(), delivery.counter, side});
}

void TradeHistory::begin_day(uint32_t trading_day) {
    if (!days_.empty() && days_.back() == trading_day) return;
    days_.push_back(trading_day);
    if (days_.size() <= days_kept) return;
    forgotten_ = days_.front();
    days_.pop_front();
    for (std::deque<Place>& places : firms_) {
        while (!places.empty() && places.front().trading_day <= forgotten_) places.pop_front();
    }
}

// One date (75) in the group of dates (580), or the first and the last; none: the present day.
TradeHistory::Days TradeHistory::days_of(const MessageView& request) const {
    Days days;
    for (std::size_t i = 0; i < request.size(); ++i) {
        const MessageView::Field& field = request.field(i);
        if (field.tag != tags::TradeDate) continue;
        uint32_t day = 0;
        for (const char c : request.value(field)) day = day * 10 + static_cast<uint32_t>(c - '0');
        if (days.first == 0) days.first = day;
        if (days.last != 0 && day < days.last) {
            refuse_value(request, tags::TradeDate, "the last day is before the first",
                         Reject::value_out_of_range);
        }
        days.last = day;
    }
    if (days.first == 0) days.first = days.last = directory_.trading_day();
    if (forgotten_ != 0 && days.first <= forgotten_) {
        refuse_value(request, tags::TradeDate,
                     "trades are told of " + std::to_string(days_kept) + " trading days, from " +
                         std::to_string(days_.front()));
    }
    return days;
}

TradeHistory::Answer TradeHistory::select(ParticipantId firm, const MessageView& request) const {
    const std::string_view type = request[tags::TradeRequestType];
    if (type != "0" && type != "1") {
        refuse_value(request, tags::TradeRequestType, "expected 0 or 1");
    }
    const std::string_view subscription = request[tags::SubscriptionRequestType];
    if (!subscription.empty() && subscription != "0") {
        refuse_value(request, tags::SubscriptionRequestType,
                     "a trade is told by its execution report (8) as it happens");
    }
    const Days days = days_of(request);
    const std::string_view symbol = symbol_of(request);
    const Counter* counter = directory_.counter(symbol);
    if (!symbol.empty() && counter == nullptr) throw Refusal{Reject::counter_unknown, {}, false};

    Answer answer;
    answer.request_id = request[tags::TradeRequestID];
    if (index(firm) >= firms_.size()) return answer;
    for (const Place& place : firms_[index(firm)]) {
        if (place.trading_day < days.first || place.trading_day > days.last) continue;
        if (counter == nullptr || place.counter == counter->id) answer.places.push_back(place);
    }
    return answer;
}

void TradeHistory::ack(MessageWriter& message, const MessageView& request, const Answer& answer) {
    const std::size_t count = answer.places.size();
    begin_ack(message, request, count, 0, count > 0 ? accepted : completed);
}

void TradeHistory::refuse(MessageWriter& message, const MessageView& request,
                          const Refusal& refusal) {
    begin_ack(message, request, 0, trade_request_result(refusal.reason), rejected);
    message.add(tags::Text, refusal_text(refusal.reason, refusal.detail));
}

bool TradeHistory::next(MessageWriter& message, Answer& answer, EventReader& events) const {
    const Place& place = answer.places[answer.told];
    const EventHead* event = events.again(place.sequence);
    if (event == nullptr) return false;
    const Trade trade = as_event<Trade>(*event);
    AccountId account{};
    std::vector<SerialRange> ranges;
    uint64_t at = place.sequence + event->slots;
    for (uint32_t delivered = 0; delivered < trade.quantity.value;) {
        event = events.again(at);
        if (event == nullptr) return false;
        const auto& delivery = as_event<Delivery>(*event);
        account = place.side == Side::buy ? delivery.to : delivery.from;
        for (const SerialRange& range : delivery.ranges) {
            if (range.count == 0) continue;
            ranges.push_back(range);
            delivered += range.count;
        }
        at += event->slots;
    }
    ++answer.told;
    const bool is_taker = trade.head.terms.side == place.side;
    const OrderId id = is_taker ? trade.taker : trade.maker;
    const std::string exec_id = exec_id_of(place.sequence, place.side);
    message.begin(FIX::MsgType_TradeCaptureReport);
    message.add(tags::TradeReportID, exec_id);
    message.add(tags::TradeReportTransType, 0);  // new
    message.add(tags::TradeRequestID, answer.request_id);
    message.add(tags::TotNumTradeReports, answer.places.size());
    message.add(tags::LastRptRequested, answer.told == answer.places.size() ? 'Y' : 'N');
    message.add(tags::ExecType, 'F');
    message.add(tags::PreviouslyReported, 'Y');  // by an execution report
    message.add(tags::ExecID, exec_id);
    message.add(tags::SecondaryExecID, place.sequence);
    reports_.add_counter(message, trade.head.counter);
    message.add(tags::LastQty, trade.quantity.value);
    message.add_decimal(tags::LastPx, trade.price.value);
    message.add(tags::TradeDate, place.trading_day);
    message.add_time(tags::TransactTime, trade.head.time_ns);
    message.add(tags::NoSides, 1);
    message.add(tags::Side, place.side == Side::buy ? '1' : '2');
    message.add(tags::OrderID, static_cast<uint64_t>(id));
    if (const Order* order = orders_.find(id)) {
        message.add(tags::ClOrdID, order->client_id.view());
    }
    message.add(tags::Account, directory_.account_name(account));
    reports_.add_settlement(message, trade, place.side, ranges);
    return true;
}

}  // namespace carbonx::gateway
