#include "gateway/disabled.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "gateway/uptime.h"

namespace carbonx::gateway {

DisabledSessions::DisabledSessions(std::filesystem::path file, const DiskCalls& calls)
    : file_(std::move(file)), calls_(calls) {
    std::ifstream lines(file_);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t space = std::min(line.find(' '), line.size());
        reasons_[line.substr(0, space)] = line.substr(std::min(space + 1, line.size()));
    }
}

const std::string* DisabledSessions::reason(std::string_view comp_id) const {
    const auto found = reasons_.find(comp_id);
    return found == reasons_.end() ? nullptr : &found->second;
}

void DisabledSessions::disable(const std::string& comp_id, const std::string& reason) {
    Reasons reasons = reasons_;
    reasons[comp_id] = reason;
    replace(std::move(reasons));
}

void DisabledSessions::enable(const std::string& comp_id) {
    Reasons reasons = reasons_;
    reasons.erase(comp_id);
    replace(std::move(reasons));
}

void DisabledSessions::replace(Reasons reasons) {
    std::string text;
    for (const auto& [comp_id, reason] : reasons) {
        text.append(comp_id).append(" ").append(reason).append("\n");
    }
    replace_file(calls_, file_, text);
    reasons_ = std::move(reasons);
}

}  // namespace carbonx::gateway
