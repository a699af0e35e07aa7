// One serial number of a registry, as people write it.
//
// Threads: any; pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace carbonx::tools {

// Written `PREFIX:NUMBER`; of two registries with one prefix both are meant.
struct Serial {
    std::string prefix;
    uint64_t number = 0;
};
// Throws std::runtime_error that says what was expected.
Serial parse_serial(const std::string& text);

}  // namespace carbonx::tools
