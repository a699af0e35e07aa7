// Who may log on: what the settings must say, and what a Logon must say to be let in.
//
// Threads: any; pure functions.
// Always: decided from the bytes of the Logon alone, before QuickFIX sees it, because QuickFIX acts
// on ResetSeqNumFlag before it asks anyone about the password.
#pragma once

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <string>
#include <string_view>

#include "engine/api/address.h"
#include "gateway/framing.h"
#include "gateway/sessions.h"

namespace carbonx::gateway {

inline bool is_address_allowed(const SessionSettings& settings, const std::string& address) {
    const auto& allowed = settings.allowed_addresses;
    return allowed.empty() || std::any_of(allowed.begin(), allowed.end(), [&](const auto& prefix) {
               return is_within(address, parse_address_prefix(prefix));
           });
}

// Of a client that has shown a certificate with this fingerprint; empty: none.
inline bool is_certificate_right(const SessionSettings& settings, const std::string& fingerprint) {
    const auto& known = settings.certificates;
    return known.empty() || std::find(known.begin(), known.end(), fingerprint) != known.end();
}

inline bool needs_no_password(const SessionSettings& settings) {
    return settings.password_hash.empty() && !settings.certificates.empty();
}

// The text of the Logout that refuses the Logon of a client that is who it says; empty: let in.
inline std::string reason_to_refuse(const SessionSettings& settings, std::string_view logon) {
    if (find_field(logon, "141=") == "Y" && !settings.reset_accepted) {
        return "ResetSeqNumFlag is not accepted";
    }
    const auto username = find_field(logon, "553=");
    const bool is_another = username && !username->empty() && *username != settings.target_comp_id;
    if (is_another) {
        return "Username (553), where given, must be the CompID";
    }
    if (find_field(logon, "464=") == "Y") {
        return "TestMessageIndicator (464) is not accepted: nothing is a test here";
    }
    const int heartbeat_s = find_number(logon, "108=").value_or(-1);
    if (heartbeat_s < settings.heartbeat_s_min || heartbeat_s > settings.heartbeat_s_max) {
        return "HeartBtInt must be from " + std::to_string(settings.heartbeat_s_min) + " to " +
               std::to_string(settings.heartbeat_s_max) + " seconds";
    }
    return "";
}

// Throws std::runtime_error that names the session and the mend.
inline void validate(const SessionSettings& settings) {
    const std::string& name = settings.target_comp_id;
    const auto is_safe = [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
    };
    // The name becomes a file's.
    if (name.empty() || name.front() == '.' || !std::all_of(name.begin(), name.end(), is_safe)) {
        throw std::runtime_error("session '" + name + "': a CompID is letters, digits, . _ -");
    }
    if (settings.sender_comp_id.empty()) {
        throw std::runtime_error("session " + name + ": sender_comp_id is missing");
    }
    if (settings.password_hash.empty() && settings.certificates.empty()) {
        throw std::runtime_error("session " + name +
                                 " shows nothing at logon: add password_hash or certificates");
    }
    for (const std::string& one : settings.allowed_addresses) {
        try {
            parse_address_prefix(one);
        } catch (const std::runtime_error& error) {
            throw std::runtime_error("session " + name + ": allowed_addresses " + error.what());
        }
    }
    if (settings.heartbeat_s_min < 1 || settings.heartbeat_s_max < settings.heartbeat_s_min) {
        throw std::runtime_error("session " + name + ": heartbeat bounds are not in order");
    }
}

}  // namespace carbonx::gateway
