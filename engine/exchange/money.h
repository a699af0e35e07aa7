// Fees, what an order must reserve, and how much there may be (rules L1, L8 and L9).
#pragma once

#include "engine/api/types.h"

namespace carbonx {

constexpr int64_t cent = 100;                            // in ten-thousandths
constexpr int64_t cash_max = 4'000'000'000'000'000'000;  // of one currency in the venue (rule L9)

// Cut to the cent: the parts of a notional never cost more than the whole, so a reservation
// suffices however an order is filled. Requires: notional and rate within limits.h.
template <Currency C>
constexpr Money<C> fee(Money<C> notional, uint32_t ppm) {
    return Money<C>{notional.value * ppm / (1'000'000 * cent) * cent};
}

// What a buy of this quantity reserves.
template <Currency C>
constexpr Money<C> cost(Price price, Quantity quantity, uint32_t ppm) {
    const Money<C> amount = notional<C>(price, quantity);
    return amount + fee(amount, ppm);
}

// Calls work.operator()<C>() for the currency that is only known at run time.
template <class Work>
constexpr decltype(auto) in_currency(Currency currency, Work&& work) {
    if (currency == Currency::hkd) return work.template operator()<Currency::hkd>();
    return work.template operator()<Currency::cnh>();
}

}  // namespace carbonx
