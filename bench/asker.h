// Asks a server one thing after the other, and takes the times.
//
// Threads: one.
// Always: a time counts from when the question should have been asked, late or not; answers come in
// the questions' order.
#pragma once

#include <poll.h>

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <string>

#include "engine/api/process.h"
#include "tools/percentiles.h"

namespace carbonx::bench {

// What a client does while there is nothing to do: polls, or blocks in the kernel.
class ClientWait {
public:
    explicit ClientWait(IdlePolicy policy) : idle_(policy) {}
    // Blocks until the socket can be read.
    explicit ClientWait(int socket) : idle_(IdlePolicy::spin), socket_(socket) {}

    // Returns at that time at the latest, if it blocks.
    void operator()(std::size_t work, uint64_t until_ns) {
        if (socket_ < 0) return idle_(work);
        const uint64_t now = monotonic_ns();
        if (work > 0 || until_ns <= now) return;
        pollfd waited{socket_, POLLIN, 0};
        const timespec time{static_cast<time_t>((until_ns - now) / 1'000'000'000),
                            static_cast<long>((until_ns - now) % 1'000'000'000)};
        ::ppoll(&waited, 1, &time, nullptr);
    }

private:
    Idle idle_;
    int socket_ = -1;
};

// Send asks once; Poll gives how many answers have come.
template <class Send, class Poll>
class Asker {
public:
    Asker(const char* name, ClientWait wait, Send send, Poll poll)
        : name_(name), wait_(wait), send_(send), poll_(poll) {}

    // One at a time. Times may be null. Throws std::runtime_error when no answer comes.
    void ask_each(uint64_t count, tools::Percentiles* times) {
        for (uint64_t i = 0; i < count; ++i) {
            ask(monotonic_ns());
            while (!intended_ns_.empty()) wait_(receive(times), asked_ns_ + patience_ns);
        }
    }
    // Each at its time.
    void ask_paced(uint64_t count, double rate, tools::Percentiles* times) {
        const uint64_t begin = monotonic_ns();
        uint64_t asked = 0;
        while (asked < count || !intended_ns_.empty()) {
            uint64_t due = UINT64_MAX;
            if (asked < count) {
                due = begin + static_cast<uint64_t>(static_cast<double>(asked) * 1e9 / rate);
            }
            std::size_t work = 0;
            if (due <= monotonic_ns()) {
                ask(due);
                ++asked;
                ++work;
            }
            work += receive(times);
            wait_(work, std::min(due, asked_ns_ + patience_ns));
        }
    }

private:
    static constexpr uint64_t patience_ns = 5'000'000'000;

    void ask(uint64_t intended_ns) {
        intended_ns_.push_back(intended_ns);
        asked_ns_ = monotonic_ns();
        send_();
    }
    std::size_t receive(tools::Percentiles* times) {
        const std::size_t answered = poll_();
        const uint64_t now = monotonic_ns();
        for (std::size_t i = 0; i < answered; ++i) {
            if (times != nullptr) times->add(now - intended_ns_.at(0));
            intended_ns_.pop_front();
        }
        if (stopped()) throw std::runtime_error("stopped");
        if (!intended_ns_.empty() && now > asked_ns_ + patience_ns)
            throw std::runtime_error(std::string(name_) + " does not answer");
        return answered;
    }

    const char* const name_;
    ClientWait wait_;
    Send send_;
    Poll poll_;
    std::deque<uint64_t> intended_ns_;  // of what is under way
    uint64_t asked_ns_ = 0;
};

}  // namespace carbonx::bench
