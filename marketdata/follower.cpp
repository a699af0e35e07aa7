#include "marketdata/follower.h"

#include <spdlog/spdlog.h>

#include <stdexcept>

namespace carbonx::marketdata {

Follower::Follower(const Settings& settings, std::string_view name)
    : reader_(settings.runtime_directory, settings.data_directory, name), venue_(reader_.venue()) {}

bool Follower::follow(uint64_t now_ns) {
    if (now_ns - looked_ns_ < reattach_ns) return false;
    looked_ns_ = now_ns;
    if (!reader_.reattach()) return false;
    if (reader_.venue() != venue_) {
        throw std::runtime_error("the engine now runs another venue: restart carbonx-publisher");
    }
    spdlog::info("the engine was restarted: following it from event {}", reader_.position());
    return true;
}

}  // namespace carbonx::marketdata
