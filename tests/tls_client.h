// A broker by TLS, with OpenSSL on bytes that it is given: as many at a time as the test likes.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tests/certificates.h"
#include "tests/fix_client.h"

namespace carbonx::gateway::test {

struct TlsClientSettings {
    const tests::Certificate* certificate = nullptr;
    int version = 0;  // the only one; 0: any
    std::size_t bytes_at_once = 65536;
    int receive_buffer = 0;
};

class TlsClient {
public:
    explicit TlsClient(Venue& venue, const TlsClientSettings& settings = {})
        : venue_(venue), settings_(settings), context_(::SSL_CTX_new(::TLS_client_method())) {
        SSL_CTX* const context = context_.get();
        ::SSL_CTX_set_security_level(context, 0);  // what is too weak shall be refused by the venue
        ::SSL_CTX_set_min_proto_version(context, settings.version);
        ::SSL_CTX_set_max_proto_version(context, settings.version);
        if (settings.certificate != nullptr) {
            REQUIRE(::SSL_CTX_use_certificate_file(context, settings.certificate->file.c_str(),
                                                   SSL_FILETYPE_PEM) == 1);
            REQUIRE(::SSL_CTX_use_PrivateKey_file(context, settings.certificate->key_file.c_str(),
                                                  SSL_FILETYPE_PEM) == 1);
        }
        ssl_.reset(::SSL_new(context));
        ::SSL_set_bio(ssl_.get(), ::BIO_new(::BIO_s_mem()), ::BIO_new(::BIO_s_mem()));
        ::SSL_set_connect_state(ssl_.get());
        connect();
    }
    ~TlsClient() { disconnect(); }
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    void disconnect() {
        if (socket_ >= 0) ::close(socket_);
        socket_ = -1;
    }
    SSL* ssl() const { return ssl_.get(); }
    int socket() const { return socket_; }

    // The first bytes of a handshake, and nothing behind them; the venue stands still.
    void begin_handshake(std::size_t bytes = 65536) {
        ::SSL_do_handshake(ssl());
        std::string hello(65536, '\0');
        const int size = ::BIO_read(::SSL_get_wbio(ssl()), hello.data(), 65536);
        bytes = std::min(bytes, static_cast<std::size_t>(size));
        REQUIRE(::send(socket_, hello.data(), bytes, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes));
    }
    // False: the venue refused, here or with its first answer behind the handshake.
    bool shake_hands() {
        return wait([&] { return ::SSL_do_handshake(ssl()) == 1 || is_over(); }) && !is_over();
    }

    void send(const std::string& bytes) {
        REQUIRE(::SSL_write(ssl(), bytes.data(), static_cast<int>(bytes.size())) ==
                static_cast<int>(bytes.size()));
        REQUIRE(wait([&] { return is_over() || ::BIO_ctrl_pending(::SSL_get_wbio(ssl())) == 0; }));
    }

    // The next message but heartbeats; empty if none comes.
    std::string receive(std::chrono::milliseconds limit = 5s) {
        std::string message;
        const bool came = wait(
            [&] {
                read();
                while (take(message)) {
                    if (value(message, "35") != "0") return true;
                }
                message.clear();
                return is_over();
            },
            limit);
        return came ? message : "";
    }
    // Whatever it was told before is in input().
    bool is_closed() {
        return wait([&] {
            read();
            return closed_;
        });
    }
    bool stays_open() {
        return !wait(
            [&] {
                read();
                return closed_;
            },
            50ms);
    }
    // Whether the venue has ended TLS before TCP, so that nothing was cut off.
    bool has_goodbye() const { return (::SSL_get_shutdown(ssl()) & SSL_RECEIVED_SHUTDOWN) != 0; }
    std::size_t bytes_received() const { return bytes_received_; }

    // With bytes moving to and fro, and time going on.
    template <typename Condition>
    bool wait(Condition holds, std::chrono::milliseconds limit = 5s) {
        return venue_.wait(
            [&] {
                venue_.now += 20us;
                pump();
                return holds();
            },
            limit);
    }

private:
    template <auto release>
    struct Release {
        template <class T>
        void operator()(T* one) const {
            release(one);
        }
    };

    void connect() {
        socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
        if (settings_.receive_buffer > 0) {
            ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &settings_.receive_buffer,
                         sizeof settings_.receive_buffer);
        }
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(venue_.transport->tls_port());
        ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
        REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        ::fcntl(socket_, F_SETFL, O_NONBLOCK);
        const uint64_t before = venue_.clients_seen;
        REQUIRE(venue_.wait([&] { return venue_.counters().accepted > before; }));
        venue_.clients_seen = venue_.counters().accepted;
    }

    bool is_over() const { return closed_ || failed_; }

    void pump() {
        char bytes[65536];
        if (unsent_.empty()) {
            const int size = ::BIO_read(::SSL_get_wbio(ssl()), bytes, sizeof bytes);
            if (size > 0) unsent_.assign(bytes, static_cast<std::size_t>(size));
        }
        const ssize_t sent =
            ::send(socket_, unsent_.data(), std::min(unsent_.size(), settings_.bytes_at_once),
                   MSG_NOSIGNAL);
        if (sent > 0) unsent_.erase(0, static_cast<std::size_t>(sent));
        const ssize_t got =
            ::recv(socket_, bytes, std::min(sizeof bytes, settings_.bytes_at_once), 0);
        if (got > 0) {
            bytes_received_ += static_cast<std::size_t>(got);
            ::BIO_write(::SSL_get_rbio(ssl()), bytes, static_cast<int>(got));
        }
        if (got == 0 || (got < 0 && errno != EAGAIN)) closed_ = true;
        note_failure(::SSL_in_init(ssl()) != 0 ? ::SSL_do_handshake(ssl()) : 1);
    }
    void read() {
        char bytes[65536];
        int size = 0;
        while ((size = ::SSL_read(ssl(), bytes, sizeof bytes)) > 0) {
            input_.append(bytes, static_cast<std::size_t>(size));
        }
        note_failure(size);
    }
    void note_failure(int result) {
        if (result <= 0 && ::SSL_get_error(ssl(), result) == SSL_ERROR_SSL) failed_ = true;
        ::ERR_clear_error();
    }
    bool take(std::string& message) {
        const Frame frame = next_frame(input_, 1 << 20);
        message = input_.substr(frame.skipped, frame.size);
        input_.erase(0, frame.skipped + frame.size);
        return frame.kind == Frame::Kind::message;
    }

    Venue& venue_;
    const TlsClientSettings settings_;
    std::unique_ptr<SSL_CTX, Release<&::SSL_CTX_free>> context_;
    std::unique_ptr<SSL, Release<&::SSL_free>> ssl_;
    int socket_ = -1;
    std::string unsent_;
    std::string input_;
    std::size_t bytes_received_ = 0;
    bool closed_ = false;
    bool failed_ = false;
};

}  // namespace carbonx::gateway::test
