// Where QuickFIX's words about one session go: the default logger, never with a password.
//
// Threads: the gateway thread only.
// Always: messages only at the trace level; QuickFIX's events at the debug level, since the lines
// at logon and logout that an operator reads are written by the sessions themselves.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <spdlog/spdlog.h>

#include "gateway/quickfix.h"

namespace carbonx::gateway {

// The message with the values of Password (554) and NewPassword (925) masked.
inline std::string without_passwords(std::string_view message) {
    std::string masked(message);
    for (const std::string_view tag : {"\001554=", "\001925="}) {
        for (std::size_t at = masked.find(tag); at != std::string::npos;) {
            const std::size_t begin = at + tag.size();
            const std::size_t end = std::min(masked.find('\001', begin), masked.size());
            masked.replace(begin, end - begin, "***");
            at = masked.find(tag, begin);
        }
    }
    return masked;
}

class SessionLog final : public FIX::Log, public FIX::LogFactory {
public:
    explicit SessionLog(std::string name) : name_(std::move(name)) {}

    void clear() override {}
    void backup() override {}
    void onIncoming(const std::string& message) override { trace("in", message); }
    void onOutgoing(const std::string& message) override { trace("out", message); }
    void onIncoming(std::string_view message) const { trace("in", message); }
    void onOutgoing(std::string_view message) const { trace("out", message); }
    void onEvent(const std::string& event) override {
        spdlog::debug("fix {}: {}", name_, event);
        constexpr std::string_view rejected = " Rejected: ";
        const std::size_t at = event.find(rejected);
        if (at != std::string::npos) last_rejection_ = event.substr(at + rejected.size());
    }
    // Why QuickFIX would have rejected a message: "Required tag missing:98".
    const std::string& last_rejection() const { return last_rejection_; }

    FIX::Log* create() override { return this; }
    FIX::Log* create(const FIX::SessionID&) override { return this; }
    void destroy(FIX::Log*) override {}

private:
    void trace(const char* direction, std::string_view message) const {
        if (!spdlog::should_log(spdlog::level::trace)) return;
        spdlog::trace("fix {} {}: {}", name_, direction, without_passwords(message));
    }

    std::string name_;
    std::string last_rejection_;
};

}  // namespace carbonx::gateway
