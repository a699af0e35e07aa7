// The wire layouts of the carbon channel: what ITCH has no message for, in the order of README.md's
// tables. Types are small letters, so that none means something else than in ITCH.
//
// Threads: any; plain values.
// Always: as wire.h. A text in UTF-8 has the room on the wire that it has in the engine, so that
// none is cut.
#pragma once

#include "marketdata/wire.h"

namespace carbonx::marketdata::wire {

template <std::size_t N>
using Utf8 = Alpha<N>;

struct Project {
    static constexpr char type = 'p';
    Header header;
    U16 number;
    char registry = ' ';
    Utf8<32> key;
    Alpha<2> host_country;
    char effect = ' ';  // A avoided, R removed
    Utf8<96> methodology;
    Utf8<96> name;
};

struct Instrument {
    static constexpr char type = 'i';
    Header header;
    U16 number;
    Alpha<8> name;
    U16 project;
    U16 vintage;
    U32 labels;
    U32 round_lot;
    U32 quantity_max;
};

struct Counter {
    static constexpr char type = 'c';
    Header header;
    Alpha<8> symbol;
    U16 instrument;
    Alpha<3> currency;
    U32 tick;
    U32 reference;
    U32 band_low;
    U32 band_high;
    U32 band_bps;
    U32 collar_bps;
    U32 fee_ppm;
};

struct LabelChange {
    static constexpr char type = 'l';
    Header header;
    U16 instrument;
    U32 labels;
    U32 previous;
};

struct ReferenceChange {
    static constexpr char type = 'r';
    Header header;
    U32 reference;
    U32 band_low;
    U32 band_high;
};

enum class MarketPhase : char { pre_open = 'P', continuous = 'C', halted = 'H' };

struct CounterStatus {
    static constexpr char type = 's';
    Header header;
    TradingState state{};
    MarketPhase phase{};
    char halted = 'N';  // on its own
    Alpha<4> reason;
};

struct Statistics {
    static constexpr char type = 't';
    Header header;
    U32 open;
    U32 high;
    U32 low;
    U32 last;
    U32 average;
    U64 volume;
    U64 notional;
    U64 trade_count;
    U32 reference;
    char closing = 'N';
};

static_assert(sizeof(Project) == 241 && sizeof(Instrument) == 37 && sizeof(Counter) == 52);
static_assert(sizeof(LabelChange) == 21 && sizeof(ReferenceChange) == 23);
static_assert(sizeof(CounterStatus) == 18 && sizeof(Statistics) == 60);
static_assert(alignof(Project) == 1 && alignof(Counter) == 1 && alignof(Statistics) == 1);
static_assert(sizeof(Project) == message_bytes_max);

}  // namespace carbonx::marketdata::wire
