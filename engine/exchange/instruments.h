// What is traded: projects, instruments (project and vintage), and counters (instrument and
// currency) with their books.
//
// Threads: one. Always: ids are 1, 2, 3 ... in the order of listing; a counter's book has one level
// for each tick of its static band.
#pragma once

#include "engine/api/command.h"
#include "engine/api/reject.h"
#include "engine/exchange/book.h"
#include "engine/exchange/table.h"

namespace carbonx {

struct Project {
    Registry registry{};
    Text<32> key;
};

struct Instrument {
    ProjectId project{};
    uint16_t vintage = 0;
    uint32_t labels = 0;  // bits of Label
    Quantity round_lot;
    Quantity quantity_max;
    Text<8> name;
};

// Divides prices by a tick without the processor's divide: a multiplication by 2^64 / tick.
class TickDivider {
public:
    TickDivider() = default;
    explicit TickDivider(Price tick)
        : tick_(static_cast<uint32_t>(tick.value)), factor_(UINT64_MAX / tick_ + 1) {}

    // Requires: the price is not negative.
    uint32_t ticks(Price price) const {
        const auto value = static_cast<uint32_t>(price.value);
        if (tick_ == 1) return value;
        return static_cast<uint32_t>(static_cast<Wide>(factor_) * value >> 64);
    }
    bool divides(Price price) const {
        return ticks(price) * tick_ == static_cast<uint32_t>(price.value);
    }

private:
    __extension__ using Wide = unsigned __int128;

    uint32_t tick_ = 1;
    uint64_t factor_ = 0;
};

struct Counter {
    // What every order reads.
    Book book;
    TickDivider divider;
    uint32_t band_low_ticks = 0;  // of the book's level 0
    Price band_low;
    Price band_high;
    Price last;  // of this trading day; 0 before the first trade
    Quantity round_lot;
    Quantity quantity_max;
    uint32_t fee_ppm = 0;
    InstrumentId instrument{};
    Currency currency{};
    bool halted = false;
    bool round_lot_is_one = true;
    // What openings and listings read.
    Price tick;
    Price reference;
    uint32_t band_bps = 0;
    uint32_t collar_bps = 0;
    uint32_t level_room = 0;  // levels of memory that it owns
    Level* levels = nullptr;
    uint64_t* words = nullptr;
    Symbol symbol;

    // Requires: the price is inside the band.
    uint32_t level_of(Price price) const { return divider.ticks(price) - band_low_ticks; }
    // The worst price at which a market order of this side may trade (rule O8).
    Price collar(Side side) const;
};

// The ends of a static band (rule O4), and how many ticks lie inside it.
struct Band {
    Price low;
    Price high;
    uint32_t levels = 0;  // 0: more than a book may hold
};
Band band_around(Price reference, uint32_t band_bps, Price tick);

class Instruments {
public:
    Instruments(const Capacities& capacities, Populate populate);

    // Each checks, and lists: the new one is the last of its kind.
    Reject list(const ListProject& listing);
    Reject list(const ListInstrument& listing, uint32_t rules);
    Reject list(const ListCounter& listing);

    // Checks, and changes (rule I6); tells what labels it had.
    Reject change(const ChangeLabels& command, uint32_t& previous);

    // A new trading day: takes the day's last price as reference and moves the band; the book is
    // then empty, of the new levels. Requires: no order rests in it. False when the reference
    // stays.
    bool move_reference(Counter& counter, Price reference);

    bool known(ProjectId id) const { return index(id) - 1 < projects_.size() - 1; }
    bool known(InstrumentId id) const { return index(id) - 1 < instruments_.size() - 1; }
    bool known(CounterId id) const { return index(id) - 1 < counters_.size() - 1; }

    const Project& operator[](ProjectId id) const { return projects_[index(id)]; }
    const Instrument& operator[](InstrumentId id) const { return instruments_[index(id)]; }
    Counter& operator[](CounterId id) { return counters_[index(id)]; }
    const Counter& operator[](CounterId id) const { return counters_[index(id)]; }

    ProjectId last_project() const { return static_cast<ProjectId>(projects_.size() - 1); }
    InstrumentId last_instrument() const {
        return static_cast<InstrumentId>(instruments_.size() - 1);
    }
    CounterId last_counter() const { return static_cast<CounterId>(counters_.size() - 1); }

    template <class Visit>
    void state(Visit& visit);

private:
    bool open_book(Counter& counter, const Band& band);
    // Takes memory for that many levels.
    bool take_room(Counter& counter, uint32_t levels);
    template <class Visit>
    void state(Visit& visit, Counter& counter);

    Table<Project> projects_;
    Table<Instrument> instruments_;
    Table<Counter> counters_;
    Table<Level> levels_;    // of all books
    Table<uint64_t> words_;  // of all books' bits
};

}  // namespace carbonx
