// The fields of every record, by name: the table behind the common text form.
//
// describe(visit, record) calls visit(key, value) for each field, in the order of the text. A
// visitor may read or change the values. Always: every byte of a record that is not reserved is in
// a field, save type, slots and version's default.
#pragma once

#include "engine/api/event.h"
#include "engine/text/text_values.h"

namespace carbonx {

// How a field is treated when a text is written or read.
enum class Show {
    when_set,  // left out while it is zero or empty
    always
};

// Visits a value under another meaning, or a bit-field: through a copy.
template <class As, class Visit, class T>
void describe_as(Visit& visit, const char* key, T& value, Show show = Show::when_set) {
    if constexpr (std::integral<As>) {
        As copy = static_cast<As>(value);
        visit(key, copy, show);
        value = static_cast<T>(copy);
    } else {
        As copy{value};
        visit(key, copy, show);
        value = copy.value;
    }
}

template <class Visit>
void describe(Visit& visit, OrderTerms& terms, Show show) {
    Side side = terms.side;
    OrderType type = terms.type;
    TimeInForce time_in_force = terms.time_in_force;
    bool post_only = terms.post_only;
    visit("side", side, show);
    visit("type", type, show);
    visit("time_in_force", time_in_force, show);
    visit("post_only", post_only, Show::when_set);
    terms.side = side;
    terms.type = static_cast<OrderType>(static_cast<uint8_t>(type) & 3);
    terms.time_in_force = static_cast<TimeInForce>(static_cast<uint8_t>(time_in_force) & 7);
    terms.post_only = post_only;
}

// ---- Commands ----

template <class Visit>
void describe_head(Visit& visit, CommandHead& head) {
    describe_as<Time>(visit, "time", head.time_ns);
    visit("source", head.source, Show::when_set);
    visit("source_sequence", head.source_sequence, Show::when_set);
    visit.with_default("version", head.version, uint8_t{1});
    visit("session", head.session, Show::when_set);
    visit("counter", head.counter, Show::when_set);
}
template <class Visit>
void describe(Visit& visit, NewOrder& c) {
    visit("account", c.account);
    describe(visit, c.terms, Show::always);
    visit("quantity", c.quantity);
    visit("price", c.price);
    visit("client_id", c.client_id);
    visit("message_sequence", c.message_sequence);
}
template <class Visit>
void describe(Visit& visit, CancelOrder& c) {
    visit("order_id", c.order_id);
    visit("client_id", c.client_id);
    visit("message_sequence", c.message_sequence);
}
template <class Visit>
void describe(Visit& visit, ReplaceOrder& c) {
    visit("order_id", c.order_id);
    visit("quantity", c.quantity);
    visit("price", c.price);
    visit("client_id", c.client_id);
    visit("message_sequence", c.message_sequence);
}
template <class Visit>
void describe(Visit& visit, MassCancel& c) {
    visit("participant", c.participant);
    visit("client_id", c.client_id);
    visit("message_sequence", c.message_sequence);
}
template <class Visit>
void describe(Visit& visit, OrderStatus& c) {
    visit("order_id", c.order_id);
    visit("client_id", c.client_id);
    visit("message_sequence", c.message_sequence);
}
template <class Visit>
void describe(Visit& visit, AccountQuery& c) {
    visit("content", c.content, Show::always);
    visit("account", c.account);
    visit("instrument", c.instrument);
    visit("client_id", c.client_id);
    visit("message_sequence", c.message_sequence);
}
template <class Visit>
void describe(Visit& visit, SessionUp& c) {
    visit("cancel_on_disconnect", c.cancel_on_disconnect);
    visit("cancel_good_till_cancel", c.cancel_good_till_cancel);
    describe_as<Duration>(visit, "grace", c.grace_ns);
}
template <class Visit>
void describe(Visit&, SessionDown&) {}
template <class Visit>
void describe(Visit& visit, ListParticipant& c) {
    visit("name", c.name);
    visit("participant_class", c.participant_class);
    visit("group", c.group);
    visit("fee_discount_ppm", c.fee_discount_ppm);
    visit("open_orders_max", c.open_orders_max);
    visit("legal_name", c.legal_name);
}
template <class Visit>
void describe(Visit& visit, ListAccount& c) {
    visit("name", c.name);
    visit("participant", c.participant);
}
// The gateway that a session belongs to is not the source that sent its listing.
template <class Visit>
void describe(Visit& visit, ListSession& c) {
    visit("name", c.name);
    visit("participant", c.participant);
    visit("gateway", c.source);
}
template <class Visit>
void describe(Visit& visit, ListProject& c) {
    visit("registry", c.registry);
    visit("key", c.key);
    visit("name", c.name);
    visit("host_country", c.host_country);
    visit("removal", c.removal);
    visit("methodology", c.methodology);
}
template <class Visit>
void describe(Visit& visit, ListInstrument& c) {
    visit("name", c.name);
    visit("project", c.project);
    visit("vintage", c.vintage);
    describe_as<Labels>(visit, "labels", c.labels);
    visit("round_lot", c.round_lot);
    visit("quantity_max", c.quantity_max);
}
template <class Visit>
void describe(Visit& visit, ListCounter& c) {
    visit("symbol", c.symbol);
    visit("instrument", c.instrument);
    visit("currency", c.currency, Show::always);
    visit("tick", c.tick);
    visit("reference", c.reference);
    visit("band_bps", c.band_bps);
    visit("collar_bps", c.collar_bps);
    visit("fee_ppm", c.fee_ppm);
}
template <class Visit>
void describe(Visit& visit, DepositCredits& c) {
    visit("account", c.account);
    visit("instrument", c.instrument);
    visit("serial_prefix", c.serial_prefix);
    visit("serial_first", c.serial_first);
    visit("serial_last", c.serial_last);
    visit("vintage_start", c.vintage_start);
    visit("vintage_end", c.vintage_end);
    describe_as<Labels>(visit, "labels", c.labels);
    visit("reference", c.reference);
}
template <class Visit>
void describe(Visit& visit, WithdrawCredits& c) {
    visit("account", c.account);
    visit("lot", c.lot);
    visit("quantity", c.quantity);
    visit("reference", c.reference);
}
template <class Visit, class Cash>
void describe_cash(Visit& visit, Cash& c) {
    visit("account", c.account);
    visit("currency", c.currency, Show::always);
    describe_as<Amount>(visit, "amount", c.amount);
    visit("reference", c.reference);
}
template <class Visit>
void describe(Visit& visit, DepositCash& c) {
    describe_cash(visit, c);
}
template <class Visit>
void describe(Visit& visit, WithdrawCash& c) {
    describe_cash(visit, c);
}
template <class Visit>
void describe(Visit& visit, SetPhase& c) {
    visit("phase", c.phase, Show::always);
    visit("trading_day", c.trading_day);
}
template <class Visit>
void describe(Visit& visit, HaltCounter& c) {
    visit("reason", c.reason);
}
template <class Visit>
void describe(Visit&, ResumeCounter&) {}
template <class Visit>
void describe(Visit& visit, DisableParticipant& c) {
    visit("participant", c.participant);
}
template <class Visit>
void describe(Visit& visit, EnableParticipant& c) {
    visit("participant", c.participant);
}
template <class Visit>
void describe(Visit& visit, ChangeLabels& c) {
    visit("instrument", c.instrument);
    describe_as<Labels>(visit, "labels", c.labels, Show::always);
}
template <class Visit>
void describe(Visit& visit, Capacities& c) {
    const Capacities usual;
    visit.with_default("participants", c.participants, usual.participants);
    visit.with_default("accounts", c.accounts, usual.accounts);
    visit.with_default("projects", c.projects, usual.projects);
    visit.with_default("instruments", c.instruments, usual.instruments);
    visit.with_default("counters", c.counters, usual.counters);
    visit.with_default("sessions", c.sessions, usual.sessions);
    visit.with_default("lots", c.lots, usual.lots);
    visit.with_default("positions", c.positions, usual.positions);
    visit.with_default("ranges", c.ranges, usual.ranges);
    visit.with_default("orders", c.orders, usual.orders);
    visit.with_default("levels", c.levels, usual.levels);
}
template <class Visit>
void describe(Visit& visit, Configure& c) {
    visit("venue", c.venue);
    describe(visit, c.capacities);
}
template <class Visit>
void describe(Visit& visit, EngineStarted& c) {
    visit("rules", c.rules);
    visit("build", c.build);
}
template <class Visit>
void describe(Visit& visit, SourceUp& c) {
    visit("which", c.which, Show::always);
    visit("epoch", c.epoch);
}
template <class Visit>
void describe(Visit& visit, SourceDown& c) {
    visit("which", c.which, Show::always);
}
template <class Visit>
void describe(Visit&, Tick&) {}

// ---- Events ----

template <class Visit>
void describe_head(Visit& visit, EventHead& head, Show terms) {
    visit("command", head.command);
    describe_as<Time>(visit, "time", head.time_ns);
    uint8_t version = head.version;
    visit.with_default("version", version, uint8_t{1});
    head.version = version & 15;
    visit("session", head.session);
    visit("counter", head.counter);
    describe(visit, head.terms, terms);
    describe_as<Flags>(visit, "flags", head.flags);
}
template <class Visit>
void describe(Visit& visit, Accepted& e) {
    visit("order_id", e.order_id);
    visit("account", e.account);
    visit("price", e.price);
    visit("quantity", e.quantity);
    visit("client_id", e.client_id);
}
template <class Visit>
void describe(Visit& visit, Rejected& e) {
    visit("of", e.command);
    visit("reason", e.reason, Show::always);
    visit("order_id", e.order_id);
    visit("account", e.account);
    visit("content", e.content);
    visit("client_id", e.client_id);
}
template <class Visit>
void describe(Visit& visit, Trade& e) {
    visit("maker", e.maker, Show::always);
    visit("taker", e.taker, Show::always);
    visit("quantity", e.quantity);
    visit("price", e.price);
    describe_as<Amount>(visit, "buyer_fee", e.buyer_fee);
    describe_as<Amount>(visit, "seller_fee", e.seller_fee);
}
template <class Visit>
void describe(Visit& visit, Delivery& e) {
    visit("from", e.from);
    visit("to", e.to);
    visit("serials", e.ranges[0]);
    visit("more_serials", e.ranges[1]);
}
template <class Visit>
void describe(Visit& visit, Rested& e) {
    visit("order_id", e.order_id);
    visit("price", e.price);
    visit("leaves", e.leaves);
}
template <class Visit>
void describe(Visit& visit, Cancelled& e) {
    visit("order_id", e.order_id);
    visit("leaves", e.leaves);
    visit("reason", e.reason, Show::always);
    visit("client_id", e.client_id);
}
template <class Visit>
void describe(Visit& visit, Replaced& e) {
    visit("order_id", e.order_id);
    visit("price", e.price);
    visit("quantity", e.quantity);
    visit("leaves", e.leaves);
    visit("client_id", e.client_id);
}
template <class Visit>
void describe(Visit& visit, OrderState& e) {
    visit("order_id", e.order_id);
    visit("price", e.price);
    visit("quantity", e.quantity);
    visit("leaves", e.leaves);
    visit("client_id", e.client_id);
}
template <class Visit>
void describe(Visit& visit, MassCancelled& e) {
    visit("count", e.count, Show::always);
    visit("participant", e.participant);
    visit("client_id", e.client_id);
}
template <class Visit>
void describe(Visit& visit, Restated& e) {
    visit("order_id", e.order_id);
    visit("account", e.account);
    visit("price", e.price);
    visit("leaves", e.leaves);
    visit("client_id", e.client_id);
}
template <class Visit>
void describe(Visit& visit, PhaseChanged& e) {
    visit("phase", e.phase, Show::always);
    visit("previous", e.previous, Show::always);
    visit("trading_day", e.trading_day);
}
template <class Visit>
void describe(Visit& visit, CounterHalted& e) {
    visit("reason", e.reason);
}
template <class Visit>
void describe(Visit&, CounterResumed&) {}
template <class Visit>
void describe(Visit& visit, ReferenceChanged& e) {
    visit("reference", e.reference);
    visit("band_low", e.band_low);
    visit("band_high", e.band_high);
}

// The command inside a listing's event: its head was the operators', at the event's own time.
template <class Visit, class Listing>
void describe_listing(Visit& visit, const EventHead& head, Listing& listing) {
    Time time{listing.head.time_ns};
    visit.with_default("listing_time", time, Time{head.time_ns});
    listing.head.time_ns = time.value;
    visit("listing_source", listing.head.source);
    visit("listing_source_sequence", listing.head.source_sequence);
    visit.with_default("listing_version", listing.head.version, uint8_t{1});
    visit("listing_session", listing.head.session);
    visit("listing_counter", listing.head.counter);
    listing.head.type = Listing::type;
    listing.head.slots = sizeof(Listing) / limits::slot_bytes;
    describe(visit, listing);
}
template <class Visit, EventType Type, class Id, class Listing>
void describe(Visit& visit, Listed<Type, Id, Listing>& e) {
    describe_as<std::underlying_type_t<Id>>(visit, "id", e.id);
    describe_listing(visit, e.head, e.listing);
}
template <class Visit>
void describe(Visit& visit, CounterListed& e) {
    visit("band_low", e.band_low);
    visit("band_high", e.band_high);
    describe_listing(visit, e.head, e.listing);
}
template <class Visit>
void describe(Visit& visit, LabelsChanged& e) {
    visit("instrument", e.instrument);
    describe_as<Labels>(visit, "labels", e.labels, Show::always);
    describe_as<Labels>(visit, "previous", e.previous, Show::always);
}
template <class Visit>
void describe(Visit& visit, CreditsWithdrawn& e) {
    visit("account", e.account);
    visit("serials", e.range);
    visit("remaining", e.remaining);
}
template <class Visit>
void describe(Visit& visit, CashMoved& e) {
    describe_cash(visit, e);
}
template <class Visit>
void describe(Visit& visit, AccountState& e) {
    visit("content", e.content, Show::always);
    visit("account", e.account);
    visit("instrument", e.instrument);
    visit("count", e.count, Show::always);
    visit("client_id", e.client_id);
}
template <class Visit>
void describe(Visit& visit, HoldingState& e) {
    visit("account", e.account, Show::always);
    visit("instrument", e.instrument, Show::always);
    visit("total", e.total, Show::always);
    visit("in_orders", e.in_orders, Show::always);
    visit("remaining", e.remaining);
}
template <class Visit>
void describe(Visit& visit, CashState& e) {
    visit("account", e.account, Show::always);
    visit("currency", e.currency, Show::always);
    describe_as<Amount>(visit, "total", e.total, Show::always);
    describe_as<Amount>(visit, "in_orders", e.in_orders, Show::always);
    visit("remaining", e.remaining);
}
template <class Visit>
void describe(Visit& visit, ParticipantChanged& e) {
    visit("participant", e.participant);
    visit("enabled", e.enabled, Show::always);
}
template <class Visit>
void describe(Visit& visit, SessionChanged& e) {
    visit("up", e.up, Show::always);
    visit("cancel_on_disconnect", e.cancel_on_disconnect);
    visit("cancel_good_till_cancel", e.cancel_good_till_cancel);
    describe_as<Time>(visit, "cancel_due", e.cancel_due_ns);
}
template <class Visit>
void describe(Visit& visit, SourceChanged& e) {
    visit("which", e.which, Show::always);
    visit("epoch", e.epoch);
}
template <class Visit>
void describe(Visit& visit, Configured& e) {
    visit("venue", e.venue);
    describe(visit, e.capacities);
}
template <class Visit>
void describe(Visit&, Ticked&) {}
template <class Visit>
void describe(Visit& visit, EngineStartedEvent& e) {
    visit("rules", e.rules);
    visit("build", e.build);
}
template <class Visit>
void describe(Visit& visit, Refused& e) {
    visit("of", e.command);
    visit("reason", e.reason, Show::always);
}

}  // namespace carbonx
