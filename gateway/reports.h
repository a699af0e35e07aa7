// The answers to brokers, as messages: ExecutionReport 8, OrderCancelReject 9,
// OrderMassCancelReport r.
//
// Threads: the gateway thread only.
// Always: a report is begun and written whole into the writer; what the caller knows besides may be
// added behind it. It holds what the dictionary requires of it; a value that the gateway does not
// know is left out, never invented.
#pragma once

#include <string>
#include <vector>

#include "gateway/directory.h"
#include "gateway/message_view.h"
#include "gateway/message_writer.h"
#include "gateway/orders.h"

namespace carbonx::gateway {

// ExecID (17) of what an event was for one side: the same report has it whenever it is told.
inline std::string exec_id_of(uint64_t sequence, Side side) {
    return std::to_string(sequence) + (side == Side::buy ? 'B' : 'S');
}

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

// ClOrdID (11) and OrigClOrdID (41), where a report names the request it answers.
struct ReportIds {
    std::string_view client_id;    // empty: the order's
    std::string_view original_id;  // empty: none
};

class Reports {
public:
    Reports(const Directory& directory, const Orders& orders)
        : directory_(directory), orders_(orders) {}

    // The order as it stands. exec_type: 150. ids: other than the order's own.
    void order(MessageWriter& report, const Order& order, char exec_type, const Stamp& stamp,
               const ReportIds& ids = {}) const;
    // Adds what one trade gave to this side of it.
    void add_trade(MessageWriter& report, uint64_t sequence, const Trade& trade, Side side,
                   bool is_taker, const std::vector<SerialRange>& ranges) const;
    // The fee of one side of a trade, and the serials that it moved: tags of our own.
    void add_settlement(MessageWriter& report, const Trade& trade, Side side,
                        const std::vector<SerialRange>& ranges) const;
    // The status of what is not known: nothing but the identifiers that were asked for.
    void unknown_order(MessageWriter& report, const Refusal& refusal, const Stamp& stamp) const;

    // What the exchange refused.
    void refused_order(MessageWriter& report, const Rejected& event, const Stamp& stamp) const;
    void refused_change(MessageWriter& report, const Rejected& event, const Stamp& stamp) const;
    void refused_mass_cancel(MessageWriter& report, const Rejected& event,
                             const Stamp& stamp) const;
    void mass_cancelled(MessageWriter& report, const MassCancelled& event,
                        const Stamp& stamp) const;
    // What the gateway itself refuses, to a message of any type that it takes orders by.
    void refuse(MessageWriter& report, SessionId session, const MessageView& request,
                const Refusal& refusal, const Stamp& stamp) const;

private:
    // Symbol (55) and Currency (15).
    void add_counter(MessageWriter& report, CounterId counter) const;
    void change_refused(MessageWriter& report, const Order* order, std::string_view client_id,
                        std::string_view original_id, bool is_replace, const Refusal& refusal,
                        const Stamp& stamp) const;
    void add_mass_cancel_counter(MessageWriter& report, CounterId counter) const;

    const Directory& directory_;
    const Orders& orders_;
};

// OrdStatus (39).
char order_status(const Order& order);

}  // namespace carbonx::gateway
