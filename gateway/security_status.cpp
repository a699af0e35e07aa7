#include "gateway/security_status.h"

#include "gateway/dictionary.h"
#include "gateway/quickfix.h"
#include "gateway/reject_codes.h"

namespace carbonx::gateway {
namespace {

namespace tags = FIX::FIELD;

// SecurityTradingStatus (326).
int trading_status(const Counter& counter, Phase phase) {
    if (counter.halted) return FIX::SecurityTradingStatus_TRADING_HALT;
    switch (phase) {
        case Phase::closed:
            return FIX::SecurityTradingStatus_NOT_AVAILABLE_FOR_TRADING;
        case Phase::pre_open:
            return FIX::SecurityTradingStatus_PRE_OPEN;
        case Phase::continuous:
            return FIX::SecurityTradingStatus_READY_TO_TRADE;
        case Phase::halted:
            return FIX::SecurityTradingStatus_TRADING_HALT;
    }
    return FIX::SecurityTradingStatus_UNKNOWN_OR_INVALID;
}

// The feed's word for a halt of the whole market.
constexpr std::string_view market_reason = "MKT";

}  // namespace

void security_status(MessageWriter& message, const Directory& directory, const Counter& counter,
                     std::string_view request_id, bool unsolicited, uint64_t time_ns) {
    const int status = trading_status(counter, directory.phase());
    message.begin(FIX::MsgType_SecurityStatus);
    message.add(tags::SecurityStatusReqID, request_id);
    message.add(tags::Symbol, counter.symbol.view());
    message.add(tags::Currency, iso_code(counter.currency));
    message.add(tags::TradingSessionID, directory.trading_day());
    message.add(tags::TradingSessionSubID, phase_name(directory.phase()));
    if (unsolicited) message.add(tags::UnsolicitedIndicator, 'Y');
    message.add(tags::SecurityTradingStatus, status);
    message.add_time(tags::TransactTime, time_ns);
    if (status != FIX::SecurityTradingStatus_TRADING_HALT) return;
    const std::string_view reason = counter.halted ? counter.halt_reason.view() : market_reason;
    const char* what = counter.halted ? "counter_halted: the counter is halted (P2)"
                                      : "phase_forbids: the whole market is halted (P1)";
    message.add(tags::Text, what);
    if (!reason.empty()) message.add(tag::halt_reason, reason);
}

void refuse_status(MessageWriter& message, const MessageView& request, const Refusal& refusal,
                   uint64_t time_ns) {
    message.begin(FIX::MsgType_SecurityStatus);
    message.add(tags::SecurityStatusReqID, request[tags::SecurityStatusReqID]);
    if (request.has(tags::Symbol)) message.add(tags::Symbol, request[tags::Symbol]);
    message.add(tags::SecurityTradingStatus, FIX::SecurityTradingStatus_UNKNOWN_OR_INVALID);
    message.add_time(tags::TransactTime, time_ns);
    message.add(tags::Text, refusal_text(refusal.reason, refusal.detail));
}

}  // namespace carbonx::gateway
