#include "tests/simulate.h"

#include <spdlog/spdlog.h>

#include <fstream>

#include "engine/text/text_values.h"

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
    settings.engine.segment_mib = 1;
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
    for (const char* name : {"BROKER1", "BROKER2", "BROKER3"}) {
        FixSessionSettings session;
        session.comp_id = name;
        session.password = "secret";
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
    clock_jumps += other.clock_jumps;
    disconnects += other.disconnects;
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
    for (const FixSessionSettings& session : settings_.gateway.sessions) {
        brokers_.push_back(std::make_unique<SimulatedBroker>(
            session.comp_id, std::vector<std::string>{"V415024H", "V415024C", "G200123H"}, network_,
            chance_));
        brokers_.back()->set_trace(options.trace);
    }
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
        if (chance_.one_in(5'000)) rest();
        if (steps_ > 1'000 + 200 * options_.commands) {
            throw Finding("the venue stands still: " + unrest());
        }
    }
    rest();
}

// ---- Processes ----

void Simulation::start_engine() {
    if (engine_) return;
    try {
        engine_ = std::make_unique<Engine>(
            settings_, Clock{SimulatedClock::utc, SimulatedClock::monotonic, simulated_number},
            SimulatedDisk::calls());
    } catch (const Crash&) {
        return engine_crashed();
    } catch (const std::exception& error) {
        if (disk_->fired()) return engine_stopped(error.what());
        throw Finding(std::string("the engine does not start: ") + error.what());
    }
    operators_ = std::make_unique<RingProducer>(engine_->operators_ring());
    oracle_.follow(journal::directory(settings_.data_directory));
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
    oracle_.advance();
    kill_engine();
    disk_->mend();
}

void Simulation::power_cut() {
    ++counts_.power_cuts;
    oracle_.advance();
    if (engine_) kill_engine();
    gateway_.reset();
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
    gateway_ = std::make_unique<gateway::Gateway>(settings_, network_.listen());
}

void Simulation::start_publisher() {
    if (publisher_ ||
        !std::filesystem::exists(event_log::window_file(settings_.runtime_directory))) {
        return;
    }
    publisher_ = std::make_unique<marketdata::Publisher>(settings_, feed_.outlet());
}

void Simulation::poll_engine(Poller poller) {
    try {
        if (poller == Poller::sequencer) engine_->sequencer().poll();
        if (poller == Poller::journal) engine_->journal().poll();
        if (poller == Poller::filing) engine_->filing().poll();
    } catch (const Crash&) {
        return engine_crashed();
    } catch (const std::exception& error) {
        return engine_stopped(error.what());
    }
    oracle_.advance();
}

// ---- Operators ----

template <class T>
void Simulation::order(const T& command) {
    Command record{};
    std::memcpy(static_cast<void*>(&record), &command, sizeof command);
    script_.push_back(record);
}

void Simulation::write_script() {
    for (uint16_t i = 0; i < 4; ++i) {
        const std::string name = i == 0 ? "HOUSE" : "BROKER" + std::to_string(i);
        auto participant = make_command<ListParticipant>();
        participant.participant_class =
            i == 0 ? ParticipantClass::house : ParticipantClass::hong_kong;
        participant.open_orders_max = 30;
        participant.name = Text<24>(name);
        order(participant);
        auto account = make_command<ListAccount>();
        account.participant = static_cast<ParticipantId>(i + 1);
        account.name = Text<24>(name);
        order(account);
        if (i == 0) continue;
        auto session = make_command<ListSession>();
        session.participant = account.participant;
        session.source = Source::gateway;
        session.name = Text<24>(name);
        order(session);
    }
    for (uint16_t i = 1; i <= 2; ++i) {
        auto project = make_command<ListProject>();
        project.registry = i == 1 ? Registry::verra : Registry::gold_standard;
        project.key = Text<32>(std::to_string(i));
        order(project);
        auto instrument = make_command<ListInstrument>();
        instrument.project = static_cast<ProjectId>(i);
        instrument.vintage = 2024;
        instrument.round_lot = Quantity{1};
        instrument.quantity_max = Quantity{1'000};
        instrument.name = Text<8>(i == 1 ? "V415024" : "G200123");
        order(instrument);
    }
    for (const char* symbol : {"V415024H", "V415024C", "G200123H"}) {
        auto counter = make_command<ListCounter>();
        counter.instrument = static_cast<InstrumentId>(symbol[0] == 'V' ? 1 : 2);
        counter.currency = symbol[7] == 'H' ? Currency::hkd : Currency::cnh;
        counter.tick = Price{100};
        counter.reference = Price{100'000};
        counter.band_bps = 2'000;
        counter.collar_bps = 500;
        counter.fee_ppm = 1'000;
        counter.symbol = Symbol(symbol);
        order(counter);
    }
    for (uint32_t account = 2; account <= 4; ++account) {
        for (const Currency currency : {Currency::hkd, Currency::cnh}) {
            auto cash = make_command<DepositCash>();
            cash.account = static_cast<AccountId>(account);
            cash.currency = currency;
            cash.amount = 20'000'0000;
            order(cash);
        }
        for (uint16_t instrument = 1; instrument <= 2; ++instrument) {
            auto credits = make_command<DepositCredits>();
            credits.account = static_cast<AccountId>(account);
            credits.instrument = static_cast<InstrumentId>(instrument);
            credits.serial_first = serial_;
            credits.serial_last = serial_ + 999;
            credits.serial_prefix = Text<40>("S-");
            serial_ += 10'000;
            order(credits);
        }
    }
    auto phase = make_command<SetPhase>();
    phase.phase = Phase::pre_open;
    phase.trading_day = day_;
    order(phase);
    phase = make_command<SetPhase>();
    phase.phase = Phase::continuous;
    order(phase);
}

// Something of an operator's day.
void Simulation::operate() {
    auto phase = make_command<SetPhase>();
    switch (chance_.below(5)) {
        case 0: {  // the next day
            phase.phase = Phase::closed;
            order(phase);
            phase.phase = Phase::pre_open;
            phase.trading_day = ++day_;
            order(phase);
            phase.trading_day = 0;
            phase.phase = Phase::continuous;
            return order(phase);
        }
        case 1:
            phase.phase = Phase::halted;
            order(phase);
            phase.phase = Phase::continuous;
            return order(phase);
        case 2: {
            const auto counter = static_cast<CounterId>(1 + chance_.below(3));
            auto halt = make_command<HaltCounter>({}, counter);
            halt.reason = Text<4>("T1");
            order(halt);
            return order(make_command<ResumeCounter>({}, counter));
        }
        case 3: {
            auto cash = make_command<DepositCash>();
            cash.account = static_cast<AccountId>(2 + chance_.below(3));
            cash.amount = 1'000'0000;
            return order(cash);
        }
        default: {
            auto disable = make_command<DisableParticipant>();
            disable.participant = static_cast<ParticipantId>(2 + chance_.below(3));
            order(disable);
            auto enable = make_command<EnableParticipant>();
            enable.participant = disable.participant;
            return order(enable);
        }
    }
}

void Simulation::run_operators() {
    if (!operators_) return;
    while (scripted_ < script_.size() && operators_->try_push(script_[scripted_].head, true)) {
        ++scripted_;
    }
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
    if (dice < 24) {
        if (engine_) poll_engine(Poller::sequencer);
    } else if (dice < 40) {
        if (engine_ && journal_pause_ == 0) poll_engine(Poller::journal);
    } else if (dice < 45) {
        if (engine_ && filing_pause_ == 0) poll_engine(Poller::filing);
    } else if (dice < 62) {
        if (gateway_ && gateway_pause_ == 0) {
            gateway_->poll(SimulatedClock::monotonic(), SimulatedClock::utc());
        }
    } else if (dice < 68) {
        if (publisher_ && publisher_pause_ == 0) publisher_->poll(SimulatedClock::monotonic());
    } else if (dice < 80) {
        brokers_[chance_.below(brokers_.size())]->act();
    } else if (dice < 92) {
        network_.deliver(false);
    } else if (dice < 96) {
        feed_.subscribers()[chance_.below(2)]->poll(SimulatedClock::monotonic(), false);
    } else if (dice < 98) {
        run_operators();
        if (chance_.one_in(20) && scripted_ == script_.size()) operate();
    } else {
        readers_[0]->poll();
        if (chance_.one_in(40)) readers_[1 + chance_.below(2)]->poll();
    }
}

void Simulation::fault() {
    const uint64_t dice = chance_.below(14);
    if (options_.trace) {
        constexpr const char* names[] = {
            "kill of the engine", "kill of the gateway", "kill of the publisher", "power cut",
            "crash at a disk call", "crash at a disk call", "disk error", "wrong bit", "clock jump",
            "disconnect", "lazy broker", "pause of gateway or publisher", "pause of the disk",
            "write back"};
        std::printf("step %llu: %s\n", static_cast<unsigned long long>(steps_), names[dice]);
    }
    switch (dice) {
        case 0:
            if (!engine_) return;
            ++counts_.kills;
            return kill_engine();
        case 1:
            ++counts_.gateway_kills;
            gateway_.reset();
            gateway_pause_ = chance_.below(300);
            return;
        case 2:
            ++counts_.publisher_kills;
            publisher_.reset();
            publisher_pause_ = chance_.below(300);
            return;
        case 3:
            return power_cut();
        case 4:
        case 5:
            power_cut_at_crash_ = chance_.percent(50);
            return disk_->arm(DiskFault::crash, chance_.below(30));
        case 6: {
            const DiskFault kinds[] = {DiskFault::io_error, DiskFault::no_space,
                                       DiskFault::short_write};
            return disk_->arm(kinds[chance_.below(3)], chance_.below(30));
        }
        case 7:
            return corrupt();
        case 8: {
            ++counts_.clock_jumps;
            const uint64_t ns =
                chance_.below(chance_.percent(80) ? 30'000'000'000 : 4'000'000'000'000);
            return SimulatedClock::jump(chance_.percent(50) ? static_cast<int64_t>(ns)
                                                            : -static_cast<int64_t>(ns));
        }
        case 9:
            ++counts_.disconnects;
            return brokers_[chance_.below(brokers_.size())]->disconnect();
        case 10:
            return brokers_[chance_.below(brokers_.size())]->set_lazy(chance_.percent(60));
        case 11:
            (chance_.percent(50) ? gateway_pause_ : publisher_pause_) = chance_.below(3'000);
            return;
        case 12:
            (chance_.percent(50) ? journal_pause_ : filing_pause_) = chance_.below(1'000);
            return;
        default:
            return disk_->write_back();
    }
}

// A bit turns in what was acknowledged, while the engine is down. It must say so, and change
// nothing; then the bit is as it was.
void Simulation::corrupt() {
    if (!engine_) return;
    ++counts_.kills;
    kill_engine();
    // Any frame but the last, which may be torn without anybody having been told of it.
    struct Place {
        std::filesystem::path file;
        uint64_t offset;
        uint64_t bytes;
    };
    std::vector<Place> frames;
    for (const Segment& segment : list_segments(journal::directory(settings_.data_directory))) {
        const File file(segment.file, O_RDONLY);
        journal::FrameHead head;
        for (uint64_t at = 0; file.read(&head, sizeof head, at) == sizeof head &&
                              head.magic == journal::FrameHead::magic_value;
             at += journal::frame_bytes(head.slots)) {
            frames.push_back({segment.file, at, sizeof head + head.slots * sizeof(Slot)});
        }
    }
    if (frames.size() < 3) return;
    const Place& place = frames[chance_.below(frames.size() - 2)];
    const File file(place.file, O_RDWR);
    const auto at = static_cast<off_t>(place.offset + chance_.below(place.bytes));
    unsigned char byte = 0;
    if (::pread(file.descriptor(), &byte, 1, at) != 1) return;
    const unsigned char wrong = byte ^ static_cast<unsigned char>(1U << chance_.below(8));
    if (::pwrite(file.descriptor(), &wrong, 1, at) != 1) return;
    ++counts_.corruptions;
    expect_refusal(place.file);
    if (::pwrite(file.descriptor(), &byte, 1, at) != 1) std::abort();
}

void Simulation::expect_refusal(const std::filesystem::path& file) {
    const auto journal = [&] {
        std::string bytes;
        for (const Segment& segment : list_segments(file.parent_path())) {
            std::ifstream in(segment.file, std::ios::binary);
            bytes.append(std::istreambuf_iterator<char>(in), {});
        }
        return bytes;
    };
    const std::string before = journal();
    disk_->mend();
    try {
        const Engine engine(settings_,
                            Clock{SimulatedClock::utc, SimulatedClock::monotonic, simulated_number},
                            SimulatedDisk::calls());
    } catch (const std::runtime_error& refusal) {
        const std::string text = refusal.what();
        if (text.find(file.string()) == std::string::npos) {
            throw Finding("a bit is wrong in " + file.string() + ", and the engine says: " + text);
        }
        if (journal() != before) {
            throw Finding("an engine that refused to start has changed the journal");
        }
        return;
    }
    throw Finding("a bit is wrong in " + file.string() + ", and the engine starts");
}

}  // namespace carbonx::tests
