#include "gateway/operators_socket.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "engine/api/operator_peer.h"

namespace carbonx::gateway {
namespace {

constexpr uint64_t look_ns = 10'000'000;  // a system call or more each

bool would_wait() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

OperatorsSocket::OperatorsSocket(const Settings& settings, Answer answer)
    : settings_(settings), answer_(std::move(answer)) {
    const std::string file = gateway_socket(settings).string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (file.size() >= sizeof address.sun_path) {
        throw std::runtime_error(file + ": the runtime directory's name is too long for a socket");
    }
    std::memcpy(address.sun_path, file.c_str(), file.size() + 1);
    std::filesystem::remove(file);  // of a gateway that was killed
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener_ < 0 ||
        ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, clients_max) != 0) {
        const std::string why = std::strerror(errno);
        if (listener_ >= 0) ::close(listener_);
        throw std::runtime_error(file + ": no operators' socket can be made there: " + why);
    }
}

OperatorsSocket::~OperatorsSocket() {
    for (const Client& client : clients_) ::close(client.socket);
    ::close(listener_);
    std::error_code ignored;
    std::filesystem::remove(gateway_socket(settings_), ignored);
}

void OperatorsSocket::poll(uint64_t monotonic_ns) {
    if (monotonic_ns < next_look_ns_) return;
    next_look_ns_ = monotonic_ns + look_ns;
    accept(monotonic_ns);
    std::erase_if(clients_, [&](Client& client) {
        if (step(client, monotonic_ns)) return false;
        ::close(client.socket);
        return true;
    });
}

// More than the most wait in the kernel until others have gone.
void OperatorsSocket::accept(uint64_t monotonic_ns) {
    while (clients_.size() < clients_max) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0) return;
        const OperatorPeer peer = operator_peer(socket, settings_, "gateway");
        Client& client = clients_.emplace_back();
        client.socket = socket;
        client.who = peer.name;
        client.heard_ns = monotonic_ns;
        if (!peer.name.empty()) continue;
        spdlog::warn("somebody came as an operator and was refused: {}", peer.refusal);
        client.output = "refused " + peer.refusal + "\n";
        client.closing = true;
    }
}

// One request a look: an operator who asks without end takes no more of the thread than that.
bool OperatorsSocket::step(Client& client, uint64_t monotonic_ns) {
    const std::size_t left = client.output.size();
    if (!write(client)) return false;
    if (client.output.size() < left) client.heard_ns = monotonic_ns;
    if (client.output.empty() && client.closing) return false;
    if (client.output.empty()) {
        const std::size_t had = client.input.size();
        if (!read(client)) return false;
        if (client.input.size() > had) client.heard_ns = monotonic_ns;
        take_request(client);
        if (!write(client)) return false;
    }
    return monotonic_ns - client.heard_ns < idle_ns;
}

bool OperatorsSocket::write(Client& client) const {
    if (client.output.empty()) return true;
    const ssize_t sent =
        ::send(client.socket, client.output.data(), client.output.size(), MSG_NOSIGNAL);
    if (sent < 0) return would_wait();
    client.output.erase(0, static_cast<std::size_t>(sent));
    return true;
}

bool OperatorsSocket::read(Client& client) const {
    char bytes[request_bytes_max];
    const std::size_t room = request_bytes_max - client.input.size();
    const ssize_t got = room > 0 ? ::recv(client.socket, bytes, room, 0) : 0;
    if (got < 0) return would_wait();
    if (got == 0 && room > 0) client.closing = true;  // it may still want its answer
    client.input.append(bytes, static_cast<std::size_t>(got));
    return true;
}

void OperatorsSocket::take_request(Client& client) const {
    const std::size_t end = client.input.find('\n');
    if (end != std::string::npos) {
        client.output = answer_(client.who, std::string_view(client.input).substr(0, end));
        client.input.erase(0, end + 1);
    } else if (client.input.size() == request_bytes_max) {
        client.output = "refused a request has at most " + std::to_string(request_bytes_max - 1) +
                        " bytes: shorten it\n";
        client.closing = true;
    }
}

}  // namespace carbonx::gateway
