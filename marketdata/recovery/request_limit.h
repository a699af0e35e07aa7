// How many requests an address may make in a second.
//
// Threads: one.
// Always: its memory is fixed, however many addresses come. Where there is no room for one more,
// that is forgotten which has asked for the least lately, so that an address which is forgotten has
// its whole share again: who comes from ever other addresses shuts nobody out.
#pragma once

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstring>
#include <vector>

#include "engine/api/process.h"

namespace carbonx::marketdata {

class RequestLimit {
public:
    // With room for the burst of a second. 0: no limit.
    explicit RequestLimit(uint32_t requests_per_second)
        : interval_ns_(requests_per_second == 0 ? 0 : second_ns / requests_per_second),
          seed_(random_number()),
          entries_(interval_ns_ == 0 ? 0 : sets * ways) {}

    // False: the address has had its share. The monotonic clock.
    bool take(const boost::asio::ip::address& address, uint64_t now_ns) {
        if (interval_ns_ == 0) return true;
        Entry& entry = find(key(address));
        const uint64_t whole_ns = std::max(entry.whole_ns, now_ns);
        if (whole_ns - now_ns > second_ns - interval_ns_) return false;
        entry.whole_ns = whole_ns + interval_ns_;
        return true;
    }

private:
    using Key = std::array<uint64_t, 2>;  // the address as IPv6
    struct Entry {
        Key key{};
        uint64_t whole_ns = 0;  // when it has its whole share again
    };
    static constexpr uint64_t second_ns = 1'000'000'000;
    static constexpr std::size_t sets = 1024;  // which one an address is in nobody outside can know
    static constexpr std::size_t ways = 8;

    static Key key(const boost::asio::ip::address& address) {
        namespace ip = boost::asio::ip;
        const ip::address_v6 v6 =
            address.is_v6() ? address.to_v6() : ip::make_address_v6(ip::v4_mapped, address.to_v4());
        const auto bytes = v6.to_bytes();
        Key key;
        std::memcpy(key.data(), bytes.data(), bytes.size());
        return key;
    }
    Entry& find(const Key& key) {
        uint64_t mixed = seed_;
        for (const uint64_t half : key) {
            mixed = (mixed ^ half) * 0x9E37'79B9'7F4A'7C15;
            mixed ^= mixed >> 32;
        }
        const auto set = entries_.begin() + static_cast<std::ptrdiff_t>(mixed % sets * ways);
        const auto known =
            std::find_if(set, set + ways, [&](const Entry& entry) { return entry.key == key; });
        if (known != set + ways) return *known;
        const auto least = std::min_element(set, set + ways, [](const Entry& a, const Entry& b) {
            return a.whole_ns < b.whole_ns;
        });
        *least = {key, 0};
        return *least;
    }

    const uint64_t interval_ns_;
    const uint64_t seed_;
    std::vector<Entry> entries_;
};

}  // namespace carbonx::marketdata
