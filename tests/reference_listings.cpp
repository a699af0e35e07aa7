// The slow, obvious exchange: listings and what the ledger takes in and gives out. See reference.h;
// the numbers are the rulebook's.
#include "tests/reference.h"
#include "tests/reference_events.h"

namespace carbonx::tests {

namespace {

constexpr int64_t venue_max = 4'000'000'000'000'000'000;  // of one currency (L9)

}  // namespace

// ---- Listings: what is referred to, ranges (G4), uniqueness (I4), band (I5), room (G3) ----

void Reference::list(const ListParticipant& c) {
    const auto wrong = [&] {
        if (c.participant_class < ParticipantClass::mainland ||
            c.participant_class > ParticipantClass::house || c.group >= 32'768 ||
            c.fee_discount_ppm > limits::fee_ppm_max || c.open_orders_max < 1) {
            return Reject::value_out_of_range;
        }
        if (c.name.view().empty()) return Reject::already_listed;
        for (const Participant& other : participants_) {
            if (other.listing.name == c.name) return Reject::already_listed;
        }
        if (participants_.size() >= capacities_.participants) return Reject::capacity_exceeded;
        return Reject::none;
    }();
    if (wrong != Reject::none) return refuse(wrong);
    participants_.push_back({c});
    auto listed = event<ParticipantListed>();
    listed.id = static_cast<ParticipantId>(participants_.size());
    listed.listing = c;
    emit(listed);
}

void Reference::list(const ListAccount& c) {
    const auto wrong = [&] {
        const Participant* participant = find(participants_, c.participant);
        if (participant == nullptr) return Reject::participant_unknown;  // A3
        if (accounts_.empty() &&
            participant->listing.participant_class != ParticipantClass::house) {
            return Reject::value_out_of_range;
        }
        if (c.name.view().empty()) return Reject::already_listed;
        for (const Account& other : accounts_) {
            if (other.listing.name == c.name) return Reject::already_listed;
        }
        if (accounts_.size() >= capacities_.accounts) return Reject::capacity_exceeded;
        return Reject::none;
    }();
    if (wrong != Reject::none) return refuse(wrong);
    accounts_.push_back({});
    accounts_.back().listing = c;
    auto listed = event<AccountListed>();
    listed.id = static_cast<AccountId>(accounts_.size());
    listed.listing = c;
    emit(listed);
}

void Reference::list(const ListSession& c) {
    const auto wrong = [&] {
        if (find(participants_, c.participant) == nullptr) return Reject::participant_unknown;
        if (c.source < Source::gateway || index(c.source) >= limits::sources_max) {
            return Reject::value_out_of_range;
        }
        if (c.name.view().empty()) return Reject::already_listed;
        for (const Session& other : sessions_) {
            if (other.listing.name == c.name) return Reject::already_listed;
        }
        if (sessions_.size() >= capacities_.sessions) return Reject::capacity_exceeded;
        return Reject::none;
    }();
    if (wrong != Reject::none) return refuse(wrong);
    sessions_.push_back({});
    sessions_.back().listing = c;
    auto listed = event<SessionListed>();
    listed.id = static_cast<SessionId>(sessions_.size());
    listed.head.session = listed.id;
    listed.listing = c;
    emit(listed);
}

void Reference::list(const ListProject& c) {
    const auto wrong = [&] {
        if (c.registry < Registry::verra || c.registry > Registry::ccer) {
            return Reject::value_out_of_range;
        }
        if (c.key.view().empty()) return Reject::already_listed;
        for (const ListProject& other : projects_) {
            if (other.registry == c.registry && other.key == c.key) return Reject::already_listed;
        }
        if (projects_.size() >= capacities_.projects) return Reject::capacity_exceeded;
        return Reject::none;
    }();
    if (wrong != Reject::none) return refuse(wrong);
    projects_.push_back(c);
    auto listed = event<ProjectListed>();
    listed.id = static_cast<ProjectId>(projects_.size());
    listed.listing = c;
    emit(listed);
}

void Reference::list(const ListInstrument& c) {
    const auto wrong = [&] {
        if (find(projects_, c.project) == nullptr) return Reject::project_unknown;
        if (c.vintage < 1990 || c.vintage > 2100 || c.round_lot.value < 1 ||
            c.quantity_max < c.round_lot || c.quantity_max > limits::quantity_max) {
            return Reject::value_out_of_range;
        }
        if (rules_ >= 3 && c.labels >= 16) return Reject::value_out_of_range;
        if (c.name.view().empty()) return Reject::already_listed;
        for (const ListInstrument& other : instruments_) {
            if (other.name == c.name) return Reject::already_listed;
            if (other.project == c.project && other.vintage == c.vintage) {
                return Reject::already_listed;
            }
        }
        if (instruments_.size() >= capacities_.instruments) return Reject::capacity_exceeded;
        return Reject::none;
    }();
    if (wrong != Reject::none) return refuse(wrong);
    instruments_.push_back(c);
    auto listed = event<InstrumentListed>();
    listed.id = static_cast<InstrumentId>(instruments_.size());
    listed.listing = c;
    emit(listed);
}

void Reference::list(const ListCounter& c) {
    const auto wrong = [&] {
        if (find(instruments_, c.instrument) == nullptr) return Reject::instrument_unknown;
        if (index(c.currency) >= currency_count || c.tick.value < 1 || c.reference.value < 1 ||
            c.reference > limits::price_max || c.reference.value % c.tick.value != 0 ||
            c.band_bps < 1 || c.band_bps > 9'999 || c.collar_bps < 1 || c.collar_bps > c.band_bps ||
            c.fee_ppm > limits::fee_ppm_max) {
            return Reject::value_out_of_range;
        }
        if (c.symbol.view().empty()) return Reject::already_listed;
        for (const Counter& other : counters_) {
            if (other.listing.symbol == c.symbol) return Reject::already_listed;
            if (other.listing.instrument == c.instrument && other.listing.currency == c.currency) {
                return Reject::already_listed;
            }
        }
        const Band band = band_around(c.reference, c.band_bps, c.tick);
        if (band.levels > limits::band_levels_max) return Reject::band_too_wide;
        if (counters_.size() >= capacities_.counters || !levels_free(room_for(band))) {
            return Reject::capacity_exceeded;
        }
        return Reject::none;
    }();
    if (wrong != Reject::none) return refuse(wrong);
    Counter counter;
    counter.listing = c;
    counter.reference = c.reference;
    counter.band = band_around(c.reference, c.band_bps, c.tick);
    counter.level_room = room_for(counter.band);
    levels_taken_ += counter.level_room;
    counters_.push_back(counter);
    auto listed = event<CounterListed>();
    listed.head.counter = static_cast<CounterId>(counters_.size());
    listed.band_low = Price{static_cast<int32_t>(counter.band.low)};
    listed.band_high = Price{static_cast<int32_t>(counter.band.high)};
    listed.listing = c;
    emit(listed);
}

// I6
void Reference::change_labels(const ChangeLabels& c) {
    ListInstrument* instrument = find(instruments_, c.instrument);
    if (instrument == nullptr) return refuse(Reject::instrument_unknown);         // I2
    if (c.labels >= 16) return refuse(Reject::value_out_of_range);                // G4
    if (c.labels == instrument->labels) return refuse(Reject::labels_unchanged);  // I6
    auto changed = event<LabelsChanged>();
    changed.instrument = c.instrument;
    changed.labels = c.labels;
    changed.previous = instrument->labels;
    emit(changed);
    instrument->labels = c.labels;
}

// O4
Reference::Band Reference::band_around(Price reference, uint32_t band_bps, Price tick_price) {
    const int64_t tick = tick_price.value;
    const int64_t width = int64_t{reference.value} * band_bps / limits::basis_points;
    Band band;
    band.low = std::max((reference.value - width + tick - 1) / tick * tick, tick);
    band.high = std::min(reference.value + width, int64_t{limits::price_max.value}) / tick * tick;
    band.levels = (band.high - band.low) / tick + 1;
    return band;
}

// ---- Ledger ----

void Reference::deposit_credits(const DepositCredits& c) {
    if (find(accounts_, c.account) == nullptr) return refuse(Reject::account_unknown);  // A5
    if (find(instruments_, c.instrument) == nullptr) return refuse(Reject::instrument_unknown);
    if (c.serial_first > c.serial_last || c.serial_last - c.serial_first >= 1'000'000'000) {
        return refuse(Reject::serials_invalid);  // L3
    }
    const auto registry_of = [&](const DepositCredits& deposit) {
        return at(projects_, at(instruments_, deposit.instrument).project).registry;
    };
    std::size_t positions = 0;
    std::size_t runs = 0;
    for (const Account& account : accounts_) {
        for (const auto& [lot, stack] : account.runs) {
            ++positions;
            for (const SerialRange& run : stack) {
                ++runs;
                const DepositCredits& other = at(lots_, lot).deposit;
                if (registry_of(other) == registry_of(c) &&
                    other.serial_prefix == c.serial_prefix && run.first <= c.serial_last &&
                    run.first + run.count - 1 >= c.serial_first) {
                    return refuse(Reject::serials_already_held);  // L4
                }
            }
        }
    }
    if (lots_.size() >= capacities_.lots || positions >= capacities_.positions ||
        runs >= capacities_.ranges) {
        return refuse(Reject::capacity_exceeded);  // G3
    }
    lots_.push_back({c});
    const auto lot = static_cast<LotId>(lots_.size());
    const auto count = static_cast<uint32_t>(c.serial_last - c.serial_first + 1);
    accounts_.at(index(c.account) - 1).runs[lot] = {SerialRange{lot, count, c.serial_first}};
    auto deposited = event<CreditsDeposited>();
    deposited.id = lot;
    deposited.listing = c;
    emit(deposited);
}

void Reference::withdraw_credits(const WithdrawCredits& c) {
    Account* account = find(accounts_, c.account);
    if (account == nullptr) return refuse(Reject::account_unknown);       // A5
    if (c.quantity.value < 1) return refuse(Reject::value_out_of_range);  // G4
    const auto held = account->runs.find(c.lot);
    if (held == account->runs.end()) return refuse(Reject::lot_unknown);  // L5
    uint64_t tonnes = 0;
    for (const SerialRange& run : held->second) tonnes += run.count;
    if (tonnes < c.quantity.value) return refuse(Reject::lot_unknown);  // L5
    const Balance balance = credits(c.account, at(lots_, c.lot).deposit.instrument);
    if (balance.total - balance.reserved < c.quantity.value) {
        return refuse(Reject::credits_insufficient);  // L5
    }
    uint32_t remaining = c.quantity.value;
    for (const SerialRange& run : take(c.account, c.lot, c.quantity.value)) {
        remaining -= run.count;
        auto withdrawn = event<CreditsWithdrawn>();
        withdrawn.account = c.account;
        withdrawn.remaining = remaining;
        withdrawn.range = run;
        emit(withdrawn);
    }
}

void Reference::deposit_cash(const DepositCash& c) {
    Account* account = find(accounts_, c.account);
    if (account == nullptr) return refuse(Reject::account_unknown);  // A5
    if (index(c.currency) >= currency_count || c.amount < 1 || c.amount > venue_max) {
        return refuse(Reject::value_out_of_range);  // G4
    }
    int64_t& held = held_[index(c.currency)];
    if (c.amount > venue_max - held) return refuse(Reject::value_out_of_range);  // L9
    held += c.amount;
    account->cash[index(c.currency)] += c.amount;
    cash_moved(c.account, c.currency, c.amount, c.reference);
}

void Reference::withdraw_cash(const WithdrawCash& c) {
    Account* account = find(accounts_, c.account);
    if (account == nullptr) return refuse(Reject::account_unknown);  // A5
    if (index(c.currency) >= currency_count || c.amount < 1 || c.amount > venue_max) {
        return refuse(Reject::value_out_of_range);  // G4
    }
    const Balance balance = cash(c.account, c.currency);
    if (c.amount > balance.total - balance.reserved) return refuse(Reject::cash_insufficient);
    held_[index(c.currency)] -= c.amount;
    account->cash[index(c.currency)] -= c.amount;
    cash_moved(c.account, c.currency, -c.amount, c.reference);
}

void Reference::cash_moved(AccountId account, Currency currency, int64_t amount,
                           const Text<24>& reference) {
    auto moved = event<CashMoved>();
    moved.account = account;
    moved.currency = currency;
    moved.amount = amount;
    moved.reference = reference;
    emit(moved);
}

}  // namespace carbonx::tests
