// Reads a journal's commands from its first one or from a later place: for recovery, for tools also
// while an engine writes it, and for a follower beside the engine.
//
// Threads: one; with read-ahead, a second one inside reads and checks up to 4 MiB ahead until it
// meets the journal's end for the first time.
// Always: gives only commands of frames that are whole and continue the chain of hashes; changes no
// file.
#pragma once

#include "engine/api/command.h"
#include "engine/frame_reader.h"

namespace carbonx {

class JournalReader {
public:
    // directory: with the segments (journal::directory). archive: where to find those that are no
    // longer there; may be empty. from: where a frame begins. threads: 0 without read-ahead,
    // else 1. Throws std::system_error, and std::runtime_error when there is no such place in this
    // journal.
    explicit JournalReader(const std::filesystem::path& directory,
                           const std::filesystem::path& archive = {},
                           const journal::Position& from = {}, unsigned threads = 1);
    ~JournalReader();

    // The next command, or nullptr at the journal's end. It stays valid until the next call. Asked
    // again, it goes on when more was written. The end is proved each time by reading the rest of
    // the last segment. Throws std::runtime_error, in one line that says the mend, for any damage
    // but a frame at the end that was not written whole.
    const CommandHead* next() { return next_before(UINT64_MAX, false); }
    // The same for a follower, up to the command that the engine has said to be durable
    // (LogHeader::durable_command): it gives nullptr behind that without looking at a file, and
    // takes it for damage when something up to there is missing.
    const CommandHead* next(uint64_t durable) { return next_before(durable, true); }
    // Sequence of the command that next() gave last.
    uint64_t sequence() const { return sequence_; }

    // Behind the last frame begun.
    const journal::Position& position() const { return position_; }
    // Whether all commands before position() were given.
    bool at_frame_end() const { return command_ == frame_end_; }

    // At the journal's end: where the next frame belongs, and the bytes of an unfinished one that
    // stand there, 0 for none.
    const journal::Tail& tail() const { return frames_.tail(); }
    uint64_t torn_bytes() const { return frames_.torn_bytes(); }

private:
    class ReadAhead;

    const CommandHead* next_before(uint64_t last, bool following);
    bool next_frame(bool following);
    bool next_batch(bool following);

    journal::FrameReader frames_;
    const bool ahead_wanted_;
    std::unique_ptr<ReadAhead> ahead_;  // while it works, frames_ is its
    bool begun_ = false;
    journal::FrameBatch own_;  // read without it
    const journal::FrameBatch* batch_ = nullptr;
    std::size_t frame_count_ = 0;  // of the batch, that were begun

    journal::Position position_;
    uint64_t next_;  // sequence of the next command
    uint64_t sequence_ = 0;
    const unsigned char* command_ = nullptr;  // the next one, in the frame
    const unsigned char* frame_end_ = nullptr;
};

}  // namespace carbonx
