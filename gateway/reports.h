// The answers to brokers, as messages: ExecutionReport 8, OrderCancelReject 9,
// OrderMassCancelReport r.
//
// Threads: the gateway thread only.
// Always: a report holds what the dictionary requires of it; a value that the gateway does not know
// is left out, never invented.
#pragma once

#include <string>
#include <vector>

#include "gateway/directory.h"
#include "gateway/orders.h"
#include "gateway/quickfix.h"

namespace carbonx::gateway {

// When and under which ExecID something is reported.
struct Stamp {
    std::string exec_id;
    uint64_t time_ns = 0;  // since 1970 UTC
};

// Why the gateway or the exchange says no.
struct Refusal {
    Reject reason{};
    std::string detail;     // in place of the reason's own sentence, where there is more to say
    bool too_late = false;  // the order was known and is done
};

class Reports {
public:
    Reports(const Directory& directory, const Orders& orders)
        : directory_(directory), orders_(orders) {}

    // The order as it stands. exec_type: 150.
    FIX::Message order(const Order& order, char exec_type, const Stamp& stamp) const;
    // Adds what one trade gave to this side of it.
    void add_trade(FIX::Message& report, uint64_t sequence, const Trade& trade, Side side,
                   bool is_taker, const std::vector<SerialRange>& ranges) const;
    // The status of what is not known: nothing but the identifiers that were asked for.
    FIX::Message unknown_order(std::string_view client_id, const Refusal& refusal,
                               const Stamp& stamp) const;

    // What the exchange refused.
    FIX::Message refused_order(const Rejected& event, const Stamp& stamp) const;
    FIX::Message refused_change(const Rejected& event, const Stamp& stamp) const;
    FIX::Message refused_mass_cancel(const Rejected& event, const Stamp& stamp) const;
    FIX::Message mass_cancelled(const MassCancelled& event, const Stamp& stamp) const;
    // What the gateway itself refuses, to a message of any type that it takes orders by.
    FIX::Message refuse(SessionId session, const FIX::Message& request, const Refusal& refusal,
                        const Stamp& stamp) const;

private:
    FIX::Message execution(char exec_type, char status, const Stamp& stamp) const;
    FIX::Message change_refused(const Order* order, std::string_view client_id,
                                std::string_view original_id, bool is_replace,
                                const Refusal& refusal, const Stamp& stamp) const;
    FIX::Message mass_cancel(std::string_view client_id, bool one_counter, char response,
                             const Stamp& stamp) const;
    void set_counter(FIX::Message& message, CounterId counter) const;

    const Directory& directory_;
    const Orders& orders_;
};

// OrdStatus (39).
char order_status(const Order& order);

}  // namespace carbonx::gateway
