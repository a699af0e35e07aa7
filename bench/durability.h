// carbonx-durability: what it costs that nothing acknowledged is ever lost. One function for each
// question; bench/README.md has the method and the results.
//
// Each prints lines for a person and, for each figure, one of `name=value` pairs; true when what
// was traded is right. Throws std::runtime_error and std::system_error.
#pragma once

#include "bench/durable_venue.h"

namespace carbonx::bench {

struct AckOptions {
    double rate = 1000;  // commands a second
    double seconds = 20;
};
// How long is an acknowledgement, measured by what one group commit takes?
bool run_ack(VenueOptions place, const AckOptions& options);

struct SustainOptions {
    double seconds = 300;
    double report_seconds = 10;
};
// How many commands a second does the venue take for minutes, and what grows meanwhile?
bool run_sustain(VenueOptions place, const SustainOptions& options);

struct SnapshotOptions {
    uint32_t orders = 1'000'000;
    uint32_t lots = 1'000'000;
    double rate = 20'000;  // commands a second
    double seconds = 60;
    double interval_seconds = 10;  // between the begins of two snapshots
};
// What do snapshots of a large state add to the time of a command, and how fast is a start from
// one?
bool run_snapshot(VenueOptions place, const SnapshotOptions& options);

}  // namespace carbonx::bench
