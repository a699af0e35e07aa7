#include "marketdata/receiver/stream_receiver.h"

#include <boost/asio/buffer.hpp>
#include <stdexcept>

namespace carbonx::marketdata {

namespace asio = boost::asio;

namespace {

asio::ip::tcp::endpoint snapshot_server(const Subscription& subscription) {
    if (subscription.user.size() > 6 || subscription.password.size() > 10) {
        throw std::runtime_error(
            "cannot ask for snapshots: a user has at most 6 characters, a password 10");
    }
    boost::system::error_code error;
    const auto address = asio::ip::make_address_v4(subscription.snapshot.host, error);
    if (error) {
        throw std::runtime_error("cannot ask for snapshots at " + subscription.snapshot.host +
                                 ": " + error.message() + ": is that an IPv4 address?");
    }
    return {address, subscription.snapshot.port};
}

std::string warning_of(std::size_t asked, std::size_t given) {
    if (given >= asked) return "";
    return "raise net.core.rmem_max to " + std::to_string(asked) + ", or bursts get lost (" +
           std::to_string(given) + " now)";
}

}  // namespace

std::string_view text(Staleness staleness) {
    switch (staleness) {
        case Staleness::none:
            return "whole";
        case Staleness::not_joined:
            return "stale: not joined yet";
        case Staleness::missing:
            return "stale: messages are missing";
        case Staleness::silent:
            return "stale: nothing is heard";
    }
    return "";
}

StreamReceiver::StreamReceiver(const Subscription& subscription, StreamHandler& handler,
                               const ReceiverLimits& limits)
    : handler_(handler),
      limits_(limits),
      has_snapshots_(!subscription.user.empty()),
      lines_{join_line(context_, subscription.line_a, subscription.interface),
             join_line(context_, subscription.line_b, subscription.interface)},
      rerequest_(connect_to(context_, subscription.rerequest)),
      arbiter_({[this](const wire::SessionName& session) {
                    joined_ = false;
                    not_joined_ns_ = 0;
                    if (loader_.session() != session && !loader_.session().view().empty()) {
                        drop_load();
                    }
                    next_load_ns_ = 0;
                    handler_.session_begins(session);
                },
                [this](uint64_t sequence, std::span<const unsigned char> message) {
                    handler_.message(sequence, message);
                }},
               limits.held),
      loader_(snapshot_server(subscription), subscription.user, subscription.password,
              [this](std::span<const unsigned char> message) {
                  ++snapshots_.messages;
                  handler_.snapshot_message(message);
              }) {
    std::size_t given = limits.receive_buffer_bytes;
    for (Socket& line : lines_) given = std::min(given, ask_for_buffer(line, given));
    warning_ = warning_of(limits.receive_buffer_bytes, given);
}

std::size_t StreamReceiver::poll(uint64_t now_ns) {
    std::size_t done = drain_line(0, now_ns) + drain_line(1, now_ns) + drain_answers(now_ns);
    if (loader_.running()) done += load(now_ns);
    if (not_joined_ns_ == 0) not_joined_ns_ = now_ns;
    if (arbiter_.caught_up()) joined_ = true;
    recover(now_ns);
    return done;
}

std::size_t StreamReceiver::drain_line(std::size_t number, uint64_t now_ns) {
    return drain(lines_[number], [&](std::span<const unsigned char> packet) {
        const auto news = arbiter_.take(packet, now_ns);
        if (!news) return;
        statistics_[number].take(wire::as<wire::PacketHeader>(packet.data()), *news, now_ns);
    });
}

std::size_t StreamReceiver::drain_answers(uint64_t now_ns) {
    return drain(rerequest_,
                 [&](std::span<const unsigned char> packet) { arbiter_.take(packet, now_ns); });
}

// One step of a snapshot's loading.
std::size_t StreamReceiver::load(uint64_t now_ns) {
    switch (loader_.poll(now_ns)) {
        case SnapshotLoader::Progress::waiting:
            return 0;
        case SnapshotLoader::Progress::loading:
            return 1;
        case SnapshotLoader::Progress::failed:
            ++snapshots_.failed;
            snapshots_.last_failure = loader_.failure();
            end_load(false, now_ns);
            return 1;
        case SnapshotLoader::Progress::complete:
            break;
    }
    const uint64_t next = loader_.next_sequence();
    if (arbiter_.session() < loader_.session()) arbiter_.begin(loader_.session());
    const bool ahead = arbiter_.session() == loader_.session() && next > arbiter_.next_sequence();
    if (ahead) {
        taken_ns_ = now_ns;
        handler_.snapshot_taken(next);
        arbiter_.skip_to(next, now_ns);
        snapshots_.load_ns_last = now_ns - loader_.started_ns();
    }
    ++(ahead ? snapshots_.taken : snapshots_.not_needed);
    end_load(ahead, now_ns);
    return 1;
}

void StreamReceiver::end_load(bool helped, uint64_t now_ns) {
    if (helped) back_off_ns_ = back_off_ns_min;
    next_load_ns_ = now_ns + back_off_ns_;
    if (!helped) back_off_ns_ = std::min(2 * back_off_ns_, back_off_ns_max);
}

// Nothing is missing any more, or another session has begun.
void StreamReceiver::drop_load() {
    if (!loader_.running()) return;
    loader_.stop();
    ++snapshots_.not_needed;
}

void StreamReceiver::recover(uint64_t now_ns) {
    const bool is_unheard = arbiter_.session().view().empty();
    if (!is_unheard && arbiter_.gap_ns() == 0) {
        drop_load();
        back_off_ns_ = back_off_ns_min;
        return;
    }
    const bool far_behind = arbiter_.missing() > limits_.snapshot_messages;
    const bool unanswered = now_ns - arbiter_.advanced_ns() >= unanswered_ns;
    if (has_snapshots_ && !loader_.running() && (is_unheard || far_behind || unanswered) &&
        now_ns >= next_load_ns_) {
        ++snapshots_.started;
        handler_.snapshot_begins();
        loader_.start(arbiter_.session(), now_ns);
    }
    if (loader_.running() && now_ns - loader_.started_ns() < patience_ns) return;
    while (const auto request = arbiter_.request(now_ns)) {
        boost::system::error_code ignored;  // as good as lost on the way: it is asked again
        rerequest_.send(asio::buffer(&*request, sizeof *request), 0, ignored);
    }
}

Status StreamReceiver::status(uint64_t now_ns) const {
    if (!joined_) return {Staleness::not_joined, not_joined_ns_};
    if (arbiter_.gap_ns() != 0) return {Staleness::missing, arbiter_.gap_ns()};
    const uint64_t heard_ns =
        std::max({statistics_[0].heard_ns, statistics_[1].heard_ns, taken_ns_});
    // After a session's end there is nothing to be heard until the next one.
    if (!arbiter_.session_over() && now_ns - heard_ns >= silence_ns) {
        return {Staleness::silent, heard_ns};
    }
    return {};
}

}  // namespace carbonx::marketdata
