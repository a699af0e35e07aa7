#include "marketdata/streams.h"

#include "marketdata/carbon_encoder.h"
#include "marketdata/itch_encoder.h"

namespace carbonx::marketdata {

std::vector<StreamPlan> plan_streams(const Settings& settings) {
    std::vector<StreamPlan> plans;
    const auto& channels = settings.marketdata.channels;
    plans.reserve(channels.size() + 1);
    for (const ChannelSettings& channel : channels) {
        plans.push_back(
            {"feed-" + std::to_string(channel.number), channel.stream,
             std::make_unique<ItchEncoder>(settings.utc_offset_minutes, channels, channel.number)});
    }
    plans.push_back({"feed-carbon", settings.marketdata.carbon,
                     std::make_unique<CarbonEncoder>(settings.utc_offset_minutes)});
    return plans;
}

}  // namespace carbonx::marketdata
