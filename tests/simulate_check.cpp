// A simulation at rest: that everything stands still, and that all that clients know is so.
#include <algorithm>
#include <set>

#include "tests/simulate.h"
#include "tests/simulate_fix.h"

namespace carbonx::tests {
namespace {

// Above what any honest wait takes: logons, resends, heartbeats, timers.
constexpr int rest_rounds_max = 1'500;
constexpr int send_again_after = 300;  // rounds
constexpr uint64_t round_ns = 30'000'000;
constexpr int quiet_rounds = 5;  // longer than who has lost the engine takes to look for it again

std::string decimal_text(int64_t value) {
    return std::to_string(value / 10'000) + "." + std::to_string(value % 10'000 + 10'000).substr(1);
}

}  // namespace

void Simulation::rest() {
    ++counts_.checks;
    disk_->mend();
    feed_.set_lossy(false);
    enable_sessions();
    engine_pause_ = gateway_pause_ = publisher_pause_ = journal_pause_ = filing_pause_ = 0;
    int quiet = 0;
    for (int round = 1; quiet < quiet_rounds; ++round) {
        if (round > rest_rounds_max) throw Finding("the venue does not come to rest: " + unrest());
        if (round == send_again_after) {
            for (const auto& broker : brokers_) {
                if (broker->unanswered() == 0) continue;
                // In the ring when the power went, or refused by a Reject (3) for a SendingTime of
                // before a jump of the clock, which QuickFIX does not send again.
                if (counts_.power_cuts == 0 && counts_.clock_jumps == 0) {
                    throw Finding(broker->name() +
                                  " was never answered:" + broker->unanswered_text());
                }
                broker->send_again();
            }
        }
        start_engine();
        start_gateway();
        start_publisher();
        run_operators();
        for (int i = 0; i < 3; ++i) {
            poll_engine(Poller::sequencer);
            poll_engine(Poller::journal);
            poll_engine(Poller::filing);
        }
        poll_engine(Poller::shadow);
        poll_gateway();
        const std::size_t published = publisher_->poll(SimulatedClock::monotonic());
        network_.deliver(true);
        for (SimulatedBroker* client : clients_) client->keep_up();
        for (const auto& subscriber : feed_.subscribers()) {
            subscriber->poll(SimulatedClock::monotonic(), true);
        }
        for (const auto& reader : readers_) reader->poll();
        quiet = published == 0 && at_rest() ? quiet + 1 : 0;
        SimulatedClock::pass(round_ns);
    }
    check();
    feed_.set_lossy(options_.faults);
}

bool Simulation::at_rest() const { return unrest().empty(); }

std::string Simulation::unrest() const {
    std::string text;
    const auto note = [&](bool moves, const std::string& what) {
        if (moves) text += (text.empty() ? "" : ", ") + what;
    };
    note(!engine_ || !gateway_ || !publisher_, "a process is down");
    note(oracle_.operator_count() < script_.size(), "operators wait");
    note(!network_.is_silent(), "bytes are on their way");
    for (const SimulatedBroker* client : clients_) {
        note(!client->has_caught_up(), client->name() + " has not caught up");
    }
    for (const auto& broker : brokers_) {
        note(broker->unanswered() > 0,
             broker->name() + " waits for answers:" + broker->unanswered_text());
    }
    for (const auto& subscriber : feed_.subscribers()) {
        const marketdata::Arbiter& arbiter = subscriber->arbiter();
        const bool has_all = subscriber->caught_up() && publisher_ &&
                             arbiter.session() == publisher_->stream().session() &&
                             arbiter.next_sequence() == publisher_->stream().next_sequence();
        note(!has_all, "a subscriber has not caught up");
    }
    for (const auto& reader : readers_) {
        note(reader->next() < oracle_.next_event(), "a reader has not read all events");
    }
    if (engine_) {
        note(engine_->log().published.load() != oracle_.next_event(),
             "the engine is ahead of its journal");
    }
    if (gateway_) note(!gateway_->is_open(), "the gateway is not open: " + gateway_->obstacle());
    return text;
}

void Simulation::check() const {
    oracle_.twins().compare_state();
    if (engine_->exchange().state_hash() != oracle_.twins().exchange().state_hash()) {
        throw Finding("the engine's state is not that of its journal");
    }
    check_orders();
    check_reports();
    check_copies();
    check_holdings();
    check_books();
}

// Every order that was acknowledged is there, as its broker knows it, and no other.
void Simulation::check_orders() const {
    std::map<uint64_t, OrderView> open;
    const Exchange& exchange = engine_->exchange();
    for (uint16_t counter = 1; counter <= 3; ++counter) {
        for (const Side side : {Side::buy, Side::sell}) {
            for (const OrderView& order : exchange.orders(static_cast<CounterId>(counter), side)) {
                open[static_cast<uint64_t>(order.id)] = order;
            }
        }
    }
    for (const auto& broker : brokers_) {
        for (const auto& [id, order] : broker->orders()) {
            const auto found = open.find(id);
            const bool is_open = found != open.end();
            const std::string name =
                broker->name() + "'s order " + order.client_id + " (" + std::to_string(id) + ")";
            if (order.open != is_open) {
                throw Finding(name +
                              (is_open ? " is open, and was reported as done"
                                       : " is lost: it was acknowledged, and no report ends it"));
            }
            if (!is_open) continue;
            if (found->second.leaves.value != order.quantity - order.executed ||
                found->second.client_id.view() != order.client_id) {
                throw Finding(name + " is another one in the book than was reported");
            }
            open.erase(found);
        }
    }
    if (!open.empty()) {
        throw Finding("order " + std::to_string(open.begin()->first) +
                      " is in the book, and nobody was told");
    }
}

// Each broker has had each report that concerns it, once: in order, it has seen to itself.
void Simulation::check_reports() const {
    std::map<OrderId, std::pair<SessionId, Side>> owners;
    std::map<std::size_t, std::map<uint64_t, char>> expected;  // by session
    const auto expect = [&](uint64_t sequence, SessionId session, Side side, char type) {
        expected[index(session)][2 * sequence + (side == Side::sell ? 1 : 0)] = type;
    };
    const auto expect_of = [&](uint64_t sequence, OrderId id, char type) {
        const auto& [session, side] = owners.at(id);
        expect(sequence, session, side, type);
    };
    oracle_.for_each_event([&](uint64_t sequence, const EventHead& event) {
        switch (event.type) {
            case EventType::accepted:
                owners[as_event<Accepted>(event).order_id] = {event.session, event.terms.side};
                return expect(sequence, event.session, event.terms.side, '0');
            case EventType::rejected:
                if (as_event<Rejected>(event).command == CommandType::new_order) {
                    expect(sequence, event.session, event.terms.side, '8');
                }
                return;
            case EventType::trade:
                expect_of(sequence, as_event<Trade>(event).maker, 'F');
                return expect_of(sequence, as_event<Trade>(event).taker, 'F');
            case EventType::cancelled: {
                const auto& cancelled = as_event<Cancelled>(event);
                const bool expired = cancelled.reason == CancelReason::expired;
                return expect_of(sequence, cancelled.order_id, expired ? 'C' : '4');
            }
            case EventType::replaced:
                return expect_of(sequence, as_event<Replaced>(event).order_id, '5');
            case EventType::restated:
                return expect_of(sequence, as_event<Restated>(event).order_id, 'D');
            default:
                return;
        }
    });
    for (std::size_t i = 0; i < brokers_.size(); ++i) {
        const auto& had = brokers_[i]->reports();
        const auto& due = expected[i + 2];  // the first session is the drop copy's
        if (had == due) continue;
        const auto [one, other] = std::mismatch(due.begin(), due.end(), had.begin(), had.end());
        const bool missing = one != due.end() && (other == had.end() || one->first < other->first);
        const uint64_t key = missing ? one->first : other->first;
        throw Finding(
            brokers_[i]->name() +
            (missing ? " was never told of event " : " was told of what is not so, event ") +
            std::to_string(key / 2) + ": " +
            (key / 2 < oracle_.next_event() ? oracle_.text(oracle_.event(key / 2)) : ""));
    }
}

// A drop copy has what its session was told, and nothing else. Of answers that have no event, a
// gateway that is killed may have stored the copy and not the answer, which is given again; and a
// power cut may take the copy from its files and not the answer from its broker.
void Simulation::check_copies() const {
    for (const auto& copy : copies_) {
        const auto session = std::find_if(brokers_.begin(), brokers_.end(), [&](const auto& one) {
            return one->name() == copy->copied();
        });
        const auto& told = (*session)->contents();
        const auto& copied = copy->contents();
        const bool may_lose = options_.gateway_disk && counts_.power_cuts > 0;
        for (const auto& [id, content] : told) {
            const auto found = copied.find(id);
            if (found != copied.end() && found->second == content) continue;
            if (found == copied.end() && id[0] == 'G' && may_lose) continue;
            throw Finding(copy->name() + " has not the same copy of " + readable(content));
        }
        for (const auto& [id, content] : copied) {
            if (told.contains(id) || (id[0] == 'G' && options_.faults)) continue;
            throw Finding(copy->name() +
                          " has a copy of what was never told: " + readable(content));
        }
    }
}

// What was deposited and what the fills say is what there is; fees are the house's.
void Simulation::check_holdings() const {
    std::map<std::pair<std::size_t, std::string>, int64_t> expected;  // by account and asset
    oracle_.for_each_event([&](uint64_t, const EventHead& event) {
        if (event.type == EventType::cash_moved) {
            const auto& moved = as_event<CashMoved>(event);
            const char* const currency = moved.currency == Currency::hkd ? "HKD" : "CNH";
            expected[{index(moved.account), currency}] += moved.amount;
        } else if (event.type == EventType::credits_deposited) {
            const auto& deposit = as_event<CreditsDeposited>(event).listing;
            const char* const name = index(deposit.instrument) == 1 ? "V415024" : "G200123";
            expected[{index(deposit.account), name}] +=
                static_cast<int64_t>(deposit.serial_last - deposit.serial_first + 1);
        }
    });
    for (std::size_t i = 0; i < brokers_.size(); ++i) {
        const SimulatedBroker::Holdings& holdings = brokers_[i]->holdings();
        for (const auto& [currency, amount] : holdings.cash) expected[{i + 2, currency}] += amount;
        for (const auto& [name, tonnes] : holdings.credits) expected[{i + 2, name}] += tonnes;
        for (const auto& [currency, fee] : holdings.fees) expected[{1, currency}] += fee;
    }
    const Ledger& ledger = engine_->exchange().ledger();
    for (std::size_t i = 1; i <= 4; ++i) {
        const auto account = static_cast<AccountId>(i);
        const std::pair<const char*, int64_t> have[] = {
            {"HKD", ledger.cash<Currency::hkd>(account).total.value},
            {"CNH", ledger.cash<Currency::cnh>(account).total.value},
            {"V415024", ledger.credits(account, InstrumentId{1}).total.value},
            {"G200123", ledger.credits(account, InstrumentId{2}).total.value}};
        for (const auto& [asset, amount] : have) {
            const int64_t due = expected[{i, asset}];
            if (amount == due) continue;
            const bool is_cash = asset[3] == '\0';
            throw Finding("account " + std::to_string(i) + " holds " +
                          (is_cash ? decimal_text(amount) : std::to_string(amount)) + " " + asset +
                          ", and deposits and fills make " +
                          (is_cash ? decimal_text(due) : std::to_string(due)));
        }
    }
}

// Books built from the feed are the engine's, order by order.
void Simulation::check_books() const {
    std::map<OrderId, uint64_t> references;
    oracle_.for_each_event([&](uint64_t sequence, const EventHead& event) {
        OrderId id{};
        if (event.type == EventType::rested) id = as_event<Rested>(event).order_id;
        if ((event.flags & flag_resting) != 0) {
            if (event.type == EventType::accepted) id = as_event<Accepted>(event).order_id;
            if (event.type == EventType::replaced) id = as_event<Replaced>(event).order_id;
            if (event.type == EventType::restated) id = as_event<Restated>(event).order_id;
        }
        if (id != OrderId{}) references[id] = sequence;
    });
    const std::pair<const char*, uint16_t> by_symbol[] = {
        {"G200123H", uint16_t{3}}, {"V415024C", uint16_t{2}}, {"V415024H", uint16_t{1}}};
    std::string books;
    for (const auto& [symbol, counter] : by_symbol) {
        for (const Side side : {Side::buy, Side::sell}) {
            for (const OrderView& order :
                 engine_->exchange().orders(static_cast<CounterId>(counter), side)) {
                books += std::string(symbol) + (side == Side::buy ? " B " : " S ") +
                         marketdata::price_text(static_cast<uint64_t>(order.price.value)) + " " +
                         std::to_string(order.leaves.value) + " " +
                         std::to_string(references[order.id]) + "\n";
            }
        }
    }
    for (const auto& subscriber : feed_.subscribers()) {
        const std::string built = marketdata::books_text(subscriber->image());
        if (built == books) continue;
        throw Finding("the books built from the feed are not the engine's\nfeed:\n" + built +
                      "engine:\n" + books);
    }
}

std::string Simulation::summary() const {
    uint64_t hash = oracle_.twins().exchange().state_hash();
    const auto mix = [&](uint64_t value) { hash = (hash ^ value) * 0x9e3779b97f4a7c15U + 1; };
    oracle_.for_each_event([&](uint64_t sequence, const EventHead& event) {
        mix(sequence ^ event.command ^ event.time_ns);
    });
    uint64_t reports = 0, trades = 0;
    for (const auto& broker : brokers_) {
        reports += broker->reports().size();
        mix(broker->resend_count());
        for (const auto& [key, type] : broker->reports()) {
            mix(key * 256 + static_cast<uint64_t>(type));
            trades += type == 'F' && key % 2 == 0 ? 1 : 0;
        }
    }
    mix(feed_.message_count() ^ feed_.repeats() << 32 ^ feed_.lost());
    mix(SimulatedClock::monotonic() ^ steps_);
    char text[480];
    std::snprintf(
        text, sizeof text,
        "seed %llu: %llu commands, %llu trades, %llu reports, %llu feed messages; %llu "
        "kills, %llu power cuts, %llu disk errors, %llu wrong bits; %llu snapshots, %llu bad, "
        "%llu segments archived, %llu retired, %llu recycled; state %016llx",
        static_cast<unsigned long long>(options_.seed),
        static_cast<unsigned long long>(oracle_.command_count()),
        static_cast<unsigned long long>(trades), static_cast<unsigned long long>(reports),
        static_cast<unsigned long long>(feed_.message_count()),
        static_cast<unsigned long long>(counts_.kills + counts_.gateway_kills +
                                        counts_.publisher_kills),
        static_cast<unsigned long long>(counts_.power_cuts),
        static_cast<unsigned long long>(counts_.disk_errors),
        static_cast<unsigned long long>(counts_.corruptions),
        static_cast<unsigned long long>(oracle_.files().snapshots),
        static_cast<unsigned long long>(counts_.bad_snapshots),
        static_cast<unsigned long long>(oracle_.files().archived),
        static_cast<unsigned long long>(oracle_.files().retired),
        static_cast<unsigned long long>(oracle_.files().recycled),
        static_cast<unsigned long long>(hash));
    return text;
}

}  // namespace carbonx::tests
