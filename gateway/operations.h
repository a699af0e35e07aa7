// The operators' commands of the gateway: a line in, lines out. README.md has them as a table.
//
// A request is words with tabs between them. An answer is lines that begin with `|`, and one that
// ends it: `done`, or `refused ` and a sentence that names the mend.
//
// Threads: the gateway thread only, between two polls of the gateway.
// Always: what is refused has changed nothing; every request is logged with the operator's name.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/gateway.h"

namespace carbonx::gateway {

class Operations {
public:
    using Load = std::function<Settings()>;

    // load: reads the settings file again; throws std::runtime_error with file and line. Requires:
    // the gateway outlives it.
    Operations(Gateway& gateway, Load load) : gateway_(gateway), load_(std::move(load)) {}

    // Throws std::system_error when the disk fails: the gateway must stop.
    std::string answer(const std::string& who, std::string_view request);

private:
    using Words = std::vector<std::string>;
    using Lines = std::vector<std::string>;

    Lines execute(const Words& words);
    Lines sessions() const;

    Gateway& gateway_;
    const Load load_;
};

}  // namespace carbonx::gateway
