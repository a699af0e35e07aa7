// Reads a journal from its first command: for recovery, and for tools, also while an engine writes
// it.
//
// Threads: one.
// Always: gives only commands of frames that are whole and follow each other; changes no file.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/journal.h"

namespace carbonx {

class JournalReader {
public:
    // The directory that holds the segments (journal::directory). Throws std::system_error.
    explicit JournalReader(const std::filesystem::path& directory);

    // The next command, or nullptr at the journal's end. It stays valid until the next call. Throws
    // std::runtime_error, in one line, when a frame is damaged that is not the last.
    const CommandHead* next();
    // Sequence of the command that next() gave last.
    uint64_t sequence() const { return sequence_; }

    // At the end: where the next frame belongs, and the bytes of a torn frame that stand there, 0
    // for none.
    const journal::Tail& tail() const { return tail_; }
    uint64_t torn_bytes() const { return torn_bytes_; }

private:
    bool next_frame();
    void next_segment();
    bool at_good_frame();
    std::size_t fill(uint64_t offset, bool again);
    bool other_good_frame() const;
    uint64_t dirty_bytes() const;

    const std::vector<Segment> segments_;
    std::size_t segment_count_ = 0;  // that were opened
    File file_;
    std::unique_ptr<unsigned char[]> buffer_;
    uint64_t buffer_offset_ = 0;  // in the file
    std::size_t buffer_size_ = 0;

    journal::Tail tail_;
    uint64_t torn_bytes_ = 0;
    uint64_t sequence_ = 0;
    const unsigned char* command_ = nullptr;  // the next one, in the frame
    const unsigned char* frame_end_ = nullptr;
};

// Overwrites a torn frame at the tail with zeros, so that the journal can go on there. Throws
// std::system_error.
void truncate_journal(const journal::Tail& tail, const DiskCalls& calls = {});

}  // namespace carbonx
