#include "tools/line_tap.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cstring>

#include "engine/api/process.h"

namespace carbonx::tools {
namespace {

constexpr std::size_t datagram_bytes_max = 65'507;
constexpr std::size_t buffer_bytes = std::size_t{8} << 20;

uint64_t received_ns(const msghdr& message) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(const_cast<msghdr*>(&message), part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec time{};
        std::memcpy(&time, CMSG_DATA(part), sizeof time);
        return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 +
               static_cast<uint64_t>(time.tv_nsec);
    }
    return utc_ns();
}

Endpoint endpoint_of(const sockaddr_in& at) {
    char text[INET_ADDRSTRLEN] = "";
    ::inet_ntop(AF_INET, &at.sin_addr, text, sizeof text);
    return {text, ntohs(at.sin_port)};
}

}  // namespace

LineTap::LineTap(const marketdata::Subscription& subscription) : bytes_(datagram_bytes_max) {
    for (const marketdata::Address* line : {&subscription.line_a, &subscription.line_b}) {
        lines_.push_back({{line->host, line->port},
                          marketdata::join_line(context_, *line, subscription.interface)});
        marketdata::Socket& socket = lines_.back().socket;
        marketdata::ask_for_buffer(socket, buffer_bytes);
        const int on = 1;
        ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    }
}

std::size_t LineTap::poll(PacketRecording& recording) {
    std::size_t heard = 0;
    for (Line& line : lines_) heard += drain(line, recording);
    return heard;
}

std::size_t LineTap::drain(Line& line, PacketRecording& recording) {
    std::size_t heard = 0;
    for (; heard < at_once; ++heard) {
        sockaddr_in sender{};
        iovec place{bytes_.data(), bytes_.size()};
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof(timespec))];
        msghdr message{};
        message.msg_name = &sender;
        message.msg_namelen = sizeof sender;
        message.msg_iov = &place;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        const ssize_t size = ::recvmsg(line.socket.native_handle(), &message, MSG_DONTWAIT);
        if (size < 0) break;
        recording.add(received_ns(message), endpoint_of(sender), line.group,
                      std::span(bytes_).first(static_cast<std::size_t>(size)));
    }
    return heard;
}

}  // namespace carbonx::tools
