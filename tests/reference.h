// The slow, obvious exchange: the oracle for the real one. Written from engine/README.md alone,
// with maps and lists, nothing cached and nothing clever, so that one sees that it is right.
//
// Threads: one. Always: the same events as the real exchange, byte for byte, for any commands.
#pragma once

#include <list>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/api/command.h"
#include "engine/api/event.h"

namespace carbonx::tests {

class Reference {
public:
    struct Order {
        OrderId id{};
        SessionId session{};
        AccountId account{};
        CounterId counter{};
        OrderTerms terms;
        Price price;
        Quantity quantity;  // total
        Quantity leaves;
        ClientId client_id;
    };
    struct Balance {
        int64_t total = 0;
        int64_t reserved = 0;
        bool operator==(const Balance&) const = default;
    };

    // Does one command and gives its events. Requires: the first command is configure.
    std::vector<Event> apply(uint64_t sequence, const CommandHead& command);

    // What tests look at.
    std::vector<Order> orders(CounterId counter, Side side) const;  // in order of priority
    const std::map<uint32_t, Order>& open_orders() const { return orders_; }  // by slot
    Balance cash(AccountId account, Currency currency) const;
    Balance credits(AccountId account, InstrumentId instrument) const;
    std::vector<SerialRange> serials(AccountId account, InstrumentId instrument) const;
    Phase phase() const { return phase_; }
    uint32_t trading_day() const { return trading_day_; }
    std::size_t participant_count() const { return participants_.size(); }
    std::size_t account_count() const { return accounts_.size(); }
    std::size_t session_count() const { return sessions_.size(); }
    std::size_t instrument_count() const { return instruments_.size(); }
    std::size_t counter_count() const { return counters_.size(); }
    std::size_t lot_count() const { return lots_.size(); }

private:
    struct Participant {
        ListParticipant listing;
        bool enabled = true;
    };
    struct Account {
        ListAccount listing;
        int64_t cash[currency_count] = {};
        // By lot, oldest first; of a lot, the run that was received last stands last.
        std::map<LotId, std::vector<SerialRange>> runs;
    };
    struct Session {
        ListSession listing;
        bool up = false;
        bool cancel_on_disconnect = false;
        bool cancel_good_till_cancel = false;
        uint64_t grace_ns = 0;
        uint64_t cancel_due_ns = 0;  // 0: never
    };
    struct Band {
        int64_t low = 0;
        int64_t high = 0;
        int64_t levels = 0;
    };
    struct Counter {
        ListCounter listing;
        Price reference;
        Band band;
        int64_t level_room = 0;  // levels that it has taken of the venue's (G3)
        Price last;              // of this trading day; 0 before the first trade
        bool halted = false;
        // Best price first, for either side: a buy's price stands negated.
        std::map<int64_t, std::list<OrderId>> book[2];
    };
    struct Lot {
        DepositCredits deposit;
    };
    struct SourceState {
        bool up = false;
        uint64_t epoch = 0;
    };

    // Looking things up: by id from 1; nullptr when there is no such one.
    template <class Id, class T>
    static T* find(std::vector<T>& all, Id id) {
        return index(id) >= 1 && index(id) <= all.size() ? &all[index(id) - 1] : nullptr;
    }
    template <class Id, class T>
    static const T& at(const std::vector<T>& all, Id id) {
        return all.at(index(id) - 1);
    }
    Counter& counter_of(const Order& order) { return counters_.at(index(order.counter) - 1); }
    ParticipantId participant_of(const Order& order) const {
        return at(accounts_, order.account).listing.participant;
    }
    uint32_t owner_group(const Order& order) const;

    // Orders.
    void new_order(const NewOrder& command);
    void replace_order(const ReplaceOrder& command);
    void cancel_order(const CancelOrder& command);
    void mass_cancel(const MassCancel& command);
    void order_status(const OrderStatus& command);
    void account_query(const AccountQuery& command);
    Reject check_session(const CommandHead& head);
    Reject check_new(const NewOrder& command, Order& order);
    Reject check_replace(const ReplaceOrder& command);
    Reject check_quantity(const Counter& counter, Quantity quantity) const;
    Reject check_price(const Counter& counter, Price price) const;
    Reject check_funds(const Order& before, const Order& after) const;
    Order* find_order(const CommandHead& head, OrderId id);
    Price collar(const Counter& counter, Side side) const;
    bool within(const Order& order, Price price) const;
    bool crosses(const Order& order);
    bool fillable(const Order& order);
    bool room_for_trades() const;
    int64_t fee(const Counter& counter, AccountId account, int64_t notional) const;
    int64_t cost(const Order& order) const;

    // Matching.
    void enter(OrderId id);
    void trade(Order& maker, Order& taker);
    void deliver(AccountId from, AccountId to, InstrumentId instrument, uint32_t quantity,
                 std::vector<SerialRange>& moved);
    std::vector<SerialRange> take(AccountId account, LotId lot, uint32_t quantity);
    void rest(const Order& order);
    void unrest(const Order& order);
    void cancel(OrderId id, CancelReason reason, const ClientId& client_id = {});
    void close(OrderId id);
    template <class Belongs>
    uint32_t cancel_all(CancelReason reason, Belongs belongs);

    // Sessions, sources, time.
    void fire_due_timers();
    void session_up(const SessionUp& command);
    void session_down(const SessionDown& command);
    void take_down(SessionId id);
    void source_up(const SourceUp& command);
    void source_down(const SourceDown& command);

    // Operators.
    void list(const ListParticipant& command);
    void list(const ListAccount& command);
    void list(const ListSession& command);
    void list(const ListProject& command);
    void list(const ListInstrument& command);
    void list(const ListCounter& command);
    void change_labels(const ChangeLabels& command);
    void deposit_credits(const DepositCredits& command);
    void withdraw_credits(const WithdrawCredits& command);
    void deposit_cash(const DepositCash& command);
    void withdraw_cash(const WithdrawCash& command);
    void cash_moved(AccountId account, Currency currency, int64_t amount,
                    const Text<24>& reference);
    void set_phase(const SetPhase& command);
    void open_day();
    void move_reference(CounterId id, Counter& counter);
    void halt_counter(const HaltCounter& command);
    void resume_counter(const ResumeCounter& command);
    void change_participant(ParticipantId id, bool enabled);
    bool levels_free(int64_t room) const {
        return room <= int64_t{capacities_.levels} - levels_taken_;
    }
    static int64_t room_for(const Band& band) { return band.levels + band.levels / 2; }
    static Band band_around(Price reference, uint32_t band_bps, Price tick);

    // Events.
    bool may_send(Source source, CommandType type) const;
    void dispatch(const CommandHead& head);
    template <class E>
    E event() const;
    template <class E>
    E event_of(const Order& order) const;
    template <class E>
    void emit(const E& made);
    void refuse(Reject reason);
    void reject(Reject reason, const ClientId& client_id, OrderId order_id = {},
                AccountId account = {});

    Capacities capacities_;
    std::vector<Participant> participants_;
    std::vector<Account> accounts_;
    std::vector<Session> sessions_;
    std::vector<ListProject> projects_;
    std::vector<ListInstrument> instruments_;
    std::vector<Counter> counters_;
    std::vector<Lot> lots_;
    SourceState sources_[limits::sources_max];
    int64_t held_[currency_count] = {};  // deposited less withdrawn
    int64_t levels_taken_ = 0;           // by all counters, also what they have outgrown
    Phase phase_ = Phase::closed;
    uint32_t trading_day_ = 0;
    uint32_t rules_ = 1;

    std::map<uint32_t, Order> orders_;   // open ones, by slot
    std::vector<uint32_t> generations_;  // uses of each slot so far
    std::vector<uint32_t> free_slots_;   // the one that was freed last stands last

    // Of the command that is being applied.
    uint64_t sequence_ = 0;
    const CommandHead* command_ = nullptr;
    std::vector<Event> events_;
};

}  // namespace carbonx::tests
