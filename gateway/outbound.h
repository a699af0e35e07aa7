// From what happened to what brokers are told: the event log, event by event, as FIX messages.
//
// Threads: the gateway thread only.
// Always: reports go out in the order of their events, and each under a key that only grows (event
// sequence * 2, + 1 for the sell side), so that a session's last stored key says which are done:
// the events below it change the mirrors and send nothing.
#pragma once

#include <optional>
#include <vector>

#include "gateway/directory.h"
#include "gateway/orders.h"
#include "gateway/reports.h"

namespace carbonx::gateway {

// Where reports go.
class ReportSink {
public:
    virtual ~ReportSink() = default;
    // Whether anyone here is told of this session's orders.
    virtual bool is_followed(SessionId session) const = 0;
    // Whether anyone who is told of this session's orders has not had this report.
    virtual bool is_due(SessionId session, uint64_t report_key) const = 0;
    // To all of them who have not had it.
    virtual void send(SessionId session, const MessageWriter& message, uint64_t report_key) = 0;
    // The exchange has answered what was asked of the session's accounts; its rows follow.
    virtual void on_query_answered(const AccountState& answer) = 0;
    virtual void on_query_refused(const Rejected& refusal) = 0;
    // A mass status request of the session has been answered, by so many orders, or refused.
    virtual void on_orders_told(SessionId session, std::size_t count) = 0;
};

class Outbound {
public:
    Outbound(Directory& directory, Orders& orders, ReportSink& sink)
        : directory_(directory), orders_(orders), reports_(directory, orders), sink_(sink) {}

    // The next event: applied to the mirrors, and reported.
    void on_event(uint64_t sequence, const EventHead& event);
    // There is no further event now: what waited for one goes out.
    void on_idle();

    const Reports& reports() const { return reports_; }

private:
    // A trade's reports wait for its deliveries, and for the place that its taker takes in the
    // book.
    struct HeldTrade {
        uint64_t sequence = 0;
        Trade trade;
        std::optional<Order> maker;  // as it stood after the trade; none: another gateway's
        std::optional<Order> taker;
        std::vector<SerialRange> ranges;
        uint32_t delivered = 0;  // tonnes
    };
    // The answer to a status request waits until it shows whether it is one report of a mass
    // status.
    struct HeldState {
        uint64_t sequence = 0;
        OrderState state;
    };

    bool concerns_us(const EventHead& event) const;
    void on_rejected(uint64_t sequence, const Rejected& event);
    void on_trade(uint64_t sequence, const Trade& event);
    void on_delivery(const Delivery& event);
    void on_rested(uint64_t sequence, const Rested& event);
    void on_cancelled(uint64_t sequence, const Cancelled& event);
    void on_replaced(uint64_t sequence, const Replaced& event, const ClientId& original);
    void on_participant(uint64_t sequence, const ParticipantChanged& event);
    void on_order_state(uint64_t sequence, const OrderState& event);
    void on_account_state(uint64_t sequence, const AccountState& event);
    void on_holding(uint64_t sequence, const HoldingState& row);
    void on_cash(uint64_t sequence, const CashState& row);
    void on_query_refused(uint64_t sequence, const Rejected& event);
    void release_trade();
    void release_trade_side(const Order& order, bool is_taker);
    void release_states();
    void release_mass_status(uint64_t sequence, const OrderState& end);

    bool is_due(SessionId session, uint64_t sequence, Side side) const;
    void send(SessionId session, uint64_t sequence, Side side);  // what report_ holds
    void send_order(const Order& order, char exec_type, uint64_t sequence, uint64_t time_ns);

    Directory& directory_;
    Orders& orders_;
    Reports reports_;
    ReportSink& sink_;
    MessageWriter report_;  // the one that is being made
    std::optional<HeldTrade> held_trade_;
    std::vector<HeldState> held_states_;
    AccountState answer_{};  // of an account query: the last one, whose rows follow at once
};

}  // namespace carbonx::gateway
