// Messages of one session that wait until the exchange has answered an earlier one, in order.
//
// Their sequence numbers are counted, so a client will not send them again: a file keeps them over
// a kill of the gateway. It begins with the offset of the first frame that still waits (8 bytes).
// One frame a message: length of what follows the checksum (4 bytes), CRC32C of that (4), MsgSeqNum
// (8), the message. Emptied when the last one has gone, and written anew without what has gone when
// that is more than a MiB and more than what waits.
//
// Threads: the gateway thread only.
// Always: what push() took is in the file, and comes back after a kill, until pop(). It is not
// synced: what waited at a power cut was not settled (SessionStore::settle), and is sent again.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>

#include "engine/api/disk.h"
#include "gateway/message_view.h"
#include "gateway/uptime.h"

namespace carbonx::gateway {

struct WaitingMessage {
    std::string text;
    Arrival arrival;
};

class WaitingMessages {
public:
    // Opens or makes the file, and takes what a killed gateway left; begins empty where the memory
    // is gone. Throws std::runtime_error.
    explicit WaitingMessages(const std::filesystem::path& file, Start start = Start::goes_on,
                             const DiskCalls& calls = {});

    bool empty() const { return queue_.empty(); }
    std::size_t size() const { return queue_.size(); }
    // What they take in the file, without what has gone.
    std::size_t bytes() const { return tail_ - head_; }
    // Requires: not empty.
    const WaitingMessage& front() const { return queue_.front().message; }
    // Throws std::runtime_error when the file cannot be written; the message is then not taken.
    void push(WaitingMessage message);
    // Throws std::runtime_error when the file cannot be written.
    void pop();

private:
    struct Entry {
        WaitingMessage message;
        uint64_t bytes;  // of its frame
    };

    void load();
    void empty_file();
    void drop_gone();

    const std::filesystem::path path_;
    const DiskCalls calls_;
    File file_;
    uint64_t head_ = 0;  // where the first frame that waits is
    uint64_t tail_ = 0;  // where the next frame goes
    std::deque<Entry> queue_;
};

}  // namespace carbonx::gateway
