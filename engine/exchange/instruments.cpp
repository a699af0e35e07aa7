#include "engine/exchange/instruments.h"

#include <algorithm>

#include "engine/api/version.h"
#include "engine/exchange/state.h"

namespace carbonx {
namespace {

constexpr bool labels_exist(uint32_t labels) { return (labels & ~labels_known) == 0; }

constexpr uint16_t vintage_min = 1990, vintage_max = 2100;

// Room for the reference price to move before a book needs other memory.
constexpr uint32_t room_for(uint32_t levels) { return levels + levels / 2; }

int64_t share(Price price, uint32_t basis_points) {
    return int64_t{price.value} * basis_points / limits::basis_points;
}
Price rounded_down(int64_t price, Price tick) {
    return Price{static_cast<int32_t>(price / tick.value * tick.value)};
}
Price rounded_up(int64_t price, Price tick) { return rounded_down(price + tick.value - 1, tick); }

// What follows from the counter's listing and its instrument's.
void adopt(Counter& counter, const Instrument& instrument) {
    counter.divider = TickDivider(counter.tick);
    counter.round_lot = instrument.round_lot;
    counter.round_lot_is_one = instrument.round_lot.value == 1;
    counter.quantity_max = instrument.quantity_max;
}

// An empty book for this band, in the counter's own memory.
void lay_out(Counter& counter, const Band& band) {
    std::fill_n(counter.levels, band.levels, Level{});
    std::fill_n(counter.words, LevelBits::words(counter.level_room), uint64_t{0});
    counter.book = Book(counter.levels, counter.words, band.levels);
    counter.band_low = band.low;
    counter.band_high = band.high;
    counter.band_low_ticks = counter.divider.ticks(band.low);
}

}  // namespace

Band band_around(Price reference, uint32_t band_bps, Price tick) {
    const int64_t width = share(reference, band_bps);
    Band band;
    band.low = std::max(rounded_up(reference.value - width, tick), tick);
    band.high =
        rounded_down(std::min<int64_t>(reference.value + width, limits::price_max.value), tick);
    const int64_t levels = (int64_t{band.high.value} - band.low.value) / tick.value + 1;
    if (levels <= limits::band_levels_max) band.levels = static_cast<uint32_t>(levels);
    return band;
}

Price Counter::collar(Side side) const {
    const Price from = last.value != 0 ? last : reference;
    const int64_t width = share(from, collar_bps);
    if (side == Side::buy) {
        return rounded_down(std::min<int64_t>(from.value + width, band_high.value), tick);
    }
    return std::max(rounded_up(from.value - width, tick), band_low);
}

Instruments::Instruments(const Capacities& capacities, Populate populate)
    : projects_(capacities.projects + 1, populate),
      instruments_(capacities.instruments + 1, populate),
      counters_(capacities.counters + 1, populate),
      levels_(capacities.levels, populate),
      words_(capacities.levels / 16 + capacities.counters * std::size_t{8}, populate) {
    projects_.add();  // 0 is none
    instruments_.add();
    counters_.add();
}

Reject Instruments::list(const ListProject& listing) {
    const auto registry = static_cast<uint8_t>(listing.registry);
    if (registry < 1 || registry > static_cast<uint8_t>(Registry::ccer))
        return Reject::value_out_of_range;
    if (listing.key.view().empty()) return Reject::already_listed;
    for (const Project& project : projects_) {
        if (project.registry == listing.registry && project.key == listing.key) {
            return Reject::already_listed;
        }
    }
    if (projects_.full()) return Reject::capacity_exceeded;

    Project& project = projects_.add();
    project.registry = listing.registry;
    project.key = listing.key;
    return Reject::none;
}

Reject Instruments::list(const ListInstrument& listing, uint32_t rules) {
    if (!known(listing.project)) return Reject::project_unknown;
    if (listing.vintage < vintage_min || listing.vintage > vintage_max ||
        listing.round_lot.value == 0 || listing.quantity_max < listing.round_lot ||
        listing.quantity_max > limits::quantity_max ||
        (rules >= rules_labels && !labels_exist(listing.labels))) {
        return Reject::value_out_of_range;
    }
    for (const Instrument& instrument : instruments_) {
        const bool same =
            instrument.project == listing.project && instrument.vintage == listing.vintage;
        if (same || instrument.name == listing.name) return Reject::already_listed;
    }
    if (instruments_.full()) return Reject::capacity_exceeded;

    Instrument& instrument = instruments_.add();
    instrument.project = listing.project;
    instrument.vintage = listing.vintage;
    instrument.labels = listing.labels;
    instrument.round_lot = listing.round_lot;
    instrument.quantity_max = listing.quantity_max;
    instrument.name = listing.name;
    return Reject::none;
}

Reject Instruments::change(const ChangeLabels& command, uint32_t& previous) {
    if (!known(command.instrument)) return Reject::instrument_unknown;
    if (!labels_exist(command.labels)) return Reject::value_out_of_range;
    Instrument& instrument = instruments_[index(command.instrument)];
    if (instrument.labels == command.labels) return Reject::labels_unchanged;

    previous = instrument.labels;
    instrument.labels = command.labels;
    return Reject::none;
}

Reject Instruments::list(const ListCounter& listing) {
    if (!known(listing.instrument)) return Reject::instrument_unknown;
    const bool price_good = listing.tick.value >= 1 && listing.reference.value >= 1 &&
                            listing.reference <= limits::price_max &&
                            listing.reference.value % listing.tick.value == 0;
    if (!price_good || index(listing.currency) >= currency_count || listing.band_bps < 1 ||
        listing.band_bps >= limits::basis_points || listing.collar_bps < 1 ||
        listing.collar_bps > listing.band_bps || listing.fee_ppm > limits::fee_ppm_max) {
        return Reject::value_out_of_range;
    }
    for (const Counter& counter : counters_) {
        const bool same =
            counter.instrument == listing.instrument && counter.currency == listing.currency;
        if (same || counter.symbol == listing.symbol) return Reject::already_listed;
    }
    const Band band = band_around(listing.reference, listing.band_bps, listing.tick);
    if (band.levels == 0) return Reject::band_too_wide;
    if (counters_.full() || levels_.capacity() - levels_.size() < room_for(band.levels)) {
        return Reject::capacity_exceeded;
    }

    Counter& counter = counters_.add();
    counter.instrument = listing.instrument;
    counter.currency = listing.currency;
    counter.symbol = listing.symbol;
    counter.tick = listing.tick;
    counter.reference = listing.reference;
    counter.band_bps = listing.band_bps;
    counter.collar_bps = listing.collar_bps;
    counter.fee_ppm = listing.fee_ppm;
    adopt(counter, (*this)[listing.instrument]);
    CARBONX_CHECK(open_book(counter, band));
    return Reject::none;
}

// Lays out an empty book for this band, in the counter's own memory if that is large enough.
bool Instruments::open_book(Counter& counter, const Band& band) {
    if (band.levels > counter.level_room && !take_room(counter, room_for(band.levels)))
        return false;
    lay_out(counter, band);
    return true;
}

bool Instruments::take_room(Counter& counter, uint32_t levels) {
    const std::size_t words = LevelBits::words(levels);
    if (levels_.capacity() - levels_.size() < levels) return false;
    if (words_.capacity() - words_.size() < words) return false;
    counter.levels = levels_.data() + levels_.size();
    counter.words = words_.data() + words_.size();
    counter.level_room = levels;
    levels_.grow(levels_.size() + levels);
    words_.grow(words_.size() + words);
    return true;
}

bool Instruments::move_reference(Counter& counter, Price reference) {
    const Band band = band_around(reference, counter.band_bps, counter.tick);
    if (band.levels == 0 || !open_book(counter, band)) return false;
    counter.reference = reference;
    return true;
}

template <class Visit>
void Instruments::state(Visit& visit) {
    state_table(visit, projects_, [&](Project& project) {
        visit(project.registry);
        visit(project.key);
    });
    state_table(visit, instruments_, [&](Instrument& instrument) {
        visit(instrument.project);
        visit(instrument.vintage);
        visit(instrument.labels);
        visit(instrument.round_lot);
        visit(instrument.quantity_max);
        visit(instrument.name);
        visit.require(known(instrument.project), "an instrument of no project");
        visit.require(instrument.round_lot.value != 0 &&
                          instrument.round_lot <= instrument.quantity_max &&
                          instrument.quantity_max <= limits::quantity_max,
                      "an instrument's quantities");
    });
    state_table(visit, counters_, [&](Counter& counter) { state(visit, counter); });
    // With the memory that counters have left behind.
    auto levels = static_cast<uint32_t>(levels_.size());
    auto words = static_cast<uint32_t>(words_.size());
    visit(levels);
    visit(words);
    visit.require(levels_.size() <= levels && levels <= levels_.capacity() &&
                      words_.size() <= words && words <= words_.capacity(),
                  "price levels that there is no room for");
    if constexpr (Visit::reads) {
        levels_.grow(levels);
        words_.grow(words);
    }
}

template <class Visit>
void Instruments::state(Visit& visit, Counter& counter) {
    visit(counter.instrument);
    visit(counter.currency);
    visit(counter.symbol);
    visit(counter.tick);
    visit(counter.reference);
    visit(counter.band_bps);
    visit(counter.collar_bps);
    visit(counter.fee_ppm);
    visit(counter.last);
    visit(counter.halted);
    uint32_t room = counter.level_room;
    visit(room);
    visit.require(known(counter.instrument) && index(counter.currency) < currency_count,
                  "a counter of no instrument or currency");
    visit.require(counter.tick.value >= 1 && counter.reference.value >= 1 &&
                      counter.reference <= limits::price_max && counter.last.value >= 0 &&
                      counter.last <= limits::price_max,
                  "a counter's prices");
    visit.require(counter.collar_bps <= counter.band_bps &&
                      counter.band_bps < limits::basis_points &&
                      counter.fee_ppm <= limits::fee_ppm_max,
                  "a counter's band, collar or fee");
    if constexpr (Visit::reads) {
        adopt(counter, (*this)[counter.instrument]);
        const Band band = band_around(counter.reference, counter.band_bps, counter.tick);
        visit.require(band.levels != 0 && band.levels <= room && take_room(counter, room),
                      "a counter's price levels");
        lay_out(counter, band);
    }
}
CARBONX_STATE(Instruments);

}  // namespace carbonx
