// The operators' way into the running gateway: a Unix socket, line by line.
//
// Threads: the gateway thread only, which steps it with poll().
// Always: it never waits, and looks only some times a second; a user who is no operator gets one
// line and is disconnected. At most `clients_max` are connected, each with one request of at most
// `request_bytes_max` and one answer in memory; one who says and takes nothing for `idle_ns` is
// disconnected.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>

#include "engine/api/settings.h"

namespace carbonx::gateway {

class OperatorsSocket {
public:
    static constexpr std::size_t clients_max = 8;
    static constexpr std::size_t request_bytes_max = 4096;
    static constexpr uint64_t idle_ns = 10'000'000'000;

    // The whole answer, its line breaks included, to a request without one.
    using Answer = std::function<std::string(const std::string& who, std::string_view request)>;

    // Listens at gateway_socket(settings). Throws std::runtime_error. Requires: this process is the
    // only one of its number; the settings outlive it.
    OperatorsSocket(const Settings& settings, Answer answer);
    ~OperatorsSocket();
    OperatorsSocket(const OperatorsSocket&) = delete;
    OperatorsSocket& operator=(const OperatorsSocket&) = delete;

    void poll(uint64_t monotonic_ns);

private:
    struct Client {
        int socket = -1;
        std::string who;
        std::string input;
        std::string output;
        uint64_t heard_ns = 0;
        bool closing = false;  // when the output is gone
    };

    void accept(uint64_t monotonic_ns);
    // False: the client is gone.
    bool step(Client& client, uint64_t monotonic_ns);
    bool write(Client& client) const;
    bool read(Client& client) const;
    void take_request(Client& client) const;

    const Settings& settings_;
    const Answer answer_;
    int listener_ = -1;
    uint64_t next_look_ns_ = 0;
    std::list<Client> clients_;
};

}  // namespace carbonx::gateway
