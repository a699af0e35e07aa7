// A subscriber's work: how many messages a second go into the books, and through the arbiter too?
#include <benchmark/benchmark.h>

#include "bench/flow_exchange.h"
#include "bench/flow_generator.h"
#include "bench/flow_pass.h"
#include "marketdata/itch_encoder.h"
#include "marketdata/packet.h"
#include "marketdata/receiver/arbiter.h"
#include "marketdata/receiver/image.h"

namespace carbonx::bench {
namespace {

// A flow's day, as packets. Arguments: instruments, live orders of each.
struct FeedDay {
    explicit FeedDay(const benchmark::State& state) {
        FlowOptions options;
        options.operations = 200'000;
        options.instruments = static_cast<uint32_t>(state.range(0));
        options.live = static_cast<uint32_t>(state.range(1));
        const Flow flow = generate_flow(options);
        FlowVenue venue(flow, Memory::anonymous(FlowVenue::window_bytes()));
        run_pass(*std::make_unique<FlowExchange<DenseIndex>>(flow, venue), flow.header);
        const uint64_t end = event_log::header(venue.window).published.load();
        const Slot* slots = event_log::slots(venue.window);
        marketdata::ItchEncoder encoder(480);
        marketdata::Packetiser packetiser;
        for (uint64_t sequence = 1; sequence < end;) {
            const auto& event = *reinterpret_cast<const EventHead*>(&slots[sequence]);
            const marketdata::Encoded& encoded = encoder.encode(event, sequence);
            if (encoded.session_begins) packetiser.begin(encoder.session(), 1);
            for (std::span<const unsigned char> rest = encoded.blocks; !rest.empty();) {
                const auto block = marketdata::first_block(rest);
                packetiser.append(block);
                rest = rest.subspan(block.size());
                ++messages;
            }
            sequence += event.slots;
        }
        packetiser.flush();
        packets.assign(packetiser.ready().begin(), packetiser.ready().end());
        trades = flow.header.trades;
    }
    std::vector<marketdata::Packet> packets;
    int64_t messages = 0;
    uint64_t trades = 0;
};

void image_apply(benchmark::State& state) {
    const FeedDay day(state);
    for (auto _ : state) {
        marketdata::Image image;
        for (const auto& packet : day.packets) {
            auto rest = packet.view().subspan(sizeof(marketdata::wire::PacketHeader));
            while (!rest.empty()) {
                const auto block = marketdata::first_block(rest);
                image.apply(block.subspan(sizeof(marketdata::wire::BlockHeader)));
                rest = rest.subspan(block.size());
            }
        }
        if (image.trade_count() != day.trades) state.SkipWithError("trades were lost");
    }
    state.SetItemsProcessed(state.iterations() * day.messages);
}
BENCHMARK(image_apply)->Args({20, 500})->Args({20, 5'000})->Unit(benchmark::kMillisecond);

// Both lines, whole.
void arbiter_and_image(benchmark::State& state) {
    const FeedDay day(state);
    for (auto _ : state) {
        marketdata::Image image;
        marketdata::Arbiter arbiter(
            {[](const marketdata::wire::SessionName&) {},
             [&](uint64_t, std::span<const unsigned char> message) { image.apply(message); }});
        uint64_t now_ns = 1;
        for (const auto& packet : day.packets) {
            arbiter.take(packet.view(), ++now_ns);
            arbiter.take(packet.view(), ++now_ns);
        }
        if (image.trade_count() != day.trades) state.SkipWithError("trades were lost");
    }
    state.SetItemsProcessed(state.iterations() * day.messages);
}
BENCHMARK(arbiter_and_image)->Args({20, 500})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace carbonx::bench
