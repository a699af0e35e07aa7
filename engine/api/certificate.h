// How the settings name a broker's certificate: by its fingerprint.
//
// Threads: any; pure functions, but for the file that is read.
// Always: a fingerprint is the SHA-256 of the certificate in DER as 64 lower-case hex digits. It is
// no secret, and names one certificate: a renewed one has another.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace carbonx {

// As above, or as `openssl x509 -fingerprint -sha256` prints it: AB:CD:... Throws
// std::runtime_error: what it must be, as the end of a sentence.
std::string parse_fingerprint(std::string_view text);

std::string fingerprint_of(std::string_view der);

// Of the first certificate in a PEM file. Throws std::runtime_error.
std::string read_fingerprint(const std::filesystem::path& file);

}  // namespace carbonx
