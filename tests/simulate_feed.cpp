#include "tests/simulate_feed.h"

#include "tests/wire_check.h"

namespace carbonx::tests {

namespace wire = marketdata::wire;

Subscriber::Subscriber(SimulatedFeed& feed)
    : feed_(feed),
      arbiter_({[this](const wire::SessionName&) { image_.clear(); },
                [this](uint64_t sequence, std::span<const unsigned char> message) {
                    take(sequence, message);
                }}) {}

void Subscriber::take(uint64_t sequence, std::span<const unsigned char> message) {
    const std::string session(arbiter_.session().view());
    const auto& sent = feed_.messages(session);
    const bool same =
        sequence <= sent.size() && std::equal(message.begin(), message.end(),
                                              sent[sequence - 1].begin(), sent[sequence - 1].end());
    if (!same) {
        throw Finding("a subscriber has another message " + std::to_string(sequence) +
                      " of session " + session + " than was sent first");
    }
    const std::string flaw = itch_flaw(message);
    if (!flaw.empty()) {
        throw Finding("message " + std::to_string(sequence) + " of session " + session + ": " +
                      flaw);
    }
    image_.apply(message);
    if (image_.contradictions() > 0) {
        throw Finding("message " + std::to_string(sequence) + " of session " + session +
                      " contradicts the books built so far");
    }
}

void Subscriber::poll(uint64_t now_ns, bool all) {
    std::size_t count = all ? inbox.size() : feed_.chance_.below(inbox.size() + 1);
    for (; count > 0; --count) {
        const Datagram packet = std::move(inbox.front());
        inbox.pop_front();
        arbiter_.take(packet, now_ns);
    }
    const auto request = arbiter_.request(now_ns);
    if (!request) return;
    if (feed_.lossy_ && feed_.chance_.percent(10)) return;
    feed_.requests_.push_back({*request, this});
}

// What the packets of a publisher's stream go through.
class SimulatedFeed::SimulatedLines final : public marketdata::Lines {
public:
    SimulatedLines(SimulatedFeed& feed, bool heard) : feed_(feed), heard_(heard) {}

    void send(std::span<const marketdata::Packet> packets) override {
        for (const marketdata::Packet& packet : packets) {
            feed_.sent(packet.view());
            if (!heard_) continue;
            for (const auto& subscriber : feed_.subscribers_) {
                for (int line = 0; line < 2; ++line) feed_.carry(packet.view(), *subscriber);
            }
        }
        counters_.packets += packets.size();
    }
    marketdata::LineCounters counters() const override { return counters_; }

private:
    SimulatedFeed& feed_;
    const bool heard_;  // by the subscribers, who build books
    marketdata::LineCounters counters_;
};

SimulatedFeed::SimulatedFeed(Chance& chance, bool lossy) : chance_(chance), lossy_(lossy) {
    for (int i = 0; i < 2; ++i) subscribers_.push_back(std::make_unique<Subscriber>(*this));
}

marketdata::MakeLines SimulatedFeed::lines() {
    return [this](const StreamSettings& stream, const MarketDataSettings& settings) {
        const bool books = stream == settings.channels.front().stream;
        return std::make_unique<SimulatedLines>(*this, books);
    };
}

std::size_t SimulatedFeed::answer(marketdata::History& history) {
    std::size_t taken = 0;
    for (; taken < 16 && !requests_.empty(); ++taken) {
        const Request request = requests_.front();
        requests_.pop_front();
        const auto* bytes = reinterpret_cast<const unsigned char*>(&request.wanted);
        const auto packet =
            marketdata::answer_from(history, {bytes, sizeof request.wanted}, counters_);
        if (packet) carry(packet->view(), *request.from);
    }
    return taken;
}

void SimulatedFeed::sent(std::span<const unsigned char> packet) {
    const auto header = wire::as<wire::PacketHeader>(packet.data());
    const std::string session(header.session.view());
    auto& messages = sent_[session];
    auto blocks = packet.subspan(sizeof header);
    for (uint64_t i = header.sequence.value(); !blocks.empty(); ++i) {
        const auto block = marketdata::first_block(blocks);
        const Datagram message(block.begin() + sizeof(wire::BlockHeader), block.end());
        blocks = blocks.subspan(block.size());
        if (i == messages.size() + 1) {
            messages.push_back(message);
        } else if (i > messages.size()) {
            throw Finding("the feed of session " + session + " skips from message " +
                          std::to_string(messages.size()) + " to " + std::to_string(i));
        } else if (messages[i - 1] != message) {
            throw Finding("message " + std::to_string(i) + " of session " + session +
                          " was sent again with other bytes");
        } else {
            ++repeats_;
        }
    }
}

void SimulatedFeed::carry(std::span<const unsigned char> packet, Subscriber& to) {
    if (lossy_ && chance_.percent(15)) {
        ++lost_;
        return;
    }
    const Datagram bytes(packet.begin(), packet.end());
    const uint64_t overtaken = lossy_ && chance_.percent(10) ? chance_.below(4) : 0;
    const auto place = to.inbox.size() - std::min<std::size_t>(overtaken, to.inbox.size());
    to.inbox.insert(to.inbox.begin() + static_cast<std::ptrdiff_t>(place), bytes);
    if (lossy_ && chance_.percent(3)) to.inbox.push_back(bytes);
}

uint64_t SimulatedFeed::message_count() const {
    uint64_t count = 0;
    for (const auto& [session, messages] : sent_) count += messages.size();
    return count;
}

}  // namespace carbonx::tests
