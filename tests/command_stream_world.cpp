// A seeded stream of commands: the world that it begins with, and what is listed later.
#include "engine/api/version.h"
#include "tests/command_stream.h"

namespace carbonx::tests {

namespace {

std::string numbered(const char* prefix, uint64_t number) {
    return std::string(prefix).append(std::to_string(number));
}

}  // namespace

void CommandStream::list_world() {
    auto configure = make_command<Configure>();
    configure.venue = 7;
    configure.capacities = shape_.capacities;
    put(configure, Source::sequencer);
    if (percent(80)) {  // else the venue was begun under the rules of version 1
        auto started = make_command<EngineStarted>();
        started.rules = percent(80) ? rules_version : rules_version - 1;
        put(started, Source::sequencer);
    }
    for (const Source gateway : {Source::gateway, static_cast<Source>(3)}) {
        auto up = make_command<SourceUp>();
        up.which = gateway;
        up.epoch = random_() | 1;
        put(up, Source::sequencer);
    }
    for (uint32_t i = 1; i <= shape_.participants; ++i) {
        auto participant = make_command<ListParticipant>();
        participant.participant_class =
            i == 1 ? ParticipantClass::house : static_cast<ParticipantClass>(1 + below(5));
        participant.group = static_cast<uint16_t>(percent(40) ? 1 + below(2) : 0);
        participant.fee_discount_ppm = static_cast<uint32_t>(percent(30) ? below(400) : 0);
        participant.open_orders_max = i % 5 == 4 ? 5 : shape_.open_orders_max;
        participant.name = Text<24>(numbered("P", i));
        put(participant, Source::operators);
        for (uint32_t j = 0; j < 1 + i % 2; ++j) {
            auto account = make_command<ListAccount>();
            account.participant = static_cast<ParticipantId>(i);
            account.name = Text<24>(numbered(numbered("A", i).append(".").c_str(), j));
            put(account, Source::operators);
        }
    }
    for (uint32_t i = 1; i <= shape_.sessions; ++i) {
        auto session = make_command<ListSession>();
        session.participant = static_cast<ParticipantId>(1 + i % shape_.participants);
        session.source = static_cast<Source>(2 + i % 2);
        session.name = Text<24>(numbered("S", i));
        put(session, Source::operators);
        auto up = make_command<SessionUp>(static_cast<SessionId>(i));
        up.cancel_on_disconnect = percent(60);
        up.cancel_good_till_cancel = percent(30);
        up.grace_ns = below(5'000'000);
        put(up, session.source);
    }
    for (uint32_t i = 1; i <= shape_.instruments; ++i) {
        auto project = make_command<ListProject>();
        project.registry = static_cast<Registry>(1 + i % 2);
        project.key = Text<32>(numbered("K", i));
        put(project, Source::operators);
        auto instrument = make_command<ListInstrument>();
        instrument.project = static_cast<ProjectId>(i);
        instrument.vintage = 2020;
        instrument.labels = static_cast<uint32_t>(below(16));
        instrument.round_lot = Quantity{i % 2 == 0 ? shape_.round_lot : 1};
        instrument.quantity_max = Quantity{1'000'000};
        instrument.name = Text<8>(numbered("I", i));
        put(instrument, Source::operators);
        add_counter(static_cast<InstrumentId>(i), Currency::hkd, 2 * i - 1);
        if (i % 3 != 0) add_counter(static_cast<InstrumentId>(i), Currency::cnh, 2 * i);
    }
    deposit_to_all();
    auto phase = make_command<SetPhase>();
    phase.phase = Phase::pre_open;
    phase.trading_day = day_;
    put(phase, Source::operators);
    phase.phase = Phase::continuous;
    put(phase, Source::operators);
}

void CommandStream::add_counter(InstrumentId instrument, Currency currency, uint32_t number) {
    auto counter = make_command<ListCounter>();
    counter.instrument = instrument;
    counter.currency = currency;
    counter.tick = Price{number % 2 == 1 ? shape_.tick : percent(50) ? 1 : 50};
    int32_t reference = static_cast<int32_t>(50 + below(2000)) * 1000;
    if (number == 7) {  // a dear one, whose band ends where prices do
        reference = 1'900'000'000;
        counter.tick = Price{70'000};
    }
    counter.reference = Price{reference / counter.tick.value * counter.tick.value};
    counter.band_bps = static_cast<uint32_t>(100 + below(3000));
    counter.collar_bps = static_cast<uint32_t>(1 + below(counter.band_bps));
    counter.fee_ppm = static_cast<uint32_t>(below(4) * 250);
    counter.symbol = Symbol(numbered("C", number));
    put(counter, Source::operators);
}

// Serials of several lots for everyone, some of them poor.
void CommandStream::deposit_to_all() {
    const uint32_t accounts = shape_.participants + (shape_.participants + 1) / 2;
    for (uint32_t i = 1; i <= accounts; ++i) {
        for (uint32_t j = 1; j <= shape_.instruments; ++j) {
            auto deposit = make_command<DepositCredits>();
            deposit.account = static_cast<AccountId>(i);
            deposit.instrument = static_cast<InstrumentId>(j);
            deposit.serial_first = next_serial_;
            next_serial_ += 1 + below(shape_.credits_each);
            deposit.serial_last = next_serial_++;
            deposit.serial_prefix = Text<40>("VCS");
            put(deposit, Source::operators);
        }
        for (const Currency currency : {Currency::hkd, Currency::cnh}) {
            auto deposit = make_command<DepositCash>();
            deposit.account = static_cast<AccountId>(i);
            deposit.currency = currency;
            deposit.amount =
                1 + static_cast<int64_t>(below(static_cast<uint64_t>(shape_.cash_each)));
            put(deposit, Source::operators);
        }
    }
}

// New listings, many of them listed already or out of range.
void CommandStream::listings(const Reference& reference) {
    const std::string name = numbered("N", percent(80) ? ++names_ : below(names_ + 1));
    switch (below(6)) {
        case 0: {
            auto c = make_command<ListParticipant>();
            c.participant_class = static_cast<ParticipantClass>(bad() ? below(8) : 1 + below(5));
            c.group = static_cast<uint16_t>(bad() ? random_() : below(4));
            c.fee_discount_ppm = static_cast<uint32_t>(bad() ? 10'001 : below(10'001));
            c.open_orders_max = static_cast<uint32_t>(below(20));
            c.name = Text<24>(percent(95) ? name : "");
            return put(c, Source::operators);
        }
        case 1: {
            auto c = make_command<ListAccount>();
            c.participant = any<ParticipantId>(reference.participant_count());
            c.name = Text<24>(percent(95) ? name : "");
            return put(c, Source::operators);
        }
        case 2: {
            auto c = make_command<ListSession>();
            c.participant = any<ParticipantId>(reference.participant_count());
            c.source = static_cast<Source>(bad() ? below(20) : 2 + below(2));
            c.name = Text<24>(percent(95) ? name : "");
            return put(c, Source::operators);
        }
        case 3: {
            auto c = make_command<ListProject>();
            c.registry = static_cast<Registry>(bad() ? below(9) : 1 + below(6));
            c.key = Text<32>(percent(95) ? name : "");
            return put(c, Source::operators);
        }
        case 4: {
            auto c = make_command<ListInstrument>();
            c.project = static_cast<ProjectId>(1 + below(shape_.instruments + 3));
            c.vintage = static_cast<uint16_t>(bad() ? 1989 + 112 * below(2) : 1990 + below(111));
            c.labels = static_cast<uint32_t>(bad() ? 1U << below(32) : below(16));
            c.round_lot = Quantity{static_cast<uint32_t>(bad() ? 0 : 1)};
            c.quantity_max = Quantity{static_cast<uint32_t>(bad() ? 1'000'000'001 : 1'000'000)};
            c.name = Text<8>(percent(95) ? name : "");
            return put(c, Source::operators);
        }
        default: {
            auto c = make_command<ListCounter>();
            c.instrument = any<InstrumentId>(reference.instrument_count());
            c.currency = static_cast<Currency>(bad() ? 2 : below(2));
            c.tick = Price{static_cast<int32_t>(bad() ? below(2) : 1 + below(100))};
            const uint64_t ticks = 1 + below(percent(20) ? 20'000'000 : 1'000);
            c.reference = Price{static_cast<int32_t>(ticks) * c.tick.value};
            if (bad()) c.reference.value += 1;
            c.band_bps = static_cast<uint32_t>(bad() ? 10'000 : 1 + below(9'999));
            c.collar_bps = static_cast<uint32_t>(bad() ? below(20'000) : 1 + below(c.band_bps));
            c.fee_ppm = static_cast<uint32_t>(bad() ? 10'001 : below(10'001));
            c.symbol = Symbol(percent(95) ? name : "");
            return put(c, Source::operators);
        }
    }
}

}  // namespace carbonx::tests
