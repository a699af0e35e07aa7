// What has happened: the records of the event log, one to eight 64-byte slots each.
//
// An event's sequence is not in it: it is the place of its first slot in the event log, from 1.
// Three public numbers are such sequences: the FIX ExecID, the ITCH order reference (that of the
// event which gave the order its place in the queue) and the match number (that of its trade).
//
// A reader that has seen every event since the first knows every order's state: events carry what
// changed and the order's id, and only `accepted` and `restated` carry the whole order.
#pragma once

#include "engine/api/command.h"
#include "engine/api/reject.h"

namespace carbonx {

enum class EventType : uint8_t {
    // Orders
    accepted = 1,
    rejected = 2,
    trade = 3,
    delivery = 4,
    rested = 5,
    cancelled = 6,
    replaced = 7,
    order_state = 8,
    mass_cancelled = 9,
    restated = 10,
    // Market
    phase_changed = 20,
    counter_halted = 21,
    counter_resumed = 22,
    reference_changed = 23,
    // Listings
    participant_listed = 30,
    account_listed = 31,
    session_listed = 32,
    project_listed = 33,
    instrument_listed = 34,
    counter_listed = 35,
    labels_changed = 36,
    // Ledger
    credits_deposited = 40,
    credits_withdrawn = 41,
    cash_moved = 42,
    account_state = 43,
    holding_state = 44,
    cash_state = 45,
    // The rest
    participant_changed = 50,
    session_changed = 51,
    source_changed = 52,
    configured = 53,
    ticked = 54,
    refused = 55,
    engine_started = 56,
};

enum EventFlag : uint8_t {
    // The order now stands in the book with all of its open quantity, at the tail of its price,
    // under a
    // new order reference: this event's sequence.
    flag_resting = 1,
    // Only the order's quantity shrank, in place.
    flag_priority_kept = 2,
};

struct EventHead {
    uint64_t command = 0;  // sequence of the command that caused it, in the journal
    uint64_t time_ns = 0;  // of that command
    EventType type{};
uint8_t slots : 4 = 1;
    uint8_t version : 4 = 1;
    OrderTerms terms;     // of the order that it is about, of a trade's taker; zero elsewhere
    uint8_t flags = 0;    // EventFlag
    SessionId session{};  // of the order that it is about, of a trade's taker
    CounterId counter{};
};
static_assert(sizeof(EventHead) == 24);

// A new order is in. Resting: it stands in the book whole. Else what became of it follows at once:
// trades, then rested, or cancelled, or nothing when it is filled.
struct Accepted {
    static constexpr EventType type = EventType::accepted;
    EventHead head;
    OrderId order_id{};
    AccountId account{};
    Price price;  // of a market order its collar, the worst price that it may trade at
    Quantity quantity;
    ClientId client_id;
};

// An order, cancel, replace, mass cancel, status request or account query was refused. Of a new
// order head.terms are its terms; of a request that its source may not send only the client's id is
// told.
struct Rejected {
    static constexpr EventType type = EventType::rejected;
    EventHead head;
    OrderId order_id{};   // as asked; 0 for a new order
    AccountId account{};  // as asked; 0 where the command has none
    CommandType command{};
    Reject reason{};
    AccountContent content{};  // of an account query, as asked
    uint8_t reserved[5] = {};
    ClientId client_id;  // of the request
};

// Two orders met, at the maker's price. The taker's side stands in head.terms; head.session is the
// taker's.
struct Trade {
    static constexpr EventType type = EventType::trade;
    EventHead head;
    OrderId maker{};
    OrderId taker{};
    Price price;
    Quantity quantity;
    int64_t buyer_fee = 0;  // ten-thousandths of the counter's currency
    int64_t seller_fee = 0;
};

// The serials that one trade moved, two runs an event; follows its trade at once.
struct SerialRange {
    LotId lot{};
    uint32_t count = 0;  // 0: unused
    uint64_t first = 0;
};

struct Delivery {
    static constexpr EventType type = EventType::delivery;
    EventHead head;
    AccountId from{};
    AccountId to{};
    SerialRange ranges[2];
};

// What remains of an order after its trades now stands in the book; its reference is this sequence.
struct Rested {
    static constexpr EventType type = EventType::rested;
    EventHead head;
    OrderId order_id{};
    Price price;
    Quantity leaves;
    uint8_t reserved[24] = {};
};

enum class CancelReason : uint8_t {
    requested = 1,
    mass_cancel = 2,       // the session's own
    operator_request = 3,  // cancel-all or the kill switch
    disconnected = 4,
    remainder = 5,     // of an immediate-or-cancel or market order
    self_trade = 6,    // it would have met an order of its own group
    expired = 7,       // a day order at the close
    outside_band = 8,  // good-till-cancel, and the new day's band does not reach it
};

// An order left the book, or never came to it, with this quantity open.
struct Cancelled {
    static constexpr EventType type = EventType::cancelled;
    EventHead head;
    OrderId order_id{};
    Quantity leaves;
    CancelReason reason{};
    uint8_t reserved[7] = {};
    ClientId client_id;  // of the request; empty where nobody asked
};

// The order has a new client id, price and total. Priority kept: it stays where it is. Resting: it
// stands at the tail of its new price. Neither: it left the book; trades, rested or cancelled
// follow.
struct Replaced {
    static constexpr EventType type = EventType::replaced;
    EventHead head;
    OrderId order_id{};
    Price price;
    Quantity quantity;  // new total, executed part included
    Quantity leaves;
    ClientId client_id;
};

// The answer to a status request about an open order; order_id 0 closes the answer to a mass
// status.
struct OrderState {
    static constexpr EventType type = EventType::order_state;
    EventHead head;
    OrderId order_id{};
    Price price;
    Quantity quantity;
    Quantity leaves;
    ClientId client_id;  // of the request
};

// A mass cancel is done; a cancelled event for each order came before.
struct MassCancelled {
    static constexpr EventType type = EventType::mass_cancelled;
    EventHead head;  // counter: as asked
    uint32_t count = 0;
    ParticipantId participant{};
    uint8_t reserved[14] = {};
    ClientId client_id;  // of the request
};

// A good-till-cancel order stands in the new day's book, in its old order of priority.
struct Restated {
    static constexpr EventType type = EventType::restated;
    EventHead head;  // flags: resting
    OrderId order_id{};
    AccountId account{};
    Price price;
    Quantity leaves;
    ClientId client_id;
};

struct PhaseChanged {
    static constexpr EventType type = EventType::phase_changed;
    EventHead head;
    Phase phase{};
    Phase previous{};
    uint8_t reserved[2] = {};
    uint32_t trading_day = 0;  // yyyymmdd
    uint8_t reserved2[32] = {};
};

struct CounterHalted {
    static constexpr EventType type = EventType::counter_halted;
    EventHead head;
    Text<4> reason;
    uint8_t reserved[36] = {};
};

struct CounterResumed {
    static constexpr EventType type = EventType::counter_resumed;
    EventHead head;
    uint8_t reserved[40] = {};
};

// A new day's reference price and static band of a counter.
struct ReferenceChanged {
    static constexpr EventType type = EventType::reference_changed;
    EventHead head;
    Price reference;
    Price band_low;
    Price band_high;
    uint8_t reserved[28] = {};
};

// Listings carry the command as it came, and the id that was given.
template <EventType Type, class Id, class Listing>
struct Listed {
    static constexpr EventType type = Type;
    EventHead head;
    Id id{};
    uint8_t reserved[40 - sizeof(Id)] = {};
    Listing listing;
};
using ParticipantListed = Listed<EventType::participant_listed, ParticipantId, ListParticipant>;
using AccountListed = Listed<EventType::account_listed, AccountId, ListAccount>;
using SessionListed = Listed<EventType::session_listed, SessionId, ListSession>;
using ProjectListed = Listed<EventType::project_listed, ProjectId, ListProject>;
using InstrumentListed = Listed<EventType::instrument_listed, InstrumentId, ListInstrument>;

struct CounterListed {
    static constexpr EventType type = EventType::counter_listed;
    EventHead head;  // counter: the id that was given
    Price band_low;
    Price band_high;
    uint8_t reserved[32] = {};
    ListCounter listing;
};

// An instrument's credits have other labels from now on.
struct LabelsChanged {
    static constexpr EventType type = EventType::labels_changed;
    EventHead head;
    InstrumentId instrument{};
    uint16_t reserved = 0;
    uint32_t labels = 0;  // all that it has now: bits of Label
    uint32_t previous = 0;
    uint8_t reserved2[28] = {};
};

// The deposit as it came, and the lot that it became.
using CreditsDeposited = Listed<EventType::credits_deposited, LotId, DepositCredits>;

// One run of serials that left the venue; a withdrawal of several runs gives several, the last of
// them with remaining 0.
struct CreditsWithdrawn {
    static constexpr EventType type = EventType::credits_withdrawn;
    EventHead head;
    AccountId account{};
    uint32_t remaining = 0;  // tonnes of the same withdrawal still to follow
    SerialRange range;
    uint8_t reserved[16] = {};
};

// Cash came in (amount above zero) or went out.
struct CashMoved {
    static constexpr EventType type = EventType::cash_moved;
    EventHead head;
    AccountId account{};
    Currency currency{};
    uint8_t reserved[3] = {};
    int64_t amount = 0;  // ten-thousandths of that currency
    Text<24> reference;
};

// The answer to an account query begins: so many rows follow at once, each a holding_state or a
// cash_state. Nobody but the session that asked may learn of it.
struct AccountState {
    static constexpr EventType type = EventType::account_state;
    EventHead head;
    AccountId account{};  // as asked
    uint32_t count = 0;
    ClientId client_id;         // of the request
    InstrumentId instrument{};  // as asked
    AccountContent content{};
    uint8_t reserved[9] = {};
};

// One row: an account's credits of one instrument.
struct HoldingState {
    static constexpr EventType type = EventType::holding_state;
    EventHead head;
    AccountId account{};
    uint32_t remaining = 0;  // rows of the same answer still to follow
    Tonnes total;
    Tonnes in_orders;  // of the total: what open sells have reserved
    InstrumentId instrument{};
    uint8_t reserved[14] = {};
};

// One row: an account's cash in one currency, in ten-thousandths of it.
struct CashState {
    static constexpr EventType type = EventType::cash_state;
    EventHead head;
    AccountId account{};
    uint32_t remaining = 0;  // rows of the same answer still to follow
    int64_t total = 0;
    int64_t in_orders = 0;  // of the total: what open buys have reserved
    Currency currency{};
    uint8_t reserved[15] = {};
};

struct ParticipantChanged {
    static constexpr EventType type = EventType::participant_changed;
    EventHead head;
    ParticipantId participant{};
    bool enabled = false;
    uint8_t reserved[37] = {};
};

struct SessionChanged {
    static constexpr EventType type = EventType::session_changed;
    EventHead head;
    bool up = false;
    bool cancel_on_disconnect = false;
    bool cancel_good_till_cancel = false;
    uint8_t reserved[5] = {};
    uint64_t cancel_due_ns = 0;  // when it is down: the time at which its orders go; 0 never
    uint8_t reserved2[24] = {};
};

struct SourceChanged {
    static constexpr EventType type = EventType::source_changed;
    EventHead head;
    uint64_t epoch = 0;  // 0: the source is down
    Source which{};
    uint8_t reserved[31] = {};
};

struct Configured {
    static constexpr EventType type = EventType::configured;
    EventHead head;
    uint64_t venue = 0;
    Capacities capacities;
    uint32_t reserved[13] = {};
};

struct Ticked {
    static constexpr EventType type = EventType::ticked;
    EventHead head;
    uint8_t reserved[40] = {};
};

// From here on these rules are in force.
struct EngineStartedEvent {
    static constexpr EventType type = EventType::engine_started;
    EventHead head;
    uint32_t rules = 0;
    uint32_t reserved = 0;
    Text<32> build;
};

// A command that is not about an order was refused.
struct Refused {
    static constexpr EventType type = EventType::refused;
    EventHead head;
    CommandType command{};
    Reject reason{};
    uint8_t reserved[38] = {};
};

// An event of any type, with room for the longest.
struct alignas(limits::slot_bytes) Event {
    EventHead head;
    unsigned char body[limits::slot_bytes * limits::record_slots_max - sizeof(EventHead)] = {};
};

template <class T>
constexpr bool is_event =
    std::is_trivially_copyable_v<T>&& std::has_unique_object_representations_v<T> &&
    sizeof(T) % limits::slot_bytes == 0 && sizeof(T) <= sizeof(Event);
static_assert(sizeof(Accepted) == 64 && sizeof(Rejected) == 64 && sizeof(Trade) == 64);
static_assert(sizeof(Delivery) == 64 && sizeof(Rested) == 64 && sizeof(Cancelled) == 64);
static_assert(sizeof(Replaced) == 64 && sizeof(OrderState) == 64 && sizeof(MassCancelled) == 64);
static_assert(sizeof(Restated) == 64 && sizeof(PhaseChanged) == 64 && sizeof(CounterHalted) == 64);
static_assert(sizeof(CounterResumed) == 64 && sizeof(ReferenceChanged) == 64);
static_assert(sizeof(ParticipantListed) == 192 && sizeof(AccountListed) == 128);
static_assert(sizeof(SessionListed) == 128 && sizeof(ProjectListed) == 384);
static_assert(sizeof(InstrumentListed) == 128 && sizeof(CounterListed) == 128);
static_assert(sizeof(LabelsChanged) == 64);
static_assert(sizeof(CreditsDeposited) == 192 && sizeof(CreditsWithdrawn) == 64);
static_assert(sizeof(AccountState) == 64 && sizeof(HoldingState) == 64 && sizeof(CashState) == 64);
static_assert(sizeof(CashMoved) == 64 && sizeof(ParticipantChanged) == 64);
static_assert(sizeof(SessionChanged) == 64 && sizeof(SourceChanged) == 64);
static_assert(sizeof(Configured) == 128 && sizeof(Ticked) == 64 && sizeof(Refused) == 64);
static_assert(sizeof(EngineStartedEvent) == 64 && sizeof(Event) == 512);

// The event as its own type. Requires: head.type is T's.
template <class T>
const T& as_event(const EventHead& head) {
    static_assert(is_event<T>);
    return reinterpret_cast<const T&>(head);
}

}  // namespace carbonx
