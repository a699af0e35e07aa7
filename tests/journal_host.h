// A journal in a directory of its own, written and read by hand.
//
// Threads: one. Always: its segments are small, so that it has many.
#pragma once

#include <atomic>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "engine/api/check.h"
#include "engine/journal.h"
#include "engine/journal_reader.h"
#include "tests/engine_host.h"

namespace carbonx::tests {

constexpr uint64_t segment_bytes_small = 2 * journal::frame_bytes_max;

struct Written {
    std::vector<std::string> commands;  // their bytes, in order
    uint64_t next = 1;
};

// A journal on disk with a writer at its end.
class JournalHost {
public:
    explicit JournalHost(const std::filesystem::path& directory, const DiskCalls& calls = {},
                         Durability durability = Durability::disk,
                         const std::filesystem::path& archive = {})
        : tail_(find_tail(directory, archive)),
          window_(1U << 12, tail_.next),
          writer_(directory, tail_, window_, durable, {durability, segment_bytes_small, calls}) {}

    template <class T>
    void append(const T& command, Written& written) {
        CARBONX_CHECK(window_.has_room());
        window_.append(command.head);
        written.commands.emplace_back(reinterpret_cast<const char*>(&command), sizeof command);
        written.next += command.head.slots;
    }
    void publish() { window_.publish(); }
    std::size_t poll() { return writer_.poll(); }
    bool has_room() { return window_.has_room(); }
    SegmentMaker& segments() { return writer_.segments(); }

    static journal::Tail find_tail(const std::filesystem::path& directory,
                                   const std::filesystem::path& archive) {
        JournalReader reader(directory, archive);
        while (reader.next() != nullptr) {
        }
        if (reader.torn_bytes() > 0) journal::truncate(reader.tail(), DiskCalls{});
        return reader.tail();
    }

    std::atomic<uint64_t> durable{0};

private:
    journal::Tail tail_;  // at the start
    JournalWindow window_;
    JournalWriter writer_;
};

inline Tick numbered(uint64_t n) {
    auto tick = make_command<Tick>();
    tick.head.time_ns = n;
    return tick;
}

// Commands of one slot and of five, in frames of any size.
inline void write_some(JournalHost& host, Written& written, int count, uint32_t seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < count; ++i) {
        if (random() % 3 == 0) {
            auto project = make_command<ListProject>();
            project.name = Text<96>(std::string(1 + random() % 96, 'x'));
            host.append(project, written);
        } else {
            host.append(numbered(random()), written);
        }
        if (random() % 10 != 0 && host.has_room()) continue;
        host.publish();
        while (host.poll() > 0) host.segments().poll();
    }
    host.publish();
    while (host.poll() > 0) host.segments().poll();
}

inline std::vector<std::string> read_all(const std::filesystem::path& directory,
                                         uint64_t* torn = nullptr,
                                         const std::filesystem::path& archive = {},
                                         const journal::Position& from = {}, unsigned threads = 0) {
    JournalReader reader(directory, archive, from, threads);
    std::vector<std::string> commands;
    while (const CommandHead* head = reader.next()) {
        commands.emplace_back(reinterpret_cast<const char*>(head), head->slots * sizeof(Slot));
    }
    if (torn != nullptr) *torn = reader.torn_bytes();
    return commands;
}

inline std::string refusal(const std::filesystem::path& directory,
                           const std::filesystem::path& archive = {},
                           const journal::Position& from = {}) {
    try {
        read_all(directory, nullptr, archive, from);
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

inline void overwrite(const std::filesystem::path& file, uint64_t at, const std::string& bytes) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(at));
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    CARBONX_CHECK(stream.good());
}

inline std::string contents(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

inline void flip(const std::filesystem::path& file, uint64_t bit) {
    std::string bytes = contents(file);
    overwrite(file, bit / 8, std::string(1, static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8))));
}

// One frame with these commands.
template <class... Commands>
void write_frame(JournalHost& host, Written& written, const Commands&... commands) {
    (host.append(commands, written), ...);
    host.publish();
    CARBONX_CHECK(host.poll() > 0);
    host.segments().poll();
}

// A journal of three frames, each of one block.
inline Written write_three_frames(const std::filesystem::path& directory) {
    JournalHost host(directory);
    Written written;
    for (uint64_t i = 1; i <= 3; ++i) write_frame(host, written, numbered(i));
    return written;
}

}  // namespace carbonx::tests
