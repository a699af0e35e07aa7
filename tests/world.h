// An exchange alone, with a small market listed and open: for tests of its mechanisms.
//
// The market: one instrument, one HKD counter (tick 0.01, reference 10.00, band 20 %, fee 250 ppm).
// ALPHA has credits and no cash, BETA has cash and no credits; each trades under the session of its
// own name.
#pragma once

#include <string>
#include <vector>

#include "engine/exchange/exchange.h"

namespace carbonx::tests {

class World {
public:
    static constexpr SessionId alpha{1}, beta{2};
    static constexpr AccountId house_account{1}, alpha_account{2}, beta_account{3};
    static constexpr CounterId counter{1};
    static constexpr InstrumentId instrument{1};

    explicit World(const Capacities& capacities = {})
        : memory_(Memory::anonymous(event_log::bytes(window))), exchange(capacities) {
        event_log::format(memory_, window, 1);
        writer_ = std::make_unique<EventWriter>(memory_, true);
        auto configure = make_command<Configure>();
        configure.venue = 1;
        configure.capacities = capacities;
        apply(configure, Source::sequencer);
        list_members();
        list_market();
    }

    // Applies one command and gives the types of its events; the events stay readable by event().
    template <class T>
    std::vector<EventType> apply(T command, Source source = Source::gateway) {
        command.head.source = source;
        command.head.time_ns = ++time_ns;
        uint64_t& consumed = consumed_[index(source)];
        command.head.source_sequence = consumed + 1;
        consumed += command.head.slots;
        events_.clear();
        uint64_t next = writer_->next();
        exchange.apply(sequence_, command.head, *writer_);
        sequence_ += command.head.slots;
        std::vector<EventType> types;
        while (next < writer_->next()) {
            const auto* head = reinterpret_cast<const EventHead*>(event_log::slots(memory_) +
                                                                  (next & (window - 1)));
            events_.push_back(head);
            types.push_back(head->type);
            next += head->slots;
        }
        return types;
    }
    // The n-th event of the last command.
    template <class T>
    const T& event(std::size_t n) const {
        CARBONX_CHECK(events_.at(n)->type == T::type);
        return as_event<T>(*events_[n]);
    }
    std::size_t event_count() const { return events_.size(); }

    NewOrder order(SessionId session, Side side, int32_t price, uint32_t quantity) {
        auto command = make_command<NewOrder>(session, counter);
        command.account = session == alpha ? alpha_account : beta_account;
        command.terms.side = side;
        command.price = Price{price};
        command.quantity = Quantity{quantity};
        command.client_id = ClientId(std::to_string(++client_ids_));
        return command;
    }

private:
    static constexpr uint32_t window = 1U << 12;
    Memory memory_;
    std::unique_ptr<EventWriter> writer_;
    std::vector<const EventHead*> events_;
    uint64_t consumed_[limits::sources_max] = {};
    uint64_t sequence_ = 1;
    uint64_t client_ids_ = 0;

    void list_members() {
        const char* names[] = {"HOUSE", "ALPHA", "BETA"};
        for (uint16_t i = 0; i < 3; ++i) {
            auto participant = make_command<ListParticipant>();
            participant.participant_class =
                i == 0 ? ParticipantClass::house : ParticipantClass::foreign;
            participant.open_orders_max = 1'000'000;
            participant.name = Text<24>(names[i]);
            apply(participant, Source::operators);
            auto account = make_command<ListAccount>();
            account.participant = ParticipantId(static_cast<uint16_t>(i + 1));
            account.name = Text<24>(names[i]);
            apply(account, Source::operators);
            if (i == 0) continue;
            auto session = make_command<ListSession>();
            session.participant = account.participant;
            session.source = Source::gateway;
            session.name = Text<24>(names[i]);
            apply(session, Source::operators);
        }
    }
    void list_market() {
        auto project = make_command<ListProject>();
        project.registry = Registry::verra;
        project.key = Text<32>("VCS4150");
        apply(project, Source::operators);
        auto listing = make_command<ListInstrument>();
        listing.project = ProjectId{1};
        listing.vintage = 2024;
        listing.round_lot = Quantity{1};
        listing.quantity_max = Quantity{1'000'000};
        listing.name = Text<8>("V415024");
        apply(listing, Source::operators);
        auto hkd = make_command<ListCounter>();
        hkd.instrument = instrument;
        hkd.tick = Price{100};
        hkd.reference = Price{100'000};
        hkd.band_bps = 2'000;
        hkd.collar_bps = 500;
        hkd.fee_ppm = 250;
        hkd.symbol = Symbol("V415024H");
        apply(hkd, Source::operators);
        auto credits = make_command<DepositCredits>();
        credits.account = alpha_account;
        credits.instrument = instrument;
        credits.serial_first = 1;
        credits.serial_last = 10'000'000;
        apply(credits, Source::operators);
        auto cash = make_command<DepositCash>();
        cash.account = beta_account;
        cash.amount = 1'000'000'000'000;
        apply(cash, Source::operators);
        auto up = make_command<SourceUp>();
        up.which = Source::gateway;
        up.epoch = 1;
        apply(up, Source::sequencer);
        apply(make_command<SessionUp>(alpha));
        apply(make_command<SessionUp>(beta));
        auto phase = make_command<SetPhase>();
        phase.phase = Phase::pre_open;
        phase.trading_day = 20261124;
        apply(phase, Source::operators);
        phase.phase = Phase::continuous;
        apply(phase, Source::operators);
    }

public:
    Exchange exchange;
    uint64_t time_ns = 0;
};

}  // namespace carbonx::tests
