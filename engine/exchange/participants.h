// Who takes part: participants, their accounts' names, and the FIX sessions bound to them.
//
// Threads: one. Always: ids are 1, 2, 3 ... in the order of listing; names are unique.
#pragma once

#include "engine/api/command.h"
#include "engine/api/reject.h"
#include "engine/exchange/table.h"

namespace carbonx {

struct Participant {
    uint16_t group = 0;  // of owners: the listed one, or one of its own
    bool enabled = true;
    ParticipantClass participant_class{};
    uint32_t open_orders = 0;  // follows from the orders
    uint32_t open_orders_max = 0;
    uint32_t fee_discount_ppm = 0;
    Text<24> name;
};

struct Account {
    ParticipantId participant{};
    Text<24> name;
};

struct Session {
    ParticipantId participant{};
    Source source{};
    bool up = false;
    bool cancel_on_disconnect = false;
    bool cancel_good_till_cancel = false;
    uint64_t grace_ns = 0;
    uint64_t cancel_due_ns = 0;  // when it is down: its orders go at this time; 0 never
    Text<24> name;
};

class Participants {
public:
    Participants(const Capacities& capacities, Populate populate)
        : participants_(capacities.participants + 1, populate),
          accounts_(capacities.accounts + 1, populate),
          sessions_(capacities.sessions + 1, populate) {
        participants_.add();  // 0 is none
        accounts_.add();
        sessions_.add();
    }

    // Each checks, and lists: the new one is the last of its kind.
    Reject list(const ListParticipant& listing);
    Reject list(const ListAccount& listing);
    Reject list(const ListSession& listing);

    bool known(ParticipantId id) const { return index(id) - 1 < participants_.size() - 1; }
    bool known(AccountId id) const { return index(id) - 1 < accounts_.size() - 1; }
    bool known(SessionId id) const { return index(id) - 1 < sessions_.size() - 1; }

    Participant& operator[](ParticipantId id) { return participants_[index(id)]; }
    const Participant& operator[](ParticipantId id) const { return participants_[index(id)]; }
    const Account& operator[](AccountId id) const { return accounts_[index(id)]; }
    Session& operator[](SessionId id) { return sessions_[index(id)]; }
    const Session& operator[](SessionId id) const { return sessions_[index(id)]; }

    ParticipantId last_participant() const {
        return static_cast<ParticipantId>(participants_.size() - 1);
    }
    AccountId last_account() const { return static_cast<AccountId>(accounts_.size() - 1); }
    SessionId last_session() const { return static_cast<SessionId>(sessions_.size() - 1); }

    template <class Visit>
    void state(Visit& visit);

private:
    Table<Participant> participants_;
    Table<Account> accounts_;
    Table<Session> sessions_;
};

}  // namespace carbonx
