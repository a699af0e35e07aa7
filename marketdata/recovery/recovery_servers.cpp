#include "marketdata/recovery/recovery_servers.h"

#include <spdlog/spdlog.h>

namespace carbonx::marketdata {
namespace {

// Where the settings have a stream's addresses.
std::string table_of(const StreamSettings& addresses, const MarketDataSettings& settings) {
    for (const ChannelSettings& channel : settings.channels) {
        if (channel.stream == addresses) {
            return " of marketdata.channel " + std::to_string(channel.number);
        }
    }
    return " of marketdata.carbon";
}

}  // namespace

RecoveryServers::RecoveryServers(const MarketDataSettings& settings, Recovery& recovery)
    : recovery_(recovery), users_(settings.recovery.users) {
    for (const auto& stream : recovery.streams()) {
        const StreamSettings& addresses = stream->addresses();
        const std::string table = table_of(addresses, settings);
        retransmit_.push_back(
            std::make_unique<RetransmitServer>(context_, addresses.rerequest, "rerequest" + table,
                                               settings.recovery, stream->history()));
        snapshot_.push_back(std::make_unique<SnapshotServer>(
            addresses.snapshot, "snapshot" + table, settings.recovery, recovery, *stream, users_));
    }
}

std::size_t RecoveryServers::poll(uint64_t now_ns) {
    std::size_t work = users_.poll();
    for (const auto& server : retransmit_) work += server->poll(now_ns);
    for (const auto& server : snapshot_) work += server->poll(now_ns);
    return work;
}

void RecoveryServers::log_counters() const {
    for (std::size_t i = 0; i < retransmit_.size(); ++i) {
        const std::string& name = recovery_.streams()[i]->name();
        const RetransmitCounters& asked = retransmit_[i]->counters();
        spdlog::info(
            "{}: {} re-requests answered ({} not sent); silence for {} of wrong size, {} of "
            "another "
            "session, {} of an unknown range, {} over the rate, {} from elsewhere",
            name, asked.answered, asked.send_failed, asked.wrong_size, asked.unknown_session,
            asked.unknown_range, asked.over_rate, asked.address_not_allowed);
        const SnapshotCounters& joins = snapshot_[i]->counters();
        spdlog::info(
            "{}: {} connections for snapshots, {} logins, {} images ({} bytes), {} served; not let "
            "in: {} from elsewhere, {} over the limit, {} failed, {} without a login, {} of a "
            "wrong "
            "password, {} of passwords waiting, {} for another session",
            name, joins.connections, joins.logins, joins.images, joins.image_bytes, joins.served,
            joins.address_not_allowed, joins.over_clients_max, joins.accept_failed,
            joins.login_timed_out, joins.wrong_password, joins.passwords_waiting_max,
            joins.session_not_available);
        spdlog::info(
            "{}: before they had all {} were closed as malformed, {} as silent, {} as slow, {} as "
            "too long, {} at a session's end; {} logged out, {} were lost",
            name, joins.malformed, joins.silent, joins.slow, joins.too_long, joins.session_over,
            joins.logged_out, joins.lost);
    }
}

}  // namespace carbonx::marketdata
