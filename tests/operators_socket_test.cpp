// The gateway's operators' socket: who may come in, and that nobody there can stall anyone.
#include "gateway/operators_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>
#include <vector>

using namespace carbonx;
using carbonx::gateway::OperatorsSocket;

namespace {

constexpr uint64_t second_ns = 1'000'000'000;

struct Host {
    Settings settings;
    std::string long_line = {};
    std::vector<std::string> asked;
    uint64_t now_ns = second_ns;
    std::unique_ptr<OperatorsSocket> socket;

    Host() {
        std::string name = "/dev/shm/carbonx-operators-XXXXXX";
        settings.runtime_directory = ::mkdtemp(name.data());
        start();
    }
    ~Host() {
        socket.reset();
        std::filesystem::remove_all(settings.runtime_directory);
    }
    void start() {
        socket = std::make_unique<OperatorsSocket>(
            settings, [this](const std::string& who, std::string_view request) {
                asked.push_back(who + " " + std::string(request));
                return request == "long" ? long_line : "|" + std::string(request) + "\ndone\n";
            });
    }
    // Looks once.
    void poll() {
        now_ns += second_ns / 100;
        socket->poll(now_ns);
    }
};

class Client {
public:
    explicit Client(const Host& host) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string file = gateway_socket(host.settings);
        file.copy(address.sun_path, sizeof address.sun_path - 1);
        REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
                0);
    }
    ~Client() { ::close(socket_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void send(const std::string& text) {
        REQUIRE(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(text.size()));
    }
    void end() { ::shutdown(socket_, SHUT_WR); }
    // What has come, and whether it was the last.
    std::string receive() {
        std::string text;
        char bytes[65536];
        ssize_t got = 0;
        while ((got = ::recv(socket_, bytes, sizeof bytes, 0)) > 0) {
            text.append(bytes, static_cast<std::size_t>(got));
        }
        closed = got == 0 || errno == ECONNRESET;
        return text;
    }
    bool closed = false;

private:
    const int socket_;
};

}  // namespace

TEST_CASE("operators' socket: a request is a line, and its answer follows") {
    Host host;
    Client client(host);
    client.send("sess");
    host.poll();
    CHECK(client.receive() == "");
    client.send("ions\nreset\tA\n");
    host.poll();
    CHECK(client.receive() == "|sessions\ndone\n");
    host.poll();
    CHECK(client.receive() == "|reset\tA\ndone\n");
    CHECK_FALSE(client.closed);
    const std::string me = "uid-" + std::to_string(::getuid());
    CHECK(host.asked == std::vector<std::string>{me + " sessions", me + " reset\tA"});
}

TEST_CASE("operators' socket: one who closes behind the request still gets the answer") {
    Host host;
    Client client(host);
    client.send("sessions\n");
    client.end();
    host.poll();
    CHECK(client.receive() == "|sessions\ndone\n");
    host.poll();
    host.poll();
    client.receive();
    CHECK(client.closed);
}

TEST_CASE("operators' socket: a user who is no operator gets one line and nothing else") {
    Host host;
    host.settings.engine.operators = {{::getuid() + 1, "somebody else"}};
    Client client(host);
    client.send("sessions\n");
    host.poll();
    host.poll();
    CHECK(client.receive() ==
          "refused user " + std::to_string(::getuid()) +
              " is not an operator: add an [[engine.operators]] entry with this uid to the "
              "settings and restart the gateway\n");
    CHECK(client.closed);
    CHECK(host.asked.empty());

    host.settings.engine.operators = {{::getuid(), "alice"}};
    Client alice(host);
    alice.send("sessions\n");
    host.poll();
    CHECK(host.asked == std::vector<std::string>{"alice sessions"});
}

TEST_CASE("operators' socket: one who does not read holds up nobody, and is dropped in the end") {
    Host host;
    host.long_line = "|" + std::string(4 << 20, 'x') + "\ndone\n";
    Client silent(host), other(host);
    silent.send("long\nsessions\n");
    for (int i = 0; i < 10; ++i) host.poll();
    other.send("sessions\n");
    host.poll();
    CHECK(other.receive() == "|sessions\ndone\n");
    CHECK(host.asked.size() == 2);  // the second request of the silent one was not read
    host.now_ns += OperatorsSocket::idle_ns;
    host.poll();
    silent.receive();
    CHECK(silent.closed);
}

TEST_CASE("operators' socket: one who reads gets the longest answer") {
    Host host;
    host.long_line = "|" + std::string(4 << 20, 'x') + "\ndone\n";
    Client client(host);
    client.send("long\n");
    std::string text;
    for (int i = 0; i < 1000 && !text.ends_with("done\n"); ++i) {
        host.poll();
        text += client.receive();
    }
    CHECK(text == host.long_line);
}

TEST_CASE("operators' socket: requests and connections are bounded") {
    Host host;
    Client endless(host);
    endless.send(std::string(2 * OperatorsSocket::request_bytes_max, 'x'));
    host.poll();
    host.poll();
    CHECK(endless.receive() == "refused a request has at most 4095 bytes: shorten it\n");
    CHECK(endless.closed);

    std::vector<std::unique_ptr<Client>> idle;
    for (std::size_t i = 0; i < OperatorsSocket::clients_max; ++i) {
        idle.push_back(std::make_unique<Client>(host));
    }
    host.poll();
    Client late(host);
    late.send("sessions\n");
    host.poll();
    CHECK(late.receive() == "");
    host.now_ns += OperatorsSocket::idle_ns;
    host.poll();  // the idle ones are dropped
    host.poll();
    CHECK(late.receive() == "|sessions\ndone\n");
    idle[0]->receive();
    CHECK(idle[0]->closed);
}

TEST_CASE("operators' socket: it looks some times a second, and not at every poll") {
    Host host;
    host.poll();
    Client client(host);
    client.send("sessions\n");
    for (int i = 1; i < 10; ++i) {
        host.now_ns += second_ns / 1000;
        host.socket->poll(host.now_ns);
    }
    CHECK(host.asked.empty());
    host.now_ns += second_ns / 1000;
    host.socket->poll(host.now_ns);
    CHECK(host.asked.size() == 1);
}

TEST_CASE("operators' socket: the file of a gateway that was killed is in nobody's way") {
    Host host;
    const std::unique_ptr<OperatorsSocket> killed = std::move(host.socket);
    host.start();
    Client client(host);
    client.send("sessions\n");
    host.poll();
    CHECK(client.receive() == "|sessions\ndone\n");
    Host other;
    other.settings.runtime_directory /= std::string(100, 'x');
    CHECK_THROWS_WITH(other.start(), Catch::Contains("name is too long for a socket"));
    other.settings.runtime_directory = other.settings.runtime_directory.parent_path();
}
