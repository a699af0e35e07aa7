#include "gateway/market_messages.h"

#include <algorithm>

#include "gateway/carbon_attributes.h"
#include "gateway/dictionary.h"
#include "gateway/inbound.h"
#include "gateway/quickfix.h"
#include "gateway/reject_codes.h"

namespace carbonx::gateway {
namespace {

namespace tags = FIX::FIELD;

enum Result { valid = 0, unsupported = 1, not_found = 2 };  // SecurityRequestResult (560)

// The counters that the request is for, in order of listing.
Result select(const Directory& directory, const MessageView& request,
              std::vector<const Counter*>& selected) {
    const std::string_view subscription = request[tags::SubscriptionRequestType];
    if (!subscription.empty() && subscription != "0") return unsupported;
    const std::string_view type = request[tags::SecurityListRequestType];
    const bool is_all = type == "4";
    std::string_view symbol;
    try {
        symbol = symbol_of(request);
    } catch (const Refusal&) {
        return unsupported;
    }
    // One that is named without need may be meant.
    if ((type != "0" && !is_all) || symbol.empty() != is_all) return unsupported;
    const std::string_view currency = request[tags::Currency];
    for (const Counter& counter : directory.counters()) {
        const bool by_symbol = is_all || counter.symbol.view() == symbol;
        const bool by_currency = currency.empty() || currency == iso_code(counter.currency);
        if (counter.id != CounterId{} && by_symbol && by_currency) selected.push_back(&counter);
    }
    return selected.empty() ? not_found : valid;
}

// What FIX 4.4 has no field for, of trading: as text attributes. What the credits are has tags of
// its own (carbon_attributes.h).
void add_attributes(MessageWriter& message, const Directory& directory, const Counter& counter) {
    std::vector<std::string> attributes{
        "MinPriceIncrement=" + decimal_text(counter.tick.value),
        "LowLimitPrice=" + decimal_text(counter.band_low.value),
        "HighLimitPrice=" + decimal_text(counter.band_high.value),
        "ReferencePrice=" + decimal_text(counter.reference.value),
        "CollarBps=" + std::to_string(counter.collar_bps),
        "FeePpm=" + std::to_string(counter.fee_ppm),
    };
    if (const Instrument* instrument = directory.instrument(counter.instrument)) {
        attributes.push_back("Instrument=" + std::string(instrument->name.view()));
        attributes.push_back("MaxOrderQty=" + std::to_string(instrument->quantity_max.value));
    }
    message.add(tags::NoInstrAttrib, attributes.size());
    for (const std::string& attribute : attributes) {
        message.add(tags::InstrAttribType, 99);  // text
        message.add(tags::InstrAttribValue, attribute);
    }
}

// 107, the name of the project.
void add_description(MessageWriter& message, const Directory& directory, const Counter& counter) {
    const Instrument* instrument = directory.instrument(counter.instrument);
    if (instrument == nullptr) return;
    const Project* project = directory.project(instrument->project);
    if (project == nullptr || project->name.view().empty()) return;
    message.add(tags::SecurityDesc, project->name.view());
}

void add_round_lot(MessageWriter& message, const Directory& directory, const Counter& counter) {
    const Instrument* instrument = directory.instrument(counter.instrument);
    if (instrument != nullptr) message.add(tags::RoundLot, instrument->round_lot.value);
}

void add_phase(MessageWriter& message, const Directory& directory) {
    message.add(tags::TradingSessionID, directory.trading_day());
    message.add(tags::TradingSessionSubID, phase_name(directory.phase()));
}

// TradSesStatus (340).
int status_of(Phase phase) {
    switch (phase) {
        case Phase::halted:
            return 1;
        case Phase::continuous:
            return 2;
        case Phase::closed:
            return 3;
        case Phase::pre_open:
            return 4;
    }
    return 0;
}

}  // namespace

SecurityList::SecurityList(const Directory& directory, const MessageView& request,
                           std::string response_id)
    : directory_(directory), request_(request), response_id_(std::move(response_id)) {
    result_ = select(directory, request, selected_);
}

bool SecurityList::next(MessageWriter& message) {
    if (fragments_ > 0 && sent_ == selected_.size()) return false;
    ++fragments_;
    const std::size_t end = std::min(sent_ + list_fragment, selected_.size());
    message.begin(FIX::MsgType_SecurityList);
    message.add(tags::SecurityReqID, request_[tags::SecurityReqID]);
    message.add(tags::SecurityResponseID, response_id_ + "-" + std::to_string(fragments_));
    message.add(tags::SecurityRequestResult, result_);
    message.add(tags::TotNoRelatedSym, selected_.size());
    message.add(tags::LastFragment, end == selected_.size() ? 'Y' : 'N');
    if (end == sent_) return true;
    message.add(tags::NoRelatedSym, end - sent_);
    for (std::size_t i = sent_; i < end; ++i) {
        const Counter& counter = *selected_[i];
        message.add(tags::Symbol, counter.symbol.view());
        add_description(message, directory_, counter);
        add_attributes(message, directory_, counter);
        message.add(tags::Currency, iso_code(counter.currency));
        add_round_lot(message, directory_, counter);
    }
    message.add(tag::no_carbon_attributes, end - sent_);
    for (; sent_ < end; ++sent_) add_carbon_attributes(message, directory_, *selected_[sent_]);
    return true;
}

void security_definition(MessageWriter& message, const Directory& directory, const Counter& counter,
                         const MessageView& request, std::string_view response_id) {
    constexpr int accepted_as_is = 1;
    message.begin(FIX::MsgType_SecurityDefinition);
    message.add(tags::SecurityReqID, request[tags::SecurityReqID]);
    message.add(tags::SecurityResponseID, response_id);
    message.add(tags::SecurityResponseType, accepted_as_is);
    message.add(tags::Symbol, counter.symbol.view());
    add_description(message, directory, counter);
    message.add(tags::Currency, iso_code(counter.currency));
    add_phase(message, directory);
    add_round_lot(message, directory, counter);
    add_attributes(message, directory, counter);
    message.add(tag::no_carbon_attributes, 1);
    add_carbon_attributes(message, directory, counter);
}

void refuse_definition(MessageWriter& message, const MessageView& request, const Refusal& refusal,
                       std::string_view response_id) {
    constexpr int rejected = 5;
    constexpr int not_matched = 6;
    const bool is_unknown = refusal.reason == Reject::counter_unknown;
    message.begin(FIX::MsgType_SecurityDefinition);
    message.add(tags::SecurityReqID, request[tags::SecurityReqID]);
    message.add(tags::SecurityResponseID, response_id);
    message.add(tags::SecurityResponseType, is_unknown ? not_matched : rejected);
    if (request.has(tags::Symbol)) message.add(tags::Symbol, request[tags::Symbol]);
    message.add(tags::Text, refusal_text(refusal.reason, refusal.detail));
}

void trading_session_status(MessageWriter& message, const Directory& directory,
                            std::string_view request_id, bool unsolicited) {
    message.begin(FIX::MsgType_TradingSessionStatus);
    message.add(tags::TradSesReqID, request_id);
    add_phase(message, directory);
    message.add(tags::TradSesStatus, status_of(directory.phase()));
    if (unsolicited) message.add(tags::UnsolicitedIndicator, 'Y');
}

}  // namespace carbonx::gateway
