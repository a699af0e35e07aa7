// The same packets on both lines, by each way that the system offers, in turns; with nobody
// listening, and with a listener on each line, whose share the sender pays on one machine.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <stdexcept>

#include "bench/feed.h"
#include "bench/feed_engine.h"
#include "bench/measure.h"
#include "marketdata/multicast.h"

namespace carbonx::bench {
namespace {

using marketdata::Packet;

sockaddr_in address(const Endpoint& line) {
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = htons(line.port);
    ::inet_pton(AF_INET, line.address.c_str(), &result.sin_addr);
    return result;
}

class Socket {
public:
    Socket() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        in_addr loopback{htonl(INADDR_LOOPBACK)};
        ::setsockopt(socket_, IPPROTO_IP, IP_MULTICAST_IF, &loopback, sizeof loopback);
        const int bytes = 4 << 20;
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    }
    ~Socket() { ::close(socket_); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    void connect(const sockaddr_in& to) {
        if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
            throw std::runtime_error("cannot connect a multicast socket");
    }
    void listen(const Endpoint& line) {
        const sockaddr_in at = address(line);
        const int one = 1;
        ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (::bind(socket_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
            throw std::runtime_error("cannot bind a listener");
        const ip_mreq group{at.sin_addr, {htonl(INADDR_LOOPBACK)}};
        ::setsockopt(socket_, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group);
    }
    int handle() const { return socket_; }

private:
    const int socket_;
};

class Ways {
public:
    explicit Ways(const StreamSettings& stream, const MarketDataSettings& settings)
        : to_{address(stream.line_a), address(stream.line_b)}, multicast_(stream, settings) {
        for (int line = 0; line < 2; ++line) connected_[line].connect(to_[line]);
    }

    // As the publisher does.
    void multicast(std::span<const Packet> packets) { multicast_.send(packets); }
    void sendto_each(std::span<const Packet> packets) {
        for (const Packet& packet : packets) {
            for (const sockaddr_in& to : to_) {
                check(::sendto(loose_.handle(), packet.bytes.data(), packet.size, MSG_DONTWAIT,
                               reinterpret_cast<const sockaddr*>(&to), sizeof to));
            }
        }
    }
    void send_each(std::span<const Packet> packets) {
        for (const Packet& packet : packets) {
            for (const Socket& socket : connected_) {
                check(::send(socket.handle(), packet.bytes.data(), packet.size, MSG_DONTWAIT));
            }
        }
    }
    // All of line A, then all of line B.
    void sendmmsg_connected(std::span<const Packet> packets) {
        iovec bytes[64];
        mmsghdr messages[64] = {};
        for (std::size_t i = 0; i < packets.size(); ++i) {
            bytes[i] = {const_cast<unsigned char*>(packets[i].bytes.data()), packets[i].size};
            messages[i].msg_hdr.msg_iov = &bytes[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        for (const Socket& socket : connected_) {
            check(::sendmmsg(socket.handle(), messages, static_cast<unsigned>(packets.size()),
                             MSG_DONTWAIT));
        }
    }
    // Segmentation offload: one call a line for packets of one size; the last may be shorter.
    void segmented(std::span<const Packet> packets) {
        for (const Socket& socket : connected_) {
            check(marketdata::send_segments(socket.handle(), packets));
        }
    }
    uint64_t failed() const { return failed_; }

private:
    void check(ssize_t result) { failed_ += result < 0; }

    const sockaddr_in to_[2];
    marketdata::Multicast multicast_;
    Socket loose_;
    Socket connected_[2];
    uint64_t failed_ = 0;
};

Packet full_packet(uint64_t sequence) {
    Packet packet(marketdata::wire::SessionName("2026112301"), sequence, 0);
    std::array<unsigned char, 38> block{};
    block[1] = 36;
    while (packet.append(block)) {
    }
    return packet;
}

}  // namespace

bool run_feed_send(const FeedOptions& options) {
    FeedEngine engine(options.directory);
    const MarketDataSettings& settings = engine.settings().marketdata;
    const StreamSettings& stream = settings.channels.front().stream;
    Ways ways(stream, settings);
    struct Way {
        const char* name;
        std::function<void(std::span<const Packet>)> send;
    };
    const Way all[] = {
        {"sendto", [&](auto packets) { ways.sendto_each(packets); }},
        {"send-connected", [&](auto packets) { ways.send_each(packets); }},
        {"sendmmsg-connected", [&](auto packets) { ways.sendmmsg_connected(packets); }},
        {"segmented", [&](auto packets) { ways.segmented(packets); }},
        {"publisher", [&](auto packets) { ways.multicast(packets); }},
    };
    for (const bool heard : {false, true}) {
        Socket a;
        Socket b;
        if (heard) {
            a.listen(stream.line_a);
            b.listen(stream.line_b);
        }
        for (const std::size_t at_once : {std::size_t{1}, std::size_t{32}}) {
            std::vector<Packet> packets;
            for (std::size_t i = 0; i < at_once; ++i) packets.push_back(full_packet(1 + 35 * i));
            std::vector<double> ns[std::size(all)];
            for (int round = 0; round < options.rounds; ++round) {
                for (std::size_t way = 0; way < std::size(all); ++way) {
                    constexpr std::size_t packets_a_round = 2048;
                    const uint64_t begin_ns = thread_time_ns();
                    for (std::size_t sent = 0; sent < packets_a_round; sent += at_once)
                        all[way].send(packets);
                    ns[way].push_back(static_cast<double>(thread_time_ns() - begin_ns) /
                                      packets_a_round);
                }
            }
            const double first = median(ns[0]);
            for (std::size_t way = 0; way < std::size(all); ++way) {
                std::printf(
                    "feed=send way=%s listeners=%d packets_at_once=%zu ns_a_packet=%.0f "
                    "ratio=%.2f\n",
                    all[way].name, heard ? 1 : 0, at_once, median(ns[way]),
                    median(ns[way]) / first);
            }
        }
    }
    if (ways.failed() > 0) std::printf("feed=send failed=%lu\n", ways.failed());
    return ways.failed() == 0;
}

}  // namespace carbonx::bench
