#include "tools/feed_tap.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/multicast.hpp>

namespace carbonx::tools {

namespace asio = boost::asio;
using asio::ip::udp;

namespace {

constexpr std::size_t header_bytes = 20;
constexpr uint64_t end_of_session = 0xFFFF;
constexpr int receive_buffer_bytes = 8 << 20;

}  // namespace

FeedTap::FeedTap(asio::io_context& io, const std::string& group, uint16_t port,
                 const std::string& interface)
    : socket_(io) {
    const auto address = asio::ip::make_address_v4(group);
    socket_.open(udp::v4());
    socket_.set_option(udp::socket::reuse_address(true));
    boost::system::error_code ignored;
    socket_.set_option(asio::socket_base::receive_buffer_size(receive_buffer_bytes), ignored);
    socket_.bind({address, port});
    socket_.set_option(
        asio::ip::multicast::join_group(address, asio::ip::make_address_v4(interface)));
    socket_.non_blocking(true);
}

bool FeedTap::receive() {
    boost::system::error_code error;
    const std::size_t size = socket_.receive(asio::buffer(packet_), 0, error);
    if (error) return false;
    ++packets_;
    rest_ = {};
    blocks_left_ = 0;
    if (size < header_bytes) {
        ++malformed_;
        return true;
    }
    const std::string_view packet(packet_, size);
    const uint64_t sequence = big_endian<8>(packet, 10);
    const uint64_t count = big_endian<2>(packet, 18);
    const uint64_t blocks = count == end_of_session ? 0 : count;
    if (expected_ != 0 && sequence > expected_) missed_ += sequence - expected_;
    if (sequence + blocks > expected_) expected_ = sequence + blocks;
    blocks_left_ = static_cast<uint16_t>(blocks);
    rest_ = packet.substr(header_bytes);
    return true;
}

std::string_view FeedTap::next() {
    if (blocks_left_ == 0) {
        if (!rest_.empty()) ++malformed_;
        rest_ = {};
        return {};
    }
    const std::size_t length = rest_.size() < 2 ? rest_.size() : big_endian<2>(rest_, 0);
    if (rest_.size() < 2 + length || length == 0) {
        ++malformed_;
        rest_ = {};
        blocks_left_ = 0;
        return {};
    }
    const std::string_view message = rest_.substr(2, length);
    rest_.remove_prefix(2 + length);
    --blocks_left_;
    ++messages_;
    return message;
}

}  // namespace carbonx::tools
