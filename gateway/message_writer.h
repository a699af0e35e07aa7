// A FIX message as text: its type and its body, field behind field. The session puts the header
// before it and the checksum behind it (sessions.h).
//
// Threads: the gateway thread only.
// Always: numbers are written by integer arithmetic; memory is kept from message to message.
// Requires: values without SOH, and not empty; the fields of a group one behind the other.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "engine/api/decimal.h"
#include "gateway/timestamp.h"

namespace carbonx::gateway {

class MessageWriter {
public:
    // Requires: the text of msg_type outlives the message; it is a literal.
    void begin(std::string_view msg_type) {
        msg_type_ = msg_type;
        body_.clear();
    }

    void add(int tag, std::string_view value) {
        add_tag(tag);
        body_.append(value);
        body_ += '\x01';
    }
    void add(int tag, const char* value) { add(tag, std::string_view(value)); }
    void add(int tag, char value) { add(tag, std::string_view(&value, 1)); }
    template <std::integral Integer>
    void add(int tag, Integer value) {
        char text[24];
        const auto end = std::to_chars(text, text + sizeof text, value).ptr;
        add(tag, std::string_view(text, static_cast<std::size_t>(end - text)));
    }
    // Its number: without this one an enumerator would go out as a character.
    template <typename Enum>
    requires std::is_enum_v<Enum>
    void add(int tag, Enum value) { add(tag, static_cast<int64_t>(value)); }
    // Ten-thousandths, as engine/api/decimal.h writes them.
    void add_decimal(int tag, int64_t value) {
        char text[decimal_chars_max];
        add(tag, std::string_view(text, decimal_chars(value, text)));
    }
    void add_time(int tag, uint64_t utc_ns) { add(tag, timestamp_.text(utc_ns)); }

    std::string_view msg_type() const { return msg_type_; }
    std::string_view body() const { return body_; }

private:
    void add_tag(int tag) {
        char text[16];
        const auto end = std::to_chars(text, text + sizeof text, tag).ptr;
        body_.append(text, static_cast<std::size_t>(end - text));
        body_ += '=';
    }

    std::string_view msg_type_;
    std::string body_;
    Timestamp timestamp_;
};

}  // namespace carbonx::gateway
