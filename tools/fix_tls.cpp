#include "tools/fix_tls.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <stdexcept>

namespace carbonx::tools {

namespace ssl = boost::asio::ssl;

namespace {

ssl::context make_context(const FixTlsSettings& settings) {
    ssl::context context(ssl::context::tls_client);
    ::SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    boost::system::error_code error;
    const auto check = [&](const char* what, const std::filesystem::path& file) {
        if (!error) return;
        throw std::runtime_error(file.string() + " is no " + what + " in PEM: " + error.message());
    };
    if (settings.ca.empty()) {
        context.set_default_verify_paths();
    } else {
        context.load_verify_file(settings.ca.string(), error);
        check("list of certificates", settings.ca);
    }
    if (!settings.certificate.empty()) {
        context.use_certificate_chain_file(settings.certificate.string(), error);
        check("certificate", settings.certificate);
        context.use_private_key_file(settings.key.string(), ssl::context::pem, error);
        check("private key of that certificate", settings.key);
    }
    return context;
}

}  // namespace

std::unique_ptr<FixTlsStream> begin_tls(boost::asio::ip::tcp::socket& socket,
                                        const std::string& host, const FixTlsSettings& settings) {
    ssl::context context = make_context(settings);
    auto stream = std::make_unique<FixTlsStream>(socket, context);
    stream->set_verify_mode(ssl::verify_peer);
    stream->set_verify_callback(ssl::host_name_verification(host));
    ::SSL_set_tlsext_host_name(stream->native_handle(), host.c_str());
    boost::system::error_code error;
    stream->handshake(ssl::stream_base::client, error);
    if (!error) return stream;
    const long verdict = ::SSL_get_verify_result(stream->native_handle());
    throw std::runtime_error(
        "no TLS with " + host + ": " + error.message() +
        (verdict == X509_V_OK ? "" : std::string(": ") + ::X509_verify_cert_error_string(verdict)));
}

}  // namespace carbonx::tools
