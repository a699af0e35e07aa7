// Which channel has which instruments, by the settings.
//
// Threads: any; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/settings.h"

namespace carbonx::marketdata {

// The number of the channel that has the longest beginning of this name, or that has all which no
// other has. Requires: one has.
uint32_t channel_of(std::string_view instrument, const std::vector<ChannelSettings>& channels);

// The end of its sessions' names, two digits.
std::string channel_suffix(uint32_t number);

}  // namespace carbonx::marketdata
