// What the FIX session specification says becomes of a message, by its header and its number.
// QuickFIX looks at the content first, and at the number of some types not at all; so it is asked
// only about what has passed here.
//
// Threads: any; pure functions.
// Always: what QuickFIX is to process has the expected number, or is a SequenceReset (Reset), whose
// own number does not matter.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/flaw.h"
#include "gateway/quickfix.h"

namespace carbonx::gateway {

// What the session's next message should look like.
struct Expected {
    std::string sender_comp_id;  // the client's
    std::string target_comp_id;
    int msg_seq_num = 0;
};

struct Verdict {
    enum class Kind {
        process,             // QuickFIX goes on with it
        count,               // it takes its number, and nothing else
        ignore,              // it was received before
        hold,                // its turn comes when the gap below it is filled
        reject,              // by a Reject (3); if its number is the expected one, it takes it
        reject_and_log_out,  // and a Logout with the same text
        log_out,             // by a Logout alone; its number is not taken
    };
    Kind kind;
    int reason = 0;         // SessionRejectReason (373)
    int tag = 0;            // RefTagID (371)
    std::string text = "";  // 58
};

// Requires: the message was parsed with its checksum and length, so it is not garbled; it is not
// the first of its connection. was_held: its turn has come; its time was looked at when it arrived.
Verdict judge(const FIX::Message& message, const Expected& expected, const FIX::UtcTimeStamp& now,
              bool was_held);

// Of a message that has a flaw: it never acts, nor is it repeated in words.
Verdict with_flaw(Verdict verdict, const Flaw& flaw);

// Of the first message of a connection, a Logon: why it cannot be, whatever its sender may; empty
// where nothing is wrong with its header and its numbers.
std::string reason_invalid(const FIX::Message& logon, const Expected& expected,
                           const FIX::UtcTimeStamp& now);

// Nothing where it is missing, malformed or too great.
std::optional<int> int_of(const FIX::FieldMap& fields, int tag);
// Throws FIX::IncorrectDataFormat then; QuickFIX's own reading would wrap around.
int whole_number(const FIX::FieldMap& fields, int tag);
// The first field of the message's bytes that QuickFIX would read as a whole number and that is
// greater than it can hold, so that it would wrap around; 0: none.
int too_great_number(std::string_view text, const FIX::DataDictionary& dictionary);
// 34; 0 where it is missing or no number.
int number_of(const FIX::Message& message);
const std::string& type_of(const FIX::Message& message);
bool has_flag(const FIX::FieldMap& fields, int tag);

}  // namespace carbonx::gateway
