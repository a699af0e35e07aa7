// What a client sent above the number that was expected: it waits here for the gap below it to be
// filled. Remembers what the client was asked to send again, so that it is asked once.
//
// Threads: the gateway thread only.
// Always: bounded; in the order of the numbers, each once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace carbonx::gateway {

class HeldMessages {
public:
    void clear() { *this = {}; }
    bool empty() const { return messages_.empty(); }
    bool has(int number) const { return messages_.contains(number); }

    // False: there is too much.
    bool keep(int number, std::string message) {
        std::string& kept = messages_[number];
        bytes_ += message.size() - kept.size();
        kept = std::move(message);
        return messages_.size() <= messages_max && bytes_ <= bytes_max;
    }

    // The message whose turn it is, if it is here. Forgets those whose turn is past: a fill was for
    // them too.
    std::optional<std::string> take(int expected) {
        while (!messages_.empty() && messages_.begin()->first <= expected) {
            const auto first = messages_.begin();
            const bool is_it = first->first == expected;
            std::string message = std::move(first->second);
            bytes_ -= message.size();
            messages_.erase(first);
            if (is_it) return message;
        }
        return std::nullopt;
    }

    // Whether the client must be asked for everything from the expected number on, now that this
    // message came above it; if so, notes that it was. A resend that skips something is asked for
    // again, once from each number.
    bool must_ask(int expected, int number, bool is_resent) {
        const bool is_asked = expected <= asked_last_ && !(is_resent && expected > asked_first_);
        if (!is_asked) note_asked(expected, number - 1);
        return !is_asked;
    }
    void note_asked(int first, int last) {
        asked_first_ = first;
        asked_last_ = std::max(asked_last_, last);
    }

private:
    static constexpr std::size_t messages_max = 10'000;
    static constexpr std::size_t bytes_max = 4 << 20;

    std::map<int, std::string> messages_;
    std::size_t bytes_ = 0;
    int asked_first_ = 0;
    int asked_last_ = 0;
};

}  // namespace carbonx::gateway
