// The slow, obvious exchange: commands, phases, sessions, views. See reference.h; the numbers are
// the rulebook's.
#include "tests/reference.h"
#include "tests/reference_events.h"

namespace carbonx::tests {

// ---- Any command ----

std::vector<Event> Reference::apply(uint64_t sequence, const CommandHead& command) {
    sequence_ = sequence;
    command_ = &command;
    events_.clear();
    fire_due_timers();  // S2
    const bool in_form = command.version == 1 && command.slots == slots_of(command.type);
    if (in_form && may_send(command.source, command.type)) {
        dispatch(command);
    } else {
        refuse(Reject::unsupported);  // G1
    }
    return events_;
}

bool Reference::may_send(Source source, CommandType type) const {
    const bool gateway = source >= Source::gateway;
    const bool operators = source == Source::operators;
    switch (type) {
        case CommandType::new_order:
        case CommandType::cancel_order:
        case CommandType::replace_order:
        case CommandType::order_status:
        case CommandType::account_query:
        case CommandType::session_up:
        case CommandType::session_down:
            return gateway;
        case CommandType::mass_cancel:
            return gateway || operators;
        case CommandType::configure:
        case CommandType::source_up:
        case CommandType::source_down:
        case CommandType::tick:
        case CommandType::engine_started:
            return source == Source::sequencer;
        default:
            return operators;
    }
}

void Reference::dispatch(const CommandHead& head) {
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
            if (rules_ < 2) break;
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
            return change_participant(as<DisableParticipant>(head).participant, false);
        case CommandType::enable_participant:
            return change_participant(as<EnableParticipant>(head).participant, true);
        case CommandType::change_labels:
            if (rules_ < 3) break;
            return change_labels(as<ChangeLabels>(head));
        case CommandType::source_up:
            return source_up(as<SourceUp>(head));
        case CommandType::source_down:
            return source_down(as<SourceDown>(head));
        case CommandType::tick:
            return emit(event<Ticked>());
        case CommandType::engine_started: {
            auto started = event<EngineStartedEvent>();
            started.rules = rules_ = as<EngineStarted>(head).rules;
            started.build = as<EngineStarted>(head).build;
            return emit(started);
        }
        case CommandType::configure: {
            capacities_ = as<Configure>(head).capacities;
            auto configured = event<Configured>();
            configured.venue = as<Configure>(head).venue;
            configured.capacities = capacities_;
            return emit(configured);
        }
    }
    refuse(Reject::unsupported);  // G1
}

// The answer to a command that is not done; to an order command of a wrong source, `rejected`, with
// no more of the command than its client id.
void Reference::refuse(Reject reason) {
    switch (command_->type) {
        case CommandType::new_order:
            return reject(reason, as<NewOrder>(*command_).client_id);
        case CommandType::cancel_order:
            return reject(reason, as<CancelOrder>(*command_).client_id);
        case CommandType::replace_order:
            return reject(reason, as<ReplaceOrder>(*command_).client_id);
        case CommandType::mass_cancel:
            return reject(reason, as<MassCancel>(*command_).client_id);
        case CommandType::order_status:
            return reject(reason, as<OrderStatus>(*command_).client_id);
        case CommandType::account_query:
            if (rules_ < 2) break;
            return reject(reason, as<AccountQuery>(*command_).client_id);
        default:
            break;
    }
    auto refused = event<Refused>();
    refused.command = command_->type;
    refused.reason = reason;
    emit(refused);
}

void Reference::reject(Reject reason, const ClientId& client_id, OrderId order_id,
                       AccountId account) {
    auto rejected = event<Rejected>();
    if (command_->type == CommandType::new_order) {
        rejected.head.terms = as<NewOrder>(*command_).terms;
    }
    if (command_->type == CommandType::account_query) {
        rejected.content = as<AccountQuery>(*command_).content;
    }
    rejected.order_id = order_id;
    rejected.account = account;
    rejected.command = command_->type;
    rejected.reason = reason;
    rejected.client_id = client_id;
    emit(rejected);
}

// ---- Sessions and sources ----

// S1, S2: what is due, by due time, then by session.
void Reference::fire_due_timers() {
    std::set<std::pair<uint64_t, uint16_t>> due;
    for (std::size_t i = 0; i < sessions_.size(); ++i) {
        const uint64_t time_ns = sessions_[i].cancel_due_ns;
        if (time_ns != 0 && time_ns <= command_->time_ns) {
            due.insert({time_ns, static_cast<uint16_t>(i + 1)});
        }
    }
    for (const auto& [time_ns, id] : due) {
        Session& session = sessions_[id - 1U];
        session.cancel_due_ns = 0;
        const auto belongs = [&](const Order& order) {
            return index(order.session) == id && (order.terms.time_in_force == TimeInForce::day ||
                                                  session.cancel_good_till_cancel);
        };
        cancel_all(CancelReason::disconnected, belongs);
    }
}

void Reference::session_up(const SessionUp& c) {
    Session* session = find(sessions_, c.head.session);
    if (session == nullptr || session->listing.source != c.head.source) {
        return refuse(Reject::session_unknown);  // A1
    }
    if (c.grace_ns > limits::grace_ns_max) return refuse(Reject::value_out_of_range);  // G4
    session->up = true;
    session->cancel_on_disconnect = c.cancel_on_disconnect;
    session->cancel_good_till_cancel = c.cancel_good_till_cancel;
    session->grace_ns = c.grace_ns;
    session->cancel_due_ns = 0;
    auto changed = event<SessionChanged>();
    changed.up = true;
    changed.cancel_on_disconnect = c.cancel_on_disconnect;
    changed.cancel_good_till_cancel = c.cancel_good_till_cancel;
    emit(changed);
}

void Reference::session_down(const SessionDown& c) {
    const Reject reason = check_session(c.head);
    if (reason != Reject::none) return refuse(reason);
    take_down(c.head.session);
}

void Reference::take_down(SessionId id) {
    Session& session = *find(sessions_, id);
    session.up = false;
    session.cancel_due_ns = session.cancel_on_disconnect ? command_->time_ns + session.grace_ns : 0;
    auto changed = event<SessionChanged>();
    changed.head.session = id;
    changed.cancel_on_disconnect = session.cancel_on_disconnect;
    changed.cancel_good_till_cancel = session.cancel_good_till_cancel;
    changed.cancel_due_ns = session.cancel_due_ns;
    emit(changed);
}

void Reference::source_up(const SourceUp& c) {
    if (index(c.which) >= limits::sources_max) return refuse(Reject::value_out_of_range);  // G4
    sources_[index(c.which)] = {true, c.epoch};
    auto changed = event<SourceChanged>();
    changed.which = c.which;
    changed.epoch = c.epoch;
    emit(changed);
}

void Reference::source_down(const SourceDown& c) {
    if (index(c.which) >= limits::sources_max) return refuse(Reject::value_out_of_range);  // G4
    sources_[index(c.which)] = {};
    auto changed = event<SourceChanged>();
    changed.which = c.which;
    emit(changed);
    for (std::size_t i = 0; i < sessions_.size(); ++i) {
        if (sessions_[i].listing.source == c.which && sessions_[i].up) {
            take_down(static_cast<SessionId>(i + 1));
        }
    }
}

// ---- Phases ----

void Reference::set_phase(const SetPhase& c) {
    const bool follows = (phase_ == Phase::closed && c.phase == Phase::pre_open) ||
                         (phase_ == Phase::pre_open && c.phase == Phase::continuous) ||
                         (phase_ == Phase::continuous && c.phase == Phase::halted) ||
                         (phase_ == Phase::halted && c.phase == Phase::continuous) ||
                         (phase_ != Phase::closed && c.phase == Phase::closed);
    if (!follows) return refuse(Reject::phase_order_wrong);  // P3
    if (c.phase == Phase::pre_open) {
        const uint32_t month = c.trading_day / 100 % 100;
        const uint32_t day = c.trading_day % 100;
        if (c.trading_day <= trading_day_ || c.trading_day > 99'991'231 || month < 1 ||
            month > 12 || day < 1 || day > 31) {
            return refuse(Reject::value_out_of_range);  // P5
        }
        trading_day_ = c.trading_day;
    }
    if (c.phase == Phase::closed) {  // P6
        cancel_all(CancelReason::expired, [](const Order& order) {
            return order.terms.time_in_force == TimeInForce::day;
        });
    }
    auto changed = event<PhaseChanged>();
    changed.phase = c.phase;
    changed.previous = phase_;
    changed.trading_day = trading_day_;
    phase_ = c.phase;
    emit(changed);
    if (c.phase == Phase::pre_open) open_day();
}

// The new day's reference price and band, where yesterday's trades call for one and it has room.
void Reference::move_reference(CounterId id, Counter& counter) {
    if (counter.last.value == 0 || counter.last == counter.reference) return;
    const Band band = band_around(counter.last, counter.listing.band_bps, counter.listing.tick);
    if (band.levels > limits::band_levels_max) return;
    if (band.levels > counter.level_room) {
        if (!levels_free(room_for(band))) return;  // G3
        counter.level_room = room_for(band);
        levels_taken_ += counter.level_room;
    }
    counter.reference = counter.last;
    counter.band = band;
    auto changed = event<ReferenceChanged>();
    changed.head.counter = id;
    changed.reference = counter.reference;
    changed.band_low = Price{static_cast<int32_t>(band.low)};
    changed.band_high = Price{static_cast<int32_t>(band.high)};
    emit(changed);
}

// P5
void Reference::open_day() {
    for (std::size_t i = 0; i < counters_.size(); ++i) {
        Counter& counter = counters_[i];
        const auto id = static_cast<CounterId>(i + 1);
        move_reference(id, counter);
        counter.last = Price{};
        for (const Side side : {Side::buy, Side::sell}) {
            for (const Order& order : orders(id, side)) {
                if (order.price.value < counter.band.low || order.price.value > counter.band.high) {
                    cancel(order.id, CancelReason::outside_band);
                }
            }
        }
        for (const Side side : {Side::buy, Side::sell}) {
            for (const Order& order : orders(id, side)) {
                auto restated = event_of<Restated>(order);
                restated.head.flags = flag_resting;
                restated.order_id = order.id;
                restated.account = order.account;
                restated.price = order.price;
                restated.leaves = order.leaves;
                restated.client_id = order.client_id;
                emit(restated);
            }
        }
    }
}

void Reference::halt_counter(const HaltCounter& c) {
    Counter* counter = find(counters_, c.head.counter);
    if (counter == nullptr) return refuse(Reject::counter_unknown);  // I1
    if (counter->halted) return refuse(Reject::counter_halted);      // P2
    counter->halted = true;
    auto halted = event<CounterHalted>();
    halted.reason = c.reason;
    emit(halted);
}

void Reference::resume_counter(const ResumeCounter& c) {
    Counter* counter = find(counters_, c.head.counter);
    if (counter == nullptr) return refuse(Reject::counter_unknown);  // I1
    if (!counter->halted) return refuse(Reject::phase_order_wrong);  // P2
    counter->halted = false;
    emit(event<CounterResumed>());
}

// S4
void Reference::change_participant(ParticipantId id, bool enabled) {
    Participant* participant = find(participants_, id);
    if (participant == nullptr) return refuse(Reject::participant_unknown);  // A3
    participant->enabled = enabled;
    auto changed = event<ParticipantChanged>();
    changed.participant = id;
    changed.enabled = enabled;
    emit(changed);
    if (enabled) return;
    cancel_all(CancelReason::operator_request,
               [&](const Order& order) { return participant_of(order) == id; });
}

// ---- Views ----

std::vector<Reference::Order> Reference::orders(CounterId counter, Side side) const {
    std::vector<Order> all;
    for (const auto& [rank, queue] : at(counters_, counter).book[static_cast<int>(side)]) {
        for (const OrderId id : queue) all.push_back(orders_.at(slot_of(id)));
    }
    return all;
}

Reference::Balance Reference::cash(AccountId account, Currency currency) const {
    Balance balance{at(accounts_, account).cash[index(currency)], 0};
    for (const auto& [slot, order] : orders_) {
        if (order.account == account && order.terms.side == Side::buy &&
            at(counters_, order.counter).listing.currency == currency) {
            balance.reserved += cost(order);
        }
    }
    return balance;
}

Reference::Balance Reference::credits(AccountId account, InstrumentId instrument) const {
    Balance balance;
    for (const SerialRange& run : serials(account, instrument)) balance.total += run.count;
    for (const auto& [slot, order] : orders_) {
        if (order.account == account && order.terms.side == Side::sell &&
            at(counters_, order.counter).listing.instrument == instrument) {
            balance.reserved += order.leaves.value;
        }
    }
    return balance;
}

std::vector<SerialRange> Reference::serials(AccountId account, InstrumentId instrument) const {
    std::vector<SerialRange> all;
    for (const auto& [lot, stack] : at(accounts_, account).runs) {
        if (at(lots_, lot).deposit.instrument != instrument) continue;
        all.insert(all.end(), stack.rbegin(), stack.rend());
    }
    return all;
}

}  // namespace carbonx::tests
