#include "gateway/session_rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace carbonx::gateway {
namespace {

using Kind = Verdict::Kind;

constexpr int latency_s_max = 120;  // of SendingTime
constexpr const char* no_number = "MsgSeqNum (34) is missing or no number";

std::string value_of(const FIX::FieldMap& fields, int tag) {
    return fields.isSetField(tag) ? fields.getField(tag) : "";
}

// Nothing where it is missing or malformed: the dictionary refuses that.
std::optional<FIX::UtcTimeStamp> time_of(const FIX::FieldMap& fields, int tag) {
    try {
        return FIX::UtcTimeStampConvertor::convert(value_of(fields, tag));
    } catch (const FIX::FieldConvertError&) {
        return std::nullopt;
    }
}

std::string far_from_now(const FIX::Header& header, const FIX::UtcTimeStamp& now) {
    const auto sent = time_of(header, FIX::FIELD::SendingTime);
    if (!sent || std::abs(now - *sent) <= latency_s_max) return "";
    return "SendingTime (52) is more than 120 seconds from the venue's time";
}

std::string too_low(int expected, const std::string& number) {
    return "MsgSeqNum too low, expecting " + std::to_string(expected) + " but received " + number;
}

// Nobody speaks for others here, so a tag that says so cannot be honoured.
struct Name {
    int tag;
    const char* name;
};
constexpr std::array third_parties = {
    Name{FIX::FIELD::OnBehalfOfCompID, "OnBehalfOfCompID (115)"},
    Name{FIX::FIELD::OnBehalfOfSubID, "OnBehalfOfSubID (116)"},
    Name{FIX::FIELD::DeliverToCompID, "DeliverToCompID (128)"},
    Name{FIX::FIELD::DeliverToSubID, "DeliverToSubID (129)"},
};

const Name* third_party(const FIX::Header& header) {
    for (const Name& one : third_parties) {
        if (header.isSetField(one.tag)) return &one;
    }
    return nullptr;
}

// 49 and 56; `process` where they are right.
Verdict judge_names(const FIX::Header& header, const Expected& expected) {
    struct CompId {
        int tag;
        const char* name;
        const std::string& expected;
    };
    const CompId both[] = {
        {FIX::FIELD::SenderCompID, "SenderCompID (49)", expected.sender_comp_id},
        {FIX::FIELD::TargetCompID, "TargetCompID (56)", expected.target_comp_id}};
    for (const CompId& one : both) {
        if (!header.isSetField(one.tag)) {
            return {Kind::reject, FIX::SessionRejectReason_REQUIRED_TAG_MISSING, one.tag,
                    FIX::SessionRejectReason_REQUIRED_TAG_MISSING_TEXT};
        }
        const std::string& value = header.getField(one.tag);
        if (value.empty() || value == one.expected)
            continue;  // the dictionary refuses an empty one
        return {Kind::reject_and_log_out, FIX::SessionRejectReason_COMPID_PROBLEM, one.tag,
                std::string(one.name) + " must be " + one.expected + ", not " + value};
    }
    return {Kind::process};
}

// What says of itself that it was sent before: `process` where it says so rightly.
Verdict judge_duplicate(const FIX::Header& header) {
    const std::string original = value_of(header, FIX::FIELD::OrigSendingTime);
    if (original.empty()) {
        return {Kind::reject, FIX::SessionRejectReason_REQUIRED_TAG_MISSING,
                FIX::FIELD::OrigSendingTime, FIX::SessionRejectReason_REQUIRED_TAG_MISSING_TEXT};
    }
    const auto first = time_of(header, FIX::FIELD::OrigSendingTime);
    const auto again = time_of(header, FIX::FIELD::SendingTime);
    if (first && again && *first > *again) {
        return {Kind::reject, FIX::SessionRejectReason_SENDINGTIME_ACCURACY_PROBLEM,
                FIX::FIELD::OrigSendingTime,
                "OrigSendingTime (122) is later than SendingTime (52)"};
    }
    return {Kind::process};
}

// A SequenceReset that may be taken: where it has a number it must not go back.
Verdict judge_reset(const FIX::Message& message, int lowest) {
    const std::string next = value_of(message, FIX::FIELD::NewSeqNo);
    const bool is_number = !next.empty() && next.find_first_not_of("-0123456789") == next.npos;
    const auto number = int_of(message, FIX::FIELD::NewSeqNo);
    if (!is_number || (number && *number >= lowest)) return {Kind::process};
    return {Kind::reject, FIX::SessionRejectReason_VALUE_IS_INCORRECT, FIX::FIELD::NewSeqNo,
            number ? "attempt to lower sequence number, invalid value NewSeqNo (36)=" + next
                   : "NewSeqNo (36) is too great"};
}

// Of the session's own messages, one that is sent again by mistake must not act again.
bool only_counts_again(const std::string& type) {
    return type == FIX::MsgType_Heartbeat || type == FIX::MsgType_TestRequest ||
           type == FIX::MsgType_ResendRequest || type == FIX::MsgType_Logout ||
           type == FIX::MsgType_Logon;
}

}  // namespace

std::optional<int> int_of(const FIX::FieldMap& fields, int tag) {
    const std::string text = value_of(fields, tag);
    int number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (text.empty() || error != std::errc() || stopped != end) return std::nullopt;
    return number;
}

int whole_number(const FIX::FieldMap& fields, int tag) {
    const auto number = int_of(fields, tag);
    if (!number) throw FIX::IncorrectDataFormat(tag);
    return *number;
}

int too_great_number(std::string_view text, const FIX::DataDictionary& dictionary) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\x01', at), text.size());
        const std::string_view field = text.substr(at, end - at);
        at = end + 1;
        const std::size_t sign = std::min(field.find('='), field.size());
        if (field.size() - sign <= 9) continue;  // an int holds any nine digits
        int tag = 0;
        std::from_chars(field.data(), field.data() + sign, tag);
        FIX::TYPE::Type type = FIX::TYPE::Unknown;
        if (!dictionary.getFieldType(tag, type)) continue;
        const bool is_whole = type == FIX::TYPE::Int || type == FIX::TYPE::SeqNum ||
                              type == FIX::TYPE::Length || type == FIX::TYPE::NumInGroup;
        int number = 0;
        const char* const last = field.data() + field.size();
        const auto read = std::from_chars(field.data() + sign + 1, last, number);
        if (is_whole && read.ec == std::errc::result_out_of_range) return tag;
    }
    return 0;
}

int number_of(const FIX::Message& message) {
    return int_of(message.getHeader(), FIX::FIELD::MsgSeqNum).value_or(0);
}

const std::string& type_of(const FIX::Message& message) {
    return message.getHeader().getField(FIX::FIELD::MsgType);
}

bool has_flag(const FIX::FieldMap& fields, int tag) { return value_of(fields, tag) == "Y"; }

Verdict judge(const FIX::Message& message, const Expected& expected, const FIX::UtcTimeStamp& now,
              bool was_held) {
    const FIX::Header& header = message.getHeader();
    const std::string& type = type_of(message);
    const std::string begin_string = value_of(header, FIX::FIELD::BeginString);
    if (begin_string != FIX::BeginString_FIX44) {
        return {Kind::log_out, 0, 0, "BeginString (8) must be FIX.4.4, not " + begin_string};
    }
    const auto number = int_of(header, FIX::FIELD::MsgSeqNum);
    if (!number) return {Kind::log_out, 0, 0, no_number};
    Verdict names = judge_names(header, expected);
    if (names.kind != Kind::process) return names;
    if (!header.isSetField(FIX::FIELD::SendingTime)) {
        return {Kind::reject, FIX::SessionRejectReason_REQUIRED_TAG_MISSING,
                FIX::FIELD::SendingTime, FIX::SessionRejectReason_REQUIRED_TAG_MISSING_TEXT};
    }
    const std::string far = was_held ? "" : far_from_now(header, now);
    if (!far.empty()) {
        return {Kind::reject_and_log_out, FIX::SessionRejectReason_SENDINGTIME_ACCURACY_PROBLEM,
                FIX::FIELD::SendingTime, far};
    }

    const bool again = has_flag(header, FIX::FIELD::PossDupFlag);
    const bool is_reset = type == FIX::MsgType_SequenceReset;
    const bool is_gap_fill = is_reset && has_flag(message, FIX::FIELD::GapFillFlag);
    if (is_reset && !is_gap_fill) return judge_reset(message, expected.msg_seq_num);
    if (type == FIX::MsgType_Logon && !again && !was_held) {
        return {Kind::log_out, 0, 0, "already logged on"};
    }
    if (*number > expected.msg_seq_num) return {Kind::hold};
    if (*number < expected.msg_seq_num && !again) {
        return {Kind::log_out, 0, 0,
                too_low(expected.msg_seq_num, header.getField(FIX::FIELD::MsgSeqNum))};
    }
    if (again && !is_reset) {
        Verdict duplicate = judge_duplicate(header);
        if (duplicate.kind != Kind::process) return duplicate;
    }
    if (*number < expected.msg_seq_num) return {Kind::ignore};
    if (is_gap_fill) return judge_reset(message, *number + 1);
    if (again && only_counts_again(type)) return {Kind::count};
    if (const Name* one = third_party(header)) {
        return {Kind::reject, FIX::SessionRejectReason_COMPID_PROBLEM, one->tag,
                std::string(one->name) + " is not supported"};
    }
    const std::string encoding = value_of(header, FIX::FIELD::MessageEncoding);
    if (!encoding.empty() && encoding != "UTF-8") {
        return {Kind::reject, FIX::SessionRejectReason_VALUE_IS_INCORRECT,
                FIX::FIELD::MessageEncoding, "MessageEncoding (347) must be UTF-8"};
    }
    return {Kind::process};
}

Verdict with_flaw(Verdict verdict, const Flaw& flaw) {
    switch (verdict.kind) {
        case Kind::process:
        case Kind::reject:
            return {Kind::reject, flaw.reason, flaw.tag, flaw.text};
        case Kind::reject_and_log_out:
            return {Kind::reject_and_log_out, flaw.reason, flaw.tag, flaw.text};
        case Kind::log_out:
            if (has_control(verdict.text) || !is_utf8(verdict.text)) verdict.text = flaw.text;
            return verdict;
        case Kind::count:
        case Kind::ignore:
        case Kind::hold:
            return verdict;
    }
    return verdict;
}

std::string reason_invalid(const FIX::Message& logon, const Expected& expected,
                           const FIX::UtcTimeStamp& now) {
    const FIX::Header& header = logon.getHeader();
    const auto number = int_of(header, FIX::FIELD::MsgSeqNum);
    if (!number) return no_number;
    const bool is_reset = has_flag(logon, FIX::FIELD::ResetSeqNumFlag);
    if (is_reset && *number != 1) return "MsgSeqNum (34) must be 1 with ResetSeqNumFlag";
    if (!is_reset && *number < expected.msg_seq_num) {
        return too_low(expected.msg_seq_num, header.getField(FIX::FIELD::MsgSeqNum));
    }
    const std::string method = value_of(logon, FIX::FIELD::EncryptMethod);
    if (!method.empty() && method != "0") return "EncryptMethod (98) must be 0";
    if (const Name* one = third_party(header)) return std::string(one->name) + " is not supported";
    if (!header.isSetField(FIX::FIELD::SendingTime)) return "SendingTime (52) is missing";
    return far_from_now(header, now);
}

}  // namespace carbonx::gateway
