// Whether the machine has been up, with its memory, ever since this gateway last ran.
//
// The same random words stand in two files, `<data>/sessions/gateway-<number>.running` and
// `<runtime>/gateway-<number>.running`. The runtime directory is shared memory: after a power cut
// its file is gone. A stop that has synced everything writes "stopped" in place of the words.
//
// Threads: the gateway thread only.
// Always: while the file in the data directory has the words of the one in the runtime directory,
// no byte that was written is lost; the file is replaced as a whole, and synced.
#pragma once

#include "engine/api/disk.h"
#include "engine/api/settings.h"

namespace carbonx::gateway {

enum class Start : uint8_t {
    goes_on,          // everything is as it was left, by a kill too
    after_stop,       // what was synced is everything
    after_power_cut,  // what was not synced may be lost, and the rings with what was in them
};

// Puts the text in the file's place, whole and synced. Throws std::system_error.
void replace_file(const DiskCalls& calls, const std::filesystem::path& file,
                  const std::string& text);

class Uptime {
public:
    // Changes nothing yet.
    Uptime(const Settings& settings, const DiskCalls& calls);

    Start start() const { return start_; }
    // From here on files may be behind what was sent. Throws std::system_error.
    void begin();
    // Requires: everything is synced, and nothing is written any more. Throws std::system_error.
    void stop();

private:
    const DiskCalls calls_;
    const std::filesystem::path durable_;
    const std::filesystem::path in_memory_;
    Start start_ = Start::goes_on;
};

}  // namespace carbonx::gateway
