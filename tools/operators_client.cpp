#include "tools/operators_client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace carbonx::tools {

using operators::Kind;
using operators::MessageHead;

OperatorsClient::OperatorsClient(const Settings& settings) {
    const std::string file = operator_socket(settings).string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (file.size() >= sizeof address.sun_path) {
        throw std::runtime_error(file + ": the runtime directory's name is too long for a socket");
    }
    std::memcpy(address.sun_path, file.c_str(), file.size() + 1);
    socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const std::string why = std::strerror(errno);
        ::close(socket_);
        throw std::runtime_error("no engine answers at " + file + " (" + why +
                                 "): start carbonx-engine with the same settings and directory");
    }
    const timeval patience{30, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

OperatorsClient::~OperatorsClient() { ::close(socket_); }

std::vector<OperatorsClient::Answer> OperatorsClient::send(const CommandHead& command) {
    request(Kind::command, &command, command.slots * limits::slot_bytes);
    std::vector<Answer> answers;
    while (true) {
        Answer answer;
        std::string text;
        const MessageHead head = receive(answer.event, text);
        if (head.kind == Kind::done) return answers;
        if (head.kind != Kind::event) throw std::runtime_error(text);
        answer.sequence = head.sequence;
        answers.push_back(answer);
    }
}

std::string OperatorsClient::status() {
    request(Kind::status, "", 0);
    Event none;
    std::string text;
    const MessageHead head = receive(none, text);
    if (head.kind != Kind::text) throw std::runtime_error(text);
    return text;
}

Reject OperatorsClient::refusal(const std::vector<Answer>& answers) {
    for (const Answer& answer : answers) {
        const EventHead& head = answer.event.head;
        if (head.type == EventType::refused) return as_event<Refused>(head).reason;
        if (head.type == EventType::rejected) return as_event<Rejected>(head).reason;
    }
    return Reject::none;
}

void OperatorsClient::request(Kind kind, const void* data, std::size_t bytes) {
    const MessageHead head{kind, static_cast<uint32_t>(bytes), 0};
    std::string message(reinterpret_cast<const char*>(&head), sizeof head);
    message.append(static_cast<const char*>(data), bytes);
    // One write: a request is far shorter than the socket's buffer. What went wrong, the answer
    // tells.
    [[maybe_unused]] const auto sent =
        ::send(socket_, message.data(), message.size(), MSG_NOSIGNAL);
}

// One message: an event's record, or text.
MessageHead OperatorsClient::receive(Event& body, std::string& text) {
    MessageHead head;
    receive(&head, sizeof head);
    if (head.kind == Kind::event) {
        if (head.bytes > sizeof body) throw std::runtime_error("the engine is of another build");
        receive(&body, head.bytes);
    } else {
        text.resize(head.bytes);
        receive(text.data(), text.size());
    }
    return head;
}

void OperatorsClient::receive(void* data, std::size_t bytes) {
    auto* to = static_cast<char*>(data);
    while (bytes > 0) {
        const ssize_t got = ::recv(socket_, to, bytes, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw std::runtime_error("the engine does not answer: see its log");
        if (got == 0) throw std::runtime_error("the engine has closed the connection: see its log");
        to += got;
        bytes -= static_cast<std::size_t>(got);
    }
}

}  // namespace carbonx::tools
