#include "engine/exchange/ledger.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/exchange/hash.h"

namespace carbonx {

Ledger::Ledger(const Capacities& capacities, Populate populate)
    : accounts_(capacities.accounts + 1, populate),
      instrument_stride_(capacities.instruments + 1),
      holdings_((capacities.accounts + 1) * (capacities.instruments + std::size_t{1}), populate),
      lots_(capacities.lots + 1, populate),
      alike_(std::bit_ceil(capacities.lots + std::size_t{1}), populate),
      positions_(capacities.positions + 1, populate),
      ranges_(capacities.ranges + 1, populate),
      free_positions_{none, capacities.positions},
      free_ranges_{none, capacities.ranges} {
    accounts_.use_zeros();
    holdings_.use_zeros();
    alike_.use_zeros();
    lots_.add();  // 0 is none
    positions_.add();
    ranges_.add();
}

SerialRange Ledger::take(Holding& from, uint32_t& link, uint32_t most) {
    const uint32_t position_index = link;
    Position& position = positions_[position_index];
    const uint32_t range_index = position.last_range;
    Range& range = ranges_[range_index];
    const SerialRange taken{position.lot, std::min(most, range.count), range.first};

    range.first += taken.count;
    range.count -= taken.count;
    if (range.count == 0) {
        position.last_range = range.next;
        give_free(ranges_, free_ranges_, range_index);
    }
    position.total -= Tonnes(taken.count);
    if (position.last_range == none) {
        link = position.next;
        give_free(positions_, free_positions_, position_index);
    }
    from.balance.total -= Tonnes(taken.count);
    credits_posted_ -= taken.count;
    return taken;
}

void Ledger::give(Holding& to, const SerialRange& serials) {
    const LotId lot = serials.lot;
    uint32_t* link = find_position(to, lot);
    if (*link == none || positions_[*link].lot != lot) {
        const uint32_t made = take_free(positions_, free_positions_);
        positions_[made].lot = lot;
        positions_[made].next = *link;
        *link = made;
    }
    Position& position = positions_[*link];
    Range* last = position.last_range == none ? nullptr : &ranges_[position.last_range];
    if (last != nullptr && last->first + last->count == serials.first) {
        last->count += serials.count;
    } else if (last != nullptr && serials.first + serials.count == last->first) {
        last->first = serials.first;
        last->count += serials.count;
    } else {
        const uint32_t made = take_free(ranges_, free_ranges_);
        ranges_[made] = Range{serials.first, serials.count, position.last_range};
        position.last_range = made;
    }
    position.total += Tonnes(serials.count);
    to.balance.total += Tonnes(serials.count);
    credits_posted_ += serials.count;
}

uint32_t& Ledger::alike(Registry registry, const Text<40>& prefix) {
    Hash hash;
    hash.add(registry);
    for (std::size_t i = 0; i < sizeof prefix; i += sizeof(uint64_t)) {
        uint64_t part = 0;
        std::memcpy(&part, prefix.bytes.data() + i, sizeof part);
        hash.add(part);
    }
    return alike_[hash.value() & (alike_.size() - 1)];
}

// Puts a lot in its row. Requires: it is in none.
void Ledger::hang(Lot& lot) {
    uint32_t& head = alike(lot.registry, lot.serial_prefix);
    lot.next_alike = head;
    head = static_cast<uint32_t>(&lot - lots_.data());
}

// Whether anybody holds one of these serials of the lot now.
bool Ledger::overlaps(LotId lot, uint64_t first, uint64_t last) const {
    for (const Holding& holding : holdings_) {
        for (uint32_t p = holding.first_position; p != none; p = positions_[p].next) {
            if (positions_[p].lot != lot) continue;
            for (uint32_t r = positions_[p].last_range; r != none; r = ranges_[r].next) {
                const Range& range = ranges_[r];
                if (range.first <= last && first <= range.first + (range.count - 1)) return true;
            }
        }
    }
    return false;
}

Reject Ledger::deposit(const DepositCredits& deposit, Registry registry) {
    if (deposit.serial_first > deposit.serial_last ||
        deposit.serial_last - deposit.serial_first >= limits::quantity_max.value) {
        return Reject::serials_invalid;
    }
    for (uint32_t i = alike(registry, deposit.serial_prefix); i != 0; i = lots_[i].next_alike) {
        const Lot& lot = lots_[i];
        if (lot.registry == registry && lot.serial_prefix == deposit.serial_prefix &&
            lot.serial_first <= deposit.serial_last && deposit.serial_first <= lot.serial_last &&
            overlaps(static_cast<LotId>(i), deposit.serial_first, deposit.serial_last)) {
            return Reject::serials_already_held;
        }
    }
    if (lots_.full() || free_positions_.count == 0 || free_ranges_.count == 0) {
        return Reject::capacity_exceeded;
    }
    Lot& lot = lots_.add();
    lot.instrument = deposit.instrument;
    lot.registry = registry;
    lot.serial_first = deposit.serial_first;
    lot.serial_last = deposit.serial_last;
    lot.serial_prefix = deposit.serial_prefix;
    hang(lot);
    const auto count = static_cast<uint32_t>(deposit.serial_last - deposit.serial_first + 1);
    lot.outside -= Tonnes(count);
    credits_posted_ -= count;
    give(holding(deposit.account, deposit.instrument),
         SerialRange{last_lot(), count, deposit.serial_first});
    return Reject::none;
}

Reject Ledger::check_withdrawal(AccountId account, LotId lot, Quantity quantity) const {
    if (!known(lot)) return Reject::lot_unknown;
    Ledger& self = const_cast<Ledger&>(*this);
    Holding& source = self.holding(account, lots_[index(lot)].instrument);
    const uint32_t position = *self.find_position(source, lot);
    if (position == none || positions_[position].lot != lot ||
        positions_[position].total < Tonnes(quantity)) {
        return Reject::lot_unknown;
    }
    if (source.balance.free() < Tonnes(quantity)) return Reject::credits_insufficient;
    return Reject::none;
}

Breach Ledger::breach(AccountId one, AccountId other, InstrumentId instrument) const {
    if (posted_hkd_.value != 0)
        return {one, "HKD", {}, posted_hkd_.value, "postings do not sum to zero"};
    if (posted_cnh_.value != 0)
        return {one, "CNH", {}, posted_cnh_.value, "postings do not sum to zero"};
    if (credits_posted_ != 0)
        return {one, "credits", {}, credits_posted_, "postings do not sum to zero"};
    for (const AccountId account : {one, other}) {
        if (const auto& b = cash<Currency::hkd>(account); !whole(b)) {
            return {account, "HKD", {}, b.free().value, "balance below what is reserved"};
        }
        if (const auto& b = cash<Currency::cnh>(account); !whole(b)) {
            return {account, "CNH", {}, b.free().value, "balance below what is reserved"};
        }
        if (const auto& b = credits(account, instrument); !whole(b)) {
            return {account, "credits", {}, b.free().value, "balance below what is reserved"};
        }
    }
    return {};
}

bool Ledger::recount(AccountId account, Breach& breach) {
    if (!whole(cash<Currency::hkd>(account)) || !whole(cash<Currency::cnh>(account))) {
        breach = this->breach(account, account, InstrumentId{});
        return false;
    }
    for (std::size_t i = 0; i < instrument_stride_; ++i) {
        const Holding& held = holding(account, static_cast<InstrumentId>(i));
        Tonnes total;
        for (uint32_t p = held.first_position; p != none; p = positions_[p].next) {
            Tonnes runs;
            for (uint32_t r = positions_[p].last_range; r != none; r = ranges_[r].next) {
                runs += Tonnes(ranges_[r].count);
            }
            if (runs != positions_[p].total) {
                const int64_t off = (runs - positions_[p].total).value;
                breach = {account, "credits", positions_[p].lot, off, "serial runs do not add up"};
                return false;
            }
            lots_[index(positions_[p].lot)].counted += runs;
            total += runs;
        }
        if (total != held.balance.total || !whole(held.balance)) {
            const int64_t off = (total - held.balance.total).value;
            breach = {account, "credits", {}, off, "lots do not add up to the holding"};
            return false;
        }
    }
    return true;
}

bool Ledger::recount_slice(std::size_t accounts, Breach& breach) {
    if (accounts == 0) return true;
    recounted_ = static_cast<uint32_t>(recounted_ % accounts + 1);
    return recount(static_cast<AccountId>(recounted_), breach);
}

bool Ledger::recount_all(std::size_t accounts, Breach& breach) {
    Hkd hkd = cash<Currency::hkd>(AccountId{}).total;
    Cnh cnh = cash<Currency::cnh>(AccountId{}).total;
    for (Lot& lot : lots_) lot.counted = lot.outside;
    for (std::size_t i = 1; i <= accounts; ++i) {
        const auto account = static_cast<AccountId>(i);
        if (!recount(account, breach)) return false;
        hkd += cash<Currency::hkd>(account).total;
        cnh += cash<Currency::cnh>(account).total;
    }
    if (hkd.value != 0) breach = {AccountId{}, "HKD", {}, hkd.value, "balances do not sum to zero"};
    if (cnh.value != 0) breach = {AccountId{}, "CNH", {}, cnh.value, "balances do not sum to zero"};
    for (std::size_t i = 1; i < lots_.size(); ++i) {
        const Lot& lot = lots_[i];
        if (lot.counted == Tonnes{}) continue;
        breach = {AccountId{}, "credits", static_cast<LotId>(i), lot.counted.value,
                  "a lot does not add up"};
    }
    return breach.what.empty();
}

std::vector<SerialRange> Ledger::serials(AccountId account, InstrumentId instrument) const {
    std::vector<SerialRange> runs;
    const Holding& held = holding(account, instrument);
    for (uint32_t p = held.first_position; p != none; p = positions_[p].next) {
        for (uint32_t r = positions_[p].last_range; r != none; r = ranges_[r].next) {
            runs.push_back({positions_[p].lot, ranges_[r].count, ranges_[r].first});
        }
    }
    return runs;
}

}  // namespace carbonx
