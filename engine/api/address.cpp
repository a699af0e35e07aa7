#include "engine/api/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace carbonx {
namespace {

constexpr unsigned mapped_bits = 96;  // before an IPv4 address that is mapped into IPv6

struct Address {
    std::array<uint8_t, 16> bytes{};
    bool is_v4 = false;
};

std::optional<Address> parse_address(const std::string& text) {
    Address address;
    if (::inet_pton(AF_INET, text.c_str(), address.bytes.data() + mapped_bits / 8) == 1) {
        address.bytes[10] = address.bytes[11] = 0xFF;
        address.is_v4 = true;
        return address;
    }
    if (::inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) return address;
    return std::nullopt;
}

std::array<uint8_t, 16> first_bits(std::array<uint8_t, 16> bytes, unsigned bits) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto kept = static_cast<unsigned>(
            std::clamp(static_cast<int>(bits) - static_cast<int>(8 * i), 0, 8));
        bytes[i] = static_cast<uint8_t>(bytes[i] & (0xFF00U >> kept));
    }
    return bytes;
}

}  // namespace

AddressPrefix parse_address_prefix(const std::string& text) {
    const std::size_t slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address) {
        throw std::runtime_error("= \"" + text +
                                 "\" is no address, such as \"10.1.2.3\", and no prefix, such as "
                                 "\"10.1.0.0/16\"");
    }
    if (slash == std::string::npos) return {address->bytes, 128};
    const unsigned most = address->is_v4 ? 32 : 128;
    unsigned bits = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data() + slash + 1, end, bits);
    if (error != std::errc() || stopped != end || bits > most) {
        throw std::runtime_error("= \"" + text + "\" must have 0 to " + std::to_string(most) +
                                 " bits behind the slash");
    }
    if (address->is_v4) bits += mapped_bits;
    if (first_bits(address->bytes, bits) != address->bytes) {
        throw std::runtime_error("= \"" + text +
                                 "\" has ones behind the prefix: make them zero, or leave the "
                                 "slash out");
    }
    return {address->bytes, bits};
}

bool is_within(const std::string& address, const AddressPrefix& prefix) {
    const auto parsed = parse_address(address);
    return parsed && first_bits(parsed->bytes, prefix.bits) == prefix.bytes;
}

std::optional<bool> is_loopback(const std::string& address) {
    if (!parse_address(address)) return std::nullopt;
    return is_within(address, parse_address_prefix("127.0.0.0/8")) ||
           is_within(address, parse_address_prefix("::1"));
}

}  // namespace carbonx
