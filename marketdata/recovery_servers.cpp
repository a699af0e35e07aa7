#include "marketdata/recovery_servers.h"

namespace carbonx::marketdata {
namespace {

std::vector<StreamSettings> addresses(const MarketDataSettings& settings) {
    std::vector<StreamSettings> all;
    for (const ChannelSettings& channel : settings.channels) all.push_back(channel.stream);
    return all;
}

}  // namespace

RecoveryServers::RecoveryServers(const MarketDataSettings& settings, Recovery& recovery) {
    const std::vector<StreamSettings> streams = addresses(settings);
    for (std::size_t i = 0; i < streams.size(); ++i) {
        retransmit_.push_back(std::make_unique<RetransmitServer>(context_, streams[i].rerequest,
                                                                 recovery.streams()[i]->history()));
    }
}

std::size_t RecoveryServers::poll(uint64_t now_ns) {
    std::size_t work = 0;
    (void)now_ns;
    for (const auto& server : retransmit_) work += server->poll();
    return work;
}

}  // namespace carbonx::marketdata
