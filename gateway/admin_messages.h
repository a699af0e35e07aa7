// The session's own messages that are not QuickFIX's to write, and those that only QuickFIX reads.
//
// Threads: any; pure functions.
// Always: without the header that sending adds.
#pragma once

#include <string>

#include "gateway/flaw.h"
#include "gateway/quickfix.h"
#include "gateway/session_rules.h"

namespace carbonx::gateway {

inline FIX::Message admin_message(const char* type) {
    FIX::Message message;
    message.getHeader().setField(FIX::MsgType(type));
    return message;
}

inline FIX::Message logout_message(const std::string& text) {
    FIX::Message message = admin_message(FIX::MsgType_Logout);
    if (!text.empty()) message.setField(FIX::Text(text));
    return message;
}

// For everything from this number on.
inline FIX::Message resend_request(int first) {
    FIX::Message message = admin_message(FIX::MsgType_ResendRequest);
    message.setField(FIX::BeginSeqNo(first));
    message.setField(FIX::EndSeqNo(0));
    return message;
}

inline FIX::Message reject_message(const FIX::Message& refused, const Verdict& verdict) {
    FIX::Message message = admin_message(FIX::MsgType_Reject);
    message.setField(FIX::RefSeqNum(number_of(refused)));
    if (verdict.tag != 0) message.setField(FIX::RefTagID(verdict.tag));
    if (is_printable_ascii(type_of(refused))) {
        message.setField(FIX::RefMsgType(type_of(refused)));
    }
    message.setField(FIX::SessionRejectReason(verdict.reason));
    message.setField(FIX::Text(verdict.text));
    return message;
}

inline FIX::Message unsupported_type(const FIX::Message& refused) {
    FIX::Message message = admin_message(FIX::MsgType_BusinessMessageReject);
    message.setField(FIX::RefSeqNum(number_of(refused)));
    message.setField(FIX::RefMsgType(type_of(refused)));
    message.setField(FIX::BusinessRejectReason(FIX::BusinessRejectReason_UNKNOWN_MESSAGE_TYPE));
    message.setField(FIX::Text(FIX::BusinessRejectReason_UNSUPPORTED_MESSAGE_TYPE_TEXT));
    return message;
}

// A reset to the number that is expected anyway, as if it came from the client: it tells QuickFIX,
// which does not see all that comes, that the client lives, and changes nothing else.
inline FIX::Message sign_of_life(const FIX::SessionID& id, int expected) {
    FIX::Message message = admin_message(FIX::MsgType_SequenceReset);
    FIX::Header& header = message.getHeader();
    header.setField(id.getBeginString());
    header.setField(FIX::FIELD::BodyLength, "0");
    header.setField(FIX::SenderCompID(id.getTargetCompID().getString()));
    header.setField(FIX::TargetCompID(id.getSenderCompID().getString()));
    header.setField(FIX::MsgSeqNum(0));
    header.setField(FIX::SendingTime());
    message.getTrailer().setField(FIX::FIELD::CheckSum, "000");
    message.setField(FIX::NewSeqNo(expected));
    return message;
}

}  // namespace carbonx::gateway
