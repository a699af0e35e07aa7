// Fuzzing of the framer: however a stream of bytes is cut into reads, the same messages come out,
// and a connection's bounded buffer is always enough.
//
// Input: one byte for the greatest BodyLength, one for how the bytes are cut, and the bytes.
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/api/check.h"
#include "gateway/framing.h"

namespace carbonx::gateway {
namespace {

struct Framed {
    std::vector<std::string_view> messages;
    std::size_t skipped = 0;
    bool too_large = false;
    std::size_t rest = 0;  // bytes that wait for more

    // Keeps its memory: there are millions of inputs.
    void clear() {
        messages.clear();
        skipped = rest = 0;
        too_large = false;
    }
};

void check_message(std::string_view message, std::size_t body_bytes_max) {
    CARBONX_CHECK(message.starts_with("8=FIX"));
    const auto length = find_field(message, "9=");
    CARBONX_CHECK(length.has_value());
    const auto body = find_number(message, "9=");
    CARBONX_CHECK(body.has_value() && *body >= 0);
    CARBONX_CHECK(static_cast<std::size_t>(*body) <= body_bytes_max);
    // 8=...|9=...| then the body, then 10=ddd|.
    const auto body_at =
        static_cast<std::size_t>(length->data() - message.data()) + length->size() + 1;
    CARBONX_CHECK(message.size() == body_at + static_cast<std::size_t>(*body) + 7);
    CARBONX_CHECK(message.substr(message.size() - 7, 3) == "10=");
    CARBONX_CHECK(message.back() == '\x01');
}

// Takes from `bytes` what is whole, as a connection does; returns where it stopped.
std::size_t take(std::string_view bytes, std::size_t body_bytes_max, Framed& framed) {
    std::size_t at = 0;
    while (!framed.too_large) {
        const Frame frame = next_frame(bytes.substr(at), body_bytes_max);
        CARBONX_CHECK(frame.skipped + frame.size <= bytes.size() - at);
        framed.skipped += frame.skipped;
        at += frame.skipped;
        if (frame.kind == Frame::Kind::incomplete) break;
        if (frame.kind == Frame::Kind::too_large) {
            framed.too_large = true;
            break;
        }
        framed.messages.push_back(bytes.substr(at, frame.size));
        check_message(framed.messages.back(), body_bytes_max);
        at += frame.size;
    }
    return at;
}

void frame_whole(std::string_view stream, std::size_t body_bytes_max, Framed& framed) {
    framed.rest = stream.size() - take(stream, body_bytes_max, framed);
}

// A copy of the bytes at the end of memory, so that the address sanitizer sees what is read beyond
// them. Requires: at most copied_max. Holds until the next call.
constexpr std::size_t copied_max = 1 << 16;
std::string_view at_the_end(std::string_view bytes) {
    static const std::unique_ptr<char[]> memory(new char[copied_max]);
    CARBONX_CHECK(bytes.size() <= copied_max);
    char* const begin = memory.get() + copied_max - bytes.size();
    std::memcpy(begin, bytes.data(), bytes.size());
    return {begin, bytes.size()};
}

// In reads of one to `cut` bytes.
void frame_in_pieces(std::string_view stream, std::size_t body_bytes_max, std::size_t cut,
                     Framed& framed) {
    static Framed now;
    std::size_t begin = 0;
    std::size_t end = 0;
    while (end < stream.size() && !framed.too_large) {
        end += 1 + (end * 7 + cut) % cut;
        end = std::min(end, stream.size());
        const std::string_view bytes = at_the_end(stream.substr(begin, end - begin));
        now.clear();
        const std::size_t taken = take(bytes, body_bytes_max, now);
        for (const std::string_view message : now.messages) {
            const auto offset = static_cast<std::size_t>(message.data() - bytes.data());
            framed.messages.push_back(stream.substr(begin + offset, message.size()));
        }
        framed.skipped += now.skipped;
        framed.too_large = now.too_large;
        begin += taken;
        // What is left fits in the buffer of a connection, so it can always read on.
        CARBONX_CHECK(framed.too_large || end - begin < body_bytes_max + frame_overhead_max);
    }
    framed.rest = end - begin;
}

}  // namespace
}  // namespace carbonx::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
    using namespace carbonx::gateway;
    if (size < 2) return 0;
    const std::size_t body_bytes_max = std::size_t{data[0]} * 4;
    const std::size_t cut = 1 + data[1] % 32;
    const std::string_view stream(reinterpret_cast<const char*>(data) + 2, size - 2);
    if (stream.size() > 4096) return 0;
    static Framed whole;
    static Framed pieces;
    whole.clear();
    pieces.clear();
    frame_whole(stream, body_bytes_max, whole);
    frame_in_pieces(stream, body_bytes_max, cut, pieces);
    CARBONX_CHECK(whole.messages == pieces.messages);
    CARBONX_CHECK(whole.too_large == pieces.too_large);
    CARBONX_CHECK(whole.skipped == pieces.skipped);
    CARBONX_CHECK(whole.too_large || whole.rest == pieces.rest);
    return 0;
}
