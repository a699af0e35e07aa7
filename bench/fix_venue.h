// A venue of real processes for FIX benchmarks: carbonx-engine and carbonx-gateway from beside this
// program, durability `memory`, in directories of their own, with a market open for trading.
//
// Threads: the one that made it.
// Always: it is gone at the end, whatever happens. Broker n has one session, one participant and
// one account, all named broker(n), with cash and credits for any number of orders.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/child_process.h"
#include "bench/disk_directory.h"
#include "bench/flow_reader.h"
#include "engine/api/settings.h"

namespace carbonx::bench {

struct FixVenueOptions {
    std::filesystem::path directory = "/tmp";  // where the venue's own is made
    unsigned brokers = 1;
    uint32_t orders_max = 1U << 18;  // open at one time
    ThreadSettings engine;
    ThreadSettings journal;
    ThreadSettings gateway;
};

// Names of brokers, from 1, and what all of them trade. All prices lie in the market's band.
std::string broker(unsigned number);
constexpr const char* broker_password = "bench-secret";
constexpr unsigned counters = 16;
std::string counter_symbol(unsigned number);  // from 0

// No orders at buy_price_cents + i and sell_price_cents + i ever trade with each other.
constexpr unsigned prices = 50;
constexpr int64_t buy_price_cents = 8'00;
constexpr int64_t sell_price_cents = 11'50;

class FixVenue {
public:
    // The market is open, and the gateway listens, at the end. Throws std::runtime_error.
    explicit FixVenue(const FixVenueOptions& options);

    // Ends gateway and engine as an operator would. Throws when either does not end well.
    void stop();
    ChildProcess& engine() { return *engine_; }
    ChildProcess& gateway() { return *gateway_; }
    const Settings& settings() const { return settings_; }
    uint16_t port() const { return settings_.gateway.listen.port; }

    // Who trades without FIX: the ring of a second gateway, which is not there, and one session of
    // it, named broker(brokers + 1) and logged on by nobody.
    static constexpr uint32_t second_gateway = 2;

private:
    void write_settings(const FixVenueOptions& options, const std::filesystem::path& file) const;
    void start_engine(const std::filesystem::path& file);
    void open_market(unsigned brokers) const;

    const DiskDirectory directory_;
    const WindowDirectory runtime_;
    Settings settings_;
    std::optional<ChildProcess> engine_;
    std::optional<ChildProcess> gateway_;
};

}  // namespace carbonx::bench
