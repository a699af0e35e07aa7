// Writes a trading day of a market that moves by chance as a capture of the carbon channel: both
// lines, the books' lines beside them, a re-request's answer, and snapshots over SoupBinTCP. What
// the dissector in tools/carbon.lua is tried on. `carbon_sample FILE [SEED]`
#include <cstdio>
#include <map>

#include "marketdata/carbon_encoder.h"
#include "marketdata/itch_encoder.h"
#include "marketdata/packet.h"
#include "tests/capture_file.h"
#include "tests/feed_script.h"

namespace carbonx::tests {
namespace {

using namespace marketdata;

// One stream on its way into the capture.
class Stream {
public:
    Stream(CaptureFile& capture, const StreamSettings& addresses)
        : capture_(capture), addresses_(addresses) {}

    void take(const Encoded& encoded, const wire::SessionName& session) {
        if (encoded.session_begins) packetiser_.begin(session_ = session, next_ = 1);
        std::span<const unsigned char> blocks{encoded.blocks};
        while (!blocks.empty()) {
            const auto block = first_block(blocks);
            packetiser_.append(block);
            ++next_;
            blocks = blocks.subspan(block.size());
        }
        ended_ = encoded.session_ends;
    }
    void send() {
        packetiser_.flush();
        for (const Packet& packet : packetiser_.ready()) {
            add(packet);
            // Asked for again.
            capture_.add_udp(addresses_.rerequest, {"127.0.0.1", 40000}, packet.view());
        }
        packetiser_.clear();
        if (next_ == 1) return;
        add(Packet(session_, next_, ended_ ? wire::count_end_of_session : wire::count_heartbeat));
    }
    uint64_t next_sequence() const { return next_; }

private:
    void add(const Packet& packet) {
        for (const Endpoint& line : {addresses_.line_a, addresses_.line_b}) {
            capture_.add_udp({"127.0.0.1", 26400}, line, packet.view());
        }
    }

    CaptureFile& capture_;
    const StreamSettings addresses_;
    Packetiser packetiser_;
    wire::SessionName session_;
    uint64_t next_ = 1;
    bool ended_ = false;
};

// One login at the snapshot server. Its answer is a segment of its own, behind which Wireshark
// loses the thread if more follows in it; the others begin and end anywhere.
void add_snapshot(CaptureFile& capture, const Endpoint& server, uint16_t client_port,
                  const Encoder& encoder, uint64_t next) {
    uint32_t sequence = 1;
    std::vector<unsigned char> bytes;
    const auto put = [&](const void* data, std::size_t size) {
        const auto* from = static_cast<const unsigned char*>(data);
        bytes.insert(bytes.end(), from, from + size);
    };
    const auto frame = [&](char type, std::string_view payload) {
        const wire::U16 length = payload.size() + 1;
        put(&length, sizeof length);
        put(&type, 1);
        put(payload.data(), payload.size());
    };
    const auto flush = [&](std::size_t size) {
        size = std::min(size, bytes.size());
        capture.add_tcp(server, {"127.0.0.1", client_port}, sequence, {bytes.data(), size});
        bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    };

    frame('A', std::string(encoder.session().view()) + std::string(19, ' ') + "1");
    flush(bytes.size());
    Blocks blocks;
    encoder.snapshot(blocks);
    for (std::span<const unsigned char> rest{blocks}; !rest.empty();) {
        const auto block = first_block(rest);
        rest = rest.subspan(block.size());
        frame('S', {reinterpret_cast<const char*>(block.data()) + 2, block.size() - 2});
    }
    std::string number = std::to_string(next);
    number.resize(20, ' ');
    frame('S', "G" + number);
    frame('Z', "");
    for (std::size_t size = 1; !bytes.empty(); size = size * 7 % 1400 + 1) flush(size);
}

void write_sample(const char* file, uint64_t seed) {
    const ScratchDirectory scratch;
    FeedScript script(scratch.path());
    RandomMarket market(script, seed);
    ListProject removal = example_project();
    removal.registry = Registry::ccer;
    removal.removal = true;
    removal.key = Text<32>("CCER-14-001");
    removal.host_country = Text<2>("CN");
    removal.name = Text<96>("内蒙古红树林营造碳汇项目");
    script.list_project(removal);

    CaptureFile capture(file);
    const MarketDataSettings settings;
    const StreamSettings& addresses = settings.carbon;
    EventReader events(scratch.path(), scratch.path(), "sample");
    CarbonEncoder encoder(480);
    ItchEncoder books_encoder(480);
    Stream carbon(capture, addresses);
    Stream books(capture, settings.channels.front().stream);
    uint16_t client_port = 41000;
    const auto send = [&] {
        while (const EventHead* event = events.next()) {
            carbon.take(encoder.encode(*event, events.sequence()), encoder.session());
            books.take(books_encoder.encode(*event, events.sequence()), books_encoder.session());
        }
        carbon.send();
        books.send();
        add_snapshot(capture, addresses.snapshot, client_port++, encoder, carbon.next_sequence());
    };
    constexpr uint32_t day = 20261123;
    market.open(day);
    script.change_reference(1, Price{101'000}, Price{80'800}, Price{121'200});
    send();
    for (std::size_t burst = 0; burst < 10; ++burst) {
        market.act(20 * (1 + burst));
        if (burst == 3) script.change_phase(Phase::halted, day);
        if (burst == 4) script.change_phase(Phase::continuous, day);
        if (burst == 5) script.change_labels(1, label_icvcm_ccp, label_corsia | label_article6);
        if (burst == 6) script.halt(1, "NEWS");
        if (burst == 7) script.resume(1);
        send();
    }
    market.close(day);
    send();
}

}  // namespace
}  // namespace carbonx::tests

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: carbon_sample FILE [SEED]\n");
        return 1;
    }
    carbonx::tests::write_sample(argv[1], argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
    return 0;
}
