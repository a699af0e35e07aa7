// How many lines a second one cause may write into the log, so that nobody from outside can push
// everything else out of it.
//
// Threads: one.
// Always: of what happens within a second the first lines are said; the next second that has
// something to say begins with how many were left out.
#pragma once

#include <chrono>
#include <cstddef>

namespace carbonx {

class LogLimit {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    static constexpr std::size_t lines_a_second = 10;

    // Whether one more line may be written.
    bool may_say(TimePoint now) {
        if (now - since_ >= std::chrono::seconds(1)) {
            left_out_ += count_ > lines_a_second ? count_ - lines_a_second : 0;
            since_ = now;
            count_ = 0;
        }
        return ++count_ <= lines_a_second;
    }
    // Lines that were not written before this second, once.
    std::size_t take_left_out() {
        const std::size_t count = left_out_;
        left_out_ = 0;
        return count;
    }

private:
    TimePoint since_{};
    std::size_t count_ = 0;
    std::size_t left_out_ = 0;
};

}  // namespace carbonx
