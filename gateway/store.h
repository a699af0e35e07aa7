// The memory of one FIX session: what it sent, numbered, and where both sequences stand.
//
// Three files. `<name>.messages` is append-only, one frame for each outgoing message:
//
//     offset size
//          0    4  length of the bytes
//          4    4  CRC32C of the length, of all that follows in the frame
//          8    8  MsgSeqNum
//         16    8  report key: which event this message reports, 0 for none
//         24       the bytes of the message
//
// `<name>.header` is mapped: both next sequence numbers and what must outlive a reset
// (StoreHeader). `<name>.marks` is what must outlive a power cut (marks.h): the only one that is
// synced as it is written.
//
// Threads: the gateway thread only.
// Always: messages are taken into memory and written together by write(), before any of them is
// sent; the next numbers in the header follow them. The report key is in the same frame as the
// message, so no crash falls between the two. Killed at any instruction and opened again, the
// store continues: a torn last frame is cut off (it was never sent), and the next sender number is
// the larger of the header's and the last frame's plus one. After a power cut it has the frames
// before the first that is torn or missing, gives no outgoing number twice, and expects no incoming
// number above that which its client sends next.
// Memory: 8 bytes a message.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/marks.h"
#include "gateway/quickfix.h"
#include "gateway/records.h"
#include "gateway/uptime.h"

namespace carbonx::gateway {

struct StoreHeader;

class SessionStore final : public FIX::MessageStore {
public:
    // Opens or creates its files in the directory, and holds a lock on them. Throws
    // std::runtime_error if they are in use, not ours, or, but for a power cut, damaged anywhere
    // but at the tail.
    SessionStore(const std::filesystem::path& directory, const std::string& name,
                 Start start = Start::goes_on, const DiskCalls& calls = {});
    ~SessionStore() override;
    SessionStore(const SessionStore&) = delete;
    SessionStore& operator=(const SessionStore&) = delete;

    // Takes the next message. False: the disk has failed, or did before; nothing is taken.
    bool append(std::string_view message, uint64_t report_key);
    // Writes what was taken since the last time, and the next numbers. False: the disk failed, and
    // nothing of it may be sent.
    bool write();
    // The largest key that ever went into a frame, resets included; 0 at first.
    uint64_t last_report_key() const { return last_report_key_; }
    // Why the last message could not be stored; empty while all were.
    const std::string& write_failure() const { return write_failure_; }

    // The schedule and the sequence numbers are the exchange's: a reset that QuickFIX comes to by
    // itself (its own clock, a Logon that has not been let in) does nothing while not allowed.
    void allow_reset(bool allowed) { reset_allowed_ = allowed; }

    // The last number of the run of messages from `first` that fits in `bytes`; at least
    // `first`. Requires: 0 < first < next sender number.
    int last_within(int first, std::size_t bytes) const;

    // After a power cut, and after begin_anew(), this many of the client's messages, resent, may
    // have been lost by us or refused by us: one that the exchange does not know was not taken.
    uint64_t doubtful_below() const;
    // The client has said its next number: what is below is resent.
    void end_doubt_at(uint64_t next);
    // A trading day has begun, and the ClOrdIDs of the last one are forgotten: so what is resent
    // below this number is doubtful, too. Once for each day, over kills.
    void begin_day(uint32_t trading_day, uint64_t doubtful_below);
    // The last one that began, or that note_day() told; 0: not known.
    uint32_t trading_day() const;
    void note_day(uint32_t trading_day);
    // Every message below `next_target` has been answered: makes that, and all answers, durable.
    // Throws std::system_error.
    void settle(int next_target);
    int settled_target() const { return static_cast<int>(marks_.marks().next_target); }
    // Both sequences begin at 1 and the messages are removed, by the venue's wish: a client that
    // goes on with its old numbers, and sends old messages again, is not believed. Durable when it
    // returns. Throws std::system_error. Requires: the client is not connected.
    void begin_anew(uint32_t day);
    // The day counts as reset for. Throws std::system_error.
    void skip_reset(uint32_t day);
    // The day of the schedule (schedule.h) that was last reset for, or skipped; 0: none ever.
    uint32_t reset_day() const { return static_cast<uint32_t>(marks_.marks().reset_day); }
    // All messages were answered, and nothing more will be sent: the files hold everything now.
    // Throws std::system_error.
    void stop();

    // FIX::MessageStore. Throws FIX::IOException when the file fails; then nothing has changed.
    bool set(int sequence, const std::string& message) override;
    void get(int first, int last, std::vector<std::string>& messages) const override;
    int getNextSenderMsgSeqNum() const override;
    int getNextTargetMsgSeqNum() const override;
    void setNextSenderMsgSeqNum(int next) override;
    void setNextTargetMsgSeqNum(int next) override;
    void incrNextSenderMsgSeqNum() override;
    void incrNextTargetMsgSeqNum() override;
    // Always now, so that QuickFIX's own daily schedule never finds a session of another day.
    FIX::UtcTimeStamp getCreationTime() const override { return FIX::UtcTimeStamp(); }
    void reset() override;
    void refresh() override {}

private:
    void open_files(const std::filesystem::path& directory, const std::string& name);
    void close_files();
    void load(Start start);
    void begin_new();
    void rebuild_header(Start start);
    void read_frames(bool torn_anywhere);
    void raise_sender_end(uint64_t above);
    void remember(uint64_t sequence, uint64_t offset);
    void take(uint64_t sequence, std::string_view message, uint64_t report_key);
    void write_or_throw();
    void publish_numbers();
    void truncate(uint64_t size);
    void sync_messages();
    void start_over(uint32_t by, uint64_t day);

    const std::string name_;
    const DiskCalls calls_;
    File header_file_;
    File messages_;
    MarksFile marks_;
    StoreHeader* header_ = nullptr;  // mapped
    uint64_t next_sender_ = 1;       // the header's follow them at the next write
    uint64_t next_target_ = 1;
    uint64_t tail_ = 0;          // where the next frame goes
    std::string unwritten_;      // the frames that end there; kept for its capacity
    Records<uint64_t> offsets_;  // of message 1, 2, ...; never falling (remember())
    uint64_t last_report_key_ = 0;
    bool reset_allowed_ = false;
    bool broken_ = false;  // a write or a sync has failed: nothing may follow
    std::string write_failure_;
};

}  // namespace carbonx::gateway
