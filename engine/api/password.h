// Passwords as the settings hold them: hashed by scrypt, never in clear.
//
//     scrypt:16384:8:1:<salt in hex>:<hash in hex>      cost, block size, parallelism as in RFC
//     7914
//
// Threads: any; pure functions, but for the salt, which the system draws.
// Always: a comparison takes the same time wherever it fails. To hash takes as long as the cost
// says, tens of milliseconds: not for a thread that others wait for, unless is_quick().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace carbonx {

struct PasswordHash {
    uint32_t cost = 16'384;  // memory is 128 * cost * block bytes: 16 MiB
    uint32_t block = 8;
    uint32_t parallel = 1;
    std::string salt;    // bytes: 8 to 32
    std::string digest;  // bytes: 32

    bool operator==(const PasswordHash&) const = default;
};

// Throws std::runtime_error: what it must be, as the end of a sentence.
PasswordHash parse_password_hash(std::string_view text);
std::string to_text(const PasswordHash& hash);

// With a new salt, at the cost of `like`. Throws std::runtime_error without memory for it.
PasswordHash hash_password(std::string_view password, const PasswordHash& like = {});
bool is_right(std::string_view password, const PasswordHash& hash);

// Of no password, at the cost of `like`: to compare with where there is no hash, so that this takes
// as long. Throws std::runtime_error as hash_password() does.
PasswordHash decoy_hash(const PasswordHash& like);

// Knows passwords again at once that were right, by their digests under a key of its own.
class PasswordMemory {
public:
    PasswordMemory();
    std::string digest(std::string_view password) const;
    bool is_digest(std::string_view digest, std::string_view password) const;

private:
    const std::string key_;  // random
};

// Less work than to hand it to another thread; only tests have such hashes.
bool is_quick(const PasswordHash& hash);

// Why nobody should have this password, as the end of a sentence; empty: it is good.
std::string password_flaw(std::string_view password);

}  // namespace carbonx
