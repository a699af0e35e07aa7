// One stream on its way out: events in, packets on lines A and B, and a cursor that says how far.
//
// Threads: one, the publisher's.
// Always: a message is on the lines before the cursor says so. A restarted one makes the stream
// again from its first event, goes on behind what was sent, and repeats at most the last packets,
// message for message. Where what it makes is not what was sent, it goes no further.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "marketdata/cursor.h"
#include "marketdata/encoder.h"
#include "marketdata/lines.h"
#include "marketdata/packet.h"

namespace carbonx::marketdata {

class LiveStream {
public:
    // Throws std::system_error.
    LiveStream(std::unique_ptr<Encoder> encoder, const std::filesystem::path& cursor_file,
               uint64_t venue, std::unique_ptr<Lines> lines);
    // Without a cursor, for a stream that is sent once: begin_with() says what.
    LiveStream(std::unique_ptr<Encoder> encoder, std::unique_ptr<Lines> lines)
        : encoder_(std::move(encoder)), lines_(std::move(lines)) {}

    // Whether its cursor tells where to go on.
    bool knows_sent() const { return sent_.has_value(); }
    // Sends this session, and later ones, from the first message on. Requires: before the first
    // event.
    void begin_with(const wire::SessionName& session) { sent_ = SentPosition{session}; }

    // Takes the next event; a full packet goes out at once. Throws std::runtime_error where the
    // messages before the cursor are not those that were sent.
    void take(const EventHead& event, uint64_t sequence, uint64_t now_ns);
    // What is packed goes out.
    void flush(uint64_t now_ns);
    // After a second of silence a heartbeat goes out, or for a while that the session is over.
    void beat(uint64_t now_ns);
    // Throws std::runtime_error when more was sent than its events give. Requires: all were taken.
    void check_sent() const;

    const wire::SessionName& session() const { return encoder_->session(); }
    uint64_t next_sequence() const { return next_; }
    LineCounters counters() const { return lines_->counters(); }

    static constexpr uint64_t silence_ns = 1'000'000'000;
    static constexpr uint64_t end_grace_ns = 60'000'000'000;

private:
    void pass(std::span<const unsigned char> block);
    void send(uint64_t now_ns);
    void begin_session();
    void end_session(uint64_t now_ns);
    void tell_failures(uint64_t now_ns);
    std::string mend() const;
    bool is_due() const { return next_ >= sent_->next && session() == sent_->session; }

    const std::unique_ptr<Encoder> encoder_;
    const std::string cursor_name_;
    std::optional<Cursor> cursor_;
    const std::unique_ptr<Lines> lines_;
    Packetiser packetiser_;
    std::optional<SentPosition> sent_;
    uint64_t next_ = 1;    // sequence of the session's next message
    uint32_t passed_ = 0;  // CRC32C of the session's blocks before the cursor, made once more
    bool session_over_ = false;
    uint64_t session_over_ns_ = 0;
    uint64_t sent_ns_ = 0;      // when a packet went out last
    uint64_t failed_told_ = 0;  // packets that the system did not take, as the log has it
    uint64_t failed_told_ns_ = 0;
};

}  // namespace carbonx::marketdata
