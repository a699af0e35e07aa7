// Keys and certificates for tests of TLS, made as they are asked for: PEM files in a directory.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include "engine/api/certificate.h"

namespace carbonx::tests {

// NAME.pem and NAME.key, on P-256.
class Certificate {
public:
    // Issued by itself without an issuer. The days count from now and may be negative.
    Certificate(const std::filesystem::path& directory, const std::string& name,
                const Certificate* issuer = nullptr, int first_day = -1, int last_day = 1)
        : file(directory / (name + ".pem")),
          key_file(directory / (name + ".key")),
          key_(::EVP_EC_gen("P-256"), &::EVP_PKEY_free),
          certificate_(::X509_new(), &::X509_free) {
        X509* const x = certificate_.get();
        static long serial = 0;
        ::X509_set_version(x, 2);
        ::ASN1_INTEGER_set(::X509_get_serialNumber(x), ++serial);
        ::X509_gmtime_adj(::X509_getm_notBefore(x), first_day * 86'400L);
        ::X509_gmtime_adj(::X509_getm_notAfter(x), last_day * 86'400L);
        X509_NAME* const subject = ::X509_get_subject_name(x);
        ::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                     reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                                     0);
        const Certificate& by = issuer != nullptr ? *issuer : *this;
        ::X509_set_issuer_name(x, ::X509_get_subject_name(by.certificate_.get()));
        ::X509_set_pubkey(x, key_.get());
        if (issuer == nullptr) add(NID_basic_constraints, "critical,CA:TRUE");
        ::X509_sign(x, by.key_.get(), ::EVP_sha256());
        write();
        fingerprint = read_fingerprint(file);
    }

    // In clear without a passphrase.
    void write_key(const std::filesystem::path& to, const std::string& passphrase) const {
        std::FILE* const out = std::fopen(to.c_str(), "wb");
        ::PEM_write_PKCS8PrivateKey(
            out, key_.get(), passphrase.empty() ? nullptr : ::EVP_aes_128_cbc(), passphrase.data(),
            static_cast<int>(passphrase.size()), nullptr, nullptr);
        std::fclose(out);
        ::chmod(to.c_str(), 0600);
    }

    std::filesystem::path file;
    std::filesystem::path key_file;
    std::string fingerprint;

private:
    void add(int kind, const char* value) {
        X509_EXTENSION* const extension = ::X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
        ::X509_add_ext(certificate_.get(), extension, -1);
        ::X509_EXTENSION_free(extension);
    }
    void write() const {
        std::FILE* const out = std::fopen(file.c_str(), "wb");
        ::PEM_write_X509(out, certificate_.get());
        std::fclose(out);
        write_key(key_file, "");
    }

    std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
    std::unique_ptr<X509, void (*)(X509*)> certificate_;
};

}  // namespace carbonx::tests
