#include "engine/api/check.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>

namespace carbonx {
namespace {

std::atomic<void (*)(std::string_view)> tell_log{nullptr};

}  // namespace

void on_stop(void (*tell)(std::string_view message)) { tell_log.store(tell); }

void stop(std::string_view message) {
    const std::string line = "carbonx: stopped: " + std::string(message) + "\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
    // Once: a failure while logging ends here.
    if (auto* const tell = tell_log.exchange(nullptr); tell != nullptr) tell(message);
    std::abort();
}

void check_failed(const char* condition, const char* file, int line) {
    stop(std::string("check failed: ") + condition + " at " + file + ":" + std::to_string(line));
}

}  // namespace carbonx
