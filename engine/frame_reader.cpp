#include "engine/frame_reader.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "engine/archive.h"

namespace carbonx::journal {
namespace {

constexpr std::size_t batch_bytes = std::size_t{1} << 20;

[[noreturn]] void taken_out(const std::filesystem::path& segment) {
    throw std::runtime_error(segment.string() +
                             " was taken out of the journal while it was read: name the archive, "
                             "or read once more");
}

}  // namespace

FrameReader::FrameReader(const std::filesystem::path& directory,
                         const std::filesystem::path& archive, const Position& from)
    : directory_(directory), archive_(archive), read_bytes_(frame_bytes_max) {
    list();
    begin(from);
}

bool FrameReader::read(FrameBatch& batch, bool expected) {
    if (!batch.bytes) batch.bytes.reset(new unsigned char[batch_bytes]);
    while (true) {
        std::size_t have = load(batch.bytes.get(), read_bytes_, tail_.offset);
        if (parse(batch, have)) return true;
        // The writer goes to the next segment when a frame does not fit; its name continues ours.
        if (next_segment()) continue;
        const std::string what = damage(batch.bytes.get(), have, expected);
        if (!what.empty() && reopen_if_moved()) continue;
        if (what.empty()) torn_bytes_ = unfinished_bytes();
        // While an engine writes, the frame may have become whole since: only if it is still bad
        // does it matter what was seen behind it.
        have = load(batch.bytes.get(), read_bytes_, tail_.offset);
        if (parse(batch, have)) return true;
        if (!what.empty()) refuse(what);
        return false;
    }
}

// The segments in the directory, and in the archive those that are not. In this order: a segment
// is in the archive before it leaves the directory.
void FrameReader::list() {
    sources_.clear();
    for (const Segment& segment : list_segments(directory_)) sources_.push_back({segment, false});
    if (archive_.empty()) return;
    const std::size_t here = sources_.size();
    for (const Segment& segment : list_archive(archive_)) {
        const auto end = sources_.begin() + static_cast<std::ptrdiff_t>(here);
        if (std::none_of(sources_.begin(), end, [&](const Source& source) {
                return source.segment.first == segment.first;
            }))
            sources_.push_back({segment, true});
    }
    std::sort(sources_.begin(), sources_.end(),
              [](const Source& a, const Source& b) { return a.segment.first < b.segment.first; });
}

void FrameReader::begin(const Position& from) {
    tail_.next = from.next;
    tail_.hash = from.hash;
    if (sources_.empty() && from.next == 1) return;
    // The segment that has the frame before it, so that its hash can be compared; or, rather than
    // to unpack that, the one that begins there.
    const auto behind = std::find_if(sources_.begin(), sources_.end(), [&](const Source& source) {
        return source.segment.first >= from.next;
    });
    const bool at_begin = behind != sources_.end() && behind->segment.first == from.next;
    if (behind != sources_.begin() && !(at_begin && std::prev(behind)->archived)) {
        open(*std::prev(behind));
        skip_to(from);
    } else if (at_begin) {
        open(*behind);
    } else {
        const std::string what =
            sources_.empty() ? " has no segments"
                             : " begins with command " + std::to_string(behind->segment.first);
        throw std::runtime_error(
            directory_.string() + what + ", and command " + std::to_string(from.next) +
            " is wanted: earlier segments are missing" +
            (archive_.empty() ? "; put them back, or name the archive that holds them"
                              : ", in the archive " + archive_.string() +
                                    " too; put them back into one of the two"));
    }
}

// Over frames that need not be proved again, to a place whose hash is known.
void FrameReader::skip_to(const Position& from) {
    const auto bytes = std::make_unique<unsigned char[]>(batch_bytes);
    tail_.next = segment_first_;
    while (tail_.next < from.next) {
        const std::size_t have = load(bytes.get(), batch_bytes, tail_.offset);
        std::size_t at = 0;
        while (tail_.next < from.next && valid_frame(bytes.get() + at, have - at)) {
            const FrameHead head = head_at(bytes.get() + at);
            if (head.first != tail_.next) break;
            at += frame_bytes(head.slots);
            tail_.next += head.slots;
            tail_.hash = head.hash;
        }
        tail_.offset += at;
        if (at == 0) {
            const std::string what = damage(bytes.get(), have, true);
            if (!reopen_if_moved()) refuse(what);
        }
    }
    if (tail_.next != from.next || tail_.hash != from.hash) {
        throw std::runtime_error(tail_.segment.string() + ": the history before command " +
                                 std::to_string(from.next) +
                                 " is not the one that is looked for: its hash is " +
                                 to_text(tail_.hash) + ", not " + to_text(from.hash) +
                                 ". The journal was rewritten, or is another venue's: restore the "
                                 "right one from a copy");
    }
}

bool FrameReader::open(uint64_t first) {
    const auto found = std::find_if(sources_.begin(), sources_.end(), [&](const Source& source) {
        return source.segment.first == first;
    });
    if (found == sources_.end()) return false;
    open(*found);
    return true;
}

void FrameReader::open(const Source& listed) {
    const Source source = listed;  // list() takes what it refers to away
    File file;
    std::vector<unsigned char> unpacked;
    if (source.archived) {
        unpacked = read_archived(source.segment.file);
    } else {
        try {
            file = File(source.segment.file, O_RDONLY);
        } catch (const std::system_error& error) {
            if (error.code() != std::errc::no_such_file_or_directory) throw;
            list();  // it was archived since it was listed
            if (!open(source.segment.first)) taken_out(source.segment.file);
            return;
        }
    }
    file_ = std::move(file);
    unpacked_ = std::move(unpacked);
    archived_ = source.archived;
    if (segment_first_ != source.segment.first) tail_.offset = 0;
    segment_first_ = source.segment.first;
    tail_.segment = source.segment.file;
}

// When the file was recycled while it was read: its frames are in the archive, at the same places.
bool FrameReader::reopen_if_moved() {
    if (segment_first_ == 0 || archived_) return false;
    struct stat now {
    }, ours{};
    const bool there = ::stat(tail_.segment.c_str(), &now) == 0;
    if (::fstat(file_.descriptor(), &ours) != 0) return false;
    if (there && now.st_ino == ours.st_ino) return false;
    list();
    if (open(segment_first_)) return true;
    taken_out(tail_.segment);
}

bool FrameReader::next_segment() {
    if (segment_first_ == tail_.next) return false;
    if (open(tail_.next)) return true;
    list();
    return open(tail_.next);
}

std::size_t FrameReader::load(void* to, std::size_t size, uint64_t offset) const {
    if (segment_first_ == 0) return 0;
    if (!archived_) return file_.read(to, size, offset);
    const std::size_t have = std::min(size, unpacked_.size() - std::min(unpacked_.size(), offset));
    if (have > 0) std::memcpy(to, unpacked_.data() + offset, have);
    return have;
}

// Takes the frames that continue the journal; false when there is none.
bool FrameReader::parse(FrameBatch& batch, std::size_t have) {
    batch.frames.clear();
    batch.file = tail_.segment;
    std::size_t at = 0;
    while (continues(batch.bytes.get() + at, have - at)) {
        const FrameHead head = head_at(batch.bytes.get() + at);
        tail_.next += head.slots;
        tail_.hash = head.hash;
        batch.frames.push_back(
            {batch.bytes.get() + at + sizeof head, head.slots, {tail_.next, tail_.hash}});
        at += frame_bytes(head.slots);
    }
    tail_.offset += at;
    // Little at a time where the journal is being written, much where there is much.
    read_bytes_ = at > read_bytes_ / 2 ? std::min(2 * read_bytes_, batch_bytes) : frame_bytes_max;
    return at > 0;
}

// Whether this is the frame that belongs behind the tail.
bool FrameReader::continues(const unsigned char* bytes, std::size_t size) {
    if (!valid_frame(bytes, size)) return false;
    const FrameHead head = head_at(bytes);
    return head.first == tail_.next && head.hash == hasher_(tail_.hash, head, bytes + sizeof head);
}

// Why the bytes at the tail cannot be the end of a journal; empty when they can.
std::string FrameReader::damage(const unsigned char* bytes, std::size_t size, bool expected) {
    const std::string place = tail_.segment.string() + ": the frame at byte " +
                              std::to_string(tail_.offset) + " (command " +
                              std::to_string(tail_.next) + ")";
    if (size >= sizeof(FrameHead)) {
        const FrameHead head = head_at(bytes);
        if (head.magic == FrameHead::magic_value && head.version != FrameHead::version_value &&
            head.head_crc == head_crc(head)) {
            throw std::runtime_error(
                place + " is of format " + std::to_string(head.version) +
                ", and this build reads format " + std::to_string(FrameHead::version_value) +
                (head.version < FrameHead::version_value
                     ? ": a build from before the chain of hashes wrote this journal; start that "
                       "one, or begin a new venue in another directory"
                     : ": a newer build wrote this journal; start that one"));
        }
        if (valid_frame(bytes, size) && head.first == tail_.next) {
            return place +
                   " does not continue the chain of hashes: it, or what is before it, is not what "
                   "was written";
        }
        if (one_bit_off(bytes, size, tail_.next))
            return place + " has one wrong bit: it was written whole and may be acknowledged";
    }
    const bool later_segment = !sources_.empty() && sources_.back().segment.first > tail_.next;
    if (expected || later_segment || other_good_frame()) {
        return place +
               " is damaged or missing, and good ones follow: acknowledged commands are "
               "lost";
    }
    return "";
}

void FrameReader::refuse(const std::string& what) const {
    throw std::runtime_error(what + (archived_ ? ". Restore this file from another copy of the "
                                                 "archive"
                                               : ". Restore the journal's directory from a copy; "
                                                 "do not cut it"));
}

// Calls use(offset, bytes, size) for each block of the segment from the tail on, until it answers
// true; size is what the buffer holds from there, a whole frame at least where the file has it.
template <class Use>
void FrameReader::for_each_block(Use use) const {
    const auto buffer = std::make_unique<unsigned char[]>(batch_bytes + frame_bytes_max);
    uint64_t offset = tail_.offset;
    while (true) {
        const std::size_t have = load(buffer.get(), batch_bytes + frame_bytes_max, offset);
        for (std::size_t at = 0; at < std::min(have, batch_bytes); at += block_bytes) {
            if (use(offset + at, buffer.get() + at, have - at)) return;
        }
        if (have < batch_bytes) return;
        offset += batch_bytes;
    }
}

// Whether a whole frame stands in this segment at the tail or behind it. One that did continue the
// journal would have been read; one with a smaller sequence is of the file's earlier use.
bool FrameReader::other_good_frame() const {
    bool found = false;
    for_each_block([&](uint64_t, const unsigned char* bytes, std::size_t size) {
        return found = valid_frame(bytes, size) && head_at(bytes).first >= tail_.next;
    });
    return found;
}

// Of a frame at the tail that was not written whole: to the last block that is not all zeros. In a
// file that was used before only a frame with a head can be told from what was there.
uint64_t FrameReader::unfinished_bytes() const {
    uint64_t end = tail_.offset;
    bool used_before = false;
    for_each_block([&](uint64_t offset, const unsigned char* bytes, std::size_t size) {
        const unsigned char* block_end = bytes + std::min(size, block_bytes);
        if (std::all_of(bytes, block_end, [](unsigned char byte) { return byte == 0; }))
            return false;
        end = offset + block_bytes;
        if (size < sizeof(FrameHead)) return false;
        const FrameHead head = head_at(bytes);
        const bool right = head.magic == FrameHead::magic_value && head.head_crc == head_crc(head);
        if (right && offset == tail_.offset && head.first == tail_.next) {
            end = offset + frame_bytes(std::min(head.slots, frame_slots_max));
            return true;
        }
        used_before = right && head.first < tail_.next;
        return used_before;
    });
    return used_before ? 0 : end - tail_.offset;
}

void truncate(const Tail& tail, const DiskCalls& calls) {
    const File file(tail.segment, O_RDWR);
    const std::vector<unsigned char> zeros(batch_bytes);
    const uint64_t size = std::filesystem::file_size(tail.segment);
    for (uint64_t at = tail.offset; at < size; at += zeros.size())
        file.write(calls, zeros.data(), std::min<uint64_t>(zeros.size(), size - at), at);
    file.sync(calls);
}

}  // namespace carbonx::journal
