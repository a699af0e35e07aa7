// From a broker's FIX text to a command of the exchange.
#include "gateway/hot_path.h"
#include "gateway/inbound.h"
#include "gateway/quickfix.h"

#include <benchmark/benchmark.h>

#include <string>

#include "bench/flow_exchange.h"
#include "bench/flow_generator.h"

namespace carbonx::bench {
namespace {

std::string new_order_text() {
    std::string body =
        "35=D|34=7|49=S0|52=20240102-02:00:00.000|56=CARBONX|1=A1|11=ORDER-0001|15=HKD|38=100|40=2|"
        "44=10.0500|"
        "54=1|55=C0|59=1|60=20240102-02:00:00.000|";
    std::string text = "8=FIX.4.4|9=" + std::to_string(body.size()) + "|" + body;
    for (char& c : text) c = c == '|' ? '\x01' : c;
    unsigned sum = 0;
    for (const char c : text) sum += static_cast<unsigned char>(c);
    char trailer[16];
    std::snprintf(trailer, sizeof(trailer), "10=%03u\x01", sum % 256);
    return text + trailer;
}

// The market of a flow, as a gateway has learned it from the event log.
gateway::Directory learned_directory() {
    FlowOptions options;
    options.operations = 10;
    const Flow flow = generate_flow(options);
    FlowVenue venue(flow, Memory::anonymous(FlowVenue::window_bytes()));
    { const FlowExchange<DenseIndex> opened(flow, venue); }
    gateway::Directory directory;
    const uint64_t end = event_log::header(venue.window).published.load();
    for (uint64_t sequence = 1; sequence < end;) {
        const auto& event =
            *reinterpret_cast<const EventHead*>(&event_log::slots(venue.window)[sequence]);
        directory.apply(event);
        sequence += event.slots;
    }
    return directory;
}

// What does it cost QuickFIX to parse a new order?
void inbound_parse(benchmark::State& state) {
    const std::string text = new_order_text();
    FIX::Message message;
    for (auto _ : state) message.setString(text, true);
    if (message.getField(FIX::FIELD::ClOrdID) != "ORDER-0001") state.SkipWithError("misread");
}
BENCHMARK(inbound_parse);

// What does the fast path look at before it takes the same order?
void inbound_hot(benchmark::State& state) {
    const std::string text = new_order_text();
    const uint64_t now_ms = *gateway::parse_timestamp("20240102-02:00:00.000");
    gateway::MessageView message;
    for (auto _ : state) {
        const bool hot =
            message.parse(text) && gateway::is_hot(message, {"S0", "CARBONX", 7, now_ms});
        if (!hot) state.SkipWithError("not hot");
    }
}
BENCHMARK(inbound_hot);

// And what to make a command of the parsed message?
void inbound_translate(benchmark::State& state) {
    const gateway::Directory directory = learned_directory();
    const gateway::Orders orders;
    const gateway::Inbound inbound(directory, orders);
    const std::string text = new_order_text();
    const gateway::MessageView message(text);
    gateway::Translation translation;
    for (auto _ : state) {
        translation = inbound.translate(SessionId{1}, message, {7, false, false});
        benchmark::DoNotOptimize(translation);
    }
    const auto& order = as<NewOrder>(translation.command.head);
    if (order.price != Price{100'500} || order.quantity != Quantity{100} ||
        order.account != AccountId{2}) {
        state.SkipWithError("misread");
    }
}
BENCHMARK(inbound_translate);

}  // namespace
}  // namespace carbonx::bench
