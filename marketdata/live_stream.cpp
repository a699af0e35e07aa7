#include "marketdata/live_stream.h"

#include <spdlog/spdlog.h>

#include <stdexcept>

#include "engine/api/checksum.h"

namespace carbonx::marketdata {
namespace {

constexpr std::size_t packets_at_once = 32;  // closed packets that wait for one send

}  // namespace

LiveStream::LiveStream(std::unique_ptr<Encoder> encoder, const std::filesystem::path& cursor_file,
                       uint64_t venue, std::unique_ptr<Lines> lines)
    : encoder_(std::move(encoder)),
      cursor_name_(cursor_file.string()),
      cursor_(std::in_place, cursor_file, venue),
      lines_(std::move(lines)),
      sent_(cursor_->load()) {}

void LiveStream::take(const EventHead& event, uint64_t sequence, uint64_t now_ns) {
    const Encoded& encoded = encoder_->encode(event, sequence);
    if (encoded.session_begins) {
        flush(now_ns);
        begin_session();
    }
    std::span<const unsigned char> blocks{encoded.blocks};
    while (!blocks.empty()) {
        const auto block = first_block(blocks);
        if (is_due()) {
            packetiser_.append(block);
        } else {
            pass(block);
        }
        ++next_;
        blocks = blocks.subspan(block.size());
    }
    if (packetiser_.ready().size() >= packets_at_once) send(now_ns);
    if (encoded.session_ends) end_session(now_ns);
}

// What was sent already. Other settings of the channels, or another build, in the middle of a
// session could make other messages of it, and those under the same numbers would never be heard.
void LiveStream::pass(std::span<const unsigned char> block) {
    if (session() != sent_->session) return;
    passed_ = crc32c(block.data(), block.size(), passed_);
    if (next_ + 1 != sent_->next || passed_ == sent_->content) return;
    throw std::runtime_error(
        "the messages of session " + std::string(session().view()) + " before number " +
        std::to_string(sent_->next) +
        " are not those that were sent: the settings, the build or the event log are others; put "
        "them back until the session is over, or " +
        mend());
}

void LiveStream::begin_session() {
    next_ = 1;
    passed_ = 0;
    if (sent_->session < session()) sent_ = SentPosition{session()};
    packetiser_.begin(session(), sent_->next);
    session_over_ = false;
    if (session() != sent_->session) return;  // an older one is only passed by
    spdlog::info("session {} begins, to be sent from message {} on", session().view(), sent_->next);
}

void LiveStream::end_session(uint64_t now_ns) {
    flush(now_ns);
    session_over_ = true;
    session_over_ns_ = now_ns;
    sent_ns_ = 0;  // say so at once
    if (!is_due()) return;
    spdlog::info("session {} ends with {} messages", session().view(), next_ - 1);
}

void LiveStream::flush(uint64_t now_ns) {
    packetiser_.flush();
    send(now_ns);
}

void LiveStream::send(uint64_t now_ns) {
    const auto packets = packetiser_.ready();
    if (packets.empty()) return;
    lines_->send(packets);
    for (const Packet& packet : packets) {
        const auto blocks = packet.view().subspan(sizeof(wire::PacketHeader));
        sent_->content = crc32c(blocks.data(), blocks.size(), sent_->content);
    }
    sent_->next = packets.back().next_sequence();
    if (cursor_) cursor_->store(*sent_);
    sent_ns_ = now_ns;
    packetiser_.clear();
}

// Else nobody would know that an interface is down before the publisher is stopped.
void LiveStream::tell_failures(uint64_t now_ns) {
    const uint64_t failed = lines_->counters().failed;
    if (failed == failed_told_ || now_ns - failed_told_ns_ < silence_ns) return;
    spdlog::warn(
        "session {}: the system did not take {} packets, which subscribers have to ask for: see to "
        "the interface and its send queue",
        session().view(), failed - failed_told_);
    failed_told_ = failed;
    failed_told_ns_ = now_ns;
}

// Not while an old part of the stream is being made again.
void LiveStream::beat(uint64_t now_ns) {
    tell_failures(now_ns);
    if (session().view().empty() || !is_due()) return;
    if (sent_ns_ != 0 && now_ns - sent_ns_ < silence_ns) return;
    flush(now_ns);  // a heartbeat would tell of messages that still wait for company
    if (sent_ns_ == now_ns) return;
    if (session_over_ && now_ns - session_over_ns_ > end_grace_ns) return;
    const Packet packet(session(), next_,
                        session_over_ ? wire::count_end_of_session : wire::count_heartbeat);
    lines_->send({&packet, 1});
    sent_ns_ = now_ns;
}

// Else an engine that has lost events would give the same numbers to other messages, and those
// would never be sent.
void LiveStream::check_sent() const {
    const bool behind =
        session() < sent_->session || (session() == sent_->session && next_ < sent_->next);
    if (!behind) return;
    throw std::runtime_error("the engine has lost events: message " +
                             std::to_string(sent_->next - 1) + " of session " +
                             std::string(sent_->session.view()) +
                             " was sent, and its log ends before it; restore the whole data "
                             "directory, or the settings of the channels, or " +
                             mend());
}

std::string LiveStream::mend() const {
    return "remove " + cursor_name_ + " and have subscribers begin the session again";
}

}  // namespace carbonx::marketdata
