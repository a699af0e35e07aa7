#include "gateway/directory.h"

namespace carbonx::gateway {
namespace {

template <class Id>
Id find(const std::unordered_map<std::string, Id>& ids, std::string_view name) {
    const auto found = ids.find(std::string(name));
    return found == ids.end() ? Id{} : found->second;
}

}  // namespace

void Directory::apply(const EventHead& event) {
    switch (event.type) {
        case EventType::participant_listed: {
            const auto& listed = as_event<ParticipantListed>(event);
            make(participants_, index(listed.id)) = {listed.listing.name, true};
            break;
        }
        case EventType::participant_changed: {
            const auto& changed = as_event<ParticipantChanged>(event);
            make(participants_, index(changed.participant)).enabled = changed.enabled;
            break;
        }
        case EventType::account_listed: {
            const auto& listed = as_event<AccountListed>(event);
            make(accounts_, index(listed.id)) = {listed.listing.name, listed.listing.participant};
            account_ids_[std::string(listed.listing.name.view())] = listed.id;
            break;
        }
        case EventType::session_listed: {
            const auto& listed = as_event<SessionListed>(event);
            make(sessions_, index(listed.id)) = {listed.listing.name, listed.listing.participant,
                                                 listed.listing.source, false};
            session_ids_[std::string(listed.listing.name.view())] = listed.id;
            break;
        }
        case EventType::project_listed: {
            const auto& listed = as_event<ProjectListed>(event);
            const ListProject& listing = listed.listing;
            make(projects_, index(listed.id)) = {listing.registry,     listing.removal,
                                                 listing.host_country, listing.key,
                                                 listing.methodology,  listing.name};
            break;
        }
        case EventType::instrument_listed: {
            const auto& listed = as_event<InstrumentListed>(event);
            make(instruments_, index(listed.id)) = {listed.listing.name,
                                                    listed.listing.project,
                                                    listed.listing.vintage,
                                                    listed.listing.labels,
                                                    listed.listing.round_lot,
                                                    listed.listing.quantity_max,
                                                    {}};
            instrument_ids_[std::string(listed.listing.name.view())] = listed.id;
            break;
        }
        case EventType::labels_changed: {
            const auto& changed = as_event<LabelsChanged>(event);
            make(instruments_, index(changed.instrument)).labels = changed.labels;
            break;
        }
        case EventType::counter_listed:
            list_counter(as_event<CounterListed>(event));
            break;
        case EventType::reference_changed: {
            const auto& changed = as_event<ReferenceChanged>(event);
            Counter& counter = make(counters_, index(event.counter));
            counter.previous_reference = counter.reference;
            counter.reference = changed.reference;
            counter.band_low = changed.band_low;
            counter.band_high = changed.band_high;
            break;
        }
        case EventType::counter_halted: {
            Counter& counter = make(counters_, index(event.counter));
            counter.halted = true;
            counter.halt_reason = as_event<CounterHalted>(event).reason;
            break;
        }
        case EventType::counter_resumed: {
            Counter& counter = make(counters_, index(event.counter));
            counter.halted = false;
            counter.halt_reason = {};
            break;
        }
        case EventType::credits_deposited: {
            const auto& deposited = as_event<CreditsDeposited>(event);
            make(lots_, index(deposited.id)) = {deposited.listing.serial_prefix,
                                                deposited.listing.instrument};
            break;
        }
        case EventType::phase_changed: {
            const auto& changed = as_event<PhaseChanged>(event);
            phase_ = changed.phase;
            trading_day_ = changed.trading_day;
            break;
        }
        case EventType::session_changed:
            make(sessions_, index(event.session)).up = as_event<SessionChanged>(event).up;
            break;
        default:
            break;
    }
}

void Directory::list_counter(const CounterListed& event) {
    const ListCounter& listing = event.listing;
    Counter& counter = make(counters_, index(event.head.counter));
    counter.id = event.head.counter;
    counter.instrument = listing.instrument;
    counter.currency = listing.currency;
    counter.tick = listing.tick;
    counter.reference = counter.previous_reference = listing.reference;
    counter.band_low = event.band_low;
    counter.band_high = event.band_high;
    counter.symbol = listing.symbol;
    counter.collar_bps = listing.collar_bps;
    counter.fee_ppm = listing.fee_ppm;
    counter_ids_[std::string(listing.symbol.view())] = counter.id;
    Instrument& instrument = make(instruments_, index(listing.instrument));
    if (instrument.counter == CounterId{}) instrument.counter = counter.id;
}

const Counter* Directory::counter(std::string_view symbol) const {
    return counter(find(counter_ids_, symbol));
}

InstrumentId Directory::instrument(std::string_view name) const {
    return find(instrument_ids_, name);
}

AccountId Directory::account(std::string_view name) const { return find(account_ids_, name); }

std::string_view Directory::participant_name(ParticipantId id) const {
    const Participant* listed = participant(id);
    return listed == nullptr ? std::string_view() : listed->name.view();
}

std::string_view Directory::account_name(AccountId id) const {
    const Account* listed = account(id);
    return listed == nullptr ? std::string_view() : listed->name.view();
}

SessionId Directory::session(std::string_view comp_id) const { return find(session_ids_, comp_id); }

ParticipantId Directory::owner(AccountId id) const {
    const Account* listed = account(id);
    return listed == nullptr ? ParticipantId{} : listed->participant;
}

ParticipantId Directory::owner(SessionId id) const {
    const ListedSession* listed = session(id);
    return listed == nullptr ? ParticipantId{} : listed->participant;
}

std::string_view Directory::serial_prefix(LotId lot) const {
    const Lot* found = at(lots_, index(lot));
    return found == nullptr ? std::string_view() : found->serial_prefix.view();
}

InstrumentId Directory::instrument(LotId lot) const {
    const Lot* found = at(lots_, index(lot));
    return found == nullptr ? InstrumentId{} : found->instrument;
}

std::string_view registry_name(Registry registry) {
    switch (registry) {
        case Registry::verra:
            return "VERRA";
        case Registry::gold_standard:
            return "GOLD_STANDARD";
        case Registry::acr:
            return "ACR";
        case Registry::car:
            return "CAR";
        case Registry::art:
            return "ART";
        case Registry::ccer:
            return "CCER";
    }
    return "";
}

std::string_view phase_name(Phase phase) {
    switch (phase) {
        case Phase::closed:
            return "CLOSED";
        case Phase::pre_open:
            return "PRE_OPEN";
        case Phase::continuous:
            return "CONTINUOUS";
        case Phase::halted:
            return "HALTED";
    }
    return "";
}

}  // namespace carbonx::gateway
