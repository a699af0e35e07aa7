#include "marketdata/channels.h"

namespace carbonx::marketdata {

uint32_t channel_of(std::string_view instrument, const std::vector<ChannelSettings>& channels) {
    uint32_t found = 0;
    std::size_t longest = 0;
    for (const ChannelSettings& channel : channels) {
        if (channel.instruments.empty() && found == 0) found = channel.number;
        for (const std::string& beginning : channel.instruments) {
            if (beginning.size() <= longest || !instrument.starts_with(beginning)) continue;
            longest = beginning.size();
            found = channel.number;
        }
    }
    return found;
}

std::string channel_suffix(uint32_t number) {
    return {static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
}

}  // namespace carbonx::marketdata
