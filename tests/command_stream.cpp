// A seeded stream of commands: see command_stream.h.
#include "tests/command_stream.h"

#include <algorithm>

#include "engine/api/version.h"

namespace carbonx::tests {

CommandStream::CommandStream(uint64_t seed, const Shape& shape) : shape_(shape), random_(seed) {
    list_world();
    queue_.swap(made_);
    std::reverse(queue_.begin(), queue_.end());
}

Command CommandStream::next(const Reference& reference) {
    if (queue_.empty()) {
        // A list of chances in a thousand; what is left over are new orders.
        uint64_t dice = below(1000);
        const auto falls = [&dice](uint64_t chance) {
            if (dice < chance) return true;
            dice -= chance;
            return false;
        };
        if (reference.phase() != Phase::continuous && percent(6)) {
            phases(reference);
        } else if (percent(10) && heal()) {
        } else if (falls(120)) {
            cancel_order(reference);
        } else if (falls(170)) {
            replace_order(reference);
        } else if (falls(8)) {
            mass_cancel(reference);
        } else if (falls(20)) {
            order_status(reference);
        } else if (falls(20)) {
            account_query(reference);
        } else if (falls(15)) {
            sessions(reference);
        } else if (falls(2)) {
            sources();
        } else if (falls(5)) {
            phases(reference);
        } else if (falls(6)) {
            halts(reference);
        } else if (falls(6)) {
            kill_switch(reference);
        } else if (falls(4)) {
            labels(reference);
        } else if (falls(20)) {
            credits(reference);
        } else if (falls(20)) {
            cash(reference);
        } else if (falls(4)) {
            listings(reference);
        } else if (falls(4)) {
            wrong_source(reference);
        } else if (falls(10)) {
            put(make_command<Tick>(), Source::sequencer);
        } else {
            new_order(reference);
        }
        queue_.swap(made_);
        std::reverse(queue_.begin(), queue_.end());
    }
    Command command = queue_.back();
    queue_.pop_back();
    time_ns_ += percent(2) ? below(3'000'000'000) : below(2'000);
    command.head.time_ns = time_ns_;
    return command;
}

void CommandStream::observe(const std::vector<Event>& events) {
    for (const Event& event : events) {
        switch (event.head.type) {
            case EventType::trade:
                counters_[index(event.head.counter) - 1].last = as_event<Trade>(event.head).price;
                break;
            case EventType::cancelled:
                stale_.push_back(as_event<Cancelled>(event.head).order_id);
                if (stale_.size() > 32) stale_.erase(stale_.begin());
                break;
            case EventType::counter_listed: {
                const ListCounter& listing = as_event<CounterListed>(event.head).listing;
                counters_.push_back({listing.instrument, listing.tick, listing.reference, 1});
                if (index(listing.instrument) % 2 == 0) {
                    counters_.back().round_lot = shape_.round_lot;
                }
                break;
            }
            case EventType::session_listed: {
                const ListSession& listing = as_event<SessionListed>(event.head).listing;
                sessions_.push_back({listing.participant, listing.source});
                break;
            }
            case EventType::account_listed: {
                const auto& listed = as_event<AccountListed>(event.head);
                accounts_.resize(std::max(accounts_.size(), index(listed.listing.participant)));
                accounts_[index(listed.listing.participant) - 1].push_back(listed.id);
                break;
            }
            case EventType::session_changed:
                if (as_event<SessionChanged>(event.head).up) {
                    down_.erase(event.head.session);
                } else {
                    down_.insert(event.head.session);
                }
                break;
            case EventType::participant_changed: {
                const auto& changed = as_event<ParticipantChanged>(event.head);
                if (changed.enabled) {
                    disabled_.erase(changed.participant);
                } else {
                    disabled_.insert(changed.participant);
                }
                break;
            }
            case EventType::counter_halted:
                halted_.insert(event.head.counter);
                break;
            case EventType::counter_resumed:
                halted_.erase(event.head.counter);
                break;
            default:
                break;
        }
    }
}

// Brings back something that is down, so that the market does not fall asleep.
bool CommandStream::heal() {
    if (!down_.empty()) {
        const SessionId id = *down_.begin();
        auto up = make_command<SessionUp>(id);
        up.cancel_on_disconnect = percent(60);
        up.cancel_good_till_cancel = percent(30);
        up.grace_ns = percent(30) ? 0 : below(percent(50) ? 100'000 : 5'000'000'000);
        if (percent(2)) up.grace_ns = UINT64_MAX - below(5'000'000'000);
        put(up, sessions_[index(id) - 1].gateway);
    } else if (!disabled_.empty()) {
        auto enable = make_command<EnableParticipant>();
        enable.participant = *disabled_.begin();
        put(enable, Source::operators);
    } else if (!halted_.empty()) {
        put(make_command<ResumeCounter>({}, *halted_.begin()), Source::operators);
    }
    return !made_.empty();
}

// ---- Orders ----

ClientId CommandStream::client_id() {
    return bad() ? ClientId() : ClientId(std::to_string(++client_ids_));
}

Price CommandStream::price_near(CounterId counter) {
    if (index(counter) - 1 >= counters_.size()) return Price{1};
    const CounterShape& shape = counters_[index(counter) - 1];
    const int64_t tick = shape.tick.value;
    const int64_t width = percent(8) ? shape.last.value / tick / 5 + 1 : shape_.ticks_around;
    int64_t price =
        shape.last.value / tick * tick +
        tick * (static_cast<int64_t>(below(static_cast<uint64_t>(2 * width + 1))) - width);
    if (bad()) price += static_cast<int64_t>(below(3));
    if (bad()) price = percent(50) ? 0 : -price;
    if (bad()) price = percent(50) ? INT32_MAX : INT32_MIN;
    return Price{static_cast<int32_t>(std::clamp<int64_t>(price, INT32_MIN, INT32_MAX))};
}

Quantity CommandStream::quantity_for(CounterId counter) {
    uint32_t lot = 1;
    if (index(counter) - 1 < counters_.size()) lot = counters_[index(counter) - 1].round_lot;
    uint64_t lots = 1 + below(percent(10) ? 10 * shape_.quantity_most : shape_.quantity_most);
    if (bad()) lots = percent(50) ? 0 : UINT32_MAX / lot;
    if (percent(1)) lots = 1'000'000 / lot;
    auto quantity = static_cast<uint32_t>(lots * lot);
    if (bad()) quantity += static_cast<uint32_t>(1 + below(3));
    return Quantity{quantity};
}

void CommandStream::new_order(const Reference& reference) {
    const auto session = any<SessionId>(percent(95) ? shape_.sessions : reference.session_count());
    const auto counter = any<CounterId>(reference.counter_count());
    auto order = make_command<NewOrder>(session, counter);
    Source gateway = Source::gateway;
    if (index(session) - 1 < sessions_.size()) {
        const SessionShape& shape = sessions_[index(session) - 1];
        gateway = shape.gateway;
        if (index(shape.participant) - 1 < accounts_.size()) {
            const auto& accounts = accounts_[index(shape.participant) - 1];
            if (!accounts.empty()) order.account = accounts[below(accounts.size())];
        }
    }
    if (bad()) order.account = any<AccountId>(reference.account_count());
    order.terms.side = percent(50) ? Side::buy : Side::sell;
    order.terms.type = percent(8) ? OrderType::market : OrderType::limit;
    if (bad()) order.terms.type = static_cast<OrderType>(2 + below(2));
    const uint64_t time_in_force = below(20);
    if (time_in_force < 6) order.terms.time_in_force = TimeInForce::good_till_cancel;
    if (time_in_force == 18) order.terms.time_in_force = TimeInForce::immediate_or_cancel;
    if (time_in_force == 19) order.terms.time_in_force = TimeInForce::fill_or_kill;
    if (bad()) order.terms.time_in_force = static_cast<TimeInForce>(4 + below(4));
    order.terms.post_only = percent(6);
    order.quantity = quantity_for(counter);
    order.price = price_near(counter);
    if (order.terms.type == OrderType::market && !percent(10)) order.price = Price{};
    order.message_sequence = static_cast<uint32_t>(random_());
    order.client_id = client_id();
    if (bad()) gateway = gateway == Source::gateway ? static_cast<Source>(3) : Source::gateway;
    put(order, gateway);
}

const Reference::Order* CommandStream::aim(const Reference& reference) {
    const auto& orders = reference.open_orders();
    if (orders.empty()) return nullptr;
    auto found = orders.lower_bound(static_cast<uint32_t>(below(orders.rbegin()->first + 1)));
    return &found->second;
}

void CommandStream::cancel_order(const Reference& reference) {
    auto cancel = make_command<CancelOrder>(any<SessionId>(reference.session_count()));
    if (const Reference::Order* order = aim(reference)) {
        cancel.order_id = order->id;
        if (!bad()) cancel.head.session = order->session;
        if (percent(70)) cancel.head.counter = order->counter;
    }
    if (bad()) cancel.head.counter = any<CounterId>(reference.counter_count());
    if (bad() && !stale_.empty()) cancel.order_id = stale_[below(stale_.size())];
    if (bad()) cancel.order_id = static_cast<OrderId>(random_());
    cancel.client_id = client_id();
    const std::size_t session = index(cancel.head.session) - 1;
    put(cancel, session < sessions_.size() ? sessions_[session].gateway : Source::gateway);
}

void CommandStream::replace_order(const Reference& reference) {
    auto replace = make_command<ReplaceOrder>(any<SessionId>(reference.session_count()));
    replace.quantity = Quantity{1};
    if (const Reference::Order* order = aim(reference)) {
        replace.order_id = order->id;
        if (!bad()) replace.head.session = order->session;
        if (percent(70)) replace.head.counter = order->counter;
        replace.price = percent(40) ? order->price : price_near(order->counter);
        replace.quantity = percent(30) ? order->quantity : quantity_for(order->counter);
        if (percent(10)) replace.quantity = order->quantity - order->leaves;
        if (percent(10)) replace.quantity = order->quantity - order->leaves + Quantity{1};
    }
    if (bad()) replace.head.counter = any<CounterId>(reference.counter_count());
    if (bad() && !stale_.empty()) replace.order_id = stale_[below(stale_.size())];
    replace.client_id = client_id();
    const std::size_t session = index(replace.head.session) - 1;
    put(replace, session < sessions_.size() ? sessions_[session].gateway : Source::gateway);
}

void CommandStream::mass_cancel(const Reference& reference) {
    auto cancel = make_command<MassCancel>();
    if (percent(50)) cancel.head.counter = any<CounterId>(reference.counter_count());
    cancel.client_id = client_id();
    if (percent(30)) {
        if (percent(70)) cancel.participant = any<ParticipantId>(reference.participant_count());
        return put(cancel, Source::operators);
    }
    cancel.head.session = any<SessionId>(reference.session_count());
    const std::size_t session = index(cancel.head.session) - 1;
    put(cancel, session < sessions_.size() ? sessions_[session].gateway : Source::gateway);
}

void CommandStream::order_status(const Reference& reference) {
    auto status = make_command<OrderStatus>(any<SessionId>(reference.session_count()));
    if (percent(30)) status.head.counter = any<CounterId>(reference.counter_count());
    const Reference::Order* order = aim(reference);
    if (order != nullptr && percent(60)) {
        status.order_id = order->id;
        if (percent(90)) status.head.session = order->session;
        if (percent(90)) status.head.counter = {};
    }
    status.client_id = client_id();
    const std::size_t session = index(status.head.session) - 1;
    put(status, session < sessions_.size() ? sessions_[session].gateway : Source::gateway);
}

void CommandStream::account_query(const Reference& reference) {
    auto query = make_command<AccountQuery>(any<SessionId>(reference.session_count()));
    query.content = static_cast<AccountContent>(1 + below(3));
    if (bad()) query.content = static_cast<AccountContent>(4 * below(2));
    const std::size_t session = index(query.head.session) - 1;
    const bool known = session < sessions_.size();
    if (percent(50)) query.account = any<AccountId>(reference.account_count());  // often another's
    if (known && percent(70)) {
        const std::size_t participant = index(sessions_[session].participant) - 1;
        if (participant < accounts_.size() && !accounts_[participant].empty()) {
            const auto& accounts = accounts_[participant];
            query.account = percent(50) ? AccountId{} : accounts[below(accounts.size())];
        }
    }
    const uint64_t names_instrument[] = {0, 40, 5, 95, 0};  // percent, by what is asked
    if (percent(names_instrument[index(query.content)])) {
        query.instrument = any<InstrumentId>(reference.instrument_count());
    }
    query.client_id = client_id();
    put(query, known ? sessions_[session].gateway : Source::gateway);
}

// ---- Sessions and sources ----

void CommandStream::sessions(const Reference& reference) {
    const auto id = any<SessionId>(reference.session_count());
    const Source gateway =
        index(id) - 1 < sessions_.size() ? sessions_[index(id) - 1].gateway : Source::gateway;
    if (percent(40)) return put(make_command<SessionDown>(id), gateway);
    auto up = make_command<SessionUp>(id);
    up.cancel_on_disconnect = percent(60);
    up.cancel_good_till_cancel = percent(30);
    up.grace_ns = percent(30) ? 0 : below(percent(50) ? 100'000 : 5'000'000'000);
    put(up, bad() ? static_cast<Source>(9) : gateway);
}

// A gateway falls silent; it comes back at once or later.
void CommandStream::sources() {
    const auto which = static_cast<Source>(2 + below(2));
    auto down = make_command<SourceDown>();
    down.which = which;
    put(down, Source::sequencer);
    auto up = make_command<SourceUp>();
    up.which = which;
    up.epoch = random_() | 1;
    put(up, Source::sequencer);
    if (percent(30)) {  // the engine too was started anew
        auto started = make_command<EngineStarted>();
        started.rules = rules_version;
        started.build = Text<32>("build " + std::to_string(below(1'000)));
        put(started, Source::sequencer);
    }
    for (std::size_t i = 0; i < sessions_.size(); ++i) {
        if (sessions_[i].gateway != which || percent(20)) continue;
        auto session = make_command<SessionUp>(static_cast<SessionId>(i + 1));
        session.cancel_on_disconnect = percent(60);
        session.grace_ns = below(5'000'000'000);
        put(session, which);
    }
}

// ---- Operators ----

void CommandStream::phases(const Reference& reference) {
    auto phase = make_command<SetPhase>();
    switch (reference.phase()) {
        case Phase::closed:
            phase.phase = Phase::pre_open;
            break;
        case Phase::pre_open:
            phase.phase = Phase::continuous;
            break;
        case Phase::continuous:
            phase.phase = percent(50) ? Phase::halted : Phase::closed;
            break;
        case Phase::halted:
            phase.phase = percent(80) ? Phase::continuous : Phase::closed;
            break;
    }
    if (bad()) phase.phase = static_cast<Phase>(below(6));
    if (phase.phase == Phase::pre_open) {
        if (day_ % 100 == 28) day_ += day_ / 100 % 100 == 12 ? 10'000 - 1'100 - 28 : 100 - 28;
        phase.trading_day = ++day_;
        if (bad()) phase.trading_day = percent(50) ? 0 : 20261301;
    }
    put(phase, Source::operators);
}

void CommandStream::halts(const Reference& reference) {
    const auto counter = any<CounterId>(reference.counter_count());
    if (percent(40)) {
        auto halt = make_command<HaltCounter>({}, counter);
        halt.reason = Text<4>("T1");
        return put(halt, Source::operators);
    }
    put(make_command<ResumeCounter>({}, counter), Source::operators);
}

void CommandStream::kill_switch(const Reference& reference) {
    const auto participant = any<ParticipantId>(reference.participant_count());
    if (percent(35)) {
        auto disable = make_command<DisableParticipant>();
        disable.participant = participant;
        return put(disable, Source::operators);
    }
    auto enable = make_command<EnableParticipant>();
    enable.participant = participant;
    put(enable, Source::operators);
}

void CommandStream::labels(const Reference& reference) {
    auto change = make_command<ChangeLabels>();
    change.instrument = any<InstrumentId>(reference.instrument_count());
    change.labels = static_cast<uint32_t>(bad() ? 1U << below(32) : below(16));
    put(change, Source::operators);
}

void CommandStream::credits(const Reference& reference) {
    const auto account = any<AccountId>(reference.account_count());
    if (percent(60) && reference.lot_count() > 0) {
        auto withdraw = make_command<WithdrawCredits>();
        withdraw.account = account;
        withdraw.lot = any<LotId>(reference.lot_count());
        withdraw.quantity = Quantity{static_cast<uint32_t>(bad() ? 0 : 1 + below(300))};
        const auto serials =
            index(account) - 1 < reference.account_count()
                ? reference.serials(
                      account, static_cast<InstrumentId>(1 + below(reference.instrument_count())))
                : std::vector<SerialRange>();
        if (!serials.empty()) withdraw.lot = serials[below(serials.size())].lot;
        return put(withdraw, Source::operators);
    }
    auto deposit = make_command<DepositCredits>();
    deposit.account = account;
    deposit.instrument = any<InstrumentId>(reference.instrument_count());
    deposit.serial_first = percent(30) ? 1 + below(next_serial_) : next_serial_;
    deposit.serial_last = deposit.serial_first + below(percent(20) ? shape_.credits_each : 200);
    if (bad()) deposit.serial_last = deposit.serial_first + 1'000'000'000 - below(2);
    if (bad()) deposit.serial_last = deposit.serial_first - 1;
    if (deposit.serial_last - deposit.serial_first < 1'000'000) {
        next_serial_ = std::max(next_serial_, deposit.serial_last + 1);
    }
    deposit.serial_prefix = Text<40>(percent(95) ? "VCS" : "GS");
    deposit.reference = Text<24>("reference");
    put(deposit, Source::operators);
}

void CommandStream::cash(const Reference& reference) {
    const auto account = any<AccountId>(reference.account_count());
    auto currency = static_cast<Currency>(below(2));
    if (bad()) currency = static_cast<Currency>(2);
    const auto most = static_cast<uint64_t>(shape_.cash_each);
    int64_t amount = 1 + static_cast<int64_t>(below(percent(50) ? most : most / 100 + 1));
    if (bad()) amount = percent(50) ? 0 : INT64_MAX - static_cast<int64_t>(below(10));
    if (bad()) amount = -amount;
    if (percent(60)) {
        auto withdraw = make_command<WithdrawCash>();
        withdraw.account = account;
        withdraw.currency = currency;
        withdraw.amount = amount;
        return put(withdraw, Source::operators);
    }
    auto deposit = make_command<DepositCash>();
    deposit.account = account;
    deposit.currency = currency;
    deposit.amount = amount;
    deposit.reference = Text<24>("wire");
    put(deposit, Source::operators);
}

// A command that its source may not send, or that nobody knows.
void CommandStream::wrong_source(const Reference& reference) {
    new_order(reference);
    Command& command = made_.back();
    if (percent(60)) {
        command.head.source = static_cast<Source>(below(2));
        return;
    }
    const Source source = static_cast<Source>(below(3));
    made_.pop_back();
    Command unknown{};
    unknown.head.type = static_cast<CommandType>(percent(30) ? 65 + below(191) : below(60));
    unknown.head.source = source;
    unknown.head.slots = 1;
    made_.push_back(unknown);
}

}  // namespace carbonx::tests
