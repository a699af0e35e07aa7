#include "marketdata/publisher.h"

#include "engine/api/process.h"
#include "marketdata/multicast.h"
#include "marketdata/streams.h"

namespace carbonx::marketdata {

std::unique_ptr<Lines> open_multicast(const StreamSettings& stream,
                                      const MarketDataSettings& settings) {
    return std::make_unique<Multicast>(stream, settings);
}

Publisher::Publisher(const Settings& settings, const MakeLines& make_lines)
    : events_(settings, "publisher") {
    for (StreamPlan& plan : plan_streams(settings)) {
        streams_.push_back(std::make_unique<LiveStream>(
            std::move(plan.encoder), settings.data_directory / (plan.name + ".cursor"),
            events_.venue(), make_lines(plan.addresses, settings.marketdata)));
    }
    find_present_day(settings);
}

// Where nothing is known to have been sent, the whole present trading day is: its session is found
// by reading the log once before. That takes some seconds of a long log, unless the process is
// asked to stop meanwhile.
void Publisher::find_present_day(const Settings& settings) {
    const auto knows_sent = [](const auto& stream) { return stream->knows_sent(); };
    if (std::ranges::all_of(streams_, knows_sent)) return;
    Follower events(settings, "publisher-start");
    const std::vector<StreamPlan> plans = plan_streams(settings);
    while (const EventHead* event = stopped() ? nullptr : events.next()) {
        for (const StreamPlan& plan : plans) plan.encoder->encode(*event, events.sequence());
    }
    for (std::size_t i = 0; i < streams_.size(); ++i) {
        if (!knows_sent(streams_[i])) streams_[i]->begin_with(plans[i].encoder->session());
    }
}

std::size_t Publisher::poll(uint64_t now_ns) {
    std::size_t work = 0;
    for (; work < events_per_poll; ++work) {
        const EventHead* event = events_.next();
        if (event == nullptr) break;
        for (const auto& stream : streams_) stream->take(*event, events_.sequence(), now_ns);
    }
    // While more is ready, packets are filled; nothing that is alone waits for company.
    const bool is_burst = work == events_per_poll;
    for (const auto& stream : streams_) {
        if (!is_burst) stream->flush(now_ns);
        if (work == 0 && events_.at_end()) stream->check_sent();
    }
    if (work == 0 && events_.follow(now_ns)) ++work;
    for (const auto& stream : streams_) stream->beat(now_ns);
    return work;
}

}  // namespace carbonx::marketdata
