// How fast a replay goes: see replay_pace.h.
#include "tools/replay_pace.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <stdexcept>

#include "engine/api/process.h"

namespace carbonx::tools {
namespace {

termios terminal_before{};  // to be given back

void sleep_ms(uint64_t milliseconds) {
    const timespec time{static_cast<time_t>(milliseconds / 1000),
                        static_cast<long>(milliseconds % 1000 * 1'000'000)};
    ::nanosleep(&time, nullptr);
}

}  // namespace

ReplayPace::ReplayPace(const std::string& text) {
    if (text == "max") return;
    if (text == "step") {
        steps_ = true;
        if (::isatty(STDIN_FILENO) == 0 || ::tcgetattr(STDIN_FILENO, &terminal_before) != 0) return;
        termios keys = terminal_before;
        keys.c_lflag &= static_cast<tcflag_t>(~(ICANON | ECHO));
        raw_ = ::tcsetattr(STDIN_FILENO, TCSANOW, &keys) == 0;
        return;
    }
    char* end = nullptr;
    factor_ = std::strtod(text.c_str(), &end);
    if (end == text.c_str() || *end != '\0' || !(factor_ > 0) || factor_ > 1e9) {
        throw std::runtime_error(
            "--speed " + text +
            ": expected max, step, or how many times the real speed, as 1 or 60");
    }
}

ReplayPace::~ReplayPace() {
    if (raw_) ::tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before);
}

bool ReplayPace::wait(const CommandHead& command, const std::function<void()>& meanwhile) {
    if (steps_) return wait_for_key(meanwhile);
    if (factor_ == 0) return !stopped();
    if (first_time_ns_ == 0) {
        first_time_ns_ = command.time_ns;
        first_clock_ns_ = monotonic_ns();
    }
    const auto passed = static_cast<double>(command.time_ns - first_time_ns_) / factor_;
    while (!stopped()) {
        const auto left = passed - static_cast<double>(monotonic_ns() - first_clock_ns_);
        if (left <= 0) return true;
        meanwhile();
        sleep_ms(std::clamp<uint64_t>(static_cast<uint64_t>(left / 1e6), 1, 50));
    }
    return false;
}

// A key of a terminal, or a line of anything else.
bool ReplayPace::wait_for_key(const std::function<void()>& meanwhile) {
    while (!stopped()) {
        meanwhile();
        pollfd input{STDIN_FILENO, POLLIN, 0};
        if (::poll(&input, 1, 50) <= 0) continue;
        char key = 0;
        do {
            if (::read(STDIN_FILENO, &key, 1) != 1) return false;
        } while (!raw_ && key != '\n');
        return key != 'q';
    }
    return false;
}

}  // namespace carbonx::tools
