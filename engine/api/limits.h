// Every bound of the venue in one place. What a setting chooses must stay within these.
#pragma once

#include "engine/api/types.h"

namespace carbonx::limits {

constexpr std::size_t slot_bytes = 64;       // one record slot: a cache line
constexpr std::size_t record_slots_max = 8;  // a record takes one to eight slots

constexpr Price price_max{2'000'000'000};              // 200,000.0000, ITCH's Price(4)
constexpr Quantity quantity_max{1'000'000'000};        // tonnes of one order
constexpr int64_t notional_max = 900'000'000'000'000;  // ten-thousandths: 90 billion
constexpr uint32_t fee_ppm_max = 10'000;               // 1 % of the notional
static_assert(notional_max <= INT64_MAX / fee_ppm_max, "a fee is computed in 64 bits");

constexpr uint32_t band_levels_max = 1U << 20;  // price levels inside one counter's static band
constexpr uint32_t basis_points = 10'000;

constexpr uint64_t grace_ns_max = 86'400'000'000'000;  // of a disconnected session: one day

constexpr uint32_t answer_rows_max = 4'096;  // of an account query

constexpr std::size_t participants_max = 4'096;
constexpr std::size_t accounts_max = 65'535;
constexpr std::size_t instruments_max = 4'096;
constexpr std::size_t counters_max = 8'192;
constexpr std::size_t sessions_max = 4'096;
constexpr std::size_t sources_max = 16;
constexpr std::size_t orders_max = 1U << 26;
static_assert(answer_rows_max >= instruments_max, "one account's holdings can always be told");

}  // namespace carbonx::limits
