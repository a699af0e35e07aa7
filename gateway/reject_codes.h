// What FIX says for each refusal: OrdRejReason (103), CxlRejReason (102), MassCancelRejectReason
// (532), PosReqResult (728), CollInquiryResult (946) and TradeRequestResult (749). Each also goes
// out with its name, its sentence and its rule in Text (58); gateway/README.md has the table.
#pragma once

#include <string>
#include <string_view>

#include "engine/api/reject.h"

namespace carbonx::gateway {

constexpr int ord_rej_reason(Reject reject) {
    switch (reject) {
        case Reject::counter_unknown:
        case Reject::instrument_unknown:
            return 1;  // unknown symbol
        case Reject::phase_forbids:
        case Reject::counter_halted:
            return 2;  // exchange closed
        case Reject::notional_too_large:
        case Reject::open_orders_exceeded:
        case Reject::cash_insufficient:
        case Reject::credits_insufficient:
            return 3;  // order exceeds limit
        case Reject::order_unknown:
            return 5;  // unknown order
        case Reject::client_id_duplicate:
            return 6;  // duplicate order
        case Reject::unsupported:
        case Reject::terms_conflict:
            return 11;  // unsupported order characteristic
        case Reject::quantity_invalid:
            return 13;  // incorrect quantity
        case Reject::account_unknown:
            return 15;  // unknown account
        case Reject::exchange_busy:
        case Reject::capacity_exceeded:
        case Reject::session_unknown:
        case Reject::session_disconnected:
        case Reject::participant_disabled:
            return 0;  // exchange option
        default:
            return 99;  // other: the text says which
    }
}

constexpr int cxl_rej_reason(Reject reject) {
    switch (reject) {
        case Reject::order_unknown:
            return 1;  // unknown order; 0, too late, where the order was known and is done
        case Reject::client_id_duplicate:
            return 6;
        case Reject::unsupported:
        case Reject::exchange_busy:
        case Reject::capacity_exceeded:
        case Reject::session_unknown:
        case Reject::session_disconnected:
        case Reject::participant_disabled:
        case Reject::phase_forbids:
        case Reject::counter_halted:
            return 2;  // exchange option
        default:
            return 99;
    }
}

constexpr int mass_cancel_rej_reason(Reject reject) {
    if (reject == Reject::unsupported) return 0;      // mass cancel not supported
    if (reject == Reject::counter_unknown) return 1;  // unknown security
    return 99;
}

// Of AN. Another firm's account is one that does not exist: never 3, not authorized.
constexpr int pos_req_result(Reject reject) {
    switch (reject) {
        case Reject::account_unknown:
        case Reject::instrument_unknown:
        case Reject::value_out_of_range:
            return 1;  // invalid request
        case Reject::unsupported:
            return 4;  // not supported
        default:
            return 99;
    }
}

// Of BB.
constexpr int coll_inquiry_result(Reject reject) {
    if (reject == Reject::account_unknown) return 3;  // invalid parties
    if (reject == Reject::unsupported) return 8;      // inquiry type not supported
    return 99;
}

// Of AD.
constexpr int trade_request_result(Reject reject) {
    if (reject == Reject::counter_unknown) return 1;  // unknown instrument
    if (reject == Reject::unsupported) return 8;      // request type not supported
    return 99;
}

// "price_off_tick: the price is not a multiple of the tick (O3)"; the detail in place of the
// sentence.
inline std::string refusal_text(Reject reject, std::string_view detail = {}) {
    std::string result(name(reject));
    result += ": ";
    result += detail.empty() ? text(reject) : detail;
    result += " (";
    result += rule(reject);
    result += ")";
    return result;
}

}  // namespace carbonx::gateway
