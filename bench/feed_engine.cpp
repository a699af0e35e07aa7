#include "bench/feed_engine.h"

#include <unistd.h>

namespace carbonx::bench {
namespace {

FlowOptions flow_options() {
    FlowOptions options;
    options.operations = 200'000;
    options.instruments = 20;
    options.live = 500;
    return options;
}

// Lines that nobody else uses, ports that are free.
MarketDataSettings own_lines() {
    const auto process = static_cast<uint32_t>(::getpid());
    const std::string middle =
        std::to_string(process / 256 % 256) + "." + std::to_string(process % 256);
    const auto port = static_cast<uint16_t>(32'000 + process % 2'000);
    const Endpoint any{"127.0.0.1", 0};
    MarketDataSettings settings;
    settings.channels.front().stream = {
        {"239.205." + middle, port}, {"239.206." + middle, port}, any, any};
    settings.carbon = {{"239.207." + middle, port}, {"239.208." + middle, port}, any, any};
    return settings;
}

}  // namespace

FeedEngine::FeedEngine(const std::filesystem::path& parent)
    : flow_(flow_options()),
      directory_(parent),
      window_(Memory::create(event_log::window_file(directory_.path()),
                             event_log::bytes(window_slots))),
      exchange_(flow_.market().capacities) {
    settings_.data_directory = settings_.runtime_directory = directory_.path();
    settings_.marketdata = own_lines();
    event_log::format(window_, window_slots, 1);
    header().durable_command.store(UINT64_MAX);
    events_ = std::make_unique<EventWriter>(window_, true);
    for (const Command& command : flow_.market().opening) {
        exchange_.apply(next_command_, command.head, *events_);
        next_command_ += command.head.slots;
    }
    for (uint64_t i = 0; i < flow_.prefill(); ++i) step();
    publish();
}

void FeedEngine::step() {
    const CommandHead& command = flow_.next();
    exchange_.apply(next_command_, command, *events_);
    next_command_ += command.slots;
}

}  // namespace carbonx::bench
