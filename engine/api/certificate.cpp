#include "engine/api/certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace carbonx {
namespace {

constexpr std::size_t digest_bytes = 32;

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::string parse_fingerprint(std::string_view text) {
    constexpr const char* digits = "0123456789abcdef";
    // A colon behind each two digits, or none at all.
    const bool has_colons = text.size() == 3 * digest_bytes - 1;
    bool valid = has_colons || text.size() == 2 * digest_bytes;
    std::string fingerprint;
    for (std::size_t i = 0; valid && i < text.size(); ++i) {
        if (has_colons && i % 3 == 2) {
            valid = text[i] == ':';
            continue;
        }
        const int value = hex_value(text[i]);
        valid = value >= 0;
        if (valid) fingerprint += digits[value];
    }
    if (valid) return fingerprint;
    throw std::runtime_error("must be what `carbonx-admin certificate FILE` prints: 64 hex digits");
}

std::string fingerprint_of(std::string_view der) {
    std::array<unsigned char, digest_bytes> digest{};
    unsigned size = 0;
    if (::EVP_Digest(der.data(), der.size(), digest.data(), &size, ::EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("this machine's OpenSSL has no SHA-256");
    }
    std::string text;
    for (const unsigned char byte : digest) {
        char hex[3];
        std::snprintf(hex, sizeof hex, "%02x", unsigned{byte});
        text += hex;
    }
    return text;
}

std::string read_fingerprint(const std::filesystem::path& file) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened(std::fopen(file.c_str(), "rb"),
                                                                 &std::fclose);
    if (!opened) throw std::runtime_error(file.string() + ": " + std::strerror(errno));
    const std::unique_ptr<X509, void (*)(X509*)> certificate(
        ::PEM_read_X509(opened.get(), nullptr, nullptr, nullptr), &::X509_free);
    unsigned char* der = nullptr;
    const int size = certificate ? ::i2d_X509(certificate.get(), &der) : -1;
    if (size < 0) throw std::runtime_error(file.string() + ": has no certificate in PEM");
    const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    ::OPENSSL_free(der);
    return fingerprint_of(bytes);
}

}  // namespace carbonx
