#include "tests/simulate.h"

#include <spdlog/spdlog.h>

#include "tests/secret.h"

namespace carbonx::tests {
namespace {

Chance* numbers = nullptr;  // for the engine's random numbers

uint64_t simulated_number() { return numbers->next() | 1; }

Settings make_settings(const std::filesystem::path& directory) {
    Settings settings;
    settings.venue = "simulation";
    settings.data_directory = directory / "data";
    settings.runtime_directory = directory / "run";
    settings.log_directory = directory / "log";
    settings.engine.segment_bytes = uint64_t{64} << 10;
    settings.engine.snapshot_minutes = 1;
    settings.engine.snapshot_commands = 80;
    settings.engine.snapshots_kept = 2;
    settings.archive_directory = settings.data_directory / "archive";
    settings.engine.event_window_slots = 1U << 11;
    settings.engine.ring_slots = 1U << 8;
    settings.engine.disk_low_mib = 0;
    Capacities& room = settings.engine.capacities;
    room.participants = room.accounts = room.sessions = 8;
    room.projects = room.instruments = room.counters = 4;
    room.lots = 1U << 7;
    room.positions = room.orders = 1U << 9;
    room.ranges = 1U << 11;
    room.levels = 1U << 12;
    settings.gateway.output_queue_kib = 16;
    for (const char* name : {"BROKER1", "BROKER2", "BROKER3", "COPY1"}) {
        FixSessionSettings session;
        session.comp_id = name;
        if (name[0] == 'C') session.role = SessionRole::drop_copy;
        session.password_hash = secret_hash;
        settings.gateway.sessions.push_back(session);
    }
    return settings;
}

}  // namespace

void SimulationCounts::operator+=(const SimulationCounts& other) {
    kills += other.kills;
    gateway_kills += other.gateway_kills;
    publisher_kills += other.publisher_kills;
    power_cuts += other.power_cuts;
    disk_errors += other.disk_errors;
    corruptions += other.corruptions;
    bad_snapshots += other.bad_snapshots;
    files.snapshots += other.files.snapshots;
    files.archived += other.files.archived;
    files.retired += other.files.retired;
    files.recycled += other.files.recycled;
    clock_jumps += other.clock_jumps;
    disconnects += other.disconnects;
    resets += other.resets;
    checks += other.checks;
}

Simulation::Simulation(const SimulationOptions& options)
    : options_(options),
      settings_(make_settings(options.directory)),
      chance_(options.seed),
      oracle_(settings_.engine.capacities),
      network_(chance_),
      feed_(chance_, options.faults) {
    spdlog::set_level(spdlog::level::off);
    numbers = &chance_;
    std::filesystem::remove_all(options.directory);
    disk_ = std::make_unique<SimulatedDisk>(settings_.data_directory, chance_, oracle_);
    disk_->set_forgets_sessions(options.gateway_disk);
    for (const FixSessionSettings& session : settings_.gateway.sessions) {
        const bool is_copy = session.role == SessionRole::drop_copy;
        auto& list = is_copy ? copies_ : brokers_;
        list.push_back(std::make_unique<SimulatedBroker>(
            session.comp_id, is_copy ? "BROKER1" : "",
            std::vector<std::string>{"V415024H", "V415024C", "G200123H"}, network_, chance_));
        clients_.push_back(list.back().get());
        clients_.back()->set_trace(options.trace);
    }
    // In so many minutes: no jump of the clock reaches it, but for the one that is meant to.
    constexpr uint64_t until_reset = 1'200;
    const uint64_t minute = SimulatedClock::utc() / 60'000'000'000 +
                            static_cast<uint64_t>(settings_.utc_offset_minutes) + until_reset;
    settings_.gateway.schedule.reset_minute = static_cast<uint32_t>(minute % 1'440);
    reset_day_ = reset_day_at(SimulatedClock::utc());
    for (const char* name : {"prompt", "slow", "slower"}) {
        readers_.push_back(std::make_unique<EventClient>(settings_.runtime_directory,
                                                         settings_.data_directory, oracle_, name));
    }
    write_script();
}

Simulation::~Simulation() {
    publisher_.reset();
    gateway_.reset();
    operators_.reset();
    engine_.reset();
}

void Simulation::run() {
    while (oracle_.command_count() < options_.commands) {
        step();
        // Now and then, and at the end, everything must add up.
        if (chance_.one_in(5'000)) {
            rest();
            if (options_.faults) reset_sessions();
        }
        if (steps_ > 1'000 + 200 * options_.commands) {
            throw Finding("the venue stands still: " + unrest());
        }
    }
    rest();
}

// ---- Processes ----

std::unique_ptr<Engine> Simulation::make_engine() const {
    const Clock clock{SimulatedClock::utc, SimulatedClock::monotonic, simulated_number};
    return std::make_unique<Engine>(settings_, clock, SimulatedDisk::calls());
}

void Simulation::start_engine() {
    if (engine_) return;
    try {
        engine_ = make_engine();
    } catch (const Crash&) {
        return engine_crashed();
    } catch (const std::exception& error) {
        if (disk_->fired()) return engine_stopped(error.what());
        throw Finding(std::string("the engine does not start: ") + error.what());
    }
    operators_ = std::make_unique<RingProducer>(engine_->operators_ring());
    oracle_.follow(journal::directory(settings_.data_directory), settings_.archive_directory);
    // What operators were not answered they do again.
    scripted_ = oracle_.operator_count();
    readers_[0]->poll();
}

void Simulation::kill_engine() {
    oracle_.forget_unsynced();
    operators_.reset();
    disk_->before_kill();
    engine_.reset();
    disk_->after_kill();
    engine_pause_ = chance_.below(300);
}

void Simulation::engine_crashed() {
    ++counts_.kills;
    kill_engine();
    if (power_cut_at_crash_) power_cut();
    power_cut_at_crash_ = false;
    disk_->mend();
}

void Simulation::engine_stopped(const std::string& cause) {
    if (!disk_->fired()) throw Finding("the engine stopped: " + cause);
    ++counts_.disk_errors;
    if (options_.trace) std::printf("the engine stopped: %s\n", cause.c_str());
    oracle_.advance();
    kill_engine();
    disk_->mend();
}

void Simulation::kill_gateway() {
    gateway_bore_ = false;
    disk_->before_kill();
    gateway_.reset();
    disk_->after_kill();
    gateway_pause_ = chance_.below(300);
}

void Simulation::gateway_crashed() {
    ++counts_.gateway_kills;
    kill_gateway();
    if (power_cut_at_crash_) power_cut();
    power_cut_at_crash_ = false;
    disk_->mend();
}

void Simulation::gateway_stopped(const std::string& cause) {
    if (!disk_->fired() && !gateway_bore_) throw Finding("the gateway stopped: " + cause);
    ++counts_.disk_errors;
    if (options_.trace) std::printf("the gateway stopped: %s\n", cause.c_str());
    kill_gateway();
    disk_->mend();
}

// A failure that stopped nobody is over; a full disk stays so for a while.
void Simulation::mend_what_was_borne() {
    if (disk_->fired() && (!disk_->full() || chance_.one_in(20))) disk_->mend();
}

void Simulation::power_cut() {
    ++counts_.power_cuts;
    oracle_.advance();
    if (engine_) kill_engine();
    kill_gateway();
    publisher_.reset();
    for (const auto& reader : readers_) reader->drop();
    disk_->power_cut();
    std::filesystem::remove_all(settings_.runtime_directory);
    gateway_pause_ = chance_.below(300);
    publisher_pause_ = chance_.below(300);
    SimulatedClock::pass(chance_.below(5'000'000'000));
}

void Simulation::start_gateway() {
    if (gateway_) return;
    run_gateway([&] {
        gateway_ = std::make_unique<gateway::Gateway>(
            settings_, network_.listen(),
            options_.gateway_disk ? SimulatedDisk::calls() : DiskCalls{});
    });
}

void Simulation::start_publisher() {
    if (publisher_ ||
        !std::filesystem::exists(event_log::window_file(settings_.runtime_directory))) {
        return;
    }
    publisher_ = std::make_unique<SimulatedPublisher>(settings_, feed_);
}

void Simulation::poll_engine(Poller poller) {
    try {
        if (poller == Poller::sequencer) engine_->sequencer().poll();
        if (poller == Poller::journal) engine_->journal().poll();
        if (poller == Poller::segments) engine_->segments().poll();
        if (poller == Poller::filing) engine_->filing().poll();
        if (poller == Poller::shadow) engine_->shadow().poll(SimulatedClock::monotonic());
    } catch (const Crash&) {
        return engine_crashed();
    } catch (const std::exception& error) {
        return engine_stopped(error.what());
    }
    oracle_.advance();
    mend_what_was_borne();
}

void Simulation::poll_gateway() {
    if (!gateway_) return;
    run_gateway([&] { gateway_->poll(SimulatedClock::monotonic(), SimulatedClock::utc()); });
}

void Simulation::run_gateway(const std::function<void()>& step) {
    std::string stopped;
    disk_->set_quiet(true);
    try {
        step();
    } catch (const std::exception& error) {
        stopped = error.what();
    }
    disk_->set_quiet(false);
    if (disk_->dead()) return gateway_crashed();
    if (!stopped.empty()) return gateway_stopped(stopped);
    // It stops when it comes to use that file again.
    if (disk_->fired()) gateway_bore_ = true;
    mend_what_was_borne();
}

// ---- Steps ----

void Simulation::step() {
    ++steps_;
    SimulatedClock::pass(chance_.below(chance_.one_in(200) ? 400'000'000 : 200'000));
    if (options_.faults && chance_.one_in(150)) fault();
    for (uint64_t* pause :
         {&engine_pause_, &gateway_pause_, &publisher_pause_, &journal_pause_, &filing_pause_}) {
        if (*pause > 0) --*pause;
    }
    if (!engine_ && engine_pause_ == 0) start_engine();
    if (!gateway_ && gateway_pause_ == 0) start_gateway();
    if (!publisher_ && publisher_pause_ == 0) start_publisher();
    const uint64_t dice = chance_.below(100);
    if (dice < 22) {
        if (engine_) poll_engine(Poller::sequencer);
    } else if (dice < 24) {
        if (engine_) poll_engine(chance_.percent(25) ? Poller::segments : Poller::shadow);
    } else if (dice < 40) {
        if (engine_ && journal_pause_ == 0) poll_engine(Poller::journal);
    } else if (dice < 45) {
        if (engine_ && filing_pause_ == 0) poll_engine(Poller::filing);
    } else if (dice < 62) {
        if (gateway_ && gateway_pause_ == 0) poll_gateway();
    } else if (dice < 68) {
        if (publisher_ && publisher_pause_ == 0) publisher_->poll(SimulatedClock::monotonic());
    } else if (dice < 80) {
        clients_[chance_.below(clients_.size())]->act();
    } else if (dice < 92) {
        network_.deliver(false);
    } else if (dice < 96) {
        feed_.subscribers()[chance_.below(2)]->poll(SimulatedClock::monotonic(), false);
    } else if (dice < 98) {
        run_operators();
        if (chance_.one_in(20) && scripted_ == script_.size()) operate();
        if (options_.faults && chance_.one_in(20)) administer();
    } else {
        readers_[0]->poll();
        if (chance_.one_in(40)) readers_[1 + chance_.below(2)]->poll();
    }
}

}  // namespace carbonx::tests
