#include "tests/feed_relay.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/multicast.hpp>
#include <optional>

namespace carbonx::tests {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;

void listen(udp::socket& socket, const Endpoint& line, const std::string& interface) {
    const auto group = asio::ip::make_address_v4(line.address);
    socket.open(udp::v4());
    socket.set_option(asio::socket_base::reuse_address(true));
    socket.set_option(asio::socket_base::receive_buffer_size(4 << 20));
    socket.bind({group, line.port});
    socket.set_option(asio::ip::multicast::join_group(group, asio::ip::make_address_v4(interface)));
    socket.non_blocking(true);
}

void send_to(udp::socket& socket, const Endpoint& line, const std::string& interface) {
    socket.open(udp::v4());
    socket.set_option(
        asio::ip::multicast::outbound_interface(asio::ip::make_address_v4(interface)));
    socket.set_option(asio::ip::multicast::enable_loopback(true));
    socket.connect({asio::ip::make_address_v4(line.address), line.port});
    socket.non_blocking(true);
}

std::optional<std::vector<unsigned char>> receive(udp::socket& socket, udp::endpoint& from) {
    std::array<unsigned char, 2048> bytes;
    boost::system::error_code error;
    const std::size_t size = socket.receive_from(asio::buffer(bytes), from, 0, error);
    if (error) return std::nullopt;
    return std::vector<unsigned char>(bytes.begin(),
                                      bytes.begin() + static_cast<std::ptrdiff_t>(size));
}

constexpr std::size_t at_once = 16;
constexpr uint64_t held_ns = 20'000'000;

}  // namespace

FeedRelay::FeedRelay(const StreamSettings& from, const StreamSettings& to,
                     const std::string& interface, uint64_t seed)
    : random_(seed),
      a_(context_),
      b_(context_),
      server_(asio::ip::make_address(from.rerequest.address), from.rerequest.port),
      asked_(context_, {asio::ip::make_address("127.0.0.1"), 0}) {
    listen(a_.in, from.line_a, interface);
    listen(b_.in, from.line_b, interface);
    send_to(a_.out, to.line_a, interface);
    send_to(b_.out, to.line_b, interface);
    asked_.non_blocking(true);
}

bool FeedRelay::happens(double percent) {
    return static_cast<double>(random_() % 1'000'000) < percent * 10'000;
}

std::size_t FeedRelay::poll(uint64_t now_ns) {
    std::size_t work = 0;
    udp::endpoint from;
    for (std::size_t i = 0; i < at_once; ++i) {
        auto a = receive(a_.in, from);
        auto b = receive(b_.in, from);
        if (!a && !b) break;
        ++work;
        if (a) carry(a_, network_.lost[0], std::move(*a), now_ns);
        if (b) carry(b_, network_.lost[1], std::move(*b), now_ns);
    }
    for (Line* line : {&a_, &b_}) release(*line, false, now_ns);
    return work + ask() + answer();
}

void FeedRelay::carry(Line& line, double lost, Datagram packet, uint64_t now_ns) {
    ++taken_;
    if (happens(lost)) {
        ++lost_;
        return;
    }
    if (happens(network_.overtaken)) {
        line.held.push_back({std::move(packet), 1 + random_() % 8, now_ns + held_ns});
        return;
    }
    boost::system::error_code ignored;  // lost, too
    line.out.send(asio::buffer(packet), 0, ignored);
    if (happens(network_.repeated)) line.out.send(asio::buffer(packet), 0, ignored);
    release(line, true, now_ns);
}

void FeedRelay::release(Line& line, bool passed, uint64_t now_ns) {
    for (auto held = line.held.begin(); held != line.held.end();) {
        if (passed && held->passes > 0) --held->passes;
        if (held->passes > 0 && now_ns < held->until_ns) {
            ++held;
            continue;
        }
        boost::system::error_code ignored;
        line.out.send(asio::buffer(held->packet), 0, ignored);
        held = line.held.erase(held);
    }
}

std::size_t FeedRelay::ask() {
    std::size_t work = 0;
    udp::endpoint from;
    while (const auto request = receive(asked_, from)) {
        ++work;
        auto& socket = askers_[from];
        if (!socket) {
            socket = std::make_unique<Socket>(context_, udp::endpoint(udp::v4(), 0));
            socket->non_blocking(true);
        }
        boost::system::error_code ignored;
        if (!happens(network_.asked_lost))
            socket->send_to(asio::buffer(*request), server_, 0, ignored);
    }
    return work;
}

std::size_t FeedRelay::answer() {
    std::size_t work = 0;
    udp::endpoint from;
    for (const auto& [asker, socket] : askers_) {
        while (const auto packet = receive(*socket, from)) {
            ++work;
            boost::system::error_code ignored;
            if (!happens(network_.asked_lost))
                asked_.send_to(asio::buffer(*packet), asker, 0, ignored);
        }
    }
    return work;
}

}  // namespace carbonx::tests
