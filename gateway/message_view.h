// A FIX message as it came: its bytes, and where each field is in them.
//
// Threads: any; a view holds while its bytes do.
// Always: nothing is copied and nothing outside the bytes is read. Tags are between 1 and 65535,
// each field is `tag=value` and ends with SOH; where a tag comes more than once, the first counts.
// Asking for a field by its tag costs next to nothing below 128, or where no tag is as high.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace carbonx::gateway {

class MessageView {
public:
    static constexpr std::size_t fields_max = 128;

    struct Field {
        uint16_t tag = 0;
        uint16_t size = 0;
        uint32_t begin = 0;  // of the value
    };

    MessageView() = default;
    explicit MessageView(std::string_view message) { parse(message); }

    // False where the bytes are not fields, or more than fields_max; the view is empty then.
    bool parse(std::string_view message) { return parse_begin(message) && (is_whole_ || fail()); }
    // The first fields_max fields of a message of any length. False where the bytes up to there are
    // not fields; the view is empty then.
    bool parse_begin(std::string_view message) {
        is_whole_ = false;
        text_ = message;
        count_ = 0;
        tag_max_ = 0;
        by_tag_.fill(0);
        std::size_t at = 0;
        while (at < message.size()) {
            if (count_ == fields_max) return true;
            uint32_t tag = 0;
            const std::size_t tag_begin = at;
            for (; at < message.size() && message[at] >= '0' && message[at] <= '9'; ++at) {
                tag = tag * 10 + static_cast<uint32_t>(message[at] - '0');
                if (tag > UINT16_MAX) return fail();
            }
            const bool has_tag = at > tag_begin && message[tag_begin] != '0';
            if (!has_tag || at == message.size() || message[at] != '=') return fail();
            const std::size_t begin = ++at;
            while (at < message.size() && message[at] != '\x01') ++at;
            if (at == message.size() || at - begin > UINT16_MAX) return fail();
            fields_[count_++] = {static_cast<uint16_t>(tag), static_cast<uint16_t>(at - begin),
                                 static_cast<uint32_t>(begin)};
            tag_max_ = std::max(tag_max_, tag);
            if (tag < by_tag_.size() && by_tag_[tag] == 0) {
                by_tag_[tag] = static_cast<uint8_t>(count_);
            }
            ++at;
        }
        is_whole_ = true;
        return true;
    }

    std::string_view text() const { return text_; }
    std::size_t size() const { return count_; }
    const Field& field(std::size_t i) const { return fields_[i]; }
    std::string_view value(const Field& field) const {
        return {text_.data() + field.begin, field.size};
    }

    // Empty where the field is not there; FIX has no empty values.
    std::string_view operator[](int tag) const {
        const auto wanted = static_cast<uint32_t>(tag);
        if (wanted > tag_max_) return {};
        if (wanted < by_tag_.size()) {
            const uint8_t place = by_tag_[wanted];
            return place == 0 ? std::string_view() : value(fields_[place - 1U]);
        }
        for (std::size_t i = 0; i < count_; ++i) {
            if (fields_[i].tag == tag) return value(fields_[i]);
        }
        return {};
    }
    bool has(int tag) const { return !(*this)[tag].empty(); }
    std::string_view msg_type() const { return (*this)[35]; }

private:
    bool fail() {
        count_ = 0;
        tag_max_ = 0;
        return false;
    }

    std::string_view text_;
    std::size_t count_ = 0;
    uint32_t tag_max_ = 0;
    // The place of the first field that has the tag, from 1; 0: none.
    std::array<uint8_t, fields_max> by_tag_{};
    bool is_whole_ = false;  // all its fields are here
    std::array<Field, fields_max> fields_;
};

// How a message came, besides what it says.
struct Arrival {
    uint64_t msg_seq_num = 0;
    bool poss_dup = false;     // 43=Y
    bool poss_resend = false;  // 97=Y
};

}  // namespace carbonx::gateway
