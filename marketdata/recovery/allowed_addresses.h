// Who may ask for what he has missed, by the settings.
//
// Threads: any; constant after construction.
#pragma once

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <string>
#include <vector>

#include "engine/api/address.h"

namespace carbonx::marketdata {

class AllowedAddresses {
public:
    // Addresses and prefixes; none: any may. Throws std::runtime_error.
    explicit AllowedAddresses(const std::vector<std::string>& allowed) {
        for (const std::string& text : allowed) prefixes_.push_back(parse_address_prefix(text));
    }

    bool include(const boost::asio::ip::address& address) const {
        if (prefixes_.empty()) return true;
        const std::string text = address.to_string();
        const auto has = [&](const AddressPrefix& prefix) { return is_within(text, prefix); };
        return std::any_of(prefixes_.begin(), prefixes_.end(), has);
    }

private:
    std::vector<AddressPrefix> prefixes_;
};

}  // namespace carbonx::marketdata
