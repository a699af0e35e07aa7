// TLS 1.2 and 1.3 for brokers: the venue's certificate, whose certificates are taken, and what is
// spoken.
//
// Threads: the gateway thread only.
// Always: no compression, no renegotiation, no session that is taken up again; a certificate that
// is out of its time, or not of the CA where one is given, ends the handshake. Whose a certificate
// is says its fingerprint alone (logon.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "engine/api/settings.h"

namespace carbonx::gateway {

// Over a socket that its connection owns.
using TlsStream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>;

class TlsContext {
public:
    // Reads the files. Throws std::runtime_error: one line with the file and the mend.
    explicit TlsContext(const TlsSettings& settings);

    std::unique_ptr<TlsStream> make_stream(boost::asio::ip::tcp::socket& socket);
    // Of the venue's certificate.
    const std::string& fingerprint() const { return fingerprint_; }
    // Into the log: how long that is valid, with a warning when it is not for long.
    void tell_validity();

private:
    void set_rules();
    void use_certificate(const TlsSettings& settings);
    void use_client_ca(const TlsSettings& settings);

    boost::asio::ssl::context context_;
    std::string fingerprint_;
};

enum class Handshake : uint8_t { done, unfinished, lost, failed };

// As far as it goes with what the client has sent. Requires: the socket does not block. `failure`
// says why it failed, in OpenSSL's words, without anything that the client sent.
Handshake shake_hands(TlsStream& stream, std::string& failure);

// The fingerprint of the client's certificate; empty: it has shown none.
std::string client_fingerprint(TlsStream& stream);

// The next shutdown of the stream says goodbye and does not wait for the client to say it too.
void expect_no_goodbye(TlsStream& stream);

}  // namespace carbonx::gateway
