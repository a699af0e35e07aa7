#include "gateway/trade_history.h"

#include <algorithm>
#include <charconv>

#include "gateway/inbound.h"
#include "gateway/quickfix.h"
#include "gateway/reject_codes.h"

namespace carbonx::gateway {
namespace {

namespace tags = FIX::FIELD;

constexpr std::size_t request_id_max = 64;       // each trade repeats it
constexpr std::string_view no_symbol = "[N/A]";  // Symbol (55) where none was asked for

[[noreturn]] void refuse_value(const MessageView& request, int tag, const std::string& why,
                               Reject reason = Reject::unsupported) {
    throw Refusal{reason, std::to_string(tag) + "=" + std::string(request[tag]) + ": " + why,
                  false};
}

enum RequestStatus { accepted = 0, completed = 1, rejected = 2 };  // TradeRequestStatus (750)

void begin_ack(MessageWriter& message, const MessageView& request, uint64_t count, int result,
               int status) {
    message.begin(FIX::MsgType_TradeCaptureReportRequestAck);
    message.add(tags::TradeRequestID, request[tags::TradeRequestID]);
    message.add(tags::TradeRequestType, request[tags::TradeRequestType]);
    message.add(tags::TotNumTradeReports, count);
    message.add(tags::TradeRequestResult, result);
    message.add(tags::TradeRequestStatus, status);
    message.add(tags::Symbol, request.has(tags::Symbol) ? request[tags::Symbol] : no_symbol);
}

// The first number from first up to end for which it holds; it holds for all above that one too.
template <class Holds>
uint64_t first_that(uint64_t first, uint64_t end, Holds&& holds) {
    while (first < end) {
        const uint64_t middle = first + (end - first) / 2;
        if (holds(middle)) {
            end = middle;
        } else {
            first = middle + 1;
        }
    }
    return first;
}

// yyyymmdd; 0: it is none.
uint32_t parse_day(std::string_view text) {
    constexpr std::size_t digits = 8;
    uint32_t day = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, day);
    const bool is_day = text.size() == digits && error == std::errc() && stopped == end;
    return is_day ? day : 0;
}

// An ExecID as exec_id_of() writes it; of any other text, no trade has it.
struct ExecId {
    uint64_t sequence = 0;
    Side side{};
};

ExecId parse_exec_id(std::string_view text) {
    ExecId id;
    const char* const end = text.data() + text.size() - 1;
    const auto [stopped, error] = std::from_chars(text.data(), end, id.sequence);
    id.side = *end == 'S' ? Side::sell : Side::buy;
    const bool is_one =
        error == std::errc() && stopped == end && exec_id_of(id.sequence, id.side) == text;
    return is_one ? id : ExecId{};
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

void TradeHistory::add(ParticipantId id, const EventHead& delivery, Side side) {
    if (firms_.size() <= index(id)) firms_.resize(index(id) + 1);
    Firm& firm = firms_[index(id)];
    firm.of_counter[delivery.counter].add(firm.places.end());
    firm.places.add({trade_, directory_.trading_day(), delivery.counter, side});
}

void TradeHistory::begin_day(uint32_t trading_day) {
    if (!days_.empty() && days_.back() == trading_day) return;
    days_.push_back(trading_day);
    if (days_.size() <= days_kept + 1) return;
    days_.pop_front();
    const uint32_t first_day = days_.front();
    for (Firm& firm : firms_) {
        Series<Place>& places = firm.places;
        while (places.first() < places.end() && places[places.first()].trading_day < first_day) {
            firm.of_counter[places[places.first()].counter].forget_first();
            places.forget_first();
        }
    }
}

// One date (75) in the group of dates (580), or the first and the last; none: the present day, or
// of a trade that is named any.
TradeHistory::Days TradeHistory::days_of(const MessageView& request) const {
    Days days;
    std::size_t dates = 0;
    for (std::size_t i = 0; i < request.size(); ++i) {
        const MessageView::Field& field = request.field(i);
        if (field.tag != tags::TradeDate) continue;
        const uint32_t day = parse_day(request.value(field));
        if (day == 0) {
            refuse_value(request, tags::TradeDate, "expected yyyymmdd", Reject::value_out_of_range);
        }
        if (dates++ == 0) days.first = day;
        days.last = day;
    }
    const uint32_t first_told = days_.size() > days_kept ? days_[days_.size() - days_kept]
                                : days_.empty()          ? 0
                                                         : days_.front();
    if (dates == 0) {
        return {request.has(tags::ExecID) ? first_told : directory_.trading_day(), UINT32_MAX};
    }
    if (dates > 2) {
        refuse_value(request, tags::NoDates, "one day, or the first and the last",
                     Reject::value_out_of_range);
    }
    if (days.last < days.first) {
        refuse_value(request, tags::TradeDate, "the last day is before the first",
                     Reject::value_out_of_range);
    }
    if (days_.size() > days_kept && days.first < first_told) {
        refuse_value(request, tags::TradeDate,
                     "trades are told of " + std::to_string(days_kept) + " trading days, from " +
                         std::to_string(first_told),
                     Reject::value_out_of_range);
    }
    return days;
}

// By its number in the firm's places, or in those of the counter.
const TradeHistory::Place& TradeHistory::place_of(const Firm& firm, CounterId counter,
                                                  uint64_t number) {
    if (counter == CounterId{}) return firm.places[number];
    return firm.places[firm.of_counter.at(counter)[number]];
}

TradeHistory::Answer TradeHistory::select(ParticipantId id, const MessageView& request) const {
    if (request[tags::TradeRequestID].size() > request_id_max) {
        refuse_value(request, tags::TradeRequestID, "longer than 64 characters",
                     Reject::value_out_of_range);
    }
    const std::string_view type = request[tags::TradeRequestType];
    if (type != "0" && type != "1") {
        refuse_value(request, tags::TradeRequestType, "expected 0 or 1");
    }
    const std::string_view subscription = request[tags::SubscriptionRequestType];
    if (!subscription.empty() && subscription != "0") {
        refuse_value(request, tags::SubscriptionRequestType,
                     "a trade is told by its execution report (8) as it happens");
    }
    for (const int tag : {tags::OrderID, tags::ClOrdID}) {
        if (request.has(tag)) refuse_value(request, tag, "name a trade by its ExecID (17)");
    }
    const Days days = days_of(request);
    const std::string_view symbol = symbol_of(request);
    const Counter* counter = directory_.counter(symbol);
    if (!symbol.empty() && counter == nullptr) throw Refusal{Reject::counter_unknown, {}, false};

    Answer answer;
    answer.request_id = request[tags::TradeRequestID];
    answer.firm = id;
    if (index(id) >= firms_.size()) return answer;
    const Firm& firm = firms_[index(id)];
    uint64_t first = firm.places.first();
    uint64_t end = firm.places.end();
    if (counter != nullptr) {
        const auto found = firm.of_counter.find(counter->id);
        if (found == firm.of_counter.end()) return answer;
        answer.counter = counter->id;
        first = found->second.first();
        end = found->second.end();
    }
    const auto place = [&](uint64_t number) { return place_of(firm, answer.counter, number); };
    first = first_that(first, end, [&](uint64_t i) { return place(i).trading_day >= days.first; });
    end = first_that(first, end, [&](uint64_t i) { return place(i).trading_day > days.last; });
    if (request.has(tags::ExecID)) {
        const ExecId one = parse_exec_id(request[tags::ExecID]);
        first =
            first_that(first, end, [&](uint64_t i) { return place(i).sequence >= one.sequence; });
        while (first < end && place(first).sequence == one.sequence &&
               place(first).side != one.side) {
            ++first;
        }
        end = first < end && place(first).sequence == one.sequence ? first + 1 : first;
    }
    answer.next = first;
    answer.end = end;
    answer.count = end - first;
    return answer;
}

void TradeHistory::ack(MessageWriter& message, const MessageView& request, const Answer& answer) {
    begin_ack(message, request, answer.count, 0, answer.count > 0 ? accepted : completed);
}

void TradeHistory::refuse(MessageWriter& message, const MessageView& request,
                          const Refusal& refusal) {
    begin_ack(message, request, 0, trade_request_result(refusal.reason), rejected);
    message.add(tags::Text, refusal_text(refusal.reason, refusal.detail));
}

// Its deliveries stand behind it.
std::optional<TradeHistory::Told> TradeHistory::read(const Place& place, EventReader& events) {
    Told told;
    const EventHead* event = events.again(place.sequence);
    if (event == nullptr) return std::nullopt;
    told.trade = as_event<Trade>(*event);
    uint64_t at = place.sequence + event->slots;
    for (uint32_t delivered = 0; delivered < told.trade.quantity.value;) {
        event = events.again(at);
        if (event == nullptr) return std::nullopt;
        const auto& delivery = as_event<Delivery>(*event);
        told.account = place.side == Side::buy ? delivery.to : delivery.from;
        for (const SerialRange& range : delivery.ranges) {
            if (range.count == 0) continue;
            told.ranges.push_back(range);
            delivered += range.count;
        }
        at += event->slots;
    }
    return told;
}

bool TradeHistory::next(MessageWriter& message, Answer& answer, EventReader& events) const {
    const Firm& firm = firms_[index(answer.firm)];
    const uint64_t first = answer.counter == CounterId{}
                               ? firm.places.first()
                               : firm.of_counter.at(answer.counter).first();
    answer.next = std::clamp(first, answer.next, answer.end);
    if (answer.is_told()) return false;
    const Place place = place_of(firm, answer.counter, answer.next);
    const std::optional<Told> told = read(place, events);
    if (!told) return false;
    ++answer.next;
    const Trade& trade = told->trade;
    const bool is_taker = trade.head.terms.side == place.side;
    const OrderId id = is_taker ? trade.taker : trade.maker;
    const std::string exec_id = exec_id_of(place.sequence, place.side);
    const Counter* counter = directory_.counter(place.counter);
    message.begin(FIX::MsgType_TradeCaptureReport);
    message.add(tags::TradeReportID, exec_id);
    message.add(tags::TradeReportTransType, 0);  // new
    message.add(tags::TradeRequestID, answer.request_id);
    message.add(tags::TotNumTradeReports, answer.count);
    message.add(tags::LastRptRequested, answer.is_told() ? 'Y' : 'N');
    message.add(tags::ExecType, 'F');
    message.add(tags::PreviouslyReported, 'Y');  // by an execution report
    message.add(tags::ExecID, exec_id);
    message.add(tags::SecondaryExecID, place.sequence);
    message.add(tags::Symbol, counter->symbol.view());
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
    message.add(tags::Account, directory_.account_name(told->account));
    message.add(tags::Currency, iso_code(counter->currency));
    reports_.add_settlement(message, trade, place.side, told->ranges);
    return true;
}

}  // namespace carbonx::gateway
