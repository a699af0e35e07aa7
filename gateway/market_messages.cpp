#include "gateway/market_messages.h"

#include <algorithm>

#include "gateway/quickfix.h"

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
    const std::string_view currency = request[tags::Currency];
    if (type != "0" && type != "4") return unsupported;
    for (const Counter& counter : directory.counters()) {
        const bool by_symbol = type == "4" || counter.symbol.view() == request[tags::Symbol];
        const bool by_currency = currency.empty() || currency == iso_code(counter.currency);
        if (counter.id != CounterId{} && by_symbol && by_currency) selected.push_back(&counter);
    }
    return selected.empty() ? not_found : valid;
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
    if (end > sent_) message.add(tags::NoRelatedSym, end - sent_);
    for (; sent_ < end; ++sent_) add_counter(message, *selected_[sent_]);
    return true;
}

// What FIX 4.4 has no field for goes out as text attributes: a field of our own inside the group
// would end it for every client that reads by the standard's dictionary.
void SecurityList::add_counter(MessageWriter& message, const Counter& counter) const {
    const Instrument* instrument = directory_.instrument(counter.instrument);
    const Project* project =
        instrument == nullptr ? nullptr : directory_.project(instrument->project);
    std::vector<std::string> attributes{
        "MinPriceIncrement=" + decimal_text(counter.tick.value),
        "LowLimitPrice=" + decimal_text(counter.band_low.value),
        "HighLimitPrice=" + decimal_text(counter.band_high.value),
        "ReferencePrice=" + decimal_text(counter.reference.value),
    };
    if (instrument != nullptr) {
        attributes.push_back("Vintage=" + std::to_string(instrument->vintage));
    }
    if (project != nullptr) {
        attributes.push_back("Registry=" + std::string(registry_name(project->registry)));
        attributes.push_back("ProjectID=" + std::string(project->key.view()));
    }
    message.add(tags::Symbol, counter.symbol.view());
    if (project != nullptr && !project->name.view().empty()) {
        message.add(tags::SecurityDesc, project->name.view());
    }
    message.add(tags::NoInstrAttrib, attributes.size());
    for (const std::string& attribute : attributes) {
        message.add(tags::InstrAttribType, 99);  // text
        message.add(tags::InstrAttribValue, attribute);
    }
    message.add(tags::Currency, iso_code(counter.currency));
    if (instrument != nullptr) message.add(tags::RoundLot, instrument->round_lot.value);
}

void trading_session_status(MessageWriter& message, const Directory& directory,
                            std::string_view request_id, bool unsolicited) {
    message.begin(FIX::MsgType_TradingSessionStatus);
    message.add(tags::TradSesReqID, request_id);
    message.add(tags::TradingSessionID, directory.trading_day());
    message.add(tags::TradingSessionSubID, phase_name(directory.phase()));
    message.add(tags::TradSesStatus, status_of(directory.phase()));
    if (unsolicited) message.add(tags::UnsolicitedIndicator, 'Y');
}

}  // namespace carbonx::gateway
