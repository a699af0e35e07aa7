// The exchange's units and identifiers. No two of them convert into each other by accident: a price
// is not a quantity, a tonne is not a dollar, and HKD is not CNH.
//
// Units. Price: ten-thousandths of the counter's currency a tonne, 1..2'000'000'000 (ITCH
// Price(4)). Quantity: whole tonnes of one order, unsigned 32 bits (ITCH). Tonnes: whole tonnes of
// a balance. Money<C>: ten-thousandths of currency C, so that price x quantity is exact.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace carbonx {

enum class Currency : uint8_t { hkd = 0, cnh = 1 };
constexpr std::size_t currency_count = 2;

struct Price {
    int32_t value = 0;
    auto operator<=>(const Price&) const = default;
};

struct Quantity {
    uint32_t value = 0;
    auto operator<=>(const Quantity&) const = default;
    constexpr Quantity& operator+=(Quantity other) { return value += other.value, *this; }
    constexpr Quantity& operator-=(Quantity other) { return value -= other.value, *this; }
    friend constexpr Quantity operator+(Quantity a, Quantity b) { return a += b; }
    friend constexpr Quantity operator-(Quantity a, Quantity b) { return a -= b; }
};

struct Tonnes {
    int64_t value = 0;
    constexpr Tonnes() = default;
    constexpr explicit Tonnes(int64_t tonnes) : value(tonnes) {}
    constexpr explicit Tonnes(Quantity quantity) : value(quantity.value) {}
    auto operator<=>(const Tonnes&) const = default;
    constexpr Tonnes& operator+=(Tonnes other) { return value += other.value, *this; }
    constexpr Tonnes& operator-=(Tonnes other) { return value -= other.value, *this; }
    friend constexpr Tonnes operator+(Tonnes a, Tonnes b) { return a += b; }
    friend constexpr Tonnes operator-(Tonnes a, Tonnes b) { return a -= b; }
    friend constexpr Tonnes operator-(Tonnes a) { return Tonnes(-a.value); }
};

template <Currency C>
struct Money {
    int64_t value = 0;
    auto operator<=>(const Money&) const = default;
    constexpr Money& operator+=(Money other) { return value += other.value, *this; }
    constexpr Money& operator-=(Money other) { return value -= other.value, *this; }
    friend constexpr Money operator+(Money a, Money b) { return a += b; }
    friend constexpr Money operator-(Money a, Money b) { return a -= b; }
    friend constexpr Money operator-(Money a) { return Money{-a.value}; }
};
using Hkd = Money<Currency::hkd>;
using Cnh = Money<Currency::cnh>;

template <Currency C>
constexpr Money<C> notional(Price price, Quantity quantity) {
    return Money<C>{int64_t{price.value} * int64_t{quantity.value}};
}

// Identifiers are given out by the exchange, densely from 1 in the order of listing; 0 is none.
enum class ParticipantId : uint16_t {};
enum class AccountId : uint32_t {};
enum class ProjectId : uint16_t {};
enum class InstrumentId : uint16_t {};
enum class CounterId : uint16_t {};  // also the ITCH stock locate
enum class LotId : uint32_t {};      // ascending by deposit: a smaller one is an older one
enum class SessionId : uint16_t {};  // a FIX session (CompID), numbered by the settings

template <class Id>
constexpr std::size_t index(Id id) {
    return static_cast<std::size_t>(id);
}

// Slot in the order pool (low 32 bits) and that slot's generation (high 32 bits): it finds the
// order without an index, and no two orders ever share one, on any day.
enum class OrderId : uint64_t {};
constexpr uint32_t slot_of(OrderId id) { return static_cast<uint32_t>(id); }
constexpr uint32_t generation_of(OrderId id) {
    return static_cast<uint32_t>(static_cast<uint64_t>(id) >> 32);
}
constexpr OrderId order_id(uint32_t slot, uint32_t generation) {
    return static_cast<OrderId>(uint64_t{generation} << 32 | slot);
}

enum class Side : uint8_t { buy = 0, sell = 1 };
constexpr Side opposite(Side side) { return side == Side::buy ? Side::sell : Side::buy; }

enum class OrderType : uint8_t { limit = 0, market = 1 };
enum class TimeInForce : uint8_t {
    day = 0,
    good_till_cancel = 1,
    immediate_or_cancel = 2,
    fill_or_kill = 3
};

// What a new order asks for, as commands and events carry it.
struct OrderTerms {
    Side side : 1 = Side::buy;
    OrderType type : 2 = OrderType::limit;
    TimeInForce time_in_force : 3 = TimeInForce::day;
    bool post_only : 1 = false;
    uint8_t reserved : 1 = 0;
    bool operator==(const OrderTerms&) const = default;
};
static_assert(sizeof(OrderTerms) == 1);

enum class Phase : uint8_t { closed = 0, pre_open = 1, continuous = 2, halted = 3 };

// Who sent a command: the sequencer itself, the operators, or the n-th gateway.
enum class Source : uint8_t { sequencer = 0, operators = 1, gateway = 2 };

// Text of fixed room, UTF-8, NUL-padded. Too long a text is refused at the edge, never cut.
template <std::size_t N>
struct Text {
    std::array<char, N> bytes{};

    static constexpr bool fits(std::string_view text) { return text.size() <= N; }
    constexpr Text() = default;
    // Requires: fits(text).
    constexpr explicit Text(std::string_view text) {
        for (std::size_t i = 0; i < text.size() && i < N; ++i) bytes[i] = text[i];
    }
    constexpr std::string_view view() const {
        std::size_t size = 0;
        while (size < N && bytes[size] != '\0') ++size;
        return {bytes.data(), size};
    }
    // What stands behind the first NUL is not part of the text.
    bool operator==(const Text& other) const { return view() == other.view(); }
};
using Symbol = Text<8>;     // of a counter
using ClientId = Text<20>;  // FIX ClOrdID (11)

}  // namespace carbonx
