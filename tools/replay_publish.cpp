#include "tools/replay_publish.h"

#include <algorithm>
#include <boost/asio/ip/address_v4.hpp>
#include <charconv>
#include <ctime>
#include <iostream>
#include <set>
#include <stdexcept>

#include "engine/api/process.h"
#include "marketdata/multicast.h"
#include "marketdata/streams.h"
#include "tools/replay_pass.h"

namespace carbonx::tools {
namespace {

using boost::asio::ip::address_v4;

constexpr std::size_t packets_at_once = 16;  // that any receiver's buffer takes

void sleep_ns(uint64_t nanoseconds) {
    const timespec time{static_cast<time_t>(nanoseconds / 1'000'000'000),
                        static_cast<long>(nanoseconds % 1'000'000'000)};
    ::nanosleep(&time, nullptr);
}

class PacedLines final : public marketdata::Lines {
public:
    PacedLines(PacketPace& pace, const StreamSettings& stream, const MarketDataSettings& settings)
        : pace_(pace), lines_(stream, settings) {}
    void send(std::span<const marketdata::Packet> packets) override {
        while (!packets.empty()) {
            const auto some = packets.first(std::min(packets.size(), packets_at_once));
            pace_.wait(some.size());
            lines_.send(some);
            packets = packets.subspan(some.size());
        }
    }
    marketdata::LineCounters counters() const override { return lines_.counters(); }

private:
    PacketPace& pace_;
    marketdata::Multicast lines_;
};

address_v4 parse_group(const std::string& text, uint32_t& port) {
    const std::size_t colon = text.rfind(':');
    boost::system::error_code error;
    const address_v4 group = boost::asio::ip::make_address_v4(text.substr(0, colon), error);
    bool good = !error && colon != std::string::npos;
    if (good) {
        const char* const end = text.data() + text.size();
        const auto read = std::from_chars(text.data() + colon + 1, end, port);
        good = read.ec == std::errc() && read.ptr == end && port != 0 && port <= UINT16_MAX;
    }
    if (good && group.is_multicast()) return group;
    throw std::runtime_error("--publish " + text +
                             ": expected the first multicast group (224.0.0.0 to "
                             "239.255.255.255) and a port, as 239.200.1.1:26500");
}

// The venue's own groups, whatever their ports: who has joined one hears everything that is sent
// to it.
std::set<std::string> production_groups(const MarketDataSettings& settings) {
    std::set<std::string> groups;
    for (const ChannelSettings& channel : settings.channels) {
        groups.insert({channel.stream.line_a.address, channel.stream.line_b.address});
    }
    groups.insert({settings.carbon.line_a.address, settings.carbon.line_b.address});
    return groups;
}

class Groups {
public:
    Groups(const std::string& first, const MarketDataSettings& settings)
        : text_(first),
          next_(parse_group(first, port_).to_uint()),
          production_(production_groups(settings)) {}

    // For a stream: the next two groups, on the next port, since who binds to a port alone hears
    // every group on it.
    StreamSettings take_stream() {
        if (port_ > UINT16_MAX) {
            throw std::runtime_error("--publish " + text_ +
                                     ": there is no port for the last stream: begin with a lower "
                                     "one");
        }
        StreamSettings stream;
        stream.line_a = take_line();
        stream.line_b = take_line();
        ++port_;
        return stream;
    }

private:
    Endpoint take_line() {
        const address_v4 group(next_++);
        const std::string name = group.to_string();
        if (!group.is_multicast()) {
            throw std::runtime_error("--publish " + text_ + ": " + name +
                                     ", which a stream would go to, is no multicast group: begin "
                                     "with a lower one");
        }
        if (production_.contains(name)) {
            throw std::runtime_error("--publish " + text_ + ": " + name +
                                     " is a group of the venue's own feed, by its settings: begin "
                                     "with another, as 239.200.1.1:26500");
        }
        return {name, static_cast<uint16_t>(port_)};
    }

    const std::string text_;
    uint32_t port_ = 0;  // of the next stream
    uint32_t next_;
    const std::set<std::string> production_;
};

std::string text(const Endpoint& at) { return at.address + ":" + std::to_string(at.port); }

}  // namespace

void PacketPace::wait(std::size_t packets) {
    const auto now_ns = static_cast<double>(monotonic_ns());
    if (due_ns_ > now_ns) sleep_ns(static_cast<uint64_t>(due_ns_ - now_ns));
    due_ns_ = std::max(due_ns_, now_ns) + packet_ns_ * static_cast<double>(packets);
}

ReplayPublish::ReplayPublish(const PublishOptions& options, const Settings& settings)
    : asked_day_(options.day), pace_(options.packets_per_second) {
    MarketDataSettings feed = settings.marketdata;
    if (!options.interface.empty()) feed.interface = options.interface;
    Groups groups(options.to, settings.marketdata);
    for (marketdata::StreamPlan& plan : marketdata::plan_streams(settings)) {
        Stream stream{std::move(plan.name), groups.take_stream(), nullptr};
        stream.live = std::make_unique<marketdata::LiveStream>(
            std::move(plan.encoder), std::make_unique<PacedLines>(pace_, stream.addresses, feed));
        streams_.push_back(std::move(stream));
    }
}

void ReplayPublish::find_day(ReplayPass& pass) {
    std::vector<uint32_t> days;
    while (pass.coming() != nullptr) {
        pass.apply();
        const uint32_t day = pass.exchange().trading_day();
        if (day != 0 && (days.empty() || days.back() != day)) days.push_back(day);
        if (stopped()) throw std::runtime_error("interrupted while looking for the trading day");
    }
    if (days.empty()) throw std::runtime_error("--publish: no trading day has begun here yet");
    if (asked_day_ == 0) return begin_with(days.back());
    if (std::ranges::find(days, asked_day_) != days.end()) return begin_with(asked_day_);
    std::string there;
    for (const uint32_t day : days) there += " " + std::to_string(day);
    throw std::runtime_error("--day " + std::to_string(asked_day_) +
                             ": no such trading day; there are" + there);
}

// Sessions are named by the day and two characters more, so that a name of the day alone comes
// before all of the day's and behind those of every day before.
void ReplayPublish::begin_with(uint32_t day) {
    day_ = day;
    for (const Stream& stream : streams_) {
        stream.live->begin_with(marketdata::wire::SessionName(std::to_string(day)));
    }
}

void ReplayPublish::take(const EventHead& event, uint64_t sequence) {
    if (is_over()) return;
    const uint64_t now_ns = monotonic_ns();
    for (const Stream& stream : streams_) stream.live->take(event, sequence, now_ns);
    if (event.type != EventType::phase_changed) return;
    const auto& changed = as_event<PhaseChanged>(event);
    if (changed.trading_day != day_) return;
    state_ = changed.phase == Phase::closed ? State::over : State::on;
}

void ReplayPublish::rest() {
    const uint64_t now_ns = monotonic_ns();
    for (const Stream& stream : streams_) {
        stream.live->flush(now_ns);
        stream.live->beat(now_ns);
    }
}

void ReplayPublish::linger() {
    const uint64_t begin_ns = monotonic_ns();
    while (!stopped() && monotonic_ns() - begin_ns < marketdata::LiveStream::end_grace_ns) {
        rest();
        sleep_ns(20'000'000);
    }
}

void ReplayPublish::print_lines(std::ostream& out) const {
    for (const Stream& stream : streams_) {
        out << "replay: publishing " << day_ << ", " << stream.name << " on "
            << text(stream.addresses.line_a) << " and " << text(stream.addresses.line_b)
            << std::endl;
    }
}

void ReplayPublish::print_counts(std::ostream& out) const {
    if (state_ == State::before) {
        std::cerr << "replay: " << day_ << " had not begun there: nothing was published\n";
        return;
    }
    if (state_ == State::on) std::cerr << "replay: " << day_ << " was not over there\n";
    for (const Stream& stream : streams_) {
        const marketdata::LineCounters counters = stream.live->counters();
        out << "replay: published session=" << stream.live->session().view()
            << " messages=" << stream.live->next_sequence() - 1 << " packets=" << counters.packets
            << " failed=" << counters.failed << " on " << stream.name << std::endl;
    }
}

}  // namespace carbonx::tools
