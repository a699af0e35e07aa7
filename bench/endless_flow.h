// A flow that does not end, as a gateway would send it: one recorded flow, lap after lap, each
// command with the order id that the exchange gives in this lap.
//
// A lap ends with the cancels of all that rests, so that each begins with empty books. One buyer
// and one seller trade, and change places in every other lap: what was bought is sold again, so
// that the state is after two laps what it was before them.
//
// Threads: one. Always: the ids are right if the exchange gets exactly these commands, in this
// order, and no other orders: its rule for ids (engine/README.md, Orders) is followed here.
#pragma once

#include <vector>

#include "bench/flow_generator.h"
#include "bench/flow_market.h"

namespace carbonx::bench {

class EndlessFlow {
public:
    explicit EndlessFlow(const FlowOptions& options);

    // Capacities, listings and funds for it.
    const FlowMarket& market() const { return market_; }
    // How many commands build the first book of a lap.
    uint64_t prefill() const { return prefill_; }

    // The next command; it stays until the next call.
    const CommandHead& next();
    // Of all commands that next() gave.
    uint64_t trades() const { return trades_; }

private:
    struct Step {
        uint32_t order = 0;       // the lap's number of the order that the command is about
        uint32_t trades = 0;      // that it causes
        uint32_t closed_end = 0;  // up to here in closed_: the orders that it closes
    };

    void fund_both_sides(uint32_t counters);
    void rehearse(Flow& flow);
    OrderId take();

    FlowMarket market_;
    // Constant after construction.
    uint64_t prefill_ = 0;
    std::vector<FlowCommand> commands_;  // of a lap, without the order ids
    std::vector<Step> steps_;
    std::vector<uint32_t> closed_;  // orders, in the order in which they close
    // As the exchange's pool of orders.
    std::vector<uint32_t> generations_;  // of each slot
    std::vector<uint32_t> free_;         // slots, the one freed last at the end
    // Where the flow is.
    std::vector<OrderId> ids_;  // of the lap's orders
    std::size_t at_ = 0;
    bool swapped_ = false;  // buyers sell in this lap
    FlowCommand command_;
    uint64_t trades_ = 0;
};

}  // namespace carbonx::bench
