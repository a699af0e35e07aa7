// The rule behind an event: see rules.h.
#include "tools/rules.h"

namespace carbonx::tools {
namespace {

constexpr Rule rests_whole[] = {
    {"M5", "Crossing", "it did not cross: the opposite best price was not at its limit or better"}};
constexpr Rule market[] = {{"O8", "Market orders and the collar",
                            "a market order trades up to its collar and no further"}};
constexpr Rule rests[] = {
    {"M4", "Remainder", "what remains of a limit order rests, last at its price"}};
constexpr Rule trades[] = {
    {"M1", "Price, then time",
     "the best price trades first, at one price the order that has been there longest"},
    {"M2", "Price", "a trade is at the resting order's price"},
    {"L7", "Payment",
     "the buyer pays price times quantity and its fee, the seller receives it less its fee"},
    {"L8", "Fees", "the counter's fee less the participant's discount, for each side"}};
constexpr Rule delivers[] = {
    {"L6", "Delivery",
     "serials of the seller's oldest lot go first, in it the run that was received last"}};
constexpr Rule cancels[] = {  // by CancelReason, from 1
    {"R1", "Replace and cancel", "its own session asked for it"},
    {"S5", "Mass cancel", "its own session asked for all of its orders"},
    {"S4", "Kill switch", "an operator cancelled it, by the kill switch or a mass cancel (S5)"},
    {"S1", "Disconnect", "its session was gone for longer than its grace time"},
    {"M4", "Remainder", "what remains of an immediate-or-cancel or market order is cancelled"},
    {"M3", "Self-trade prevention",
     "the next order to trade with was of the same owner group: the incoming one is cancelled"},
    {"P6", "Closing", "a day order is cancelled when the market closes"},
    {"P5", "Opening", "the new day's band does not reach its price"}};
constexpr Rule keeps_place[] = {
    {"R2", "Replace", "at the same price, the same or a smaller total keeps its place"}};
constexpr Rule loses_place[] = {
    {"R2", "Replace", "another price or a larger total enters anew, last at its price"}};
constexpr Rule restates[] = {
    {"P5", "Opening", "good-till-cancel orders are restated, in their order of priority"}};

}  // namespace

std::span<const Rule> rules_of(const EventHead& event) {
    switch (event.type) {
        case EventType::accepted:
            if (event.terms.type == OrderType::market) return market;
            return (event.flags & flag_resting) != 0 ? std::span<const Rule>(rests_whole)
                                                     : std::span<const Rule>();
        case EventType::rested:
            return rests;
        case EventType::trade:
            return trades;
        case EventType::delivery:
            return delivers;
        case EventType::cancelled: {
            const auto reason = static_cast<std::size_t>(as_event<Cancelled>(event).reason);
            if (reason < 1 || reason > std::size(cancels)) return {};
            return std::span<const Rule>(cancels).subspan(reason - 1, 1);
        }
        case EventType::replaced:
            return (event.flags & flag_priority_kept) != 0 ? keeps_place : loses_place;
        case EventType::restated:
            return restates;
        default:
            return {};
    }
}

Reject reason_of(const EventHead& event) {
    if (event.type == EventType::rejected) return as_event<Rejected>(event).reason;
    if (event.type == EventType::refused) return as_event<Refused>(event).reason;
    return Reject::none;
}

}  // namespace carbonx::tools
