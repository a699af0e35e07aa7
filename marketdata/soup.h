// The wire layouts of SoupBinTCP 3.00, by which a snapshot is asked for and sent: frames in a TCP
// stream, each a length, a type and a payload.
//
// Threads: any; plain values and pure functions.
// Always: as in wire.h, a struct is its bytes on the wire. A frame's length counts its type and
// payload.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "marketdata/wire.h"

namespace carbonx::marketdata::soup {

struct FrameHeader {
    wire::U16 length;  // of the type and the payload
    char type = 0;
};

// From both.
constexpr char debug = '+';  // free text, ignored
// From the server.
constexpr char login_accepted = 'A';
constexpr char login_rejected = 'J';
constexpr char sequenced_data = 'S';  // one message; its sequence is implied
constexpr char server_heartbeat = 'H';
constexpr char end_of_session = 'Z';
// From the client.
constexpr char login_request = 'L';
constexpr char unsequenced_data = 'U';
constexpr char client_heartbeat = 'R';
constexpr char logout_request = 'O';

constexpr uint64_t heartbeat_ns = 1'000'000'000;  // of own silence before a heartbeat is sent
constexpr uint64_t timeout_ns = 15'000'000'000;   // of the other's silence before it is gone

// A number in ASCII and a session's name, with spaces on their left.
using Number = std::array<char, 20>;
using Session = std::array<char, 10>;

struct LoginRequest {
    static constexpr char type = login_request;
    wire::Alpha<6> user;
    wire::Alpha<10> password;
    Session session{};  // blank: the current one
    Number sequence{};  // of the first message wanted
};

struct LoginAccepted {
    static constexpr char type = login_accepted;
    Session session{};
    Number sequence{};  // of the next message
};

enum class RejectReason : char { not_authorised = 'A', session_not_available = 'S' };

struct LoginRejected {
    static constexpr char type = login_rejected;
    RejectReason reason{};
};

static_assert(sizeof(FrameHeader) == 3 && sizeof(LoginRequest) == 46);
static_assert(sizeof(LoginAccepted) == 30 && sizeof(LoginRejected) == 1);

// 42 -> "                  42"
Number number(uint64_t value);
// 42 -> "00000000000000000042", as G has it: some clients take away zeros, and no spaces.
Number digits(uint64_t value);
// Nothing: not a number, or above 64 bits.
std::optional<uint64_t> parse_number(std::string_view text);

// A field without its padding: spaces, and NULs as some clients have them, on either side.
std::string_view unpadded(std::string_view field);

Session padded(const wire::SessionName& session);
// All padding gives the blank name.
wire::SessionName session_name(const Session& session);

// Behind the bytes. Requires: the payload is shorter than 65,535 bytes.
void append_frame(std::vector<unsigned char>& bytes, char type,
                  std::span<const unsigned char> payload = {});
template <class Message>
void append(std::vector<unsigned char>& bytes, const Message& message) {
    append_frame(bytes, Message::type,
                 {reinterpret_cast<const unsigned char*>(&message), sizeof message});
}

struct Frame {
    char type = 0;
    std::span<const unsigned char> payload;
};

// The payload as a login message; bytes behind it, of a later version, are ignored. Nothing: too
// short.
template <class Message>
std::optional<Message> payload_as(const Frame& frame) {
    if (frame.payload.size() < sizeof(Message)) return std::nullopt;
    return wire::as<Message>(frame.payload.data());
}

enum class Taken { frame, incomplete, broken };

// Takes the first frame off the front of what a stream has brought so far; it points into that.
// Incomplete: more bytes have to come. Broken: a length of 0, or of more than length_max, after
// which the stream cannot be read on; so a buffer of length_max + 2 bytes holds any frame.
Taken take_frame(std::span<const unsigned char>& bytes, Frame& frame, std::size_t length_max);

}  // namespace carbonx::marketdata::soup
