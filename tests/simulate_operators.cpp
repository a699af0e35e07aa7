// A simulation's operators: what they list before the market opens, and something of their day.
#include "tests/simulate.h"

namespace carbonx::tests {

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
        // The drop copy first, so that it hears everything.
        for (const std::string& one :
             i == 1 ? std::vector{std::string("COPY1"), name} : std::vector{name}) {
            session.name = Text<24>(one);
            order(session);
        }
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
    switch (chance_.below(6)) {
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
        case 4: {
            auto change = make_command<ChangeLabels>();
            change.instrument = static_cast<InstrumentId>(1 + chance_.below(2));
            change.labels = static_cast<uint32_t>(chance_.below(16));
            return order(change);
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

}  // namespace carbonx::tests
