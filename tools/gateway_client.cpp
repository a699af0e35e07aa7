#include "tools/gateway_client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace carbonx::tools {

GatewayClient::GatewayClient(const Settings& settings) {
    const std::string file = gateway_socket(settings).string();
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
        throw std::runtime_error("no gateway answers at " + file + " (" + why +
                                 "): start carbonx-gateway with the same settings and directory");
    }
    const timeval patience{30, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

GatewayClient::~GatewayClient() { ::close(socket_); }

std::vector<std::string> GatewayClient::ask(const std::vector<std::string>& words) {
    std::string request;
    for (const std::string& word : words) {
        if (word.find_first_of("\t\n") != std::string::npos) {
            throw std::runtime_error("`" + word + "` has a tab or a line break: leave it out");
        }
        request += (request.empty() ? "" : "\t") + word;
    }
    request += '\n';
    // One write: a request is far shorter than the socket's buffer. What went wrong, the answer
    // tells.
    [[maybe_unused]] const auto sent =
        ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
    std::vector<std::string> lines;
    while (true) {
        const std::string line = receive_line();
        if (line == "done") return lines;
        if (line.starts_with("refused ")) throw std::runtime_error("refused: " + line.substr(8));
        if (!line.starts_with("|")) throw std::runtime_error("the gateway is of another build");
        lines.push_back(line.substr(1));
    }
}

std::string GatewayClient::receive_line() {
    std::size_t end = 0;
    while ((end = input_.find('\n')) == std::string::npos) {
        char bytes[4096];
        const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw std::runtime_error("the gateway does not answer: see its log");
        if (got == 0)
            throw std::runtime_error("the gateway has closed the connection: see its log");
        input_.append(bytes, static_cast<std::size_t>(got));
    }
    const std::string line = input_.substr(0, end);
    input_.erase(0, end + 1);
    return line;
}

}  // namespace carbonx::tools
