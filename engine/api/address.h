// Addresses of the internet as the settings write them: one, or all that begin alike (a prefix).
//
// Threads: any; pure functions.
// Always: an IPv4 address and the same one mapped into IPv6 are one address.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace carbonx {

struct AddressPrefix {
    std::array<uint8_t, 16> bytes{};  // an IPv4 address is mapped into IPv6
    unsigned bits = 128;              // of the bytes; those behind them are zero
};

// "10.1.2.3", "10.1.0.0/16", "2001:db8::1" or "2001:db8::/32". Throws std::runtime_error: what is
// wrong with it, as the end of a sentence.
AddressPrefix parse_address_prefix(const std::string& text);

// Whether the address begins with the prefix; what is no address does not.
bool is_within(const std::string& address, const AddressPrefix& prefix);

// Nothing if the text is no address.
std::optional<bool> is_loopback(const std::string& address);

}  // namespace carbonx
