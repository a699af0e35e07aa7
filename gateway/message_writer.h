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
#include <cstring>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/api/decimal.h"
#include "gateway/timestamp.h"

namespace carbonx::gateway {

class MessageWriter {
public:
    MessageWriter() : body_(1024) {}

    // Requires: the text of msg_type outlives the message; it is a literal.
    void begin(std::string_view msg_type) {
        msg_type_ = msg_type;
        size_ = 0;
    }

    void add(int tag, std::string_view value) {
        char* to = begin_field(tag, value.size());
        std::memcpy(to, value.data(), value.size());
        end_field(to + value.size());
    }
    void add(int tag, const char* value) { add(tag, std::string_view(value)); }
    void add(int tag, char value) {
        char* to = begin_field(tag, 1);
        *to = value;
        end_field(to + 1);
    }
    template <std::integral Integer>
    void add(int tag, Integer value) {
        constexpr std::size_t chars_max = 24;
        char* to = begin_field(tag, chars_max);
        end_field(std::to_chars(to, to + chars_max, value).ptr);
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
    std::string_view body() const { return {body_.data(), size_}; }

private:
    // Where the value goes, with room for so many bytes and the separator.
    char* begin_field(int tag, std::size_t value_bytes) {
        constexpr std::size_t tag_bytes_max = 12;
        const std::size_t end = size_ + tag_bytes_max + value_bytes + 1;
        if (end > body_.size()) grow(end);
        char* const to = std::to_chars(body_.data() + size_, body_.data() + end, tag).ptr;
        *to = '=';
        return to + 1;
    }
    // Apart, or g++ 12 warns falsely of the resize where it knows the size.
    [[gnu::noinline]] void grow(std::size_t end) { body_.resize(2 * end); }
    void end_field(char* value_end) {
        *value_end = '\x01';
        size_ = static_cast<std::size_t>(value_end + 1 - body_.data());
    }

    std::string_view msg_type_;
    std::vector<char> body_;  // longer than what is written
    std::size_t size_ = 0;
    Timestamp timestamp_;
};

}  // namespace carbonx::gateway
