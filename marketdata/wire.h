// The wire layouts: MoldUDP64 1.00 and the ITCH 5.0 messages that this venue sends, in the order of
// README.md's tables.
//
// Threads: any; plain values.
// Always: integers are unsigned and big-endian, texts ASCII and space-padded, nothing is padded or
// aligned, so that a struct is its bytes on the wire.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace carbonx::marketdata::wire {

static_assert(std::endian::native == std::endian::little);

template <std::size_t N>
class BigEndian {
public:
    constexpr BigEndian() = default;
    BigEndian(uint64_t value) {  // NOLINT: a number goes on the wire as it is
        const uint64_t swapped = __builtin_bswap64(value << (64 - 8 * N));
        std::memcpy(bytes_.data(), &swapped, N);
    }
    uint64_t value() const {
        uint64_t swapped = 0;
        std::memcpy(&swapped, bytes_.data(), N);
        return __builtin_bswap64(swapped) >> (64 - 8 * N);
    }

private:
    std::array<unsigned char, N> bytes_{};
};
using U16 = BigEndian<2>;
using U32 = BigEndian<4>;
using U48 = BigEndian<6>;
using U64 = BigEndian<8>;

template <std::size_t N>
class Alpha {
public:
    constexpr Alpha() { bytes_.fill(' '); }
    // Requires: text has at most N characters.
    constexpr Alpha(std::string_view text) : Alpha() {  // NOLINT: a text goes on the wire as it is
        for (std::size_t i = 0; i < text.size() && i < N; ++i) bytes_[i] = text[i];
    }
    // Without the spaces behind it.
    constexpr std::string_view view() const {
        std::size_t size = N;
        while (size > 0 && bytes_[size - 1] == ' ') --size;
        return {bytes_.data(), size};
    }
    // The same for people: what a terminal might obey is a question mark.
    std::string printable() const {
        std::string text(view());
        for (char& letter : text) letter = letter < ' ' || letter > '~' ? '?' : letter;
        return text;
    }
    bool operator==(const Alpha&) const = default;
    auto operator<=>(const Alpha&) const = default;

private:
    std::array<char, N> bytes_;
};

// MoldUDP64.

using SessionName = Alpha<10>;

// A UDP payload is never longer, so that a packet survives an MTU of 1,400.
constexpr std::size_t packet_bytes_max = 1372;

struct PacketHeader {
    SessionName session;
    U64 sequence;  // of the first message; of the next one where there is none
    U16 count;     // of messages
};
constexpr uint16_t count_heartbeat = 0;
constexpr uint16_t count_end_of_session = 0xFFFF;

struct BlockHeader {
    U16 length;  // of the message that follows
};

struct Request {
    SessionName session;
    U64 sequence;  // first one wanted
    U16 count;     // how many
};

// ITCH 5.0.

struct Header {
    char type = 0;
    U16 locate;  // CounterId; 0 where the message is not about a counter
    U16 tracking;
    U48 timestamp;  // nanoseconds since local midnight
};

enum class SystemCode : char {
    start_of_messages = 'O',
    start_of_system_hours = 'S',
    start_of_market_hours = 'Q',
    end_of_market_hours = 'M',
    end_of_system_hours = 'E',
    end_of_messages = 'C',
};

struct SystemEvent {
    static constexpr char type = 'S';
    Header header;
    SystemCode code{};
};

struct StockDirectory {
    static constexpr char type = 'R';
    Header header;
    Alpha<8> symbol;
    char market_category = ' ';   // not available
    char financial_status = 'N';  // normal
    U32 round_lot;
    char round_lots_only = 'Y';
    char classification = 'Q';  // other securities
    Alpha<2> sub_type{"Z"};     // not applicable
    char authenticity = 'P';    // live
    char short_sale_threshold = 'N';
    char ipo = 'N';
    char luld_tier = ' ';  // not applicable
    char etp = 'N';
    U32 leverage;
    char inverse = 'N';
};

enum class TradingState : char { halted = 'H', quotation_only = 'Q', trading = 'T' };

struct TradingAction {
    static constexpr char type = 'H';
    Header header;
    Alpha<8> symbol;
    TradingState state{};
    char reserved = ' ';
    Alpha<4> reason;
};

struct AddOrder {
    static constexpr char type = 'A';
    Header header;
    U64 reference;
    char side = ' ';  // B or S
    U32 quantity;
    Alpha<8> symbol;
    U32 price;  // Price(4)
};

struct OrderExecuted {
    static constexpr char type = 'E';
    Header header;
    U64 reference;
    U32 quantity;
    U64 match;
};

struct OrderCancel {
    static constexpr char type = 'X';
    Header header;
    U64 reference;
    U32 quantity;  // taken away
};

struct OrderDelete {
    static constexpr char type = 'D';
    Header header;
    U64 reference;
};

struct OrderReplace {
    static constexpr char type = 'U';
    Header header;
    U64 reference;
    U64 new_reference;
    U32 quantity;
    U32 price;
};

// GLIMPSE: the end of an image. No header.
struct EndOfSnapshot {
    static constexpr char type = 'G';
    char message_type = type;
    std::array<char, 20> sequence;  // ASCII, of the next message to apply
};

static_assert(sizeof(PacketHeader) == 20 && sizeof(BlockHeader) == 2 && sizeof(Request) == 20);
static_assert(sizeof(Header) == 11 && sizeof(SystemEvent) == 12 && sizeof(StockDirectory) == 39);
static_assert(sizeof(TradingAction) == 25 && sizeof(AddOrder) == 36 && sizeof(OrderExecuted) == 31);
static_assert(sizeof(OrderCancel) == 23 && sizeof(OrderDelete) == 19 && sizeof(OrderReplace) == 35);
static_assert(sizeof(EndOfSnapshot) == 21);
static_assert(alignof(StockDirectory) == 1 && alignof(OrderReplace) == 1);

// The longest message of any stream: carbon_wire.h's project.
constexpr std::size_t message_bytes_max = 241;

// The message as its own type. Requires: it is of T's type and size.
template <class T>
T as(const unsigned char* message) {
    T value;
    std::memcpy(&value, message, sizeof value);
    return value;
}

// Behind the bytes: the message's length, then the message.
template <class Message>
void append_block(std::vector<unsigned char>& bytes, const Message& message) {
    const BlockHeader header{sizeof message};
    const std::size_t at = bytes.size();
    bytes.resize(at + sizeof header + sizeof message);
    std::memcpy(bytes.data() + at, &header, sizeof header);
    std::memcpy(bytes.data() + at + sizeof header, &message, sizeof message);
}

}  // namespace carbonx::marketdata::wire
