// How often a session may try to change its password: a change is written through to the disk, and
// who guesses must be slow.
//
// Threads: the gateway thread only.
// Always: at most `tries_a_minute` in any 60 seconds, right or wrong.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace carbonx::gateway {

class PasswordTries {
public:
    static constexpr std::size_t tries_a_minute = 5;
    static constexpr int wrong_in_a_row_max = 3;

    // False: not now. True: it counts.
    bool begin(uint64_t now_ns) {
        uint64_t& oldest = begun_ns_[next_];
        if (oldest != 0 && now_ns < oldest + minute_ns) return false;
        oldest = now_ns;
        next_ = (next_ + 1) % tries_a_minute;
        return true;
    }
    void note_right() { wrong_in_a_row_ = 0; }
    // True: the session is to be logged out; its tries in a row then begin anew.
    bool note_wrong() {
        if (++wrong_in_a_row_ < wrong_in_a_row_max) return false;
        wrong_in_a_row_ = 0;
        return true;
    }

private:
    static constexpr uint64_t minute_ns = 60'000'000'000;

    std::array<uint64_t, tries_a_minute> begun_ns_{};  // 0: none yet
    std::size_t next_ = 0;                             // the oldest of them
    int wrong_in_a_row_ = 0;
};

}  // namespace carbonx::gateway
