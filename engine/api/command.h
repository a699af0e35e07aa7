// What can be asked of the exchange. Plain records of fixed layout, as they lie in the rings and in
// the journal: one to eight 64-byte slots, the head first.
//
// A record's sequence is not in it: it is the place of its first slot in the journal, from 1.
// Reserved bytes are zero. Layouts only grow, by a new version of the head.
#pragma once

#include <cstdint>
#include <type_traits>

#include "engine/api/limits.h"
#include "engine/api/types.h"

namespace carbonx {

enum class CommandType : uint8_t {
    // Brokers
    new_order = 1,
    cancel_order = 2,
    replace_order = 3,
    mass_cancel = 4,
    order_status = 5,
    session_up = 6,
    session_down = 7,
    account_query = 8,  // since rules 2
    // Operators
    list_participant = 20,
    list_account = 21,
    list_session = 22,
    list_project = 23,
    list_instrument = 24,
    list_counter = 25,
    deposit_credits = 30,
    withdraw_credits = 31,
    deposit_cash = 32,
    withdraw_cash = 33,
    set_phase = 40,
    halt_counter = 41,
    resume_counter = 42,
    disable_participant = 43,  // the kill switch: no new orders, and the open ones are cancelled
    enable_participant = 44,
    change_labels = 45,  // since rules 3
    // Sequencer
    configure = 60,  // always the first record of a journal
    source_up = 61,
    source_down = 62,
    tick = 63,
    engine_started = 64,
};

struct CommandHead {
    uint64_t source_sequence = 0;  // place in the source's ring, from 1; also the ring's own marker
    uint64_t time_ns = 0;          // since 1970 UTC; stamped by the sequencer, never decreasing
    CommandType type{};
    uint8_t version = 1;
    Source source{};  // stamped by the sequencer
    uint8_t slots = 1;
    SessionId session{};  // who asks; 0 for operators and the sequencer
    CounterId counter{};  // 0 where the command is not about one
};
static_assert(sizeof(CommandHead) == 24);

struct NewOrder {
    static constexpr CommandType type = CommandType::new_order;
    CommandHead head;
    AccountId account{};
    uint32_t message_sequence = 0;  // FIX MsgSeqNum (34)
    Price price;                    // 0 for a market order
    Quantity quantity;
    OrderTerms terms;
    uint8_t reserved[3] = {};
    ClientId client_id;
};

struct CancelOrder {
    static constexpr CommandType type = CommandType::cancel_order;
    CommandHead head;
    OrderId order_id{};
    uint32_t message_sequence = 0;
    uint32_t reserved = 0;
    ClientId client_id;  // of the cancel request
    uint32_t reserved2 = 0;
};

struct ReplaceOrder {
    static constexpr CommandType type = CommandType::replace_order;
    CommandHead head;
    OrderId order_id{};
    uint32_t message_sequence = 0;
    ClientId client_id;  // of the replace request; the order's from then on
    Price price;
    Quantity quantity;  // the order's new total, executed part included
};

// Cancels the open orders of the sender's session; an operator names whose by participant, 0 for
// all.
struct MassCancel {
    static constexpr CommandType type = CommandType::mass_cancel;
    CommandHead head;  // counter: only this one's orders; 0 for all counters
    uint32_t message_sequence = 0;
    ParticipantId participant{};  // operators only
    uint16_t reserved = 0;
    ClientId client_id;  // of the request
    uint8_t reserved2[12] = {};
};

struct OrderStatus {
    static constexpr CommandType type = CommandType::order_status;
    CommandHead head;
    OrderId order_id{};
    uint32_t message_sequence = 0;
    ClientId
        client_id;  // the request's own id: OrdStatusReqID (790) or MassStatusReqID (584), if any
    uint8_t reserved[8] = {};
};

enum class AccountContent : uint8_t {
    holdings = 1,
    cash = 2,
    holding = 3,  // of one account and instrument: one row, also when there is nothing
};

// What the accounts of the sender's participant hold now: credits, or cash.
struct AccountQuery {
    static constexpr CommandType type = CommandType::account_query;
    CommandHead head;
    AccountId account{};  // only this one; 0 for all of the participant
    uint32_t message_sequence = 0;
    ClientId client_id;         // the request's own id: PosReqID (710) or CollInquiryID (909)
    InstrumentId instrument{};  // of holdings: only this one; 0 for all
    AccountContent content{};
    uint8_t reserved[9] = {};
};

// A FIX session has logged on. With cancel_on_disconnect its day orders (and, if asked, the GTC
// ones) are cancelled when it has been gone for the grace time.
struct SessionUp {
    static constexpr CommandType type = CommandType::session_up;
    CommandHead head;
    uint64_t grace_ns = 0;
    bool cancel_on_disconnect = false;
    bool cancel_good_till_cancel = false;
    uint8_t reserved[30] = {};
};

struct SessionDown {
    static constexpr CommandType type = CommandType::session_down;
    CommandHead head;
    uint8_t reserved[40] = {};
};

enum class ParticipantClass : uint8_t {
    mainland = 1,
    hong_kong = 2,
    gba_pilot = 3,
    foreign = 4,
    house = 5
};

struct ListParticipant {
    static constexpr CommandType type = CommandType::list_participant;
    CommandHead head;
    ParticipantClass participant_class{};
    uint8_t reserved = 0;
    uint16_t group = 0;  // beneficial owner: orders of one group never trade with each other
    uint32_t fee_discount_ppm = 0;  // taken off each counter's fee
    uint32_t open_orders_max = 0;
    uint32_t reserved2 = 0;
    Text<24> name;  // unique
    Text<64> legal_name;
};

struct ListAccount {
    static constexpr CommandType type = CommandType::list_account;
    CommandHead head;
    ParticipantId participant{};
    uint8_t reserved[14] = {};
    Text<24> name;  // unique
};

// Binds a FIX session to a participant. Its id is the listing's order, from 1, as the gateway's.
struct ListSession {
    static constexpr CommandType type = CommandType::list_session;
    CommandHead head;
    ParticipantId participant{};
    Source source{};  // the gateway that it connects to
    uint8_t reserved[13] = {};
    Text<24> name;  // CompID, unique
};

enum class Registry : uint8_t { verra = 1, gold_standard = 2, acr = 3, car = 4, art = 5, ccer = 6 };

struct ListProject {
    static constexpr CommandType type = CommandType::list_project;
    CommandHead head;
    Registry registry{};
    bool removal = false;
    Text<2> host_country;  // ISO 3166
    uint8_t reserved[4] = {};
    Text<32> key;  // the registry's own; unique together with it
    Text<96> methodology;
    Text<96> name;
    uint8_t reserved2[64] = {};
};

enum Label : uint32_t {  // bits of labels
    label_icvcm_ccp = 1U << 0,
    label_corsia = 1U << 1,
    label_article6 = 1U << 2,
    label_ccb = 1U << 3,
};
constexpr uint32_t labels_known = label_icvcm_ccp | label_corsia | label_article6 | label_ccb;

// One project and vintage: what credits are deliverable, and one inventory for all of its counters.
struct ListInstrument {
    static constexpr CommandType type = CommandType::list_instrument;
    CommandHead head;
    ProjectId project{};
    uint16_t vintage = 0;  // year
    uint32_t labels = 0;
    Quantity round_lot;     // order quantities are multiples of it
    Quantity quantity_max;  // of one order
    Text<8> name;           // unique: a counter's symbol is this and its currency's letter
    uint8_t reserved[16] = {};
};

// An instrument in one currency: a book, a tick and a reference price.
struct ListCounter {
    static constexpr CommandType type = CommandType::list_counter;
    CommandHead head;
    InstrumentId instrument{};
    Currency currency{};
    uint8_t reserved = 0;
    Price tick;
    Price reference;          // what the static band is around until a close moves it
    uint32_t band_bps = 0;    // static band, each side of the reference
    uint32_t collar_bps = 0;  // of a market order, each side of the last trade
    uint32_t fee_ppm = 0;     // of the notional, from both sides
    Symbol symbol;            // unique
    uint8_t reserved2[8] = {};
};

// A registry's serial block enters the venue and becomes a lot. The only way credits come to be.
struct DepositCredits {
    static constexpr CommandType type = CommandType::deposit_credits;
    CommandHead head;
    AccountId account{};
    InstrumentId instrument{};
    uint16_t reserved = 0;
    uint64_t serial_first = 0;
    uint64_t serial_last = 0;
    uint32_t vintage_start = 0;  // yyyymmdd
    uint32_t vintage_end = 0;
    uint32_t labels = 0;
    uint32_t reserved2 = 0;
    Text<40> serial_prefix;  // one registry's serial numbers are unique within it
    Text<24> reference;      // the depositor's own
};

// Credits of one lot leave for their registry, those received last by the account first.
struct WithdrawCredits {
    static constexpr CommandType type = CommandType::withdraw_credits;
    CommandHead head;
    AccountId account{};
    LotId lot{};
    Quantity quantity;
    uint8_t reserved[4] = {};
    Text<24> reference;
};

struct DepositCash {
    static constexpr CommandType type = CommandType::deposit_cash;
    CommandHead head;
    AccountId account{};
    Currency currency{};
    uint8_t reserved[3] = {};
    int64_t amount = 0;  // ten-thousandths of that currency
    Text<24> reference;
};

struct WithdrawCash {
    static constexpr CommandType type = CommandType::withdraw_cash;
    CommandHead head;
    AccountId account{};
    Currency currency{};
    uint8_t reserved[3] = {};
    int64_t amount = 0;
    Text<24> reference;
};

struct SetPhase {
    static constexpr CommandType type = CommandType::set_phase;
    CommandHead head;
    Phase phase{};
    uint8_t reserved[3] = {};
    uint32_t trading_day = 0;  // yyyymmdd; with closed -> pre_open: the day that begins
    uint8_t reserved2[32] = {};
};

struct HaltCounter {
    static constexpr CommandType type = CommandType::halt_counter;
    CommandHead head;
    Text<4> reason;  // as ITCH carries it
    uint8_t reserved[36] = {};
};

struct ResumeCounter {
    static constexpr CommandType type = CommandType::resume_counter;
    CommandHead head;
    uint8_t reserved[40] = {};
};

struct DisableParticipant {
    static constexpr CommandType type = CommandType::disable_participant;
    CommandHead head;
    ParticipantId participant{};
    uint8_t reserved[38] = {};
};

struct EnableParticipant {
    static constexpr CommandType type = CommandType::enable_participant;
    CommandHead head;
    ParticipantId participant{};
    uint8_t reserved[38] = {};
};

// What stands behind an instrument's credits has changed: a label came, or was withdrawn.
struct ChangeLabels {
    static constexpr CommandType type = CommandType::change_labels;
    CommandHead head;
    InstrumentId instrument{};
    uint16_t reserved = 0;
    uint32_t labels = 0;  // all that it has from now on
    uint8_t reserved2[32] = {};
};

// How much room the exchange has: journaled, so that a replay has the same.
struct Capacities {
    uint32_t participants = 64;
    uint32_t accounts = 256;
    uint32_t projects = 256;
    uint32_t instruments = 256;
    uint32_t counters = 512;
    uint32_t sessions = 64;
    uint32_t lots = 1U << 16;
    uint32_t positions = 1U << 18;  // account and lot pairs
    uint32_t ranges = 1U << 20;     // runs of serials
    uint32_t orders = 1U << 18;     // open at one time
    uint32_t levels = 1U << 22;     // price levels of all books together
    bool operator==(const Capacities&) const = default;
};

struct Configure {
    static constexpr CommandType type = CommandType::configure;
    CommandHead head;
    uint64_t venue = 0;  // random at the journal's birth: which venue this is
    Capacities capacities;
    uint32_t reserved[13] = {};
};

// An engine has taken over the journal: what follows is done under this build's rules.
struct EngineStarted {
    static constexpr CommandType type = CommandType::engine_started;
    CommandHead head;
    uint32_t rules = 0;  // rules_version of the build (version.h)
    uint32_t reserved = 0;
    Text<32> build;  // for people
};

// A source's ring is attached with a new epoch: its numbering begins again at 1.
struct SourceUp {
    static constexpr CommandType type = CommandType::source_up;
    CommandHead head;
    uint64_t epoch = 0;
    Source which{};
    uint8_t reserved[31] = {};
};

// A source has fallen silent: its sessions count as disconnected.
struct SourceDown {
    static constexpr CommandType type = CommandType::source_down;
    CommandHead head;
    Source which{};
    uint8_t reserved[39] = {};
};

// Time passes while nothing else happens.
struct Tick {
    static constexpr CommandType type = CommandType::tick;
    CommandHead head;
    uint8_t reserved[40] = {};
};

// A command of any type, with room for the longest.
struct alignas(limits::slot_bytes) Command {
    CommandHead head;
    unsigned char body[limits::slot_bytes * limits::record_slots_max - sizeof(CommandHead)] = {};
};

// Without padding: every byte of a record is written on purpose, so that equal records have equal
// bytes.
template <class T>
constexpr bool is_command =
    std::is_trivially_copyable_v<T>&& std::has_unique_object_representations_v<T> &&
    sizeof(T) % limits::slot_bytes == 0 && sizeof(T) <= sizeof(Command);
static_assert(sizeof(NewOrder) == 64 && sizeof(CancelOrder) == 64 && sizeof(ReplaceOrder) == 64);
static_assert(sizeof(MassCancel) == 64 && sizeof(OrderStatus) == 64 && sizeof(SessionUp) == 64);
static_assert(sizeof(SessionDown) == 64 && sizeof(ListParticipant) == 128);
static_assert(sizeof(ListAccount) == 64 && sizeof(ListSession) == 64 && sizeof(ListProject) == 320);
static_assert(sizeof(ListInstrument) == 64 && sizeof(ListCounter) == 64);
static_assert(sizeof(DepositCredits) == 128 && sizeof(WithdrawCredits) == 64);
static_assert(sizeof(DepositCash) == 64 && sizeof(WithdrawCash) == 64 && sizeof(SetPhase) == 64);
static_assert(sizeof(HaltCounter) == 64 && sizeof(ResumeCounter) == 64);
static_assert(sizeof(DisableParticipant) == 64 && sizeof(EnableParticipant) == 64);
static_assert(sizeof(ChangeLabels) == 64);
static_assert(sizeof(Configure) == 128 && sizeof(SourceUp) == 64 && sizeof(SourceDown) == 64);
static_assert(sizeof(Tick) == 64 && sizeof(EngineStarted) == 64 && sizeof(AccountQuery) == 64 &&
              sizeof(Command) == 512);

// How many slots a command of this type takes; 0 for a type that does not exist.
constexpr uint8_t slots_of(CommandType type) {
    constexpr auto slots = [](std::size_t bytes) {
        return static_cast<uint8_t>(bytes / limits::slot_bytes);
    };
    switch (type) {
        case CommandType::list_participant:
            return slots(sizeof(ListParticipant));
        case CommandType::list_project:
            return slots(sizeof(ListProject));
        case CommandType::deposit_credits:
            return slots(sizeof(DepositCredits));
        case CommandType::configure:
            return slots(sizeof(Configure));
        case CommandType::new_order:
        case CommandType::cancel_order:
        case CommandType::replace_order:
        case CommandType::mass_cancel:
        case CommandType::order_status:
        case CommandType::session_up:
        case CommandType::session_down:
        case CommandType::account_query:
        case CommandType::list_account:
        case CommandType::list_session:
        case CommandType::list_instrument:
        case CommandType::list_counter:
        case CommandType::withdraw_credits:
        case CommandType::deposit_cash:
        case CommandType::withdraw_cash:
        case CommandType::set_phase:
        case CommandType::halt_counter:
        case CommandType::resume_counter:
        case CommandType::disable_participant:
        case CommandType::enable_participant:
        case CommandType::change_labels:
        case CommandType::source_up:
        case CommandType::source_down:
        case CommandType::tick:
        case CommandType::engine_started:
            return 1;
    }
    return 0;
}

// A zeroed command of this type with its head filled.
template <class T>
T make_command(SessionId session = {}, CounterId counter = {}) {
    static_assert(is_command<T>);
    T command{};
    command.head.type = T::type;
    command.head.slots = static_cast<uint8_t>(sizeof(T) / limits::slot_bytes);
    command.head.session = session;
    command.head.counter = counter;
    return command;
}

// The command as its own type. Requires: head.type is T's; the record has T's slots.
template <class T>
const T& as(const CommandHead& head) {
    static_assert(is_command<T>);
    return reinterpret_cast<const T&>(head);
}

}  // namespace carbonx
