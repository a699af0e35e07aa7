// A message of ours as it goes over the wire: header, the writer's body, checksum.
//
// Threads: the gateway thread only.
// Always: fields in the order 8, 9, 35, 34, 49, 56, 52, [43, 122], [97], [115], body, 10; memory is
// kept from message to message.
#pragma once

#include <charconv>
#include <string>
#include <string_view>

#include "gateway/framing.h"
#include "gateway/message_view.h"
#include "gateway/message_writer.h"

namespace carbonx::gateway {

struct Sending {
    bool poss_resend = false;      // 97=Y
    std::string_view copied_from;  // a drop copy of this session's report: 115, 797=Y
};

class OutgoingMessage {
public:
    OutgoingMessage(const std::string& sender_comp_id, const std::string& target_comp_id)
        : comp_ids_("\00149=" + sender_comp_id + "\00156=" + target_comp_id + "\00152=") {}

    // MsgSeqNum (34) of one of ours.
    static std::size_t number_of(const MessageView& stored) {
        std::size_t number = 0;
        for (const char c : stored[34]) number = number * 10 + static_cast<std::size_t>(c - '0');
        return number;
    }

    // Each of these holds until the next call.
    std::string_view message(const MessageWriter& message, int msg_seq_num,
                             std::string_view sending_time, const Sending& how) {
        begin(message.msg_type(), static_cast<std::size_t>(msg_seq_num), sending_time);
        if (how.poss_resend) text_ += "97=Y\001";
        if (!how.copied_from.empty()) {
            text_.append("115=").append(how.copied_from).append("\001797=Y\001");
        }
        return finish(message.body());
    }

    // One that was sent before: 43=Y and 122, and otherwise the same. The beginning of it is enough
    // of a view, as long as the header is in it.
    std::string_view again(const MessageView& stored, std::string_view sending_time) {
        begin(stored.msg_type(), number_of(stored), sending_time);
        text_.append("43=Y\001122=").append(stored[52]).append("\001");
        if (stored.has(97)) text_ += "97=Y\001";
        if (stored.has(115)) text_.append("115=").append(stored[115]).append("\001");
        std::size_t first = 3;
        while (first < stored.size() && is_header(stored.field(first).tag)) ++first;
        const std::size_t begins = start_of(stored, first);
        const std::size_t ends = stored.text().size() - checksum_bytes;
        return finish(stored.text().substr(begins, ends - begins));
    }

    // In place of the messages from `first` up to the one before `next`.
    std::string_view gap_fill(int first, int next, std::string_view sending_time) {
        begin("4", static_cast<std::size_t>(first), sending_time);
        text_.append("43=Y\001122=").append(sending_time).append("\001123=Y\00136=");
        append_number(text_, static_cast<std::size_t>(next));
        text_ += "\001";
        return finish({});
    }

private:
    static constexpr std::size_t checksum_bytes = 7;  // 10=123 and SOH

    static bool is_header(int tag) {
        return tag == 34 || tag == 43 || tag == 49 || tag == 52 || tag == 56 || tag == 97 ||
               tag == 115 || tag == 122;
    }

    static std::size_t start_of(const MessageView& message, std::size_t field) {
        const MessageView::Field& before = message.field(field - 1);
        return before.begin + before.size + 1;
    }

    static void append_number(std::string& text, std::size_t number) {
        char digits[24];
        const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
        text.append(digits, static_cast<std::size_t>(end - digits));
    }

    // What stands before the body's length is known gets room, and is written last.
    void begin(std::string_view msg_type, std::size_t msg_seq_num, std::string_view sending_time) {
        text_.assign(front_max, ' ').append("35=").append(msg_type).append("\00134=");
        append_number(text_, msg_seq_num);
        text_.append(comp_ids_).append(sending_time).append("\001");
    }

    std::string_view finish(std::string_view body) {
        text_.append(body);
        char front[front_max] = {'8', '=', 'F', 'I', 'X', '.', '4', '.', '4', '\001', '9', '='};
        char* end = std::to_chars(front + 12, front + front_max - 1, text_.size() - front_max).ptr;
        *end++ = '\001';
        const auto front_size = static_cast<std::size_t>(end - front);
        const std::size_t begin = front_max - front_size;
        text_.replace(begin, front_size, front, front_size);
        const unsigned sum = sum_of_bytes(std::string_view(text_).substr(begin));
        const char digits[] = {static_cast<char>('0' + sum / 100),
                               static_cast<char>('0' + sum / 10 % 10),
                               static_cast<char>('0' + sum % 10), '\001'};
        text_.append("10=").append(digits, sizeof digits);
        return std::string_view(text_).substr(begin);
    }

    static constexpr std::size_t front_max = 24;  // 8=FIX.4.4|9=ddddddd|

    const std::string comp_ids_;
    std::string text_;
};

}  // namespace carbonx::gateway
