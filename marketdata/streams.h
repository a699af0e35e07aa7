// Which streams the publisher has, by the settings: one for each channel, and then the
// carbon channel's.
//
// Threads: any; pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/api/settings.h"
#include "marketdata/encoder.h"

namespace carbonx::marketdata {

struct StreamPlan {
    std::string name;  // of its files, and for people: "feed-1", "feed-carbon"
    StreamSettings addresses;
    std::unique_ptr<Encoder> encoder;  // new
};

std::vector<StreamPlan> plan_streams(const Settings& settings);

}  // namespace carbonx::marketdata
