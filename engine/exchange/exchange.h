// The exchange: state and rules, a pure function from commands to events (engine/README.md).
//
// Threads: one. Always: the same commands give the same events and the same state hash, on any
// machine and any day; no clock, no input or output, and after construction no allocation.
#pragma once

#include <string>
#include <vector>

#include "engine/api/command.h"
#include "engine/api/log.h"
#include "engine/exchange/book.h"
#include "engine/exchange/instruments.h"
#include "engine/exchange/ledger.h"
#include "engine/exchange/orders.h"
#include "engine/exchange/participants.h"
#include "engine/exchange/state.h"

namespace carbonx {

// An open order as tools and tests look at it.
struct OrderView {
    OrderId id{};
    SessionId session{};
    AccountId account{};
    CounterId counter{};
    OrderTerms terms;
    Price price;
    Quantity quantity;  // total
    Quantity leaves;
    ClientId client_id;
    bool operator==(const OrderView&) const = default;
};

// What the exchange knows of one source of commands.
struct SourceState {
    uint64_t epoch = 0;
    uint64_t consumed =
        0;  // slots of its ring that this epoch's commands have taken (RingConsumer)
    bool up = false;
};

// Why this build cannot apply the command, in one line; empty when it can. Whoever applies what
// another build may have written asks first.
std::string unreadable(const EngineStarted& command);
inline std::string unreadable(const CommandHead& command) {
    const bool starts =
        command.type == CommandType::engine_started && command.source == Source::sequencer;
    return starts ? unreadable(as<EngineStarted>(command)) : std::string();
}

class Exchange {
public:
    explicit Exchange(const Capacities& capacities, Populate populate = Populate::now);

    // Does one command and appends its events, at least one. Requires: sequence and time never
    // decrease; the first command is configure with these capacities; the command is not
    // unreadable(). Does not publish the events.
    void apply(uint64_t sequence, const CommandHead& command, EventWriter& events);

    // Brings what a coming command will touch towards the processor: stage one its order and
    // account, stage two what those refer to. Changes nothing.
    void prefetch_order(const CommandHead& command) const;
    void prefetch_level(const CommandHead& command) const;

    // The whole state; slow. Hashed is what is saved: exchanges of equal hashes do the same for
    // ever.
    uint64_t state_hash() const;
    void save(StateWriter& writer) const;
    // Throws std::runtime_error with one line when that is no state of an exchange of these
    // capacities; this one is then good for nothing. Requires: it is new.
    void load(StateReader& reader);

    const Capacities& capacities() const { return capacities_; }
    uint64_t venue() const { return venue_; }
    uint64_t time_ns() const { return time_ns_; }
    Phase phase() const { return phase_; }
    uint32_t trading_day() const { return trading_day_; }
    uint32_t rules() const { return rules_; }  // the version in force
    const SourceState& source(Source source) const { return sources_[index(source)]; }
    // When the next disconnected session's orders fall due; UINT64_MAX for never.
    uint64_t next_due_ns() const { return next_due_ns_; }

    // For tools and tests; slow.
    std::vector<OrderView> orders(CounterId counter, Side side) const;  // in order of priority
    bool find(OrderId id, OrderView& order) const;                      // false when it is not open
    const Instruments& instruments() const { return instruments_; }
    const Participants& participants() const { return participants_; }
    const Ledger& ledger() const { return ledger_; }
    uint32_t open_order_count() const { return orders_.live_count(); }

private:
    // Checks of the order commands, in the rulebook's order; what they found out on the way.
    struct Entry {
        Counter* counter = nullptr;
        Participant* participant = nullptr;
        uint32_t slot = no_slot;  // of the order to replace
        Price price;              // limit, or a market order's collar
        uint32_t level = 0;
        bool crosses = false;
        uint16_t fee_ppm = 0;
    };
    Reject check_session(const CommandHead& head) const;
    Reject check_new(const NewOrder& command, Entry& entry);
    Reject check_funds(const NewOrder& command, const Entry& entry) const;
    Reject check_replace(const ReplaceOrder& command, Entry& entry);
    Reject check_cancel(const CommandHead& head, const ClientId& client_id, OrderId id,
                        uint32_t& slot) const;
    Reject check_price(const Counter& counter, Price price, Quantity quantity) const;
    bool fillable(const Counter& counter, Side side, uint32_t level, uint16_t group,
                  Quantity quantity) const;

    // Order commands.
    void new_order(const NewOrder& command);
    void replace_order(const ReplaceOrder& command);
    void cancel_order(const CancelOrder& command);
    void mass_cancel(const MassCancel& command);

    // Queries.
    void order_status(const OrderStatus& command);
    void account_query(const AccountQuery& command);
    Reject check_query(const AccountQuery& command, uint32_t& rows) const;
    template <class Visit>
    void for_each_row(const AccountQuery& command, Visit&& visit) const;

    // Trading.
    bool match(uint32_t slot, Counter& counter);  // false when self-trade prevention stopped it
    template <Currency C>
    bool match_in(uint32_t slot, Counter& counter);
    template <Currency C>
    void trade(Order& maker, uint32_t maker_slot, Order& taker, uint32_t taker_slot,
               Counter& counter, Quantity quantity);
    void rest_or_cancel(uint32_t slot, Counter& counter, bool matched);
    void cancel(uint32_t slot, CancelReason reason, const ClientId& client_id);
    void close(uint32_t slot);
    template <class Belongs>
    uint32_t cancel_all(CancelReason reason, Belongs&& belongs);
    uint32_t cancel_participant(ParticipantId participant);
    uint32_t cancel_session(SessionId session, bool good_till_cancel);
    uint32_t expire_day_orders();

    // Reservations: what an order keeps reserved, given what is open of it.
    void reserve(const Order& order, const Counter& counter, Quantity leaves, int direction);

    void check_balances(AccountId account, const Counter& counter);

    // Sessions, sources, time.
    void session_up(const SessionUp& command);
    void session_down(const SessionDown& command);
    void take_down(SessionId id);
    void fire_due_timers();
    void refresh_next_due();
    void source_up(const SourceUp& command);
    void source_down(const SourceDown& command);
    void tick();

    // Operators.
    void list(const ListParticipant& command);
    void list(const ListAccount& command);
    void list(const ListSession& command);
    void list(const ListProject& command);
    void list(const ListInstrument& command);
    void list(const ListCounter& command);
    void deposit_credits(const DepositCredits& command);
    void withdraw_credits(const WithdrawCredits& command);
    void deposit_cash(const DepositCash& command);
    void withdraw_cash(const WithdrawCash& command);
    void move_cash(const CommandHead& head, AccountId account, Currency currency, int64_t amount,
                   int direction, const Text<24>& reference);
    template <Currency C>
    Reject move_cash_in(AccountId account, int64_t amount);
    void set_phase(const SetPhase& command);
    void open_day();
    void restate_book(CounterId id);
    void halt_counter(const HaltCounter& command);
    void resume_counter(const ResumeCounter& command);
    void change_labels(const ChangeLabels& command);
    void change_participant(const CommandHead& head, ParticipantId id, bool enabled);
    void configure(const Configure& command);
    void engine_started(const EngineStarted& command);

    bool allowed(const CommandHead& head) const;
    void dispatch(const CommandHead& head);
    void refuse(const CommandHead& head, Reject reason);
    void reject(const CommandHead& head, Reject reason, const ClientId& client_id,
                OrderId order_id = {}, AccountId account = {});
    static ClientId client_id_of(const CommandHead& head);
    [[noreturn]] void stop_for(const Breach& breach) const;
    OrderView view(uint32_t slot) const;
    template <class Visit>
    void for_each(CounterId counter, Side side, Visit&& visit) const {
        const Book& book = instruments_[counter].book;
        uint32_t slot = book.has(side) ? book.first(side) : no_slot;
        while (slot != no_slot) {
            visit(slot);
            const Order& order = orders_[slot];
            slot = order.next != no_slot ? order.next : book.first_behind(side, order.level);
        }
    }

    // State.
    template <class Visit>
    void state(Visit& visit);
    template <class Visit>
    void book_state(Visit& visit, CounterId id, Side side);
    const char* wrong_with(const Order& order, CounterId id, Side side) const;

    // The next event, its head filled, everything else zero: the caller writes the rest into the
    // log itself.
    template <class E>
    E& emit() {
        event_sequence_ = events_->next();
        E& event = events_->add<E>();
        event.head.command = head_.command;
        event.head.time_ns = head_.time_ns;
        event.head.session = head_.session;
        event.head.counter = head_.counter;
        return event;
    }
    // The next event, about this order.
    template <class E>
    E& emit_of(const Order& order) {
        event_sequence_ = events_->next();
        E& event = events_->add<E>();
        event.head.command = head_.command;
        event.head.time_ns = head_.time_ns;
        event.head.terms = order.terms;
        event.head.session = order.session;
        event.head.counter = order.counter;
        return event;
    }

    const Capacities capacities_;
    Participants participants_;
    Instruments instruments_;
    Orders orders_;
    Ledger ledger_;
    SourceState sources_[limits::sources_max];
    uint64_t venue_ = 0;
    uint64_t time_ns_ = 0;
    uint64_t next_due_ns_ = UINT64_MAX;
    Phase phase_ = Phase::closed;
    uint32_t trading_day_ = 0;
    uint32_t rules_ = 1;

    // Of the command that is being applied.
    EventWriter* events_ = nullptr;
    EventHead head_;
    uint64_t event_sequence_ = 0;  // of the last event
};

}  // namespace carbonx
