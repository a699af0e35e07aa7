#include "engine/exchange/participants.h"

#include "engine/exchange/state.h"

namespace carbonx {
namespace {

constexpr uint16_t own_group = 0x8000;  // above every listed group

template <class Entry>
bool name_taken(const Table<Entry>& table, const Text<24>& name) {
    for (const Entry& entry : table) {
        if (entry.name == name) return true;  // the entry of id 0 bars the empty name
    }
    return false;
}

}  // namespace

Reject Participants::list(const ListParticipant& listing) {
    const auto kind = static_cast<uint8_t>(listing.participant_class);
    if (kind < 1 || kind > static_cast<uint8_t>(ParticipantClass::house) ||
        listing.group >= own_group || listing.fee_discount_ppm > limits::fee_ppm_max ||
        listing.open_orders_max == 0) {
        return Reject::value_out_of_range;
    }
    if (name_taken(participants_, listing.name)) return Reject::already_listed;
    if (participants_.full()) return Reject::capacity_exceeded;

    Participant& participant = participants_.add();
    participant.group = listing.group != 0
                            ? listing.group
                            : static_cast<uint16_t>(own_group | index(last_participant()));
    participant.participant_class = listing.participant_class;
    participant.open_orders_max = listing.open_orders_max;
    participant.fee_discount_ppm = listing.fee_discount_ppm;
    participant.name = listing.name;
    return Reject::none;
}

Reject Participants::list(const ListAccount& listing) {
    if (!known(listing.participant)) return Reject::participant_unknown;
    const bool house = (*this)[listing.participant].participant_class == ParticipantClass::house;
    if (index(last_account()) == 0 && !house) return Reject::value_out_of_range;
    if (name_taken(accounts_, listing.name)) return Reject::already_listed;
    if (accounts_.full()) return Reject::capacity_exceeded;

    Account& account = accounts_.add();
    account.participant = listing.participant;
    account.name = listing.name;
    return Reject::none;
}

Reject Participants::list(const ListSession& listing) {
    if (!known(listing.participant)) return Reject::participant_unknown;
    if (listing.source < Source::gateway || index(listing.source) >= limits::sources_max) {
        return Reject::value_out_of_range;
    }
    if (name_taken(sessions_, listing.name)) return Reject::already_listed;
    if (sessions_.full()) return Reject::capacity_exceeded;

    Session& session = sessions_.add();
    session.participant = listing.participant;
    session.source = listing.source;
    session.name = listing.name;
    return Reject::none;
}

template <class Visit>
void Participants::state(Visit& visit) {
    state_table(visit, participants_, [&](Participant& participant) {
        visit(participant.name);
        visit(participant.group);
        visit(participant.enabled);
        visit(participant.participant_class);
        visit(participant.open_orders_max);
        visit(participant.fee_discount_ppm);
        visit.require(participant.participant_class <= ParticipantClass::house,
                      "a participant of no class");
        visit.require(participant.fee_discount_ppm <= limits::fee_ppm_max,
                      "a discount above the highest fee");
    });
    state_table(visit, accounts_, [&](Account& account) {
        visit(account.name);
        visit(account.participant);
        visit.require(known(account.participant), "an account of no participant");
    });
    state_table(visit, sessions_, [&](Session& session) {
        visit(session.name);
        visit(session.participant);
        visit(session.source);
        visit(session.up);
        visit(session.cancel_on_disconnect);
        visit(session.cancel_good_till_cancel);
        visit(session.grace_ns);
        visit(session.cancel_due_ns);
        visit.require(known(session.participant), "a session of no participant");
        visit.require(index(session.source) < limits::sources_max, "a session of no source");
    });
}
CARBONX_STATE(Participants);

}  // namespace carbonx
