// One value of a record as text and back: see text_values.h.
#include "engine/text/text_values.h"

#include <chrono>
#include <cstdio>

#include "engine/api/decimal.h"

namespace carbonx {

namespace {

constexpr Word<CommandType> command_words[] = {
    {CommandType::new_order, "new_order"},
    {CommandType::cancel_order, "cancel_order"},
    {CommandType::replace_order, "replace_order"},
    {CommandType::mass_cancel, "mass_cancel"},
    {CommandType::order_status, "order_status"},
    {CommandType::session_up, "session_up"},
    {CommandType::session_down, "session_down"},
    {CommandType::account_query, "account_query"},
    {CommandType::list_participant, "list_participant"},
    {CommandType::list_account, "list_account"},
    {CommandType::list_session, "list_session"},
    {CommandType::list_project, "list_project"},
    {CommandType::list_instrument, "list_instrument"},
    {CommandType::list_counter, "list_counter"},
    {CommandType::deposit_credits, "deposit_credits"},
    {CommandType::withdraw_credits, "withdraw_credits"},
    {CommandType::deposit_cash, "deposit_cash"},
    {CommandType::withdraw_cash, "withdraw_cash"},
    {CommandType::set_phase, "set_phase"},
    {CommandType::halt_counter, "halt_counter"},
    {CommandType::resume_counter, "resume_counter"},
    {CommandType::disable_participant, "disable_participant"},
    {CommandType::enable_participant, "enable_participant"},
    {CommandType::change_labels, "change_labels"},
    {CommandType::configure, "configure"},
    {CommandType::source_up, "source_up"},
    {CommandType::source_down, "source_down"},
    {CommandType::tick, "tick"},
    {CommandType::engine_started, "engine_started"},
};
constexpr Word<EventType> event_words[] = {
    {EventType::accepted, "accepted"},
    {EventType::rejected, "rejected"},
    {EventType::trade, "trade"},
    {EventType::delivery, "delivery"},
    {EventType::rested, "rested"},
    {EventType::cancelled, "cancelled"},
    {EventType::replaced, "replaced"},
    {EventType::order_state, "order_state"},
    {EventType::mass_cancelled, "mass_cancelled"},
    {EventType::restated, "restated"},
    {EventType::phase_changed, "phase_changed"},
    {EventType::counter_halted, "counter_halted"},
    {EventType::counter_resumed, "counter_resumed"},
    {EventType::reference_changed, "reference_changed"},
    {EventType::participant_listed, "participant_listed"},
    {EventType::account_listed, "account_listed"},
    {EventType::session_listed, "session_listed"},
    {EventType::project_listed, "project_listed"},
    {EventType::instrument_listed, "instrument_listed"},
    {EventType::counter_listed, "counter_listed"},
    {EventType::labels_changed, "labels_changed"},
    {EventType::credits_deposited, "credits_deposited"},
    {EventType::credits_withdrawn, "credits_withdrawn"},
    {EventType::cash_moved, "cash_moved"},
    {EventType::account_state, "account_state"},
    {EventType::holding_state, "holding_state"},
    {EventType::cash_state, "cash_state"},
    {EventType::participant_changed, "participant_changed"},
    {EventType::session_changed, "session_changed"},
    {EventType::source_changed, "source_changed"},
    {EventType::configured, "configured"},
    {EventType::ticked, "ticked"},
    {EventType::refused, "refused"},
    {EventType::engine_started, "engine_started"},
};
constexpr Word<Source> source_words[] = {{Source::sequencer, "sequencer"},
                                         {Source::operators, "operators"},
                                         {Source::gateway, "gateway"}};
constexpr Word<Side> side_words[] = {{Side::buy, "buy"}, {Side::sell, "sell"}};
constexpr Word<OrderType> order_type_words[] = {{OrderType::limit, "limit"},
                                                {OrderType::market, "market"}};
constexpr Word<TimeInForce> time_in_force_words[] = {
    {TimeInForce::day, "day"},
    {TimeInForce::good_till_cancel, "good_till_cancel"},
    {TimeInForce::immediate_or_cancel, "immediate_or_cancel"},
    {TimeInForce::fill_or_kill, "fill_or_kill"}};
constexpr Word<Phase> phase_words[] = {{Phase::closed, "closed"},
                                       {Phase::pre_open, "pre_open"},
                                       {Phase::continuous, "continuous"},
                                       {Phase::halted, "halted"}};
constexpr Word<Currency> currency_words[] = {{Currency::hkd, "hkd"}, {Currency::cnh, "cnh"}};
constexpr Word<ParticipantClass> participant_class_words[] = {
    {ParticipantClass::mainland, "mainland"},
    {ParticipantClass::hong_kong, "hong_kong"},
    {ParticipantClass::gba_pilot, "gba_pilot"},
    {ParticipantClass::foreign, "foreign"},
    {ParticipantClass::house, "house"}};
constexpr Word<Registry> registry_words[] = {
    {Registry::verra, "verra"}, {Registry::gold_standard, "gold_standard"},
    {Registry::acr, "acr"},     {Registry::car, "car"},
    {Registry::art, "art"},     {Registry::ccer, "ccer"}};
constexpr Word<CancelReason> cancel_reason_words[] = {
    {CancelReason::requested, "requested"},
    {CancelReason::mass_cancel, "mass_cancel"},
    {CancelReason::operator_request, "operator_request"},
    {CancelReason::disconnected, "disconnected"},
    {CancelReason::remainder, "remainder"},
    {CancelReason::self_trade, "self_trade"},
    {CancelReason::expired, "expired"},
    {CancelReason::outside_band, "outside_band"}};
constexpr Word<AccountContent> account_content_words[] = {{AccountContent::holdings, "holdings"},
                                                          {AccountContent::cash, "cash"},
                                                          {AccountContent::holding, "holding"}};
constexpr Word<Reject> reject_words[] = {
#define CARBONX_REJECT(value, name, rule, text) {Reject::name, #name},
    CARBONX_REJECTS(CARBONX_REJECT)
#undef CARBONX_REJECT
};

constexpr Word<uint32_t> label_words[] = {{label_icvcm_ccp, "icvcm_ccp"},
                                          {label_corsia, "corsia"},
                                          {label_article6, "article6"},
                                          {label_ccb, "ccb"}};
constexpr Word<uint32_t> flag_words[] = {{flag_resting, "resting"},
                                         {flag_priority_kept, "priority_kept"}};

// "corsia,ccb"; bits without a word follow as a number; "none" for no bit.
std::string bits_text(uint32_t bits, std::span<const Word<uint32_t>> names) {
    std::string list;
    for (const auto& [bit, word] : names) {
        if ((bits & bit) != 0) list.append(list.empty() ? "" : ",").append(word);
        bits &= ~bit;
    }
    if (bits != 0) list.append(list.empty() ? "" : ",").append(std::to_string(bits));
    return list.empty() ? "none" : list;
}
std::string bits_from_text(std::string_view text, std::span<const Word<uint32_t>> names,
                           uint32_t& bits) {
    bits = 0;
    if (text == "none") return "";
    while (true) {
        const std::string_view part = text.substr(0, text.find(','));
        uint32_t bit = 0;
        for (const auto& word : names) {
            if (word.word == part) bit = word.value;
        }
        if (bit == 0 && !parse_number(part, bit)) {
            std::string list = "none or a list of ";
            for (const auto& word : names) {
                list.append(word.value == names.front().value ? "" : ",").append(word.word);
            }
            return list;
        }
        bits |= bit;
        if (part.size() == text.size()) return "";
        text.remove_prefix(part.size() + 1);
    }
}

struct Unit {
    std::string_view name;
    uint64_t ns;
};
constexpr Unit units[] = {{"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}};
constexpr uint64_t second = units[0].ns;
constexpr uint64_t year_2001 = 1'000'000'000 * second;

// "2026-11-24T09:30:00.5Z"; the fraction and the Z may be missing.
bool parse_iso(std::string_view text, uint64_t& ns) {
    using namespace std::chrono;
    if (text.ends_with('Z')) text.remove_suffix(1);
    if (text.size() < 19 || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
        text[13] != ':' || text[16] != ':') {
        return false;
    }
    unsigned year = 0, month = 0, day = 0, hour = 0, minute = 0, seconds = 0;
    if (!parse_number(text.substr(0, 4), year) || !parse_number(text.substr(5, 2), month) ||
        !parse_number(text.substr(8, 2), day) || !parse_number(text.substr(11, 2), hour) ||
        !parse_number(text.substr(14, 2), minute) || !parse_number(text.substr(17, 2), seconds)) {
        return false;
    }
    const year_month_day date(std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                              std::chrono::day(day));
    if (!date.ok() || year < 1970 || hour > 23 || minute > 59 || seconds > 59) {
        return false;
    }
    uint64_t fraction = 0;
    if (text.size() > 19) {
        std::string digits(text.substr(20));
        if (text[19] != '.' || digits.empty() || digits.size() > 9) return false;
        digits.append(9 - digits.size(), '0');
        if (!parse_number(std::string_view(digits), fraction)) return false;
    }
    const auto days = static_cast<uint64_t>(sys_days(date).time_since_epoch().count());
    ns = days * 86'400 + hour * 3'600 + minute * 60 + seconds;
    return !__builtin_mul_overflow(ns, second, &ns) && !__builtin_add_overflow(ns, fraction, &ns);
}
std::string iso_text(uint64_t ns) {
    using namespace std::chrono;
    const uint64_t day = ns / (86'400 * second);
    const year_month_day date{sys_days{days{day}}};
    const auto seconds = static_cast<unsigned>(ns / second % 86'400);
    char text[48];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02u:%02u:%02u.%09u",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), seconds / 3'600, seconds / 60 % 60,
                  seconds % 60, static_cast<unsigned>(ns % second));
    std::string trimmed(text);
    while (trimmed.back() == '0') trimmed.pop_back();
    if (trimmed.back() == '.') trimmed.pop_back();
    return trimmed + "Z";
}

}  // namespace

std::span<const Word<CommandType>> words(CommandType) { return command_words; }
std::span<const Word<EventType>> words(EventType) { return event_words; }
std::span<const Word<Source>> words(Source) { return source_words; }
std::span<const Word<Side>> words(Side) { return side_words; }
std::span<const Word<OrderType>> words(OrderType) { return order_type_words; }
std::span<const Word<TimeInForce>> words(TimeInForce) { return time_in_force_words; }
std::span<const Word<Phase>> words(Phase) { return phase_words; }
std::span<const Word<Currency>> words(Currency) { return currency_words; }
std::span<const Word<ParticipantClass>> words(ParticipantClass) { return participant_class_words; }
std::span<const Word<Registry>> words(Registry) { return registry_words; }
std::span<const Word<CancelReason>> words(CancelReason) { return cancel_reason_words; }
std::span<const Word<AccountContent>> words(AccountContent) { return account_content_words; }
std::span<const Word<Reject>> words(Reject) { return reject_words; }

std::string value_text(Amount value, const Names&) { return decimal_text(value.value); }
std::string value_text(Time value, const Names& names) {
    return value.value < year_2001 ? value_text(Duration{value.value}, names)
                                   : iso_text(value.value);
}
std::string value_text(Duration value, const Names&) {
    for (const Unit& unit : units) {
        if (value.value % unit.ns == 0) {
            return std::to_string(value.value / unit.ns).append(unit.name);
        }
    }
    return "";
}
std::string value_text(Labels value, const Names&) { return bits_text(value.value, label_words); }
std::string value_text(Flags value, const Names&) { return bits_text(value.value, flag_words); }
std::string value_text(OrderId value, const Names&) {
    return std::to_string(slot_of(value)) + "." + std::to_string(generation_of(value));
}
std::string value_text(LotId value, const Names&) { return std::to_string(index(value)); }
std::string value_text(const SerialRange& value, const Names& names) {
    return value_text(value.lot, names) + ":" + std::to_string(value.first) + "-" +
           std::to_string(value.first + value.count - 1);
}
std::string value_text(bool value, const Names&) { return value ? "yes" : "no"; }

std::string from_text(std::string_view text, const Names&, Amount& value) {
    const auto amount = parse_decimal(text);
    if (!amount) return "a decimal number with at most 4 decimals";
    value.value = *amount;
    return "";
}
std::string from_text(std::string_view text, const Names& names, Price& value) {
    Amount amount;
    std::string expected = from_text(text, names, amount);
    if (!expected.empty()) return expected;
    if (amount.value < INT32_MIN || amount.value > INT32_MAX) return "a price below 214748.3648";
    value.value = static_cast<int32_t>(amount.value);
    return "";
}
std::string from_text(std::string_view text, const Names& names, Time& value) {
    Duration since_1970;
    if (from_text(text, names, since_1970).empty()) return value.value = since_1970.value, "";
    return parse_iso(text, value.value)
               ? ""
               : "a time as 2026-11-24T09:30:00.5Z, or since 1970 as 5s or nanoseconds";
}
std::string from_text(std::string_view text, const Names&, Duration& value) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::string_view unit_name = digits == text.size() ? "ns" : text.substr(digits);
    for (const Unit& unit : units) {
        if (unit.name == unit_name && parse_number(text.substr(0, digits), value.value) &&
            !__builtin_mul_overflow(value.value, unit.ns, &value.value)) {
            return "";
        }
    }
    return "a duration as 5s, 5ms, 5us or 5ns";
}
std::string from_text(std::string_view text, const Names&, Labels& value) {
    return bits_from_text(text, label_words, value.value);
}
std::string from_text(std::string_view text, const Names&, Flags& value) {
    uint32_t bits = 0;
    std::string expected = bits_from_text(text, flag_words, bits);
    if (!expected.empty()) return expected;
    if (bits > UINT8_MAX) return "at most 255";
    value.value = static_cast<uint8_t>(bits);
    return "";
}
std::string from_text(std::string_view text, const Names&, OrderId& value) {
    const std::size_t point = std::min(text.find('.'), text.size());
    uint32_t slot = 0;
    uint32_t generation = 0;
    if (point == text.size() || !parse_number(text.substr(0, point), slot) ||
        !parse_number(text.substr(point + 1), generation)) {
        return "an order id as slot.generation";
    }
    value = order_id(slot, generation);
    return "";
}
std::string from_text(std::string_view text, const Names&, LotId& value) {
    uint32_t lot = 0;
    if (!parse_number(text, lot)) return "a lot's number";
    value = static_cast<LotId>(lot);
    return "";
}
std::string from_text(std::string_view text, const Names& names, SerialRange& value) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    const std::size_t dash = std::min(text.find('-', colon), text.size());
    uint64_t last = 0;
    if (dash == text.size() || !from_text(text.substr(0, colon), names, value.lot).empty() ||
        !parse_number(text.substr(colon + 1, dash - colon - 1), value.first) ||
        !parse_number(text.substr(dash + 1), last) || last - value.first + 1 > UINT32_MAX) {
        return "serials as lot:first-last";
    }
    value.count = static_cast<uint32_t>(last - value.first + 1);
    return "";
}
std::string from_text(std::string_view text, const Names&, bool& value) {
    value = text == "yes";
    return value || text == "no" ? "" : "yes or no";
}

}  // namespace carbonx
