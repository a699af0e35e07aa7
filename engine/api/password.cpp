#include "engine/api/password.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <stdexcept>
#include <vector>

namespace carbonx {
namespace {

constexpr std::size_t digest_bytes = 32;
constexpr std::size_t salt_bytes_min = 8, salt_bytes_max = 32, salt_bytes_new = 16;
constexpr uint64_t memory_max = uint64_t{64} << 20;
constexpr std::size_t password_least = 10, password_most = 128, different_least = 5;

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string digest(std::string_view password, const PasswordHash& how) {
    std::string made(digest_bytes, '\0');
    const int done = ::EVP_PBE_scrypt(
        password.data(), password.size(), bytes(how.salt), how.salt.size(), how.cost, how.block,
        how.parallel, 2 * memory_max, reinterpret_cast<unsigned char*>(made.data()), made.size());
    if (done != 1) throw std::runtime_error("no memory to hash a password");
    return made;
}

std::string random_bytes(std::size_t size) {
    std::string made(size, '\0');
    auto* const begin = reinterpret_cast<unsigned char*>(made.data());
    if (::RAND_bytes(begin, static_cast<int>(size)) != 1) {
        throw std::runtime_error("the system gives no random numbers");
    }
    return made;
}

bool are_equal(std::string_view a, std::string_view b) {
    return a.size() == b.size() && ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string to_hex(std::string_view text) {
    constexpr const char* digits = "0123456789abcdef";
    std::string hex;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return hex;
}

std::optional<std::string> from_hex(std::string_view hex) {
    std::string text;
    if (hex.size() % 2 != 0) return std::nullopt;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        unsigned byte = 0;
        const char* const end = hex.data() + i + 2;
        if (std::from_chars(hex.data() + i, end, byte, 16) != std::from_chars_result{end, {}}) {
            return std::nullopt;
        }
        text += static_cast<char>(byte);
    }
    return text;
}

std::optional<uint32_t> number(std::string_view text, uint32_t least, uint32_t most) {
    uint32_t value = 0;
    const char* const end = text.data() + text.size();
    const bool is_number =
        !text.empty() && text.front() != '0' &&
        std::from_chars(text.data(), end, value) == std::from_chars_result{end, {}};
    if (!is_number || value < least || value > most) return std::nullopt;
    return value;
}

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> parts;
    for (std::size_t colon = 0; colon != std::string_view::npos;) {
        colon = text.find(':');
        parts.push_back(text.substr(0, colon));
        if (colon != std::string_view::npos) text.remove_prefix(colon + 1);
    }
    return parts;
}

}  // namespace

PasswordHash parse_password_hash(std::string_view text) {
    const auto wrong = [](const std::string& what) {
        return std::runtime_error("must be what `carbonx-admin hash-password` prints: " + what);
    };
    const auto parts = split(text);
    if (parts.size() != 6 || parts[0] != "scrypt") {
        throw wrong("scrypt:cost:block:parallel:salt:hash");
    }
    PasswordHash hash;
    const auto cost = number(parts[1], 2, 1U << 20);
    const auto block = number(parts[2], 1, 32);
    const auto parallel = number(parts[3], 1, 16);
    if (!cost || (*cost & (*cost - 1)) != 0) throw wrong("the cost is a power of two, 2 or more");
    if (!block || !parallel) {
        throw wrong("the block size is from 1 to 32, the parallelism from 1 to 16");
    }
    if (uint64_t{128} * *cost * *block > memory_max) throw wrong("it would take above 64 MiB");
    const auto salt = from_hex(parts[4]);
    const auto made = from_hex(parts[5]);
    if (!salt || salt->size() < salt_bytes_min || salt->size() > salt_bytes_max) {
        throw wrong("the salt has 16 to 64 hexadecimal digits");
    }
    if (!made || made->size() != digest_bytes) throw wrong("the hash has 64 hexadecimal digits");
    return {*cost, *block, *parallel, *salt, *made};
}

std::string to_text(const PasswordHash& hash) {
    return "scrypt:" + std::to_string(hash.cost) + ":" + std::to_string(hash.block) + ":" +
           std::to_string(hash.parallel) + ":" + to_hex(hash.salt) + ":" + to_hex(hash.digest);
}

PasswordHash hash_password(std::string_view password, const PasswordHash& like) {
    PasswordHash made = like;
    made.salt = random_bytes(salt_bytes_new);
    made.digest = digest(password, made);
    return made;
}

bool is_right(std::string_view password, const PasswordHash& hash) {
    return are_equal(digest(password, hash), hash.digest);
}

PasswordHash decoy_hash(const PasswordHash& like) {
    return {like.cost, like.block, like.parallel, random_bytes(salt_bytes_new),
            random_bytes(digest_bytes)};
}

PasswordMemory::PasswordMemory() : key_(random_bytes(digest_bytes)) {}

std::string PasswordMemory::digest(std::string_view password) const {
    std::string made(digest_bytes, '\0');
    unsigned size = 0;
    ::HMAC(::EVP_sha256(), key_.data(), static_cast<int>(key_.size()), bytes(password),
           password.size(), reinterpret_cast<unsigned char*>(made.data()), &size);
    return made;
}

bool PasswordMemory::is_digest(std::string_view digest, std::string_view password) const {
    return are_equal(digest, this->digest(password));
}

bool is_quick(const PasswordHash& hash) {
    return uint64_t{hash.cost} * hash.block * hash.parallel <= 16;
}

std::string password_flaw(std::string_view password) {
    const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (password.empty()) return "is empty";
    if (!std::all_of(password.begin(), password.end(), is_printable)) {
        return "has a character that is not printable ASCII";
    }
    if (password.front() == ' ' || password.back() == ' ') return "begins or ends with a space";
    if (password.size() < password_least) {
        return "is too short: at least " + std::to_string(password_least) + " characters";
    }
    if (password.size() > password_most) {
        return "is too long: at most " + std::to_string(password_most) + " characters";
    }
    if (std::set<char>(password.begin(), password.end()).size() < different_least) {
        return "is too simple: at least " + std::to_string(different_least) +
               " different characters";
    }
    return "";
}

}  // namespace carbonx
