// The real exchange and the reference, side by side: see twins.h.
#include "tests/twins.h"

#include <set>
#include <stdexcept>

#include "engine/text/text.h"
#include "engine/text/text_values.h"

namespace carbonx::tests {

namespace {

Memory formatted(uint32_t window) {
    Memory memory = Memory::anonymous(event_log::bytes(window));
    event_log::format(memory, window, 1);
    return memory;
}

template <class... Parts>
[[noreturn]] void differ(const Parts&... parts) {
    std::string text;
    (text.append(parts), ...);
    throw std::runtime_error(text);
}

std::string text_of(const Reference::Balance& balance) {
    return std::to_string(balance.total) + " of which reserved " + std::to_string(balance.reserved);
}

}  // namespace

Twins::Twins(const Capacities& capacities)
    : memory_(formatted(window)), writer_(memory_, true), exchange_(capacities) {}

const std::vector<Event>& Twins::apply(CommandHead& command) {
    uint64_t& consumed = consumed_[index(command.source) % limits::sources_max];
    command.source_sequence = consumed + 1;
    consumed += command.slots;
    return follow(command);
}

const std::vector<Event>& Twins::follow(const CommandHead& command) {
    uint64_t event = writer_.next();
    exchange_.apply(next_, command, writer_);
    events_ = reference_.apply(next_, command);
    if (command.type == CommandType::source_up) {
        consumed_[index(as<SourceUp>(command).which) % limits::sources_max] = 0;
    }
    next_ += command.slots;

    std::size_t same = 0;
    for (; event < writer_.next(); ++same) {
        const auto& real =
            *reinterpret_cast<const EventHead*>(event_log::slots(memory_) + (event & (window - 1)));
        if (same == events_.size()) {
            differ("after: ", to_text(command, names_), "\n     real: ", to_text(real, names_),
                   "\nreference: nothing more");
        }
        const EventHead& expected = events_[same].head;
        if (real.slots != expected.slots ||
            std::memcmp(&real, &expected, real.slots * sizeof(Slot)) != 0) {
            differ("after: ", to_text(command, names_), "\n     real: ", to_text(real, names_),
                   "\nreference: ", to_text(expected, names_));
        }
        names_.observe(real);
        if (real.type == EventType::accepted) {
            owners_[as_event<Accepted>(real).order_id] = as_event<Accepted>(real).account;
        }
        sequence_ = event;
        event += real.slots;
    }
    if (same < events_.size()) {
        differ("after: ", to_text(command, names_),
               "\n     real: nothing more\nreference: ", to_text(events_[same].head, names_));
    }
    return events_;
}

void Twins::compare_state() const {
    if (exchange_.phase() != reference_.phase() ||
        exchange_.trading_day() != reference_.trading_day()) {
        differ("the phases or trading days differ");
    }
    if (exchange_.open_order_count() != reference_.open_orders().size()) {
        differ("the numbers of open orders differ");
    }
    for (std::size_t i = 1; i <= reference_.counter_count(); ++i) {
        compare_book(static_cast<CounterId>(i), Side::buy);
        compare_book(static_cast<CounterId>(i), Side::sell);
    }
    for (std::size_t i = 1; i <= reference_.account_count(); ++i) {
        compare_account(static_cast<AccountId>(i));
    }
}

AccountId Twins::owner(OrderId order) const {
    const auto found = owners_.find(order);
    return found == owners_.end() ? AccountId{} : found->second;
}

void Twins::compare_touched() const {
    std::set<CounterId> counters;
    std::set<AccountId> accounts;
    for (const Event& event : events_) {
        const EventHead& head = event.head;
        counters.insert(head.counter);
        switch (head.type) {
            case EventType::accepted:
                accounts.insert(as_event<Accepted>(head).account);
                break;
            case EventType::trade:
                accounts.insert({AccountId{1}, owner(as_event<Trade>(head).maker),
                                 owner(as_event<Trade>(head).taker)});
                break;
            case EventType::cancelled:
                accounts.insert(owner(as_event<Cancelled>(head).order_id));
                break;
            case EventType::replaced:
                accounts.insert(owner(as_event<Replaced>(head).order_id));
                break;
            case EventType::cash_moved:
                accounts.insert(as_event<CashMoved>(head).account);
                break;
            case EventType::credits_deposited:
                accounts.insert(as_event<CreditsDeposited>(head).listing.account);
                break;
            case EventType::credits_withdrawn:
                accounts.insert(as_event<CreditsWithdrawn>(head).account);
                break;
            default:
                break;
        }
    }
    // Also of refused commands, which may name what is not there.
    for (const CounterId counter : counters) {
        if (index(counter) < 1 || index(counter) > reference_.counter_count()) continue;
        compare_book(counter, Side::buy);
        compare_book(counter, Side::sell);
    }
    for (const AccountId account : accounts) {
        if (account != AccountId{}) compare_account(account);
    }
}

void Twins::compare_account(AccountId account) const {
    compare_cash<Currency::hkd>(account);
    compare_cash<Currency::cnh>(account);
    for (std::size_t j = 1; j <= reference_.instrument_count(); ++j) {
        compare_credits(account, static_cast<InstrumentId>(j));
    }
}

void Twins::compare_book(CounterId counter, Side side) const {
    const std::string where =
        std::string(names_.name(counter)) + (side == Side::buy ? " buys: " : " sells: ");
    const std::vector<OrderView> real = exchange_.orders(counter, side);
    const std::vector<Reference::Order> expected = reference_.orders(counter, side);
    if (real.size() != expected.size()) {
        differ(where, "real has ", std::to_string(real.size()), " orders, reference ",
               std::to_string(expected.size()));
    }
    for (std::size_t i = 0; i < real.size(); ++i) {
        const Reference::Order& order = expected[i];
        const OrderView view{order.id,       order.session, order.account,
                             order.counter,  order.terms,   order.price,
                             order.quantity, order.leaves,  order.client_id};
        if (real[i] == view) continue;
        differ(where, "number ", std::to_string(i), " is order ", value_text(real[i].id, names_),
               " in the real book, ", value_text(order.id, names_),
               " in the reference, or they differ");
    }
}

template <Currency C>
void Twins::compare_cash(AccountId account) const {
    const auto& real = exchange_.ledger().cash<C>(account);
    const Reference::Balance balance{real.total.value, real.reserved.value};
    const Reference::Balance expected = reference_.cash(account, C);
    if (balance == expected) return;
    differ("account ", names_.name(account), " has ", text_of(balance), " in currency ",
           std::to_string(static_cast<int>(C)), ", in the reference ", text_of(expected));
}

void Twins::compare_credits(AccountId account, InstrumentId instrument) const {
    const auto& real = exchange_.ledger().credits(account, instrument);
    const Reference::Balance balance{real.total.value, real.reserved.value};
    const Reference::Balance expected = reference_.credits(account, instrument);
    const std::string where =
        std::string(names_.name(account)) + ", " + std::string(names_.name(instrument));
    if (balance != expected) {
        differ(where, ": ", text_of(balance), " tonnes, in the reference ", text_of(expected));
    }
    const auto runs = exchange_.ledger().serials(account, instrument);
    const auto expected_runs = reference_.serials(account, instrument);
    for (std::size_t i = 0; i < std::max(runs.size(), expected_runs.size()); ++i) {
        const std::string one =
            i < runs.size() ? value_text(runs[i], names_) : std::string("nothing");
        const std::string other = i < expected_runs.size() ? value_text(expected_runs[i], names_)
                                                           : std::string("nothing");
        if (one != other) differ(where, ": serials ", one, ", in the reference ", other);
    }
}

}  // namespace carbonx::tests
