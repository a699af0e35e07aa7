// A project, its instrument and counters with every attribute filled: what the feed's tests list.
#pragma once

#include "engine/api/command.h"

namespace carbonx::tests {

inline ListProject example_project() {
    ListProject listing;
    listing.registry = Registry::verra;
    listing.host_country = Text<2>("RW");
    listing.key = Text<32>("VCS4150");
    listing.methodology = Text<96>("VMR0006; VM0050");
    listing.name = Text<96>("DelAgua Clean Cooking Grouped Project in Rwanda");
    return listing;
}

inline ListInstrument example_instrument() {
    ListInstrument listing;
    listing.project = ProjectId{1};
    listing.vintage = 2024;
    listing.labels = label_corsia | label_article6;
    listing.round_lot = Quantity{1};
    listing.quantity_max = Quantity{100'000};
    listing.name = Text<8>("V415024");
    return listing;
}

// At 10.0000, 20 % to each side.
inline ListCounter example_counter(Currency currency) {
    ListCounter listing;
    listing.currency = currency;
    listing.tick = Price{100};
    listing.reference = Price{100'000};
    listing.band_bps = 2'000;
    listing.collar_bps = 500;
    listing.fee_ppm = 250;
    listing.symbol = Symbol(currency == Currency::hkd ? "V415024H" : "V415024C");
    return listing;
}
constexpr Price example_band_low{80'000};
constexpr Price example_band_high{120'000};

}  // namespace carbonx::tests
