// A subscriber that joins late, by the receiver's library: tells when it has joined, and what its
// books are then, at every so many messages, and at the end of the session. In full:
//
//   feed_joiner LINE_A LINE_B RE-REQUESTS SNAPSHOTS USER PASSWORD SNAPSHOT_MESSAGES EVERY
//
// addresses as HOST:PORT, SNAPSHOT_MESSAGES how many may be missing before it asks for a snapshot.
// "# joined SEQUENCE NANOSECONDS SNAPSHOTS" (by the monotonic clock; how many were taken), "# at
// SEQUENCE" and "# end SEQUENCE" are each followed by the books; the sequence is of the next
// message.
#include <cstdlib>
#include <iostream>
#include <thread>

#include "engine/api/process.h"
#include "marketdata/receiver/receiver.h"

using namespace carbonx;
using namespace carbonx::marketdata;

namespace {

Address address(const std::string& text) {
    const std::size_t colon = text.find(':');
    return {text.substr(0, colon), static_cast<uint16_t>(std::stoi(text.substr(colon + 1)))};
}

}  // namespace

int main(int argc, char** argv) try {
    const std::vector<std::string> given(argv, argv + argc);
    const Subscription feed{address(given.at(1)), address(given.at(2)), "127.0.0.1",
                            address(given.at(3)), address(given.at(4)), given.at(5),
                            given.at(6)};
    const uint64_t every = std::stoull(given.at(8));
    ReceiverLimits limits;
    limits.snapshot_messages = std::stoull(given.at(7));
    bool joined = false;
    const auto tell = [](const char* what, uint64_t sequence) -> std::ostream& {
        return std::cout << "# " << what << ' ' << sequence;
    };
    Receiver receiver(feed,
                      {[&](uint64_t sequence, std::span<const unsigned char>) {
                           if (!joined || (sequence + 1) % every != 0) return;
                           tell("at", sequence + 1) << '\n' << books_text(receiver.image());
                       },
                       {}},
                      limits);
    handle_signals();
    while (!stopped() && !receiver.arbiter().session_over()) {
        const uint64_t now_ns = monotonic_ns();
        if (receiver.poll(now_ns) == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        if (joined || receiver.status(now_ns).stale()) continue;
        joined = true;
        const uint64_t joined_ns = monotonic_ns();
        tell("joined", receiver.arbiter().next_sequence())
            << ' ' << joined_ns << ' ' << receiver.stream().snapshots().taken << '\n'
            << books_text(receiver.image());
    }
    tell("end", receiver.arbiter().next_sequence()) << '\n' << books_text(receiver.image());
    return receiver.image().contradictions() == 0 ? 0 : 1;
} catch (const std::exception& error) {
    std::cerr << "feed_joiner: " << error.what() << '\n';
    return 1;
}
