#include "engine/journal_reader.h"

#include <algorithm>
#include <stdexcept>

namespace carbonx {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 20;

// Calls use(offset, bytes, size) for each block of a file from an offset on, until it answers true;
// size is what the buffer holds from there, a whole frame at least where the file has it.
template <class Use>
void for_each_block(const File& file, uint64_t offset, Use use) {
    const auto buffer = std::make_unique<unsigned char[]>(buffer_bytes + journal::frame_bytes_max);
    while (true) {
        const std::size_t have =
            file.read(buffer.get(), buffer_bytes + journal::frame_bytes_max, offset);
        for (std::size_t at = 0; at < std::min(have, buffer_bytes); at += journal::block_bytes) {
            if (use(offset + at, buffer.get() + at, have - at)) return;
        }
        if (have < buffer_bytes) return;
        offset += buffer_bytes;
    }
}

}  // namespace

JournalReader::JournalReader(const std::filesystem::path& directory)
    : segments_(list_segments(directory)), buffer_(new unsigned char[buffer_bytes]) {
    if (!segments_.empty() && segments_.front().first != tail_.next) {
        throw std::runtime_error(directory.string() + " begins with command " +
                                 std::to_string(segments_.front().first) +
                                 ": earlier segments are missing; put them back");
    }
    next_segment();
}

const CommandHead* JournalReader::next() {
    while (command_ == frame_end_) {
        if (!next_frame()) return nullptr;
    }
    const auto* command = reinterpret_cast<const CommandHead*>(command_);
    if (command->slots < 1 || command->slots > limits::record_slots_max ||
        command_ + command->slots * sizeof(Slot) > frame_end_) {
        throw std::runtime_error(
            file_.path().string() + ": command " + std::to_string(tail_.next) +
            " has an impossible length though its checksum is right: this build did "
            "not write this journal; use the one that did");
    }
    command_ += command->slots * sizeof(Slot);
    sequence_ = tail_.next;
    tail_.next += command->slots;
    return command;
}

// Finds the frame behind the last one. False at the end.
bool JournalReader::next_frame() {
    while (!at_good_frame()) {
        const bool last = segment_count_ == segments_.size();
        // The writer goes to the next segment when a frame does not fit: then its name continues
        // ours.
        if (!last && segments_[segment_count_].first == tail_.next) {
            next_segment();
            continue;
        }
        const bool torn = !other_good_frame();
        // While an engine writes, the frame may have become whole since: only if it is still bad
        // does it matter what was seen behind it.
        fill(tail_.offset, true);
        if (at_good_frame()) break;
        if (!last || !torn) {
            throw std::runtime_error(file_.path().string() + ": the frame at byte " +
                                     std::to_string(tail_.offset) + " (command " +
                                     std::to_string(tail_.next) +
                                     ") is damaged or missing, and good ones follow: acknowledged "
                                     "commands are lost. Restore "
                                     "the journal's directory from a copy; do not cut it");
        }
        torn_bytes_ = dirty_bytes();
        return false;
    }
    const unsigned char* frame = buffer_.get() + (tail_.offset - buffer_offset_);
    journal::FrameHead head;
    std::memcpy(&head, frame, sizeof head);
    command_ = frame + sizeof head;
    frame_end_ = command_ + head.slots * sizeof(Slot);
    tail_.offset += journal::frame_bytes(head.slots);
    tail_.chain = head.head_crc;
    return true;
}

void JournalReader::next_segment() {
    if (segment_count_ == segments_.size()) return;
    file_ = File(segments_[segment_count_++].file, O_RDONLY);
    tail_.segment = file_.path();
    tail_.offset = 0;
    buffer_size_ = 0;
}

// Whether a whole frame stands at the tail that continues what came before.
bool JournalReader::at_good_frame() {
    if (segments_.empty()) return false;
    const std::size_t have = fill(tail_.offset, false);
    const unsigned char* frame = buffer_.get() + (tail_.offset - buffer_offset_);
    if (!journal::valid_frame(frame, have)) return false;
    journal::FrameHead head;
    std::memcpy(&head, frame, sizeof head);
    return head.first == tail_.next && head.previous_crc == tail_.chain;
}

// Has the longest frame from this place on in the buffer, as far as the file goes; the bytes that
// are there.
std::size_t JournalReader::fill(uint64_t offset, bool again) {
    const bool inside = offset >= buffer_offset_ && offset < buffer_offset_ + buffer_size_;
    std::size_t have = inside ? buffer_offset_ + buffer_size_ - offset : 0;
    if (again || have < journal::frame_bytes_max) {
        buffer_size_ = segments_.empty() ? 0 : file_.read(buffer_.get(), buffer_bytes, offset);
        buffer_offset_ = offset;
        have = buffer_size_;
    }
    return have;
}

// Whether a whole frame stands in this segment at the tail or behind it. One that did continue the
// journal would have been read.
bool JournalReader::other_good_frame() const {
    bool found = false;
    if (segments_.empty()) return found;
    for_each_block(file_, tail_.offset,
                   [&](uint64_t, const unsigned char* bytes, std::size_t size) {
                       return found = journal::valid_frame(bytes, size);
                   });
    return found;
}

// How many bytes from the tail on are not all zeros, to the last block that is not.
uint64_t JournalReader::dirty_bytes() const {
    uint64_t end = tail_.offset;
    if (segments_.empty()) return 0;
    for_each_block(
        file_, tail_.offset, [&](uint64_t offset, const unsigned char* bytes, std::size_t size) {
            const unsigned char* block_end = bytes + std::min(size, journal::block_bytes);
            if (std::any_of(bytes, block_end, [](unsigned char byte) { return byte != 0; })) {
                end = offset + journal::block_bytes;
            }
            return false;
        });
    return end - tail_.offset;
}

void truncate_journal(const journal::Tail& tail, const DiskCalls& calls) {
    const File file(tail.segment, O_RDWR);
    const std::vector<unsigned char> zeros(buffer_bytes);
    const uint64_t size = std::filesystem::file_size(tail.segment);
    for (uint64_t at = tail.offset; at < size; at += zeros.size()) {
        file.write(calls, zeros.data(), std::min<uint64_t>(zeros.size(), size - at), at);
    }
    file.sync(calls);
}

}  // namespace carbonx
