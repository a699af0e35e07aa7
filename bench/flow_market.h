// The market that a flow trades in when it goes through the whole exchange: one counter for each of
// the flow's instruments, eight buyers with cash and eight sellers with credits, each a participant
// with an account and a session of its own.
//
// Buyers and sellers are disjoint, so self-trade prevention is on and finds nothing; tick 1 and a
// band around all of the flow's prices, so every price is good: what trades is what the flow's
// header says.
#pragma once

#include <cstddef>
#include <vector>

#include "bench/flow_file.h"
#include "engine/api/command.h"

namespace carbonx::bench {

struct FlowMarket {
    Capacities capacities;
    std::vector<Command> opening;       // from configure to continuous trading
    uint64_t next_sequence = 1;         // in the journal
    uint64_t next_source_sequence = 1;  // of the gateway
    uint64_t next_time_ns = 0;
};

// Throws std::runtime_error when the flow does not fit a venue.
FlowMarket make_market(const FlowHeader& header);

// A flow's record as a gateway's command. A cancel or replace still has the flow's id where the
// exchange's order id belongs, and a replace the new remaining quantity where the new total
// belongs: a gateway learns these only as it goes. Either may be reached as cancel.order_id.
union FlowCommand {
    CommandHead head;
    NewOrder new_order;
    CancelOrder cancel;
    ReplaceOrder replace;
    FlowCommand() : new_order{} {}
};
static_assert(sizeof(FlowCommand) == 64);
static_assert(offsetof(CancelOrder, order_id) == offsetof(ReplaceOrder, order_id));
std::vector<FlowCommand> make_commands(const Flow& flow, const FlowMarket& market);

}  // namespace carbonx::bench
