// TLS of a FIX client over a socket that is connected: who the venue must be, and who we are.
//
// Threads: any; the stream belongs to one.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

namespace carbonx::tools {

struct FixTlsSettings {                 // files in PEM
    std::filesystem::path ca;           // whose certificates venues have; empty: the machine's list
    std::filesystem::path certificate;  // ours, and those behind it; empty: none is shown
    std::filesystem::path key;          // its
};

using FixTlsStream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>;

// Waits for the handshake. Throws std::runtime_error when the venue is not who it should be, or a
// file cannot be used. Requires: the socket is connected to `host`, and blocks.
std::unique_ptr<FixTlsStream> begin_tls(boost::asio::ip::tcp::socket& socket,
                                        const std::string& host, const FixTlsSettings& settings);

}  // namespace carbonx::tools
