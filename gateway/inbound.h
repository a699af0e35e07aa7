// From a broker's message to a command of the exchange.
//
// Threads: the gateway thread only; no state of its own.
// Always: what a message says enters the command whole, or the message is refused: no number is
// rounded, no text is cut, no value that asks for something is passed over.
#pragma once

#include "engine/api/command.h"
#include "gateway/directory.h"
#include "gateway/message_view.h"
#include "gateway/orders.h"
#include "gateway/reports.h"

namespace carbonx::gateway {

struct Translation {
    enum class Kind {
        command,      // for the exchange
        status,       // answered from `order`, which is done, or resent and known
        wait,         // it is about a request that the exchange has not answered yet
        nothing,      // sent again, and known: its reports have gone out, or will
        unsubscribe,  // no more changes of holdings
    };
    Kind kind = Kind::command;
    bool essential = false;  // may use the kept part of the ring
    OrderId order{};
    Command command;
};

// 55, or 48 with 22=8 (exchange symbol); empty where there is neither. Throws Refusal.
std::string_view symbol_of(const MessageView& message);
// That it names; 15, where given, agrees with it. Throws Refusal.
const Counter& counter_of(const Directory& directory, const MessageView& message);
// A ClOrdID, or the name of a request: at most 20 characters, no control characters. Throws
// Refusal.
ClientId client_id(const MessageView& message, int tag);

class Inbound {
public:
    Inbound(const Directory& directory, const Orders& orders)
        : directory_(directory), orders_(orders) {}

    // D, F, G, q, H, AF, AN or BB. doubtful: what of it the exchange does not know was lost in a
    // power cut, and is not done now. Throws Refusal.
    Translation translate(SessionId session, const MessageView& message, const Arrival& arrival,
                          bool doubtful = false) const;

private:
    struct Request;  // a message and who sent it; inbound.cpp

    Translation new_order(const Request& request) const;
    Translation cancel_order(const Request& request) const;
    Translation replace_order(const Request& request) const;
    Translation mass_cancel(const Request& request) const;
    Translation order_status(const Request& request) const;
    Translation mass_status(const Request& request) const;
    Translation positions(const Request& request) const;
    Translation collateral(const Request& request) const;

    InstrumentId instrument(const MessageView& message) const;
    // Of the session's own firm: another's is as good as none.
    AccountId account(SessionId session, const MessageView& message) const;
    void check_order(const Order& order, const MessageView& message) const;
    // What to do with a message whose ClOrdID was used before; command when it was not.
    Translation check_client_id(const Request& request) const;
    // The open order that 41 names; nullptr when its request is still in flight.
    const Order* find_original(const Request& request) const;

    const Directory& directory_;
    const Orders& orders_;
};

}  // namespace carbonx::gateway
