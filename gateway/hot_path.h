// Which messages of a client may go round QuickFIX: D, F and G that are in order in every respect
// that the session layer and the dictionary would look at.
//
// Threads: any; pure functions.
// Always: false is never wrong, only slower: QuickFIX then says what becomes of the message. True
// means that QuickFIX would have handed it on as it is: header of exactly 8, 9, 35, 34, 49, 52, 56,
// checksum right, SendingTime near, no field twice, none that the dictionary does not list, every
// required one there, every value of its format.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/api/decimal.h"
#include "gateway/flaw.h"
#include "gateway/framing.h"
#include "gateway/message_view.h"
#include "gateway/timestamp.h"

namespace carbonx::gateway {

// What the header of the session's messages says.
struct ExpectedHeader {
    std::string_view sender_comp_id;  // the client's
    std::string_view target_comp_id;
    uint64_t msg_seq_num = 0;
    uint64_t now_ms = 0;  // since 1970
};

namespace hot_path {

constexpr uint64_t latency_ms_max = 115'000;  // of SendingTime: QuickFIX refuses above 120 s
constexpr std::size_t tags_end = 64;

enum class Format : uint8_t { none, text, amount, time, currency, one_of };

// What a body field must look like here, and which of the three messages have it, or must.
struct Rule {
    Format format = Format::none;
    std::string_view values = {};  // one_of: the characters
    bool in_d = false, in_f = false, in_g = false;
};

constexpr Rule rule_of(int tag) {
    switch (tag) {
        case 1:   // Account
        case 55:  // Symbol
        case 58:  // Text
        case 11:  // ClOrdID
            return {Format::text, {}, true, true, true};
        case 15:  // Currency
            return {Format::currency, {}, true, false, true};
        case 18:  // ExecInst
            return {Format::one_of, "6", true, false, true};
        case 21:  // HandlInst
            return {Format::one_of, "123", true, false, true};
        case 37:  // OrderID
        case 41:  // OrigClOrdID
            return {Format::text, {}, false, true, true};
        case 38:  // OrderQty
            return {Format::amount, {}, true, true, true};
        case 40:  // OrdType
            return {Format::one_of, "12", true, false, true};
        case 44:  // Price
            return {Format::amount, {}, true, false, true};
        case 54:  // Side
            return {Format::one_of, "12", true, true, true};
        case 59:  // TimeInForce
            return {Format::one_of, "0134", true, false, true};
        case 60:  // TransactTime
            return {Format::time, {}, true, true, true};
        default:
            return {};
    }
}

constexpr std::array<Rule, tags_end> rules = [] {
    std::array<Rule, tags_end> result;
    for (std::size_t tag = 0; tag < tags_end; ++tag) result[tag] = rule_of(static_cast<int>(tag));
    return result;
}();

constexpr uint64_t bit(int tag) { return uint64_t{1} << tag; }
constexpr uint64_t required_d = bit(11) | bit(1) | bit(55) | bit(54) | bit(60) | bit(38) | bit(40);
constexpr uint64_t required_f = bit(41) | bit(11) | bit(55) | bit(54) | bit(60);
constexpr uint64_t required_g = required_f | bit(38) | bit(40);

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

inline bool has_format(const Rule& rule, std::string_view value) {
    switch (rule.format) {
        case Format::none:
            return false;
        case Format::text:
            return is_printable_ascii(value);
        case Format::amount:
            return is_digit(value.front()) && is_digit(value.back()) && parse_decimal(value);
        case Format::time:
            return parse_timestamp(value).has_value();
        case Format::currency:
            return value.size() == 3 && is_printable_ascii(value);
        case Format::one_of:
            return value.size() == 1 && rule.values.find(value[0]) != std::string_view::npos;
    }
    return false;
}

// The sum of all bytes before the last field, 10=ddd|.
inline bool has_right_checksum(std::string_view message) {
    constexpr std::size_t trailer = 7;
    const uint8_t sum = sum_of_bytes(message.substr(0, message.size() - trailer));
    const char* digits = message.data() + message.size() - 4;
    const auto told =
        static_cast<unsigned>((digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0'));
    return told == sum;
}

inline bool is_number(std::string_view text, uint64_t expected) {
    uint64_t number = 0;
    if (text.empty() || text.size() > 18) return false;
    for (const char c : text) {
        if (!is_digit(c)) return false;
        number = number * 10 + static_cast<uint64_t>(c - '0');
    }
    return number == expected;
}

inline bool is_near(std::string_view sending_time, uint64_t now_ms) {
    const auto sent = parse_timestamp(sending_time);
    return sent && *sent + latency_ms_max >= now_ms && *sent <= now_ms + latency_ms_max;
}

}  // namespace hot_path

// Requires: the message came out of next_frame(): 8=, 9= with the right length, 10= at the end.
inline bool is_hot(const MessageView& message, const ExpectedHeader& expected) {
    using namespace hot_path;
    const std::size_t end = message.size() - 1;
    if (message.size() < 8 || message.field(2).tag != 35 || message.field(end).tag != 10) {
        return false;
    }
    const std::string_view type = message.value(message.field(2));
    if (message.value(message.field(0)) != "FIX.4.4" || type.size() != 1) return false;
    uint64_t required = 0;
    bool Rule::*listed = nullptr;
    switch (type[0]) {
        case 'D':
            required = required_d;
            listed = &Rule::in_d;
            break;
        case 'F':
            required = required_f;
            listed = &Rule::in_f;
            break;
        case 'G':
            required = required_g;
            listed = &Rule::in_g;
            break;
        default:
            return false;
    }

    required |= bit(34) | bit(49) | bit(52) | bit(56);
    uint64_t seen = 0;
    bool in_header = true;
    for (std::size_t i = 3; i < end; ++i) {
        const MessageView::Field& field = message.field(i);
        if (field.tag >= tags_end || field.size == 0 || (seen & bit(field.tag)) != 0) return false;
        seen |= bit(field.tag);
        const std::string_view value = message.value(field);
        const bool of_header =
            field.tag == 34 || field.tag == 49 || field.tag == 52 || field.tag == 56;
        if (of_header) {
            const bool right = field.tag == 34   ? is_number(value, expected.msg_seq_num)
                               : field.tag == 49 ? value == expected.sender_comp_id
                               : field.tag == 56 ? value == expected.target_comp_id
                                                 : is_near(value, expected.now_ms);
            if (!in_header || !right) return false;
        } else {
            in_header = false;
            const Rule& rule = rules[field.tag];
            if (!(rule.*listed) || !has_format(rule, value)) return false;
        }
    }
    return (seen & required) == required && has_right_checksum(message.text());
}

}  // namespace carbonx::gateway
