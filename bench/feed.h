// carbonx-feed: how fast the public feed is. One function for each question; bench/README.md has
// the method and the results.
//
// Each prints a line of `name=value` pairs for each figure; true when what came out is right.
// Throws std::runtime_error and std::system_error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace carbonx::bench {

struct FeedOptions {
    std::filesystem::path directory = "/tmp";  // a venue is made in here, and removed
    int writer_core = -1;                      // where there are two threads: who makes events,
    int reader_core = -1;                      // and who reads them
    int rounds = 21;
};

// How many events a second does one core read, encode and pack?
bool run_feed_encode(const FeedOptions& options, uint64_t commands);

// Which way into the kernel is the cheapest for a packet on two lines?
bool run_feed_send(const FeedOptions& options);

// How long is an event's way from its publication to the kernel, when the publisher spins?
bool run_feed_visible(const FeedOptions& options, uint64_t events);

// Does a local receiver get all messages at this rate?
bool run_feed_deliver(const FeedOptions& options, uint64_t rate, double seconds);

// How long is a start behind a long day?
bool run_feed_start(const FeedOptions& options, uint64_t events);

}  // namespace carbonx::bench
