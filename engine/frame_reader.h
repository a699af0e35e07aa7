// Reads a journal frame by frame, from its segments and, where they are no longer there, from the
// archive: what JournalReader stands on.
//
// Threads: one at a time.
// Always: gives only frames that are whole and continue the chain of hashes; changes no file. The
// journal may be written, archived and recycled at the same time.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/frame.h"
#include "engine/segments.h"

namespace carbonx::journal {

// Where the next frame goes.
struct Tail {
    std::filesystem::path segment;  // empty: there is none yet
    uint64_t offset = 0;            // in it
    uint64_t next = 1;              // sequence of the next command
    Hash hash{};                    // of the last frame
};

// Some frames that follow each other in one segment.
struct FrameBatch {
    struct Frame {
        const unsigned char* slots;
        uint32_t slot_count;
        Position end;  // behind it
    };
    std::vector<Frame> frames;
    std::unique_ptr<unsigned char[]> bytes;
    std::filesystem::path file;
};

class FrameReader {
public:
    // See JournalReader.
    FrameReader(const std::filesystem::path& directory, const std::filesystem::path& archive,
                const Position& from);

    // The next frames; false at the journal's end. expected: there is one more for certain, so its
    // absence is damage. Throws std::runtime_error in one line that says the mend.
    bool read(FrameBatch& batch, bool expected);

    // Behind the last frame read.
    const Tail& tail() const { return tail_; }
    // At the end: of a frame that was not written whole; 0 for none.
    uint64_t torn_bytes() const { return torn_bytes_; }

private:
    struct Source {
        Segment segment;
        bool archived;
    };
    void list();
    void begin(const Position& from);
    void skip_to(const Position& from);
    bool open(uint64_t first);
    void open(const Source& listed);
    bool reopen_if_moved();
    bool next_segment();
    std::size_t load(void* to, std::size_t size, uint64_t offset) const;
    bool parse(FrameBatch& batch, std::size_t have);
    bool continues(const unsigned char* bytes, std::size_t size);
    bool other_good_frame() const;
    uint64_t unfinished_bytes() const;
    template <class Use>
    void for_each_block(Use use) const;
    std::string damage(const unsigned char* bytes, std::size_t size, bool expected);
    [[noreturn]] void refuse(const std::string& what) const;

    // Constant after construction.
    const std::filesystem::path directory_;
    const std::filesystem::path archive_;
    std::vector<Source> sources_;  // as last listed, in order
    // The segment that is read.
    File file_;
    std::vector<unsigned char> unpacked_;  // of an archived one, in place of the file
    uint64_t segment_first_ = 0;           // 0: none
    bool archived_ = false;
    std::size_t read_bytes_;  // at once
    Hasher hasher_;
    Tail tail_;
    uint64_t torn_bytes_ = 0;
};

// Overwrites what stands behind the tail in its segment with zeros, so that the journal can go on
// there. Throws std::system_error.
void truncate(const Tail& tail, const DiskCalls& calls);

}  // namespace carbonx::journal
