// FIX 4.4 as text: fields written one after the other, and read in place.
//
// Threads: any; an object belongs to one.
// Always: a view points into bytes that somebody else keeps; reading never goes past them.
#pragma once

#include <charconv>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carbonx::tools {

constexpr char fix_separator = '\x01';

struct FixField {
    int tag = 0;
    std::string_view value;
};

// A message that came in.
class FixView {
public:
    // Requires: the bytes are one whole message, from 8= to the end of 10=.
    void read(std::string_view message) {
        bytes_ = message;
        fields_.clear();
        const char* at = message.data();
        const char* const end = at + message.size();
        while (at < end) {
            FixField field;
            const auto [equals, error] = std::from_chars(at, end, field.tag);
            if (error != std::errc() || equals == end || *equals != '=') return;
            const char* const value = equals + 1;
            at = value;
            while (at < end && *at != fix_separator) ++at;
            field.value = {value, static_cast<std::size_t>(at - value)};
            fields_.push_back(field);
            ++at;
        }
    }

    // The first field with this tag; empty where there is none.
    std::string_view operator[](int tag) const {
        for (const FixField& field : fields_) {
            if (field.tag == tag) return field.value;
        }
        return {};
    }
    int64_t number(int tag) const {
        const std::string_view text = (*this)[tag];
        int64_t value = 0;
        std::from_chars(text.data(), text.data() + text.size(), value);
        return value;
    }
    bool has(int tag) const { return (*this)[tag].data() != nullptr; }
    std::string_view type() const { return (*this)[35]; }
    const std::vector<FixField>& fields() const { return fields_; }
    std::string_view bytes() const { return bytes_; }

private:
    std::string_view bytes_;
    std::vector<FixField> fields_;
};

// The bytes of the first message in the buffer; empty when it is not whole yet, nothing when what
// stands there is no FIX message.
inline std::optional<std::string_view> first_message(std::string_view buffer) {
    constexpr std::string_view begin =
        "8=FIX.4.4\x01"
        "9=";
    if (buffer.size() < begin.size()) return std::string_view();
    if (!buffer.starts_with(begin)) return std::nullopt;
    std::size_t length = 0;
    const char* const end = buffer.data() + buffer.size();
    const auto [stopped, error] = std::from_chars(buffer.data() + begin.size(), end, length);
    if (stopped == end) return std::string_view();
    if (error != std::errc() || *stopped != fix_separator || length > 1U << 20) return std::nullopt;
    const std::size_t size = static_cast<std::size_t>(stopped - buffer.data()) + 1 + length + 7;
    return buffer.size() < size ? std::string_view() : buffer.substr(0, size);
}

// UTC to the millisecond, as FIX writes it: 20261123-21:27:05.123.
inline std::string fix_time(uint64_t utc_ns) {
    const auto seconds = static_cast<std::time_t>(utc_ns / 1'000'000'000);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[32];
    const std::size_t size = std::strftime(text, sizeof text, "%Y%m%d-%H:%M:%S.", &parts);
    const auto milliseconds = static_cast<unsigned>(utc_ns / 1'000'000 % 1'000);
    text[size] = static_cast<char>('0' + milliseconds / 100);
    text[size + 1] = static_cast<char>('0' + milliseconds / 10 % 10);
    text[size + 2] = static_cast<char>('0' + milliseconds % 10);
    return {text, size + 3};
}

// A message to send: its type and body. The client adds header and trailer.
class FixMessage {
public:
    explicit FixMessage(std::string_view type) : type_(type) {}

    FixMessage& add(int tag, std::string_view value) {
        number(tag);
        body_ += '=';
        body_ += value;
        body_ += fix_separator;
        return *this;
    }
    FixMessage& add(int tag, int64_t value) {
        number(tag);
        body_ += '=';
        number(value);
        body_ += fix_separator;
        return *this;
    }
    const std::string& type() const { return type_; }
    const std::string& body() const { return body_; }

private:
    void number(int64_t value) {
        char text[24];
        body_.append(text, std::to_chars(text, text + sizeof text, value).ptr);
    }

    std::string type_;
    std::string body_;
};

// Appends the whole message: header, body, trailer.
inline void append_message(std::string& to, const FixMessage& message, uint64_t sequence,
                           std::string_view sender, std::string_view target,
                           std::string_view sending_time) {
    std::string body = "35=" + message.type() + fix_separator + "34=" + std::to_string(sequence) +
                       fix_separator + "49=";
    body += sender;
    body +=
        "\x01"
        "52=";
    body += sending_time;
    body +=
        "\x01"
        "56=";
    body += target;
    body += fix_separator;
    body += message.body();
    const std::size_t begin = to.size();
    to +=
        "8=FIX.4.4\x01"
        "9=" +
        std::to_string(body.size()) + fix_separator + body;
    unsigned sum = 0;
    for (std::size_t i = begin; i < to.size(); ++i) sum += static_cast<unsigned char>(to[i]);
    sum %= 256;
    to += "10=";
    to += static_cast<char>('0' + sum / 100);
    to += static_cast<char>('0' + sum / 10 % 10);
    to += static_cast<char>('0' + sum % 10);
    to += fix_separator;
}

}  // namespace carbonx::tools
