#include "tools/listen_options.h"

#include <charconv>
#include <stdexcept>

#include "tools/subscription.h"

namespace carbonx::tools {
namespace {

marketdata::Address parse_address(const std::string& option, const std::string& text) {
    const std::size_t colon = text.rfind(':');
    marketdata::Address address;
    if (colon != std::string::npos && colon > 0) {
        address.host = text.substr(0, colon);
        const char* const end = text.data() + text.size();
        const auto read = std::from_chars(text.data() + colon + 1, end, address.port);
        if (read.ec == std::errc() && read.ptr == end && address.port != 0) return address;
    }
    throw std::runtime_error(option + " " + text +
                             ": expected an address and a port, as 239.192.1.1:26400");
}

const ChannelSettings& find_channel(const MarketDataSettings& feed, uint32_t number) {
    std::string there;
    for (const ChannelSettings& channel : feed.channels) {
        if (number == 0 || channel.number == number) return channel;
        there += " " + std::to_string(channel.number);
    }
    throw std::runtime_error("--channel " + std::to_string(number) +
                             ": the settings have no such channel; there are" + there);
}

}  // namespace

marketdata::Subscription subscription(const ListenOptions& options) {
    const MarketDataSettings feed =
        options.settings_file.empty()
            ? MarketDataSettings{}
            : load_settings(options.settings_file, options.directory).marketdata;
    const std::string interface = options.interface.empty() ? feed.interface : options.interface;
    auto found = subscription(find_channel(feed, options.channel).stream, interface, options.user,
                              options.password);
    if (options.lines.empty()) return found;
    found.line_a = parse_address("--lines", options.lines[0]);
    found.line_b = parse_address("--lines", options.lines[1]);
    // The settings' server has other lines' messages; port 0: nobody is asked.
    found.rerequest = options.rerequest.empty() ? marketdata::Address{"127.0.0.1", 0}
                                                : parse_address("--rerequest", options.rerequest);
    found.user.clear();
    return found;
}

}  // namespace carbonx::tools
