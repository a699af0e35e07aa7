// Writes two trading days of a market that moves by chance as a capture of both lines, and prints
// the books as tests/feed_decoder.py does: what that decoder and tshark are compared with.
// `feed_sample FILE [SEED]`
#include <cstdio>
#include <fstream>
#include <iostream>

#include "marketdata/itch_encoder.h"
#include "marketdata/packet.h"
#include "marketdata/receiver/image.h"
#include "tests/feed_script.h"
#include "tools/feed_recording.h"

namespace carbonx::tests {
namespace {

using namespace marketdata;

// Each packet on both lines; a hundred records a second.
class Capture {
public:
    explicit Capture(const char* file) : recording_((std::filesystem::remove(file), file)) {}
    void add(const Packet& packet) {
        for (const char* group : {"239.192.1.1", "239.192.1.2"}) {
            time_ns_ += 10'000'000;
            recording_.add(time_ns_, {"127.0.0.1", 26400}, {group, 26400}, packet.view());
        }
    }
    void flush() { recording_.flush(); }

private:
    tools::PacketRecording recording_;
    uint64_t time_ns_ = FeedScript::nine_o_clock_ns;
};

class Sample {
public:
    Sample(const char* file, uint64_t seed)
        : script_(scratch_.path()),
          market(script_, seed),
          events_(scratch_.path(), scratch_.path(), "sample"),
          capture_(file) {}

    // Sends what has happened as one burst, and a heartbeat.
    void send() {
        while (const EventHead* event = events_.next())
            take(encoder_.encode(*event, events_.sequence()));
        packetiser_.flush();
        for (const Packet& packet : packetiser_.ready()) capture_.add(packet);
        packetiser_.clear();
        if (next_ > 1) capture_.add(Packet(encoder_.session(), next_, wire::count_heartbeat));
    }
    void close(uint32_t day) {
        market.close(day);
        send();
        capture_.add(Packet(encoder_.session(), next_, wire::count_end_of_session));
        show("end", next_);
        for (const auto& [locate, counter] : by_symbol()) {
            const uint64_t notional = notionals_[locate];
            std::cout << "# trades " << counter->symbol << ' ' << counter->trade_count
                      << " quantity " << counter->traded_quantity << " notional "
                      << price_text(notional) << '\n';
        }
    }
    FeedScript& script() { return script_; }
    void flush() { capture_.flush(); }

private:
    const ScratchDirectory scratch_;
    FeedScript script_;

public:
    RandomMarket market;

private:
    std::vector<std::pair<uint16_t, const CounterImage*>> by_symbol() const {
        std::vector<std::pair<uint16_t, const CounterImage*>> list;
        for (const auto& [locate, counter] : image_.counters()) {
            if (counter.trade_count > 0) list.emplace_back(locate, &counter);
        }
        std::sort(list.begin(), list.end(),
                  [](const auto& a, const auto& b) { return a.second->symbol < b.second->symbol; });
        return list;
    }
    void take(const Encoded& encoded) {
        if (encoded.session_begins) {
            packetiser_.begin(encoder_.session(), next_ = 1);
            image_.clear();
            notionals_[1] = notionals_[2] = 0;
            market_state_ = {};
            std::cout << "# session " << encoder_.session().view() << '\n';
        }
        std::span<const unsigned char> blocks{encoded.blocks};
        while (!blocks.empty()) {
            const auto block = first_block(blocks);
            packetiser_.append(block);
            apply(block.subspan(2));
            ++next_;
            blocks = blocks.subspan(block.size());
        }
    }
    void apply(std::span<const unsigned char> message) {
        const uint64_t trades = image_.trade_count();
        image_.apply(message);
        if (image_.trade_count() > trades) {
            const TradeImage& trade = image_.trades().front();
            notionals_[trade.locate] += uint64_t{trade.price} * trade.quantity;
        }
        if (message[0] == 'S') show(std::string("S ") + image_.system_event(), next_);
        if (message[0] != 'H') return;
        const auto action = wire::as<wire::TradingAction>(message.data());
        if (action.reason.view() != "MKT" || action.state == market_state_) return;
        market_state_ = action.state;
        show(std::string("H ") + static_cast<char>(action.state), next_);
    }
    void show(const std::string& what, uint64_t sequence) {
        std::cout << "# " << what << " sequence " << sequence << '\n' << books_text(image_);
    }

    EventReader events_;
    ItchEncoder encoder_{480};
    Packetiser packetiser_;
    Capture capture_;
    Image image_;
    wire::TradingState market_state_{};
    uint64_t notionals_[3] = {};
    uint64_t next_ = 1;
};

void write_sample(const char* file, uint64_t seed) {
    Sample sample(file, seed);
    for (const uint32_t day : {20261123U, 20261124U}) {
        sample.market.open(day);
        sample.send();
        for (int burst = 0; burst < 40; ++burst) {
            sample.market.act(1 + static_cast<std::size_t>(burst));
            sample.send();
            if (burst % 10 == 5) sample.script().change_phase(Phase::halted, day);
            if (burst % 10 == 5) sample.script().change_phase(Phase::continuous, day);
            if (burst % 10 == 7) sample.script().halt(1, "T1");
            if (burst % 10 == 8) sample.script().resume(1);
        }
        sample.close(day);
    }
    sample.flush();
}

}  // namespace
}  // namespace carbonx::tests

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: feed_sample FILE [SEED]\n");
        return 1;
    }
    carbonx::tests::write_sample(argv[1], argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
    return 0;
}
