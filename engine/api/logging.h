// The process's log: asynchronous, rotating files, and warnings on standard error too. Through
// spdlog's own functions (spdlog::info and so on).
//
// Threads: any may log, except the engine thread after start, which never does.
// Always: what was logged before the end of main is in the file; stop() writes there before it
// aborts. A line has no control characters: | stands for SOH, ? for others.
#pragma once

#include <filesystem>
#include <string>

namespace carbonx {

class Logging {
public:
    // Logs to directory/process.log, made with its parents: 8 files of 16 MiB at most. Throws
    // std::runtime_error when the file cannot be written.
    Logging(const std::string& process, const std::filesystem::path& directory);
    ~Logging();  // writes what is still waiting
    Logging(const Logging&) = delete;
    Logging& operator=(const Logging&) = delete;
};

}  // namespace carbonx
