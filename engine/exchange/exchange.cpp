#include "engine/exchange/exchange.h"

#include <string>

#include "engine/api/version.h"

namespace carbonx {
namespace {

// Whether an event of kind `rejected` answers it, with the client's own id; else `refused` does.
bool has_client_id(CommandType type, uint32_t rules) {
    if (type == CommandType::account_query) return rules >= rules_account_query;
    return type >= CommandType::new_order && type <= CommandType::order_status;
}

}  // namespace

std::string unreadable(const EngineStarted& started) {
    if (started.rules >= rules_oldest && started.rules <= rules_version) return "";
    return "the journal was written under rules " + std::to_string(started.rules) + " by build " +
           std::string(started.build.view()) + "; this build (" + std::string(build_text()) +
           ") has rules " + std::to_string(rules_oldest) + " to " + std::to_string(rules_version) +
           ": use that build, or a newer one that has them";
}

Exchange::Exchange(const Capacities& capacities, Populate populate)
    : capacities_(capacities),
      participants_(capacities, populate),
      instruments_(capacities, populate),
      orders_(capacities.orders, populate),
      ledger_(capacities, populate) {}

void Exchange::apply(uint64_t sequence, const CommandHead& command, EventWriter& events) {
    CARBONX_CHECK(command.time_ns >= time_ns_);
    time_ns_ = command.time_ns;
    events_ = &events;
    head_ = EventHead{};
    head_.command = sequence;
    head_.time_ns = command.time_ns;
    if (command.source != Source::sequencer) {
        SourceState& source = sources_[index(command.source)];
        CARBONX_CHECK(command.source_sequence > source.consumed);  // rule S3
        source.consumed = command.source_sequence - 1 + command.slots;
    }
    if (time_ns_ >= next_due_ns_) [[unlikely]]
        fire_due_timers();
    head_.session = command.session;
    head_.counter = command.counter;
    if (allowed(command)) {
        dispatch(command);
    } else {
        refuse(command, Reject::unsupported);
    }
}

// Whether this source may send this type of command, in this form.
bool Exchange::allowed(const CommandHead& head) const {
    if (head.version != 1 || head.slots != slots_of(head.type)) return false;
    const auto type = static_cast<uint8_t>(head.type);
    if (type < static_cast<uint8_t>(CommandType::list_participant)) {
        const bool by_operator =
            head.source == Source::operators && head.type == CommandType::mass_cancel;
        return head.source >= Source::gateway || by_operator;
    }
    if (type < static_cast<uint8_t>(CommandType::configure))
        return head.source == Source::operators;
    return head.source == Source::sequencer;
}

void Exchange::dispatch(const CommandHead& head) {
    switch (head.type) {
        case CommandType::new_order:
            return new_order(as<NewOrder>(head));
        case CommandType::cancel_order:
            return cancel_order(as<CancelOrder>(head));
        case CommandType::replace_order:
            return replace_order(as<ReplaceOrder>(head));
        case CommandType::mass_cancel:
            return mass_cancel(as<MassCancel>(head));
        case CommandType::order_status:
            return order_status(as<OrderStatus>(head));
        case CommandType::account_query:
            if (rules_ < rules_account_query) break;
            return account_query(as<AccountQuery>(head));
        case CommandType::session_up:
            return session_up(as<SessionUp>(head));
        case CommandType::session_down:
            return session_down(as<SessionDown>(head));
        case CommandType::list_participant:
            return list(as<ListParticipant>(head));
        case CommandType::list_account:
            return list(as<ListAccount>(head));
        case CommandType::list_session:
            return list(as<ListSession>(head));
        case CommandType::list_project:
            return list(as<ListProject>(head));
        case CommandType::list_instrument:
            return list(as<ListInstrument>(head));
        case CommandType::list_counter:
            return list(as<ListCounter>(head));
        case CommandType::deposit_credits:
            return deposit_credits(as<DepositCredits>(head));
        case CommandType::withdraw_credits:
            return withdraw_credits(as<WithdrawCredits>(head));
        case CommandType::deposit_cash:
            return deposit_cash(as<DepositCash>(head));
        case CommandType::withdraw_cash:
            return withdraw_cash(as<WithdrawCash>(head));
        case CommandType::set_phase:
            return set_phase(as<SetPhase>(head));
        case CommandType::halt_counter:
            return halt_counter(as<HaltCounter>(head));
        case CommandType::resume_counter:
            return resume_counter(as<ResumeCounter>(head));
        case CommandType::disable_participant:
            return change_participant(head, as<DisableParticipant>(head).participant, false);
        case CommandType::enable_participant:
            return change_participant(head, as<EnableParticipant>(head).participant, true);
        case CommandType::change_labels:
            if (rules_ < rules_labels) break;
            return change_labels(as<ChangeLabels>(head));
        case CommandType::configure:
            return configure(as<Configure>(head));
        case CommandType::source_up:
            return source_up(as<SourceUp>(head));
        case CommandType::source_down:
            return source_down(as<SourceDown>(head));
        case CommandType::tick:
            return tick();
        case CommandType::engine_started:
            return engine_started(as<EngineStarted>(head));
    }
    refuse(head, Reject::unsupported);
}

void Exchange::refuse(const CommandHead& head, Reject reason) {
    if (has_client_id(head.type, rules_)) return reject(head, reason, client_id_of(head));
    Refused& refused = emit<Refused>();
    refused.command = head.type;
    refused.reason = reason;
}

// The request's own id, wherever its type has it.
ClientId Exchange::client_id_of(const CommandHead& head) {
    switch (head.type) {
        case CommandType::new_order:
            return as<NewOrder>(head).client_id;
        case CommandType::cancel_order:
            return as<CancelOrder>(head).client_id;
        case CommandType::replace_order:
            return as<ReplaceOrder>(head).client_id;
        case CommandType::mass_cancel:
            return as<MassCancel>(head).client_id;
        case CommandType::order_status:
            return as<OrderStatus>(head).client_id;
        case CommandType::account_query:
            return as<AccountQuery>(head).client_id;
        default:
            return {};
    }
}

void Exchange::reject(const CommandHead& head, Reject reason, const ClientId& client_id,
                      OrderId order_id, AccountId account) {
    Rejected& rejected = emit<Rejected>();
    rejected.order_id = order_id;
    rejected.account = account;
    rejected.command = head.type;
    rejected.reason = reason;
    rejected.client_id = client_id;
    if (head.type == CommandType::new_order) rejected.head.terms = as<NewOrder>(head).terms;
    if (head.type == CommandType::account_query) {
        rejected.content = as<AccountQuery>(head).content;
    }
}

void Exchange::stop_for(const Breach& breach) const {
    std::string who = "the venue";
    if (participants_.known(breach.account)) {
        who = "account " + std::string(participants_[breach.account].name.view());
    }
    std::string asset(breach.asset);
    if (index(breach.lot) != 0) asset += " of lot " + std::to_string(index(breach.lot));
    stop("conservation broken: " + std::string(breach.what) + ": " + who + ", " + asset +
         " off by " + std::to_string(breach.amount) + ", at event " +
         std::to_string(event_sequence_) + " of command " + std::to_string(head_.command));
}

void Exchange::configure(const Configure& command) {
    CARBONX_CHECK(command.capacities == capacities_);
    if (venue_ != 0) return refuse(command.head, Reject::already_listed);
    venue_ = command.venue;
    Configured& configured = emit<Configured>();
    configured.venue = command.venue;
    configured.capacities = command.capacities;
}

void Exchange::engine_started(const EngineStarted& command) {
    CARBONX_CHECK(unreadable(command).empty());
    rules_ = command.rules;
    EngineStartedEvent& started = emit<EngineStartedEvent>();
    started.rules = command.rules;
    started.build = command.build;
}

void Exchange::session_up(const SessionUp& command) {
    const CommandHead& head = command.head;
    if (!participants_.known(head.session) || participants_[head.session].source != head.source) {
        return refuse(head, Reject::session_unknown);
    }
    if (command.grace_ns > limits::grace_ns_max) return refuse(head, Reject::value_out_of_range);
    Session& session = participants_[head.session];
    session.up = true;
    session.cancel_on_disconnect = command.cancel_on_disconnect;
    session.cancel_good_till_cancel = command.cancel_good_till_cancel;
    session.grace_ns = command.grace_ns;
    session.cancel_due_ns = 0;
    refresh_next_due();
    SessionChanged& changed = emit<SessionChanged>();
    changed.up = true;
    changed.cancel_on_disconnect = session.cancel_on_disconnect;
    changed.cancel_good_till_cancel = session.cancel_good_till_cancel;
}

void Exchange::session_down(const SessionDown& command) {
    const CommandHead& head = command.head;
    if (!participants_.known(head.session) || participants_[head.session].source != head.source) {
        return refuse(head, Reject::session_unknown);
    }
    if (!participants_[head.session].up) return refuse(head, Reject::session_disconnected);
    take_down(head.session);
}

void Exchange::take_down(SessionId id) {
    Session& session = participants_[id];
    session.up = false;
    // At the earliest with the next command: a due time of now has passed then too.
    session.cancel_due_ns = session.cancel_on_disconnect ? time_ns_ + session.grace_ns : 0;
    refresh_next_due();
    SessionChanged& changed = emit<SessionChanged>();
    changed.head.session = id;
    changed.cancel_on_disconnect = session.cancel_on_disconnect;
    changed.cancel_good_till_cancel = session.cancel_good_till_cancel;
    changed.cancel_due_ns = session.cancel_due_ns;
}

void Exchange::refresh_next_due() {
    next_due_ns_ = UINT64_MAX;
    for (std::size_t i = 1; i <= index(participants_.last_session()); ++i) {
        const uint64_t due = participants_[static_cast<SessionId>(i)].cancel_due_ns;
        if (due != 0 && due < next_due_ns_) next_due_ns_ = due;
    }
}

void Exchange::fire_due_timers() {
    while (next_due_ns_ <= time_ns_) {
        for (std::size_t i = 1; i <= index(participants_.last_session()); ++i) {
            Session& session = participants_[static_cast<SessionId>(i)];
            if (session.cancel_due_ns != next_due_ns_) continue;
            session.cancel_due_ns = 0;
            cancel_session(static_cast<SessionId>(i), session.cancel_good_till_cancel);
        }
        refresh_next_due();
    }
}

void Exchange::source_up(const SourceUp& command) {
    if (index(command.which) >= limits::sources_max || command.which == Source::sequencer) {
        return refuse(command.head, Reject::value_out_of_range);
    }
    SourceState& source = sources_[index(command.which)];
    if (source.epoch != command.epoch) source.consumed = 0;
    source.epoch = command.epoch;
    source.up = true;
    SourceChanged& changed = emit<SourceChanged>();
    changed.epoch = command.epoch;
    changed.which = command.which;
}

void Exchange::source_down(const SourceDown& command) {
    if (index(command.which) >= limits::sources_max || !sources_[index(command.which)].up) {
        return refuse(command.head, Reject::value_out_of_range);
    }
    sources_[index(command.which)].up = false;
    SourceChanged& changed = emit<SourceChanged>();
    changed.which = command.which;
    for (std::size_t i = 1; i <= index(participants_.last_session()); ++i) {
        const Session& session = participants_[static_cast<SessionId>(i)];
        if (session.source == command.which && session.up) take_down(static_cast<SessionId>(i));
    }
}

void Exchange::tick() {
    Breach breach;
    if (!ledger_.recount_slice(index(participants_.last_account()), breach)) stop_for(breach);
    emit<Ticked>();
}

void Exchange::prefetch_order(const CommandHead& head) const {
    if (head.type == CommandType::new_order) {
        const auto& command = as<NewOrder>(head);
        ledger_.prefetch(command.account);
        if (instruments_.known(head.counter)) __builtin_prefetch(&instruments_[head.counter]);
    } else if (head.type == CommandType::cancel_order) {
        orders_.prefetch(as<CancelOrder>(head).order_id);
    } else if (head.type == CommandType::replace_order) {
        orders_.prefetch(as<ReplaceOrder>(head).order_id);
    }
}

void Exchange::prefetch_level(const CommandHead& head) const {
    if (head.type == CommandType::new_order) {
        const auto& command = as<NewOrder>(head);
        if (!instruments_.known(head.counter)) return;
        const Counter& counter = instruments_[head.counter];
        counter.book.prefetch(counter.level_of(command.price));
        if (command.terms.side == Side::sell) ledger_.prefetch(command.account, counter.instrument);
        return;
    }
    OrderId id{};
    if (head.type == CommandType::cancel_order) id = as<CancelOrder>(head).order_id;
    if (head.type == CommandType::replace_order) id = as<ReplaceOrder>(head).order_id;
    const uint32_t slot = id == OrderId{} ? no_slot : orders_.find(id);
    if (slot == no_slot) return;
    const Order& order = orders_[slot];
    const Counter& counter = instruments_[order.counter];
    counter.book.prefetch(order.level);
    ledger_.prefetch(order.account);
    if (order.terms.side == Side::sell) ledger_.prefetch(order.account, counter.instrument);
    if (head.type == CommandType::replace_order) {
        counter.book.prefetch(counter.level_of(as<ReplaceOrder>(head).price));
    }
}

OrderView Exchange::view(uint32_t slot) const {
    const Order& order = orders_[slot];
    return {orders_.id(slot), order.session,  order.account, order.counter,  order.terms,
            order.price,      order.quantity, order.leaves,  order.client_id};
}

std::vector<OrderView> Exchange::orders(CounterId counter, Side side) const {
    std::vector<OrderView> views;
    for_each(counter, side, [&](uint32_t slot) { views.push_back(view(slot)); });
    return views;
}

bool Exchange::find(OrderId id, OrderView& order) const {
    const uint32_t slot = orders_.find(id);
    if (slot == no_slot) return false;
    order = view(slot);
    return true;
}

}  // namespace carbonx
