// A subscriber: prints the best bid and offer of a symbol when they have changed. Of the demo, or
// `carbonx-receiver-example SYMBOL LINE_A LINE_B RE-REQUESTS SNAPSHOTS USER PASSWORD`, as
// HOST:PORT.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "marketdata/receiver/receiver.h"

using namespace carbonx::marketdata;

namespace {

Address address(const std::string& text) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    return {text.substr(0, colon), static_cast<uint16_t>(std::atoi(&text[colon] + 1))};
}

std::string best(const BookSide& side) {
    if (side.empty()) return "nothing";
    return std::to_string(side[0].quantity) + " t at " + price_text(side[0].price);
}

std::string quote(const Image& image, const std::string& symbol) {
    for (const auto& [locate, counter] : image.counters()) {
        if (counter.symbol == symbol) {
            return symbol + "  bid " + best(counter.sides[0]) + "  offer " + best(counter.sides[1]);
        }
    }
    return symbol + " is not listed";
}

}  // namespace

int main(int argc, char** argv) try {
    const std::vector<std::string> given(argv, argv + argc);
    const std::string symbol = argc > 1 ? given[1] : "V415024H";
    Subscription feed;
    feed.user = "DEMO";
    feed.password = "demo-books";
    if (argc > 7) {
        feed = {address(given[2]), address(given[3]), "127.0.0.1", address(given[4]),
                address(given[5]), given[6],          given[7]};
    }
    Receiver receiver(feed);
    for (std::string shown;;) {
        const std::chrono::nanoseconds now = std::chrono::steady_clock::now().time_since_epoch();
        const auto now_ns = static_cast<uint64_t>(now.count());
        if (receiver.poll(now_ns) == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        const Status status = receiver.status(now_ns);
        std::string line(text(status.staleness));
        if (!status.stale()) line = quote(receiver.image(), symbol);
        if (line != shown) std::cout << (shown = line) << std::endl;
    }
} catch (const std::exception& error) {
    std::cerr << "carbonx-receiver-example: " << error.what() << '\n';
    return 1;
}
