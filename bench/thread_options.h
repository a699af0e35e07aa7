// A thread of a venue on the command line: --NAME-core and --NAME-idle.
//
// Threads: any.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "engine/api/settings.h"

namespace carbonx::bench {

inline const char* idle_name(IdlePolicy policy) {
    return policy == IdlePolicy::spin ? "spin" : policy == IdlePolicy::yield ? "yield" : "sleep";
}

inline std::map<std::string, IdlePolicy> idle_policies() {
    return {{"spin", IdlePolicy::spin}, {"yield", IdlePolicy::yield}, {"sleep", IdlePolicy::sleep}};
}

inline void add_thread_options(CLI::App& app, const std::string& name, ThreadSettings& thread) {
    app.add_option("--" + name + "-core", thread.core, "core of its thread, -1: any")
        ->capture_default_str();
    app.add_option("--" + name + "-idle", thread.idle, "what its thread does when idle")
        ->transform(CLI::CheckedTransformer(idle_policies()));
}

}  // namespace carbonx::bench
