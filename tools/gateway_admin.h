// `carbonx-admin gateway ...`: what an operator asks of a running gateway, and its answer as a
// table or as JSON.
//
// Threads: one.
#pragma once

#include <string>
#include <vector>

#include "engine/api/settings.h"

namespace carbonx::tools {

inline constexpr const char* gateway_verbs =
    R"(Of the gateway that the settings name, without a restart:
  gateway sessions [--json]         who is logged on, from where, and what is under way
  gateway disable COMPID [REASON]   logged out, and not let in until: gateway enable COMPID
  gateway logout COMPID [REASON]    it may come back at once
  gateway reset COMPID              both sequence numbers to 1; only while it is logged out
  gateway notice TEXT [COMPID]      as News (B): to all that are logged on, or one
  gateway reload                    reads the settings file again, as SIGHUP does)";

// words: what stands behind `gateway`. Throws std::runtime_error when it is refused.
void ask_gateway(const Settings& settings, const std::vector<std::string>& words, bool json);

// Lines of key=value with tabs between them, all with the same keys.
std::string as_table(const std::vector<std::string>& lines);
std::string as_json(const std::vector<std::string>& lines);

}  // namespace carbonx::tools
