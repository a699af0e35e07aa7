// What is listed and in which phase the market is, as the events told: names for ids and back.
//
// Threads: the gateway thread only.
// Always: what it says was true at the last event applied; ids are dense from 1, as the exchange
// gives them. Looking up what is not listed gives nullptr, an empty text or the id 0.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/api/event.h"

namespace carbonx::gateway {

struct Counter {
    CounterId id{};
    InstrumentId instrument{};
    Currency currency{};
    Price tick;
    Price reference;
    Price previous_reference;
    Price band_low;
    Price band_high;
    Symbol symbol;
    bool halted = false;  // on its own
    Text<4> halt_reason;  // while it is
    uint32_t collar_bps = 0;
    uint32_t fee_ppm = 0;
};

struct Instrument {
    Text<8> name;
    ProjectId project{};
    uint16_t vintage = 0;
    uint32_t labels = 0;  // bits of Label
    Quantity round_lot;
    Quantity quantity_max;
    CounterId counter{};  // the first one listed of it; 0 before
};

struct Project {
    Registry registry{};
    bool removal = false;
    Text<2> host_country;
    Text<32> key;
    Text<96> methodology;
    Text<96> name;
};

struct Participant {
    Text<24> name;
    bool enabled = true;  // false: by the kill switch
};

struct Account {
    Text<24> name;
    ParticipantId participant{};
};

// A FIX session as the exchange sees it.
struct ListedSession {
    Text<24> name;  // CompID
    ParticipantId participant{};
    Source source{};
    bool up = false;
};

class Directory {
public:
    // Takes what a listing or a change of the market says; leaves other events alone.
    void apply(const EventHead& event);

    const Counter* counter(CounterId id) const { return at(counters_, index(id)); }
    const Counter* counter(std::string_view symbol) const;
    const std::vector<Counter>& counters() const { return counters_; }  // by id, from 1
    const Instrument* instrument(InstrumentId id) const { return at(instruments_, index(id)); }
    InstrumentId instrument(std::string_view name) const;
    const Project* project(ProjectId id) const { return at(projects_, index(id)); }
    const Participant* participant(ParticipantId id) const { return at(participants_, index(id)); }
    AccountId account(std::string_view name) const;
    const Account* account(AccountId id) const { return at(accounts_, index(id)); }
    const std::vector<Account>& accounts() const { return accounts_; }  // by id, from 1
    std::string_view account_name(AccountId id) const;
    SessionId session(std::string_view comp_id) const;
    const ListedSession* session(SessionId id) const { return at(sessions_, index(id)); }
    // Whose it is; 0 of what is not listed. Nobody may learn of an account or a session of another
    // participant, not even that there is one.
    ParticipantId owner(AccountId id) const;
    ParticipantId owner(SessionId id) const;
    std::string_view participant_name(ParticipantId id) const;
    const std::vector<ListedSession>& sessions() const { return sessions_; }  // by id, from 1
    // What stands before the numbers of a lot's serials.
    std::string_view serial_prefix(LotId lot) const;
    InstrumentId instrument(LotId lot) const;

    Phase phase() const { return phase_; }
    uint32_t trading_day() const { return trading_day_; }  // yyyymmdd, 0 before the first

private:
    struct Lot {
        Text<40> serial_prefix;
        InstrumentId instrument{};
    };

    // By id; 0 is none.
    template <class T>
    static const T* at(const std::vector<T>& list, std::size_t id) {
        return id == 0 || id >= list.size() ? nullptr : &list[id];
    }
    template <class T>
    static T& make(std::vector<T>& list, std::size_t id) {
        if (list.size() <= id) list.resize(id + 1);
        return list[id];
    }
    void list_counter(const CounterListed& event);

    std::vector<Counter> counters_;
    std::vector<Instrument> instruments_;
    std::vector<Project> projects_;
    std::vector<Participant> participants_;
    std::vector<Account> accounts_;
    std::vector<ListedSession> sessions_;
    std::vector<Lot> lots_;
    std::unordered_map<std::string, CounterId> counter_ids_;
    std::unordered_map<std::string, InstrumentId> instrument_ids_;
    std::unordered_map<std::string, AccountId> account_ids_;
    std::unordered_map<std::string, SessionId> session_ids_;
    Phase phase_ = Phase::closed;
    uint32_t trading_day_ = 0;
};

// As FIX names them.
constexpr std::string_view iso_code(Currency currency) {
    return currency == Currency::hkd ? "HKD" : "CNH";
}
std::string_view registry_name(Registry registry);
std::string_view phase_name(Phase phase);

}  // namespace carbonx::gateway
