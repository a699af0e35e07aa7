#include "marketdata/soup.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "engine/api/check.h"

namespace carbonx::marketdata::soup {
namespace {

template <std::size_t N>
std::array<char, N> right_justified(std::string_view text, char padding = ' ') {
    std::array<char, N> field;
    field.fill(padding);
    std::copy(text.begin(), text.end(), field.end() - text.size());
    return field;
}

}  // namespace

Number number(uint64_t value) { return right_justified<20>(std::to_string(value)); }

Number digits(uint64_t value) { return right_justified<20>(std::to_string(value), '0'); }

std::string_view unpadded(std::string_view field) {
    constexpr std::string_view padding{" \0", 2};
    const std::size_t begin = std::min(field.find_first_not_of(padding), field.size());
    return field.substr(begin, field.find_last_not_of(padding) + 1 - begin);
}

std::optional<uint64_t> parse_number(std::string_view text) {
    text = unpadded(text);
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), value);
    if (error != std::errc() || end != text.end()) return std::nullopt;
    return value;
}

Session padded(const wire::SessionName& session) { return right_justified<10>(session.view()); }

wire::SessionName session_name(const Session& session) {
    return {unpadded({session.data(), session.size()})};
}

void append_frame(std::vector<unsigned char>& bytes, char type,
                  std::span<const unsigned char> payload) {
    CARBONX_CHECK(payload.size() < 0xFFFF);
    const FrameHeader header{payload.size() + 1, type};
    const auto* head = reinterpret_cast<const unsigned char*>(&header);
    bytes.insert(bytes.end(), head, head + sizeof header);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
}

Taken take_frame(std::span<const unsigned char>& bytes, Frame& frame, std::size_t length_max) {
    if (bytes.size() < sizeof(wire::U16)) return Taken::incomplete;
    const std::size_t length = wire::as<wire::U16>(bytes.data()).value();
    if (length == 0 || length > length_max) return Taken::broken;
    const std::size_t size = sizeof(wire::U16) + length;
    if (bytes.size() < size) return Taken::incomplete;
    frame = {static_cast<char>(bytes[2]), bytes.subspan(sizeof(FrameHeader), length - 1)};
    bytes = bytes.subspan(size);
    return Taken::frame;
}

}  // namespace carbonx::marketdata::soup
