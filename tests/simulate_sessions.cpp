// A simulation's operators, at the gateway: sessions that are logged out, disabled, reset, one by
// one or all by the schedule, while the gateway is killed.
//
// Numbers begin anew only at rest: what a client has not collected by then is gone from its
// session, as the rules of engagement say.
#include "tests/simulate.h"

namespace carbonx::tests {
namespace {

constexpr int reset_rounds_max = 600;
constexpr uint64_t minute_ns = 60'000'000'000;
// So short that the orders of those who are gone are not yet cancelled: that report would be lost.
constexpr uint64_t round_ns = 1'000'000;

}  // namespace

// What is asked of a session that does not allow it is refused, and nothing has happened.
void Simulation::administer() {
    if (!gateway_ || !gateway_->is_open()) return;
    const std::string name = clients_[chance_.below(clients_.size())]->name();
    const uint64_t dice = chance_.below(4);
    run_gateway([&] {
        try {
            if (dice == 0) gateway_->log_out(name, "by an operator");
            if (dice == 1) gateway_->disable(name, "by an operator");
            if (dice == 2) gateway_->enable(name);
            if (dice == 3) gateway_->notify(name, {"a notice", {}});
        } catch (const std::runtime_error&) {
        }
    });
    if (dice == 1) disabled_.push_back(name);
}

void Simulation::enable_sessions() {
    while (!disabled_.empty()) {
        start_gateway();
        if (!gateway_) continue;
        run_gateway([&] {
            try {
                gateway_->enable(disabled_.back());
            } catch (const std::runtime_error&) {
            }
        });
        disabled_.pop_back();
    }
}

uint32_t Simulation::reset_day_at(uint64_t utc_ns) const {
    return gateway::Schedule(settings_.gateway.schedule, settings_.utc_offset_minutes)
        .reset_day(utc_ns);
}

// Requires: everything is at rest.
void Simulation::reset_sessions() {
    if (chance_.percent(40)) return pass_daily_reset();
    for (SimulatedBroker* client : clients_) {
        if (chance_.percent(50)) reset_session(*client);
    }
}

// What it was told before is then gone.
bool Simulation::begins_at_one(const SimulatedBroker& client) const {
    for (const gateway::SessionStatus& one : gateway_->sessions()) {
        if (one.comp_id == client.name()) return one.next_in == 1;
    }
    return false;
}

// Steps the gateway alone, kills it now and then, and starts it again.
void Simulation::run_until_reset(const std::function<bool()>& done) {
    for (int round = 0; !gateway_ || !gateway_->is_open() || !done(); ++round) {
        if (round == reset_rounds_max) throw Finding("the sessions are not reset");
        if (chance_.one_in(8) && round < reset_rounds_max / 2) {
            ++counts_.gateway_kills;
            kill_gateway();
        }
        start_gateway();
        for (const Poller poller : {Poller::sequencer, Poller::journal, Poller::filing}) {
            if (engine_) poll_engine(poller);
            start_engine();
        }
        poll_gateway();
        SimulatedClock::pass(round_ns);
    }
    disk_->mend();
}

void Simulation::reset_session(SimulatedBroker& client) {
    client.begin_anew();
    power_cut_at_crash_ = false;
    if (chance_.percent(30)) disk_->arm(DiskFault::crash, chance_.below(6));
    run_until_reset([&] {
        if (begins_at_one(client)) return true;
        run_gateway([&] {
            try {
                gateway_->log_out(client.name(), "its numbers begin at 1");
            } catch (const std::runtime_error&) {
            }
        });
        if (!gateway_) return false;
        run_gateway([&] { gateway_->reset(client.name()); });
        return gateway_ && begins_at_one(client);
    });
    ++counts_.resets;
}

void Simulation::pass_daily_reset() {
    const uint64_t utc = SimulatedClock::utc();
    const uint64_t local = utc / minute_ns + static_cast<uint64_t>(settings_.utc_offset_minutes);
    const uint64_t wait = 1'440 - (local - *settings_.gateway.schedule.reset_minute) % 1'440;
    const uint64_t then = (utc / minute_ns + wait) * minute_ns;
    // It has been, before the clock went back.
    if (reset_day_at(then) <= reset_day_) return;
    reset_day_ = reset_day_at(then);
    for (SimulatedBroker* client : clients_) client->begin_anew();
    SimulatedClock::jump(static_cast<int64_t>(then - utc));
    power_cut_at_crash_ = false;
    if (chance_.percent(30)) disk_->arm(DiskFault::crash, chance_.below(20));
    run_until_reset([&] {
        return std::all_of(clients_.begin(), clients_.end(),
                           [&](const SimulatedBroker* client) { return begins_at_one(*client); });
    });
    counts_.resets += clients_.size();
}

}  // namespace carbonx::tests
