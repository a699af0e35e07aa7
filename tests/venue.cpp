#include "tests/venue.h"

#include <cstdlib>

#include "engine/api/version.h"

namespace carbonx::tests {

Venue::Venue(uint32_t ring_slots) : ring_slots_(ring_slots) {
    std::string name = "/dev/shm/carbonx-venue-XXXXXX";
    root_ = ::mkdtemp(name.data());
    settings.venue = "test";
    settings.runtime_directory = root_ / "run";
    settings.data_directory = root_ / "data";
    settings.log_directory = root_ / "log";
    settings.gateway.listen.port = 0;
    for (const auto& directory : {settings.runtime_directory, settings.data_directory}) {
        std::filesystem::create_directories(directory);
    }
    capacities_.orders = 1U << 12;
    capacities_.ranges = 1U << 14;
    capacities_.positions = 1U << 10;
    capacities_.lots = 1U << 10;
    capacities_.levels = 1U << 16;
    exchange_ = std::make_unique<Exchange>(capacities_);
    make_window();
    auto configure = make_command<Configure>();
    configure.venue = venue_id;
    configure.capacities = capacities_;
    apply(configure);
    auto started = make_command<EngineStarted>();
    started.rules = rules_version;
    apply(started);
    make_ring();
}

Venue::~Venue() { std::filesystem::remove_all(root_); }

void Venue::make_window() {
    const auto file = event_log::window_file(settings.runtime_directory);
    std::filesystem::remove(file);
    window_ = Memory::create(file, event_log::bytes(window_slots));
    event_log::format(window_, window_slots, venue_id);
    writer_ = std::make_unique<EventWriter>(window_, true);
    header().heartbeat_ns.store(monotonic_ns());
}

void Venue::make_ring() {
    const auto file = ring_file(settings, 1);
    std::filesystem::remove(file);
    ring_memory_ = Memory::create(file, ring::bytes(ring_slots_));
    ring::format(ring_memory_, ring_slots_, venue_id, ++ring_epoch_);
    ring_ = std::make_unique<RingConsumer>(ring_memory_, 0);
    auto up = make_command<SourceUp>();
    up.epoch = ring_epoch_;
    up.which = Source::gateway;
    apply(up);
}

void Venue::sequence(Command command, Source source) {
    command.head.source = source;
    command.head.time_ns = std::max(utc_ns_, exchange_->time_ns());
    if (source == Source::operators) {
        command.head.source_sequence = operators_sequence_ + 1;
        operators_sequence_ += command.head.slots;
    }
    journal_.push_back(command);
    exchange_->apply(journal_.size(), command.head, *writer_);
}

void Venue::commit() {
    writer_->publish();
    header().heartbeat_ns.store(monotonic_ns());
    if (held_) return;
    header().durable_command.store(journal_.size());
    if (ring_) ring_->release(ring_->consumed());
}

std::size_t Venue::pump() {
    std::size_t count = 0;
    while (const CommandHead* head = ring_->front()) {
        Command command;
        std::memcpy(static_cast<void*>(&command), head, head->slots * sizeof(Slot));
        ring_->pop();
        sequence(command, Source::gateway);
        ++count;
    }
    if (count == 0 && exchange_->next_due_ns() <= utc_ns_) {
        Command command;
        const auto tick = make_command<Tick>();
        std::memcpy(static_cast<void*>(&command), &tick, sizeof tick);
        sequence(command, Source::sequencer);
        ++count;
    }
    commit();
    return count;
}

void Venue::hold_journal(bool held) {
    held_ = held;
    commit();
}

void Venue::restart_engine() {
    exchange_ = std::make_unique<Exchange>(capacities_);
    make_window();
    for (std::size_t i = 0; i < journal_.size(); ++i) {
        exchange_->apply(i + 1, journal_[i].head, *writer_);
    }
    commit();
}

void Venue::lose_commands(std::size_t count) {
    journal_.resize(journal_.size() - count);
    restart_engine();
}

void Venue::cut_power() {
    journal_.resize(header().durable_command.load());
    held_ = false;
    for (const auto& entry : std::filesystem::directory_iterator(settings.runtime_directory)) {
        std::filesystem::remove_all(entry);
    }
    restart_engine();
    make_ring();
}

void Venue::replace_ring() { make_ring(); }

std::vector<Venue::Recorded> Venue::events() const {
    EventReader reader(settings.runtime_directory, settings.data_directory, "test");
    std::vector<Recorded> result;
    while (const EventHead* head = reader.next()) {
        Recorded& recorded = result.emplace_back();
        recorded.sequence = reader.sequence();
        std::memcpy(static_cast<void*>(&recorded.event), head, head->slots * sizeof(Slot));
    }
    return result;
}

void Venue::set_phase(Phase phase, uint32_t trading_day) {
    auto command = make_command<SetPhase>();
    command.phase = phase;
    command.trading_day = trading_day;
    apply(command);
}

void Venue::list_small_market() {
    for (const char* name : {"HOUSE", "FIRM1", "FIRM2"}) {
        auto participant = make_command<ListParticipant>();
        participant.participant_class = std::string_view(name) == "HOUSE"
                                            ? ParticipantClass::house
                                            : ParticipantClass::hong_kong;
        participant.open_orders_max = 1000;
        participant.name = Text<24>(name);
        apply(participant);
    }
    for (uint16_t i = 1; i <= 3; ++i) {
        auto account = make_command<ListAccount>();
        account.participant = static_cast<ParticipantId>(i);
        account.name = Text<24>(i == 1 ? "HOUSE" : i == 2 ? "FIRM1" : "FIRM2");
        apply(account);
    }
    for (uint16_t i = 1; i <= 2; ++i) {
        auto session = make_command<ListSession>();
        session.participant = static_cast<ParticipantId>(i + 1);
        session.source = Source::gateway;
        session.name = Text<24>(i == 1 ? "BROKER1" : "BROKER2");
        apply(session);
    }
    auto project = make_command<ListProject>();
    project.registry = Registry::verra;
    project.host_country = Text<2>("KE");
    project.key = Text<32>("4150");
    project.name = Text<96>("Cookstoves");
    project.methodology = Text<96>("VM0050");
    apply(project);
    auto instrument = make_command<ListInstrument>();
    instrument.project = ProjectId{1};
    instrument.vintage = 2024;
    instrument.round_lot = Quantity{10};
    instrument.quantity_max = Quantity{1'000'000};
    instrument.name = Text<8>("V415024");
    apply(instrument);
    for (const Currency currency : {Currency::hkd, Currency::cnh}) {
        auto counter = make_command<ListCounter>();
        counter.instrument = InstrumentId{1};
        counter.currency = currency;
        counter.tick = Price{100};
        counter.reference = Price{100'000};
        counter.band_bps = 2000;
        counter.collar_bps = 500;
        counter.fee_ppm = 1000;
        counter.symbol = Symbol(currency == Currency::hkd ? "V415024H" : "V415024C");
        apply(counter);
    }
    for (uint32_t account = 2; account <= 3; ++account) {
        for (const Currency currency : {Currency::hkd, Currency::cnh}) {
            auto cash = make_command<DepositCash>();
            cash.account = static_cast<AccountId>(account);
            cash.currency = currency;
            cash.amount = 10'000'000'000;
            apply(cash);
        }
        auto credits = make_command<DepositCredits>();
        credits.account = static_cast<AccountId>(account);
        credits.instrument = InstrumentId{1};
        credits.serial_first = account * 1'000'000;
        credits.serial_last = credits.serial_first + 9'999;
        credits.vintage_start = 20240101;
        credits.vintage_end = 20241231;
        credits.serial_prefix = Text<40>("VCS-4150-");
        apply(credits);
    }
    set_phase(Phase::pre_open, first_day);
    set_phase(Phase::continuous);
}

}  // namespace carbonx::tests
