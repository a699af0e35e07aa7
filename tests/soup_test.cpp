// SoupBinTCP's bytes.
#include <catch2/catch.hpp>
#include <string>

#include "marketdata/soup.h"

namespace carbonx::tests {
namespace {

namespace soup = marketdata::soup;
namespace wire = marketdata::wire;

std::string text(std::span<const unsigned char> bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

TEST_CASE("soup: numbers have spaces on their left, and may have them on either side") {
    const auto written = [](uint64_t value) {
        const soup::Number number = soup::number(value);
        return std::string(number.begin(), number.end());
    };
    CHECK(written(0) == "                   0");
    CHECK(written(42) == "                  42");
    CHECK(written(UINT64_MAX) == "18446744073709551615");
    CHECK(soup::parse_number(written(UINT64_MAX)) == UINT64_MAX);
    CHECK(soup::parse_number("  42  ") == 42);
    CHECK(soup::parse_number("42                  ") == 42);
    for (const char* bad : {"", "    ", "4 2", "-1", "+1", "0x1", "18446744073709551616"}) {
        CHECK_FALSE(soup::parse_number(bad));
    }
}

TEST_CASE("soup: a session's name has spaces on its left, and may have them on either side") {
    CHECK(text({reinterpret_cast<const unsigned char*>(soup::padded({"DAY1"}).data()), 10}) ==
          "      DAY1");
    CHECK(soup::session_name(soup::padded({"2026112301"})).view() == "2026112301");
    const soup::Session left = {'D', 'A', 'Y', '1', ' ', ' ', ' ', ' ', ' ', ' '};
    CHECK(soup::session_name(left).view() == "DAY1");
    CHECK(soup::session_name(soup::padded({})).view().empty());
}

TEST_CASE("soup: a login is the specification's bytes, and extra bytes behind it are ignored") {
    soup::LoginRequest login{{"DEMO"}, {"secret"}, soup::padded({}), soup::number(1)};
    std::vector<unsigned char> bytes;
    soup::append(bytes, login);
    CHECK(text(bytes) == std::string("\0\x2f", 2) + "LDEMO  secret    " + std::string(10, ' ') +
                             std::string(19, ' ') + "1");

    bytes.push_back('x');
    soup::Frame frame{bytes[2] == 'L' ? 'L' : ' ',
                      std::span<const unsigned char>(bytes).subspan(3)};
    const auto read = soup::payload_as<soup::LoginRequest>(frame);
    REQUIRE(read);
    CHECK(read->user.view() == "DEMO");
    CHECK(read->password.view() == "secret");
    frame.payload = frame.payload.first(45);
    CHECK_FALSE(soup::payload_as<soup::LoginRequest>(frame));
}

TEST_CASE("soup: frames come out of a stream as they went in, however it is cut") {
    std::vector<unsigned char> stream;
    const unsigned char message[] = {'a', 'b', 'c'};
    soup::append_frame(stream, soup::sequenced_data, message);
    soup::append_frame(stream, soup::server_heartbeat);
    soup::append(stream, soup::LoginRejected{soup::RejectReason::not_authorised});

    std::vector<unsigned char> held;
    std::string seen;
    for (const unsigned char byte : stream) {
        held.push_back(byte);
        std::span<const unsigned char> rest = held;
        soup::Frame frame;
        if (soup::take_frame(rest, frame, 100) == soup::Taken::frame) {
            seen += std::string(1, frame.type) + "(" + text(frame.payload) + ")";
        }
        held.assign(rest.begin(), rest.end());
    }
    CHECK(seen == "S(abc)H()J(A)");
    CHECK(held.empty());
}

TEST_CASE("soup: a frame of length 0, or longer than is allowed, breaks the stream") {
    soup::Frame frame;
    const auto taken = [&](std::vector<unsigned char> bytes) {
        std::span<const unsigned char> rest = bytes;
        return soup::take_frame(rest, frame, 4);
    };
    CHECK(taken({0, 0}) == soup::Taken::broken);
    CHECK(taken({0, 5}) == soup::Taken::broken);
    CHECK(taken({0, 4, 'S', 1, 2}) == soup::Taken::incomplete);
    CHECK(taken({0, 4, 'S', 1, 2, 3}) == soup::Taken::frame);
    CHECK(taken({0}) == soup::Taken::incomplete);
}

}  // namespace carbonx::tests
