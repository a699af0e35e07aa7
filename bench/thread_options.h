// The command line's options for a thread of a venue: --NAME-core and --NAME-idle.
//
// Threads: any.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "engine/api/settings.h"

namespace carbonx::bench {

inline void add_thread_options(CLI::App& app, const std::string& name, ThreadSettings& thread) {
    static const std::map<std::string, IdlePolicy> policies = {
        {"spin", IdlePolicy::spin}, {"yield", IdlePolicy::yield}, {"sleep", IdlePolicy::sleep}};
    app.add_option("--" + name + "-core", thread.core, "core of its thread, -1: any")
        ->capture_default_str();
    app.add_option("--" + name + "-idle", thread.idle, "what its thread does when idle")
        ->transform(CLI::CheckedTransformer(policies));
}

}  // namespace carbonx::bench
