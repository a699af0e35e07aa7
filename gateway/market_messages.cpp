#include "gateway/market_messages.h"

#include <algorithm>

#include "gateway/dictionary.h"
#include "gateway/fields.h"

namespace carbonx::gateway {
namespace {

namespace tags = FIX::FIELD;

enum class Result { valid = 0, unsupported = 1, not_found = 2 };  // SecurityRequestResult (560)

FIX::Message list_message(const FIX::Message& request, const std::string& response_id,
                          Result result) {
    FIX::Message message = make_message(FIX::MsgType_SecurityList);
    set(message, tags::SecurityReqID, field(request, tags::SecurityReqID));
    set(message, tags::SecurityResponseID, response_id);
    set(message, tags::SecurityRequestResult, static_cast<int>(result));
    return message;
}

// What FIX 4.4 has no field for, as text attributes: a field of our own inside the group would end
// it for every client that reads by the standard's dictionary.
void add_attribute(FIX::Group& group, const char* name, const std::string& value) {
    static constexpr int order[] = {tags::InstrAttribType, tags::InstrAttribValue, 0};
    static constexpr int text = 99;
    FIX::Group attribute(tags::NoInstrAttrib, tags::InstrAttribType, order);
    set(attribute, tags::InstrAttribType, text);
    set(attribute, tags::InstrAttribValue, std::string(name) + "=" + value);
    group.addGroup(attribute);
}

FIX::Group counter_group(const Directory& directory, const Counter& counter) {
    static constexpr int order[] = {tags::Symbol,   tags::SecurityDesc, tags::NoInstrAttrib,
                                    tags::Currency, tags::RoundLot,     0};
    FIX::Group group(tags::NoRelatedSym, tags::Symbol, order);
    set(group, tags::Symbol, counter.symbol.view());
    set(group, tags::Currency, iso_code(counter.currency));
    add_attribute(group, "MinPriceIncrement", price_text(counter.tick));
    add_attribute(group, "LowLimitPrice", price_text(counter.band_low));
    add_attribute(group, "HighLimitPrice", price_text(counter.band_high));
    add_attribute(group, "ReferencePrice", price_text(counter.reference));
    const Instrument* instrument = directory.instrument(counter.instrument);
    if (instrument == nullptr) return group;
    set(group, tags::RoundLot, instrument->round_lot.value);
    add_attribute(group, "Vintage", std::to_string(instrument->vintage));
    const Project* project = directory.project(instrument->project);
    if (project == nullptr) return group;
    if (!project->name.view().empty()) set(group, tags::SecurityDesc, project->name.view());
    add_attribute(group, "Registry", std::string(registry_name(project->registry)));
    add_attribute(group, "ProjectID", std::string(project->key.view()));
    return group;
}

// The counters that the request is for, in order of listing.
Result select(const Directory& directory, const FIX::Message& request,
              std::vector<const Counter*>& selected) {
    const std::string_view subscription = field(request, tags::SubscriptionRequestType);
    if (!subscription.empty() && subscription != "0") return Result::unsupported;
    const std::string_view type = field(request, tags::SecurityListRequestType);
    const std::string_view currency = field(request, tags::Currency);
    if (type != "0" && type != "4") return Result::unsupported;
    for (const Counter& counter : directory.counters()) {
        const bool by_symbol = type == "4" || counter.symbol.view() == field(request, tags::Symbol);
        const bool by_currency = currency.empty() || currency == iso_code(counter.currency);
        if (counter.id != CounterId{} && by_symbol && by_currency) selected.push_back(&counter);
    }
    return selected.empty() ? Result::not_found : Result::valid;
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

std::vector<FIX::Message> security_list(const Directory& directory, const FIX::Message& request,
                                        const std::string& response_id) {
    std::vector<const Counter*> selected;
    const Result result = select(directory, request, selected);
    std::vector<FIX::Message> fragments;
    std::size_t next = 0;
    do {
        FIX::Message message =
            list_message(request, response_id + "-" + std::to_string(fragments.size() + 1), result);
        set(message, tags::TotNoRelatedSym, selected.size());
        const std::size_t end = std::min(next + list_fragment, selected.size());
        for (; next < end; ++next) message.addGroup(counter_group(directory, *selected[next]));
        set(message, tags::LastFragment, next == selected.size() ? 'Y' : 'N');
        fragments.push_back(std::move(message));
    } while (next < selected.size());
    return fragments;
}

FIX::Message trading_session_status(const Directory& directory, std::string_view request_id,
                                    bool unsolicited) {
    FIX::Message message = make_message(FIX::MsgType_TradingSessionStatus);
    set(message, tags::TradSesReqID, request_id);
    set(message, tags::TradingSessionID, directory.trading_day());
    set(message, tags::TradingSessionSubID, phase_name(directory.phase()));
    set(message, tags::TradSesStatus, status_of(directory.phase()));
    if (unsolicited) set(message, tags::UnsolicitedIndicator, 'Y');
    return message;
}

}  // namespace carbonx::gateway
