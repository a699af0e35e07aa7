#include "tools/listen_record.h"

#include <stdexcept>

namespace carbonx::tools {

ListenRecordings::ListenRecordings(const ListenOptions& options,
                                   const marketdata::Subscription& subscription) {
    for (const std::string& name : options.recordings) {
        const std::string ending = std::filesystem::path(name).extension();
        const bool twice = (ending == ".itch" && messages_) || (ending == ".pcap" && packets_);
        if (twice || (ending != ".itch" && ending != ".pcap")) {
            throw std::runtime_error("--record " + name +
                                     ": expected one FILE.itch for the messages, one FILE.pcap "
                                     "for the packets of both lines, or both");
        }
        if (ending == ".itch") {
            if (!subscription.user.empty()) {
                throw std::runtime_error("--record " + name +
                                         ": a snapshot takes the place of messages, and all of "
                                         "them are to be recorded: leave out --user");
            }
            messages_.emplace(name);
        } else {
            packets_.emplace(name);
            tap_.emplace(subscription);
        }
    }
}

// No snapshot comes, so that every session begins with its first message.
void ListenRecordings::message(const marketdata::Arbiter& arbiter, uint64_t sequence,
                               Bytes message) {
    if (!messages_) return;
    if (sequence == 1) messages_->begin(arbiter.session());
    if (!messages_->is_open()) {
        throw std::runtime_error("message " + std::to_string(sequence) + " of session " +
                                 std::string(arbiter.session().view()) +
                                 " came behind its end: the recording stops before it");
    }
    messages_->add(message);
}

std::size_t ListenRecordings::poll(const marketdata::Arbiter& arbiter) {
    const std::size_t heard = tap_ ? tap_->poll(*packets_) : 0;
    if (messages_ && arbiter.session_over()) messages_->end();
    if (heard == 0) flush();
    return heard;
}

void ListenRecordings::flush() {
    if (messages_) messages_->flush();
    if (packets_) packets_->flush();
}

}  // namespace carbonx::tools
