#include "marketdata/recovery/recovery.h"

#include "marketdata/streams.h"

namespace carbonx::marketdata {

Recovery::Recovery(const Settings& settings) : events_(settings, "recovery") {
    for (StreamPlan& plan : plan_streams(settings)) {
        streams_.push_back(
            std::make_unique<RecordedStream>(std::move(plan), settings.data_directory));
    }
}

std::size_t Recovery::poll(uint64_t now_ns) {
    std::size_t work = 0;
    for (; work < events_per_poll; ++work) {
        const EventHead* event = events_.next();
        if (event == nullptr) break;
        for (const auto& stream : streams_) stream->take(*event, events_.sequence());
    }
    if (work == 0 && events_.follow(now_ns)) ++work;
    return work;
}

}  // namespace carbonx::marketdata
