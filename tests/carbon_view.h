// What a subscriber of the carbon channel knows: the obvious way, from messages in hex.
#pragma once

#include <map>
#include <string>

namespace carbonx::tests {

class CarbonView {
public:
    // A word that is no message begins or ends a session.
    void apply(const std::string& message) {
        if (message.starts_with("begin")) known_.clear();
        if (message.starts_with("begin") || message == "end") return;
        const std::string type = part(message, 0, 1);
        const std::string locate = part(message, 1, 2);
        if (type == "53") {  // S
            known_["S"] += ' ' + message;
            if (part(message, 11, 1) == "43") forget("73");  // C: states end with the session
        } else if (type == "70" || type == "69") {           // p, i
            known_[type + part(message, 11, 2)] = body(message);
        } else if (type == "63" || type == "73") {  // c, s
            known_[type + locate] = body(message);
        } else if (type == "74") {  // t, with its time
            known_[type + locate] = message;
        } else if (type == "6c") {  // l changes i
            replace(known_.at("69" + part(message, 11, 2)), 25, part(message, 13, 4));
        } else if (type == "72") {  // r changes c
            replace(known_.at("63" + locate), 28, part(message, 11, 12));
        } else {
            known_["unknown"] += message;
        }
    }
    std::string text() const {
        std::string text;
        for (const auto& [what, value] : known_) text += what + ": " + value + "\n";
        return text;
    }

private:
    static std::string part(const std::string& message, std::size_t offset, std::size_t length) {
        return message.substr(2 * offset, 2 * length);
    }
    static std::string body(const std::string& message) { return message.substr(22); }
    // In a body, at an offset of its message.
    static void replace(std::string& body, std::size_t offset, const std::string& value) {
        body.replace(2 * offset - 22, value.size(), value);
    }
    void forget(const std::string& type) {
        std::erase_if(known_, [&](const auto& entry) { return entry.first.starts_with(type); });
    }

    std::map<std::string, std::string> known_;
};

}  // namespace carbonx::tests
