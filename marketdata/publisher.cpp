#include "marketdata/publisher.h"

#include <spdlog/spdlog.h>

#include <stdexcept>

namespace carbonx::marketdata {
namespace {

constexpr std::size_t packets_at_once = 32;  // closed packets that wait for one send

}  // namespace

Publisher::Publisher(const Settings& settings, const MakeOutlet& make_outlet)
    : settings_(settings),
      reader_(settings.runtime_directory, settings.data_directory, "publisher"),
      venue_(reader_.venue()),
      encoder_(settings.utc_offset_minutes),
      history_(settings.data_directory / "feed.history"),
      cursor_(settings.data_directory / "feed.cursor", venue_),
      sent_(cursor_.load().value_or(latest_session())),
      outlet_(make_outlet(settings.marketdata, history_)) {}

SentPosition Publisher::latest_session() const {
    EventReader events(settings_.runtime_directory, settings_.data_directory, "publisher-start");
    Encoder encoder(settings_.utc_offset_minutes);
    while (const EventHead* event = events.next()) encoder.encode(*event, events.sequence());
    return {encoder.session(), 1};
}

std::size_t Publisher::poll(uint64_t now_ns) {
    std::size_t work = 0;
    for (; work < events_per_poll; ++work) {
        const EventHead* event = reader_.next();
        if (event == nullptr) break;
        take(*event, now_ns);
    }
    packetiser_.flush();
    send(now_ns);
    if (work == 0 && reader_.backlog() == 0) check_sent();
    if (work == 0 && follow_engine(now_ns)) ++work;
    work += outlet_->answer();
    beat(now_ns);
    return work;
}

void Publisher::take(const EventHead& event, uint64_t now_ns) {
    const Encoded& encoded = encoder_.encode(event, reader_.sequence());
    if (encoded.session_begins) {
        packetiser_.flush();
        send(now_ns);
        begin_session();
    }
    std::span<const unsigned char> blocks{encoded.blocks};
    while (!blocks.empty()) {
        const auto block = first_block(blocks);
        const bool due = history_.next_sequence() >= sent_.next && session() == sent_.session;
        history_.append(block);
        if (due) packetiser_.append(block);
        blocks = blocks.subspan(block.size());
        if (packetiser_.ready().size() >= packets_at_once) send(now_ns);
    }
    if (encoded.session_ends) {
        packetiser_.flush();
        send(now_ns);
        session_over_ = true;
        session_over_ns_ = now_ns;
        sent_ns_ = 0;  // say so at once
        spdlog::info("session {} ends with {} messages", session().view(), next_sequence() - 1);
    }
}

void Publisher::begin_session() {
    history_.begin(encoder_.session());
    if (sent_.session < session()) sent_ = {session(), 1};
    packetiser_.begin(session(), sent_.next);
    session_over_ = false;
    spdlog::info("session {} begins", session().view());
}

void Publisher::send(uint64_t now_ns) {
    const auto packets = packetiser_.ready();
    if (packets.empty()) return;
    history_.flush();
    outlet_->send(packets);
    sent_.next = packets.back().next_sequence();
    cursor_.store(sent_);
    sent_ns_ = now_ns;
    packetiser_.clear();
}

// Every second of silence: a heartbeat, or for a while behind the session's end that it is over.
// Not while an old part of the stream is being rebuilt.
void Publisher::beat(uint64_t now_ns) {
    const bool current = session() == sent_.session && next_sequence() >= sent_.next;
    if (session().view().empty() || !current) return;
    if (sent_ns_ != 0 && now_ns - sent_ns_ < silence_ns) return;
    if (session_over_ && now_ns - session_over_ns_ > end_grace_ns) return;
    const Packet packet(session(), next_sequence(),
                        session_over_ ? wire::count_end_of_session : wire::count_heartbeat);
    outlet_->send({&packet, 1});
    sent_ns_ = now_ns;
}

// What was sent must be in the event log, read to its end: else an engine that has lost events
// would give the same numbers to other messages, and those would never be sent.
void Publisher::check_sent() const {
    const bool behind =
        session() < sent_.session || (session() == sent_.session && next_sequence() < sent_.next);
    if (!behind) return;
    throw std::runtime_error(
        "the engine has lost events: message " + std::to_string(sent_.next - 1) + " of session " +
        std::string(sent_.session.view()) +
        " was sent, and its log ends before it; restore the whole data directory, or remove " +
        (settings_.data_directory / "feed.cursor").string() +
        " and have subscribers begin the session again");
}

bool Publisher::follow_engine(uint64_t now_ns) {
    if (now_ns - attached_ns_ < reattach_ns) return false;
    attached_ns_ = now_ns;
    if (!reader_.reattach()) return false;
    if (reader_.venue() != venue_) {
        throw std::runtime_error("the engine now runs another venue: restart carbonx-publisher");
    }
    spdlog::info("the engine was restarted: following it from event {}", reader_.position());
    return true;
}

}  // namespace carbonx::marketdata
