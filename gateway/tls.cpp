#include "gateway/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <stdexcept>

#include "engine/api/certificate.h"

namespace carbonx::gateway {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

// Forward secrecy and authenticated encryption only.
constexpr const char* ciphers_of_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20";
// Cheap ones: a stranger makes us compute in the group that he names.
constexpr const char* groups = "X25519:P-256:P-384";
constexpr long client_chain_bytes_max = 16 * 1024;
constexpr int client_chain_depth_max = 4;

constexpr std::time_t warning_s = std::time_t{30} * 86'400;  // before the venue's certificate ends
constexpr const char* session_context = "carbonx";

void require(bool done, const char* what) {
    if (!done) throw std::runtime_error(std::string("this machine's OpenSSL cannot: ") + what);
}

// Without a CA of ours a certificate may have any issuer; everything else about it must be right.
int ignore_issuer(int is_right, X509_STORE_CTX* chain) {
    switch (::X509_STORE_CTX_get_error(chain)) {
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            ::X509_STORE_CTX_set_error(chain, X509_V_OK);
            return 1;
        default:
            return is_right;
    }
}

// A key with a passphrase: nobody is there to type it.
int no_passphrase(char*, int, int, void*) { return -1; }

std::runtime_error wrong(const char* key, const std::filesystem::path& file,
                         const std::string& what) {
    return std::runtime_error(std::string("[gateway.tls] ") + key + ": " + file.string() + " " +
                              what);
}

void check_readable(const char* key, const std::filesystem::path& file) {
    errno = 0;
    if (std::ifstream(file).peek() != std::ifstream::traits_type::eof()) return;
    throw wrong(
        key, file,
        "cannot be read: " + std::string(errno != 0 ? std::strerror(errno) : "it is empty"));
}

void check_private(const std::filesystem::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0 || (status.st_mode & S_IRWXO) == 0) return;
    throw wrong("private_key", file, "is open to every user of the machine: chmod o= it");
}

std::string der_of(X509* certificate) {
    unsigned char* der = nullptr;
    const int size = ::i2d_X509(certificate, &der);
    require(size > 0, "write a certificate");
    std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    ::OPENSSL_free(der);
    return bytes;
}

std::string text_of(const ASN1_TIME* time) {
    const std::unique_ptr<BIO, int (*)(BIO*)> memory(::BIO_new(::BIO_s_mem()), &::BIO_free);
    ::ASN1_TIME_print(memory.get(), time);
    char* text = nullptr;
    const long size = ::BIO_get_mem_data(memory.get(), &text);
    return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace

TlsContext::TlsContext(const TlsSettings& settings) : context_(ssl::context::tls_server) {
    set_rules();
    use_certificate(settings);
    if (settings.client_ca.empty()) {
        ::SSL_CTX_set_verify(context_.native_handle(), SSL_VERIFY_PEER, &ignore_issuer);
    } else {
        use_client_ca(settings);
    }
    ::ERR_clear_error();
}

void TlsContext::set_rules() {
    SSL_CTX* const context = context_.native_handle();
    require(::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1, "TLS 1.2");
    require(::SSL_CTX_set_cipher_list(context, ciphers_of_1_2) == 1, ciphers_of_1_2);
    require(::SSL_CTX_set1_groups_list(context, groups) == 1, groups);
    ::SSL_CTX_set_security_level(context, 2);
    ::SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                       SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
    // A session taken up again would bring a certificate that was judged by older settings.
    ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    require(::SSL_CTX_set_num_tickets(context, 0) == 1, "no tickets");
    require(::SSL_CTX_set_session_id_context(
                context, reinterpret_cast<const unsigned char*>(session_context),
                static_cast<unsigned>(std::strlen(session_context))) == 1,
            "a session context");
    ::SSL_CTX_set_max_cert_list(context, client_chain_bytes_max);
    ::SSL_CTX_set_verify_depth(context, client_chain_depth_max);
    ::SSL_CTX_set_default_passwd_cb(context, &no_passphrase);
}

void TlsContext::use_certificate(const TlsSettings& settings) {
    error_code error;
    check_readable("certificate_chain", settings.certificate_chain);
    context_.use_certificate_chain_file(settings.certificate_chain.string(), error);
    if (error) {
        throw wrong("certificate_chain", settings.certificate_chain,
                    "is no chain of certificates in PEM: " + error.message());
    }
    check_readable("private_key", settings.private_key);
    check_private(settings.private_key);
    context_.use_private_key_file(settings.private_key.string(), ssl::context::pem, error);
    const bool is_other =
        ERR_GET_REASON(static_cast<unsigned long>(error.value())) == X509_R_KEY_VALUES_MISMATCH;
    if (error && is_other) {
        throw wrong("private_key", settings.private_key, "is not the certificate's");
    }
    if (error) {
        throw wrong("private_key", settings.private_key,
                    "is no private key in PEM without a passphrase");
    }
    fingerprint_ = fingerprint_of(der_of(::SSL_CTX_get0_certificate(context_.native_handle())));
}

void TlsContext::use_client_ca(const TlsSettings& settings) {
    error_code error;
    check_readable("client_ca", settings.client_ca);
    context_.load_verify_file(settings.client_ca.string(), error);
    STACK_OF(X509_NAME)* const names = ::SSL_load_client_CA_file(settings.client_ca.c_str());
    if (error || names == nullptr) {
        throw wrong("client_ca", settings.client_ca, "has no certificate in PEM");
    }
    ::SSL_CTX_set_client_CA_list(context_.native_handle(), names);
    ::SSL_CTX_set_verify(context_.native_handle(), SSL_VERIFY_PEER, nullptr);
}

std::unique_ptr<TlsStream> TlsContext::make_stream(boost::asio::ip::tcp::socket& socket) {
    return std::make_unique<TlsStream>(socket, context_);
}

void TlsContext::tell_validity() {
    const ASN1_TIME* const end =
        ::X509_get0_notAfter(::SSL_CTX_get0_certificate(context_.native_handle()));
    std::time_t soon = std::time(nullptr) + warning_s;
    const bool is_long = ::X509_cmp_time(end, &soon) > 0;
    spdlog::log(is_long ? spdlog::level::info : spdlog::level::warn,
                "tls: the venue's certificate is valid until {}", text_of(end));
}

Handshake shake_hands(TlsStream& stream, std::string& failure) {
    error_code error;
    stream.handshake(ssl::stream_base::server, error);
    if (!error) return Handshake::done;
    if (error == boost::asio::error::would_block) return Handshake::unfinished;
    if (error.category() != boost::asio::error::get_ssl_category()) return Handshake::lost;
    failure = error.message();
    const long verdict = ::SSL_get_verify_result(stream.native_handle());
    if (verdict != X509_V_OK) {
        failure += std::string(": ") + ::X509_verify_cert_error_string(verdict);
    }
    return Handshake::failed;
}

std::string client_fingerprint(TlsStream& stream) {
    X509* const certificate = ::SSL_get0_peer_certificate(stream.native_handle());
    return certificate == nullptr ? "" : fingerprint_of(der_of(certificate));
}

void expect_no_goodbye(TlsStream& stream) {
    SSL* const connection = stream.native_handle();
    ::SSL_set_shutdown(connection, ::SSL_get_shutdown(connection) | SSL_RECEIVED_SHUTDOWN);
}

}  // namespace carbonx::gateway
