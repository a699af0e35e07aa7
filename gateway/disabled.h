// The sessions that operators have disabled, with the reason that their brokers are told.
//
// A file of the data directory keeps them: a line each, the CompID, a space, the reason.
//
// Threads: the gateway thread only.
// Always: what disable() and enable() have returned from is so after any kill or power cut.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "engine/api/disk.h"

namespace carbonx::gateway {

class DisabledSessions {
public:
    // Without the file nobody is.
    DisabledSessions(std::filesystem::path file, const DiskCalls& calls);

    // nullptr: it is not disabled.
    const std::string* reason(std::string_view comp_id) const;
    // Both throw std::system_error, and then nothing has changed.
    // Requires: neither has a line break, and the CompID has no space.
    void disable(const std::string& comp_id, const std::string& reason);
    void enable(const std::string& comp_id);

private:
    using Reasons = std::map<std::string, std::string, std::less<>>;  // by CompID

    void replace(Reasons reasons);

    const std::filesystem::path file_;
    const DiskCalls calls_;
    Reasons reasons_;
};

}  // namespace carbonx::gateway
