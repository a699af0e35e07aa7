// Who owns what: cash by currency, and credits down to the serial number.
//
// A lot is one registry's serial block as it was deposited. An account's part of a lot is a
// position: a stack of serial runs. All positions of one account in one instrument hang on a
// holding, oldest lot first; the holding says how many tonnes there are and how many of them open
// sells have reserved.
//
// Threads: one. Always: 0 <= reserved <= total for every balance; for each currency and lot the sum
// over all accounts equals what was deposited less what was withdrawn. Every change is two postings
// that sum to zero: with another account, or with the world outside.
#pragma once

#include <string_view>
#include <vector>

#include "engine/api/event.h"
#include "engine/exchange/table.h"

namespace carbonx {

template <class Unit>
struct Balance {
    Unit total;
    Unit reserved;
    Unit free() const { return total - reserved; }
};

struct Lot {
    InstrumentId instrument{};
    Registry registry{};
    uint64_t serial_first = 0;
    uint64_t serial_last = 0;
    Tonnes outside;  // minus what the venue holds of it: the other side of deposits and withdrawals
    Tonnes counted;  // by the recount that runs
    Text<40> serial_prefix;
    uint32_t next_alike = 0;  // a lot before it that hangs at the same head; not part of the state
};

// A broken invariant of the ledger, for the message that stops the engine.
struct Breach {
    AccountId account{};
    std::string_view asset;  // "HKD", "CNH" or "credits"
    LotId lot{};             // of credits
    int64_t amount = 0;      // by which it is off
    std::string_view what;
};

class Ledger {
public:
    Ledger(const Capacities& capacities, Populate populate);

    template <Currency C>
    Balance<Money<C>>& cash(AccountId account) {
        if constexpr (C == Currency::hkd)
            return accounts_[index(account)].hkd;
        else
            return accounts_[index(account)].cnh;
    }
    template <Currency C>
    const Balance<Money<C>>& cash(AccountId account) const {
        return const_cast<Ledger*>(this)->cash<C>(account);
    }
    Balance<Tonnes>& credits(AccountId account, InstrumentId instrument) {
        return holding(account, instrument).balance;
    }
    const Balance<Tonnes>& credits(AccountId account, InstrumentId instrument) const {
        return const_cast<Ledger*>(this)->credits(account, instrument);
    }

    // Moves cash between two accounts; account 0 is the world outside. Requires: enough of it, free
    // or already released.
    template <Currency C>
    void pay(AccountId from, AccountId to, Money<C> amount) {
        cash<C>(from).total -= amount;
        posted<C>() -= amount;
#ifdef CARBONX_BREAK_SETTLEMENT  // a test build that loses this leg, to see the engine stop
        if (index(from) != 0) return;
#endif
        cash<C>(to).total += amount;
        posted<C>() += amount;
    }

    // Moves serials of the instrument from a seller to a buyer, oldest lot first, and tells each
    // run that moved: run(SerialRange). Requires: the seller has them; room() for one more trade.
    template <class Run>
    void deliver(AccountId from, AccountId to, InstrumentId instrument, Quantity quantity,
                 Run&& run) {
        Holding& source = holding(from, instrument);
        Holding& target = holding(to, instrument);
        uint32_t left = quantity.value;
        while (left > 0) {
            const SerialRange range = take(source, source.first_position, left);
            give(target, range);
            if (credits_posted_ != 0) [[unlikely]]
                return;  // of this lot; balanced() then tells
            left -= range.count;
            run(range);
        }
    }

    // Whether this many trades can be settled, whatever they split.
    bool room(uint32_t trades) const {
        return free_positions_.count > trades && free_ranges_.count > trades;
    }

    // Refusals as in the rulebook; the caller has checked account and instrument.
    Reject deposit(const DepositCredits& deposit, Registry registry);  // the new lot is last_lot()
    Reject check_withdrawal(AccountId account, LotId lot, Quantity quantity) const;
    // Takes serials out of the venue and tells each run: run(SerialRange). Requires:
    // check_withdrawal.
    template <class Run>
    void withdraw(AccountId account, LotId lot, Quantity quantity, Run&& run) {
        Holding& source = holding(account, lots_[index(lot)].instrument);
        uint32_t left = quantity.value;
        while (left > 0) {
            const SerialRange range = take(source, *find_position(source, lot), left);
            lots_[index(lot)].outside += Tonnes(range.count);
            credits_posted_ += range.count;
            left -= range.count;
            run(range);
        }
    }

    // Whether the postings since the last call sum to zero and these balances stand; else what is
    // wrong.
    template <Currency C>
    bool balanced(AccountId buyer, AccountId seller, InstrumentId instrument) const {
        return const_cast<Ledger*>(this)->posted<C>().value == 0 && credits_posted_ == 0 &&
               whole(cash<C>(buyer)) && whole(cash<C>(seller)) &&
               whole(credits(buyer, instrument)) && whole(credits(seller, instrument));
    }
    Breach breach(AccountId one, AccountId other, InstrumentId instrument) const;

    // Counts a slice of everything again, a new one at each call; or all of it. False: see the
    // breach.
    bool recount_slice(std::size_t accounts, Breach& breach);
    bool recount_all(std::size_t accounts, Breach& breach);

    LotId last_lot() const { return static_cast<LotId>(lots_.size() - 1); }
    bool known(LotId lot) const { return index(lot) - 1 < lots_.size() - 1; }
    const Lot& operator[](LotId lot) const { return lots_[index(lot)]; }
    // What the venue holds of a currency in all.
    template <Currency C>
    Money<C> held() const {
        return -cash<C>(AccountId{}).total;
    }
    // An account's serial runs of one instrument, in the order in which they would be delivered;
    // slow.
    std::vector<SerialRange> serials(AccountId account, InstrumentId instrument) const;

    void prefetch(AccountId account) const {
        if (index(account) < accounts_.size()) __builtin_prefetch(&accounts_[index(account)], 1);
    }
    void prefetch(AccountId account, InstrumentId instrument) const {
        if (index(account) < accounts_.size()) {
            __builtin_prefetch(&holdings_[index(account) * instrument_stride_ + index(instrument)],
                               1);
        }
    }
    // Of this many accounts and instruments, from 1.
    template <class Visit>
    void state(Visit& visit, std::size_t accounts, std::size_t instruments);

private:
    static constexpr uint32_t none = 0;  // no position and no run, so that memory begins empty

    struct CashAccount {
        Balance<Hkd> hkd;
        Balance<Cnh> cnh;
    };
    struct Holding {  // an account's credits of one instrument
        Balance<Tonnes> balance;
        uint32_t first_position = none;  // oldest lot
    };
    struct Position {  // an account's part of one lot
        LotId lot{};
        uint32_t next = none;  // a younger lot's; on the free list, the next free one
        Tonnes total;
        uint32_t last_range = none;  // received last, delivered first
    };
    struct Range {  // a run of serials
        uint64_t first = 0;
        uint32_t count = 0;
        uint32_t next = none;  // received before it; on the free list, the next free one
    };
    struct FreeList {
        uint32_t first = none;  // of those used before
        uint32_t count;         // with those never used
    };

    template <Currency C>
    Money<C>& posted() {
        if constexpr (C == Currency::hkd)
            return posted_hkd_;
        else
            return posted_cnh_;
    }
    template <class Unit>
    static bool whole(const Balance<Unit>& balance) {
        return balance.reserved >= Unit{} && balance.total >= balance.reserved;
    }
    template <class T>
    static uint32_t take_free(Table<T>& table, FreeList& list) {
        --list.count;
        if (list.first == none) {
            table.add();
            return static_cast<uint32_t>(table.size() - 1);
        }
        const uint32_t i = list.first;
        list.first = table[i].next;
        table[i] = T{};
        return i;
    }
    template <class T>
    static void give_free(Table<T>& table, FreeList& list, uint32_t i) {
        table[i].next = list.first;
        list.first = i;
        ++list.count;
    }

    Holding& holding(AccountId account, InstrumentId instrument) {
        return holdings_[index(account) * instrument_stride_ + index(instrument)];
    }
    const Holding& holding(AccountId account, InstrumentId instrument) const {
        return const_cast<Ledger*>(this)->holding(account, instrument);
    }
    // The link that leads to the lot's position in a holding, or to where it would stand.
    uint32_t* find_position(Holding& holding, LotId lot) {
        uint32_t* link = &holding.first_position;
        while (*link != none && positions_[*link].lot < lot) link = &positions_[*link].next;
        return link;
    }
    // Up to `most` serials off the position that the link leads to.
    SerialRange take(Holding& from, uint32_t& link, uint32_t most);
    void give(Holding& to, const SerialRange& serials);
    // The youngest of the lots that may have this registry and prefix, or 0.
    uint32_t& alike(Registry registry, const Text<40>& prefix);
    void hang(Lot& lot);
    bool overlaps(LotId lot, uint64_t first, uint64_t last) const;
    bool recount(AccountId account, Breach& breach);
    template <class Visit>
    void lot_state(Visit& visit, Lot& lot, std::size_t instruments);
    template <Currency C, class Visit>
    void cash_state(Visit& visit, std::size_t accounts);
    template <class Visit>
    void holding_state(Visit& visit, Holding& holding, InstrumentId instrument);
    template <class Visit>
    void position_state(Visit& visit, Position& position);

    Table<CashAccount> accounts_;  // 0: the world outside
    std::size_t instrument_stride_;
    Table<Holding> holdings_;  // by account, then instrument
    Table<Lot> lots_;
    Table<uint32_t> alike_;  // heads of the rows of lots, by hash of registry and prefix
    Table<Position> positions_;
    Table<Range> ranges_;
    FreeList free_positions_;  // of positions_
    FreeList free_ranges_;     // of ranges_
    Hkd posted_hkd_;           // sums of all postings: zero between events
    Cnh posted_cnh_;
    int64_t credits_posted_ = 0;
    uint32_t recounted_ = 0;  // the account that was counted last
};

}  // namespace carbonx
