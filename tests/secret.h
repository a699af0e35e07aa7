// The password of tests is "secret": its hash as the settings hold it, at next to no cost.
#pragma once

namespace carbonx::tests {

constexpr const char* secret_hash =
    "scrypt:2:1:1:636172626f6e7831:"
    "2e7ea6718acf9fa79b91ea9637d952867d8c1b40d685b60356687716cd4bf6af";

}  // namespace carbonx::tests
