// The offline audit: see verify.h.
#include "tools/verify.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <stdexcept>

#include "engine/api/process.h"
#include "engine/archive.h"
#include "engine/journal_reader.h"
#include "tools/event_file.h"

namespace carbonx::tools {
namespace {

// On a terminal only.
class Progress {
public:
    explicit Progress(uint64_t total) : total_(std::max<uint64_t>(total, 1)) {}
    ~Progress() {
        if (shown_) std::fprintf(stderr, "\r%60s\r", "");
    }
    void at(uint64_t done) {
        if (!terminal_ || monotonic_ns() < next_ns_) return;
        next_ns_ = monotonic_ns() + 100'000'000;
        shown_ = true;
        const auto percent = static_cast<unsigned>(std::min<uint64_t>(99, 100 * done / total_));
        std::fprintf(stderr, "\rverify: [%-40s] %2u %%",
                     std::string(percent * 40 / 100, '#').c_str(), percent);
    }

private:
    const uint64_t total_;
    const bool terminal_ = ::isatty(STDERR_FILENO) == 1;
    uint64_t next_ns_ = 0;
    bool shown_ = false;
};

struct Noted {
    std::string hash;
    uint64_t sequence = 0;
};

std::optional<Noted> parse(const std::string& text) {
    if (text.empty()) return std::nullopt;
    Noted noted;
    const std::size_t at = text.find('@');
    noted.hash = text.substr(0, at);
    const char* const end = text.data() + text.size();
    const char* const digits = at == text.npos ? end : text.data() + at + 1;
    const auto parsed = std::from_chars(digits, end, noted.sequence);
    if (noted.hash.size() != 64 || parsed.ec != std::errc{} || parsed.ptr != end) {
        throw std::runtime_error(
            "--expect wants HASH@SEQUENCE as `verify: ... hash=` has printed, "
            "not " +
            text);
    }
    return noted;
}

// Requires: position is the end of the first frame that reaches the noted sequence.
void check_noted(const Noted& noted, const journal::Position& position) {
    if (position.next - 1 == noted.sequence && journal::to_text(position.hash) == noted.hash)
        return;
    throw std::runtime_error("the history up to command " + std::to_string(noted.sequence) +
                             " is not the one that was noted: it has now " +
                             journal::to_text(position.hash) + "@" +
                             std::to_string(position.next - 1) +
                             ", so something in it was rewritten. Restore journal and archive from "
                             "a copy that has the noted hash");
}

// A segment may still be in both places: the reader takes it from the journal.
void verify_copies(const std::filesystem::path& data, const std::filesystem::path& archive) {
    if (archive.empty()) return;
    for (const Segment& segment : list_segments(journal::directory(data))) {
        const auto copy = archive_file(archive, segment.first);
        if (!std::filesystem::exists(copy)) continue;
        const std::vector<unsigned char> bytes = read_archived(copy);
        std::vector<unsigned char> original(bytes.size());
        const File file(segment.file, O_RDONLY);
        if (file.read(original.data(), original.size(), 0) != original.size() ||
            original != bytes) {
            throw std::runtime_error(copy.string() + " is not what " + segment.file.string() +
                                     " holds: remove it, and the engine archives that once more");
        }
    }
}

struct EventsFound {
    uint64_t count = 0;
    uint64_t last_command = 0;
};

EventsFound verify_events(const std::filesystem::path& data) {
    EventFile events(data);
    EventsFound found;
    uint64_t end = 0;
    while (const EventHead* event = events.next()) {
        ++found.count;
        found.last_command = event->command;
        end = events.sequence() + event->slots - 1;
    }
    const uint64_t blocks = (end + event_log::block_slots - 1) / event_log::block_slots;
    if (events.damaged() || blocks < events.slots() / event_log::block_slots) {
        throw std::runtime_error(
            event_log::history_file(data).string() + ": the block behind event " +
            std::to_string(end) +
            " is damaged: start the engine, which makes it anew from the journal and proves that "
            "nothing else has changed");
    }
    return found;
}

}  // namespace

void verify(const std::filesystem::path& data, const std::filesystem::path& archive,
            const std::string& expected) {
    const std::optional<Noted> noted = parse(expected);
    const auto directory = journal::directory(data);
    const auto segments = list_segments(directory);
    if (segments.empty()) {
        throw std::runtime_error(directory.string() +
                                 " has no segments: restore it from a copy, or name the right "
                                 "directory");
    }
    // The events first: they are never ahead of a journal that is being written.
    const EventsFound events = verify_events(data);

    JournalReader journal(directory, archive);
    uint64_t commands = 0, frames = 0;
    bool met_noted = false;
    {
        Progress progress(segments.back().first);
        while (journal.next() != nullptr) {
            ++commands;
            if (!journal.at_frame_end()) continue;
            ++frames;
            if (noted && !met_noted && journal.position().next > noted->sequence) {
                check_noted(*noted, journal.position());
                met_noted = true;
            }
            progress.at(journal.sequence());
        }
    }
    const journal::Position& end = journal.position();
    if (noted && !met_noted) {
        throw std::runtime_error("the journal ends with command " + std::to_string(end.next - 1) +
                                 ", before the noted " + std::to_string(noted->sequence) +
                                 ": commands are lost. Restore journal and archive from a copy");
    }
    if (events.last_command >= end.next) {
        throw std::runtime_error("the event log goes on to command " +
                                 std::to_string(events.last_command) + ", the journal ends with " +
                                 std::to_string(end.next - 1) +
                                 ": acknowledged commands are lost. Restore the journal's "
                                 "directory from a copy");
    }
    verify_copies(data, archive);
    if (journal.torn_bytes() != 0) {
        std::fprintf(stderr,
                     "verify: behind the last frame stand %llu bytes of an unfinished one, as "
                     "after a power cut: the engine cuts them at its next start\n",
                     static_cast<unsigned long long>(journal.torn_bytes()));
    }
    std::printf("verify: ok frames=%llu commands=%llu events=%llu hash=%s@%llu\n",
                static_cast<unsigned long long>(frames), static_cast<unsigned long long>(commands),
                static_cast<unsigned long long>(events.count), journal::to_text(end.hash).c_str(),
                static_cast<unsigned long long>(end.next - 1));
}

}  // namespace carbonx::tools
