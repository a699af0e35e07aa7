// Why the exchange said no: every refusal has a name, and the rule of engine/README.md behind it.
// Values are written to disk: they only grow, and none is used again.
#pragma once

#include <cstdint>
#include <string_view>

namespace carbonx {

// clang-format off
//   value, name, rule, text for a person
#define CARBONX_REJECTS(X)                                                                                \
    X( 0, none,                       "",   "accepted")                                                   \
    X( 1, unsupported,                "G1", "this venue does not support that yet")                       \
    X( 2, exchange_busy,              "G2", "the exchange is busy: send again in a moment")               \
    X( 3, capacity_exceeded,          "G3", "a capacity of the venue is used up")                         \
    X( 4, value_out_of_range,         "G4", "a field is outside its range")                               \
    X( 5, session_unknown,            "A1", "no such session")                                            \
    X( 6, session_disconnected,       "A2", "the session is not logged on")                               \
    X( 7, participant_unknown,        "A3", "no such participant")                                        \
    X( 8, participant_disabled,       "A4", "the participant is disabled")                                \
    X( 9, account_unknown,            "A5", "no such account, or it is not the sender's")                 \
    X(10, counter_unknown,            "I1", "no such counter")                                            \
    X(11, instrument_unknown,         "I2", "no such instrument")                                         \
    X(12, project_unknown,            "I3", "no such project")                                            \
    X(13, already_listed,             "I4", "that is already listed")                                     \
    X(14, band_too_wide,              "I5", "the static band holds more price levels than a book may")    \
    X(15, phase_forbids,              "P1", "the market's phase does not allow this")                     \
    X(16, counter_halted,             "P2", "the counter is halted")                                      \
    X(17, phase_order_wrong,          "P3", "that phase cannot follow the present one")                   \
    X(18, would_cross_before_open,    "P4", "an order may not cross the book before the open")            \
    X(19, quantity_invalid,           "O1", "the quantity is below the minimum, above the maximum or not in round lots") \
    X(20, price_missing,              "O2", "a limit order needs a price, a market order has none")       \
    X(21, price_off_tick,             "O3", "the price is not a multiple of the tick")                    \
    X(22, price_outside_band,         "O4", "the price is outside the static band")                       \
    X(23, notional_too_large,         "O5", "price times quantity is above the limit")                    \
    X(24, terms_conflict,             "O6", "these order terms do not go together")                       \
    X(25, post_only_would_trade,      "O7", "a post-only order may not trade on entry")                   \
    X(26, market_no_liquidity,        "O8", "there is nothing within the collar to trade with")           \
    X(27, fill_or_kill_unfilled,      "O9", "the order cannot be filled whole")                           \
    X(28, open_orders_exceeded,       "O10", "the participant has too many open orders")                  \
    X(29, order_unknown,              "R1", "no such open order of this session")                         \
    X(30, quantity_below_executed,    "R2", "the new quantity is not above what has been executed")       \
    X(31, cash_insufficient,          "L1", "not enough free cash")                                       \
    X(32, credits_insufficient,       "L2", "not enough free credits")                                    \
    X(33, serials_invalid,            "L3", "the serial block is empty or too large")                     \
    X(34, serials_already_held,       "L4", "some of these serial numbers are in the venue already")      \
    X(35, lot_unknown,                "L5", "no such lot in that account")                                \
    X(36, client_id_missing,          "C1", "a ClOrdID is needed")                                        \
    X(37, client_id_duplicate,        "C2", "this ClOrdID has been used already")                         \
    X(38, throttled,                  "G5", "too many messages in a second: send again more slowly")     \
    X(39, answer_too_long,            "S8", "the answer has too many rows: ask account by account")     \
    X(40, labels_unchanged,           "I6", "the instrument has just these labels already")
// clang-format on

enum class Reject : uint8_t {
#define CARBONX_REJECT(value, name, rule, text) name = (value),
    CARBONX_REJECTS(CARBONX_REJECT)
#undef CARBONX_REJECT
};

// The value's own name, as it stands in texts, scenarios and logs; "" for an unknown value.
constexpr std::string_view name(Reject reject) {
    switch (reject) {
#define CARBONX_REJECT(value, name, rule, text) \
    case Reject::name:                          \
        return #name;
        CARBONX_REJECTS(CARBONX_REJECT)
#undef CARBONX_REJECT
    }
    return "";
}

// The number of the rule in engine/README.md.
constexpr std::string_view rule(Reject reject) {
    switch (reject) {
#define CARBONX_REJECT(value, name, rule, text) \
    case Reject::name:                          \
        return rule;
        CARBONX_REJECTS(CARBONX_REJECT)
#undef CARBONX_REJECT
    }
    return "";
}

// One sentence for a broker or an operator.
constexpr std::string_view text(Reject reject) {
    switch (reject) {
#define CARBONX_REJECT(value, name, rule, text) \
    case Reject::name:                          \
        return text;
        CARBONX_REJECTS(CARBONX_REJECT)
#undef CARBONX_REJECT
    }
    return "";
}

}  // namespace carbonx
