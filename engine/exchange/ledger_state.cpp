// The ledger's state: lots, cash, and each account's serial runs. Totals follow from the runs.
#include "engine/exchange/ledger.h"
#include "engine/exchange/money.h"
#include "engine/exchange/state.h"

namespace carbonx {

template <class Visit>
void Ledger::state(Visit& visit, std::size_t accounts, std::size_t instruments) {
    state_table(visit, lots_, [&](Lot& lot) { lot_state(visit, lot, instruments); });
    cash_state<Currency::hkd>(visit, accounts);
    cash_state<Currency::cnh>(visit, accounts);
    visit(recounted_);
    visit.require(recounted_ <= accounts, "the recount's place");
    // Of each account the instruments that it holds, closed by instrument 0.
    for (std::size_t account = 1; account <= accounts; ++account) {
        Holding* const row = &holdings_[account * instrument_stride_];
        InstrumentId instrument{};
        if constexpr (Visit::reads) {
            std::size_t last = 0;
            for (visit(instrument); index(instrument) != 0; visit(instrument)) {
                visit.require(index(instrument) > last && index(instrument) <= instruments,
                              "a holding of no instrument, or out of order");
                last = index(instrument);
                holding_state(visit, row[last], instrument);
            }
        } else {
            for (std::size_t i = 1; i <= instruments; ++i) {
                if (row[i].first_position == none) continue;
                instrument = static_cast<InstrumentId>(i);
                visit(instrument);
                holding_state(visit, row[i], instrument);
            }
            visit(InstrumentId{});
        }
    }
    if constexpr (Visit::reads) {
        for (const Lot& lot : lots_) {
            visit.require(lot.counted == Tonnes{}, "a lot whose serials are not all held");
        }
    }
}

template <class Visit>
void Ledger::lot_state(Visit& visit, Lot& lot, std::size_t instruments) {
    visit(lot.instrument);
    visit(lot.registry);
    visit(lot.serial_first);
    visit(lot.serial_last);
    visit(lot.serial_prefix);
    visit(lot.outside);
    const uint64_t more = lot.serial_last - lot.serial_first;
    visit.require(index(lot.instrument) - 1 < instruments, "a lot of no instrument");
    visit.require(lot.serial_first <= lot.serial_last && more < limits::quantity_max.value,
                  "a lot's serials");
    visit.require(lot.outside <= Tonnes{} && lot.outside >= -Tonnes(static_cast<int64_t>(more) + 1),
                  "a lot of which more is held than it has");
    if constexpr (Visit::reads) {
        lot.counted = lot.outside;
        hang(lot);
    }
}

template <Currency C, class Visit>
void Ledger::cash_state(Visit& visit, std::size_t accounts) {
    Money<C> left{};  // of what the venue holds, not yet some account's
    for (std::size_t i = 0; i <= accounts; ++i) {
        Balance<Money<C>>& balance = cash<C>(static_cast<AccountId>(i));
        visit(balance.total);
        visit(balance.reserved);
        if (i == 0) {
            visit.require(balance.total <= Money<C>{} && balance.total >= -Money<C>{cash_max},
                          "more cash than the venue may hold");
            left = -balance.total;
        } else {
            visit.require(whole(balance) && balance.total <= left, "an account's cash");
            left -= balance.total;
        }
    }
    visit.require(left == Money<C>{}, "cash that no account has");
}

// What is reserved; then each position, oldest lot first, closed by lot 0.
template <class Visit>
void Ledger::holding_state(Visit& visit, Holding& holding, InstrumentId instrument) {
    visit(holding.balance.reserved);
    if constexpr (Visit::reads) {
        uint32_t* link = &holding.first_position;
        LotId lot{}, last{};
        for (visit(lot); index(lot) != 0; visit(lot)) {
            visit.require(known(lot) && lot > last && lots_[index(lot)].instrument == instrument,
                          "a position of no lot, or out of order");
            visit.require(free_positions_.count != 0, "more positions than there is room for");
            last = lot;
            const uint32_t made = take_free(positions_, free_positions_);
            *link = made;
            positions_[made].lot = lot;
            position_state(visit, positions_[made]);
            holding.balance.total += positions_[made].total;
            link = &positions_[made].next;
        }
        visit.require(holding.first_position != none && whole(holding.balance),
                      "a holding of less than is reserved");
    } else {
        for (uint32_t p = holding.first_position; p != none; p = positions_[p].next) {
            visit(positions_[p].lot);
            position_state(visit, positions_[p]);
        }
        visit(LotId{});
    }
}

// Each run: how many serials, and the first; what is delivered first comes first, and 0 closes.
template <class Visit>
void Ledger::position_state(Visit& visit, Position& position) {
    if constexpr (Visit::reads) {
        Lot& lot = lots_[index(position.lot)];
        uint32_t* link = &position.last_range;
        uint32_t count = 0;
        for (visit(count); count != 0; visit(count)) {
            uint64_t first = 0;
            visit(first);
            visit.require(first >= lot.serial_first && first <= lot.serial_last &&
                              count - 1 <= lot.serial_last - first,
                          "serials outside their lot");
            visit.require(free_ranges_.count != 0, "more serial runs than there is room for");
            const uint32_t made = take_free(ranges_, free_ranges_);
            *link = made;
            ranges_[made] = Range{first, count, none};
            link = &ranges_[made].next;
            position.total += Tonnes(count);
            lot.counted += Tonnes(count);
            visit.require(lot.counted <= Tonnes{}, "more of a lot's serials than the venue holds");
        }
        visit.require(position.last_range != none, "a position without serials");
    } else {
        for (uint32_t r = position.last_range; r != none; r = ranges_[r].next) {
            visit(ranges_[r].count);
            visit(ranges_[r].first);
        }
        visit(uint32_t{0});
    }
}
CARBONX_STATE(Ledger, std::size_t, std::size_t);

}  // namespace carbonx
