// The whole life of an order as lines of text: each event that is about it, and the rule that
// applied.
//
// Threads: one. Always: sees every event since the first.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "engine/text/names.h"
#include "tools/order_mirror.h"

namespace carbonx::tools {

class OrderLife {
public:
    // An order id as 396.1, or SESSION:CLORDID for the requests and orders of that client id: only
    // so is an order found that was refused. Throws std::runtime_error.
    OrderLife(std::string asked, int32_t utc_offset_minutes);

    // Requires: the mirror has all events before this one.
    void see(uint64_t sequence, const EventHead& event, const Names& names,
             const OrderMirror& mirror);
    // Throws std::runtime_error when there is no such order.
    void print(std::ostream& out) const;

private:
    bool follows(const EventHead& event, const Names& names);
    void explain(const EventHead& event, const Names& names, const OrderMirror& mirror);

    const std::string asked_;
    const int32_t utc_offset_minutes_;
    std::string session_;  // where a client id was given
    std::string client_id_;
    std::vector<OrderId> orders_;  // that are followed
    bool told_last_ = false;       // the event before was one of these
    std::vector<std::string> lines_;
};

}  // namespace carbonx::tools
