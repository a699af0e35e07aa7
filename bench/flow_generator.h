// Makes deterministic order flows: the same options give the same bytes on any machine.
//
// A reference book (a map of queues) runs beside the generator, so that no cancel or modify refers
// to an order that is gone in a correct engine, and so that the header knows what must trade.
//
// The flow. Live orders of each instrument are held near `live` by a soft controller. After the
// prefill each operation is drawn, in percent:
//   45 passive add   own side, d ticks behind the near touch; d has a geometric body (75 %, mean
//   about 4)
//                    and a uniform tail (25 %, 0..63); 1 in 8 tries to improve the touch by one
//                    tick
//   40 cancel        60 % one of the 256 most recent orders, else any resting order
//   10 modify        a new price as a passive add would have; half change the quantity too
//    5 aggressive    an add priced 0..3 ticks through the opposite touch, up to about 4 resting
//    orders'
//                    quantity; what remains rests
// A latent fair price walks at random (`volatility` = a step of one tick every 1000 / volatility
// operations of its instrument). Aggressors go towards the fair price when the touch is on its
// wrong side, passive prices never go beyond it, so the book follows the walk. Instruments are
// drawn with weight 1 / (rank + 1). Ids are 1, 2, 3, ... in order of arrival, or a bijective
// scramble of those.
//
// No floating point and none of the library's distributions: nothing depends on the platform.
#pragma once

#include "bench/flow_file.h"

namespace carbonx::bench {

struct FlowOptions {
    uint64_t operations = 5'000'000;  // after the prefill
    uint64_t seed = 42;
    uint32_t instruments = 1;
    uint32_t live = 10'000;  // resting orders for each instrument
    uint32_t volatility = 20;
    uint32_t start_price = 100'000;
    bool scrambled_ids = false;
};

// Requires: operations, instruments, live and start_price are above 0.
Flow generate_flow(const FlowOptions& options);

}  // namespace carbonx::bench
