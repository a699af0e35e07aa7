// The mirror of the day's orders, and what finds them, beside plain maps.
#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <string>
#include <unordered_map>

#include "gateway/orders.h"

namespace carbonx::gateway {
namespace {

using Random = std::mt19937_64;
using Kind = ClientIdUse::Kind;

std::size_t below(Random& random, std::size_t end) { return random() % end; }

// What Orders says, said by maps that forget by hand.
struct Oracle {
    struct Known {
        OrderId id{};
        SessionId session{};
        ClientId client_id;
        bool open = true;
        TimeInForce time_in_force{};
    };
    struct Use {
        Kind kind{};
        OrderId order{};
    };
    using Key = std::pair<unsigned, std::string>;

    std::map<uint64_t, Known> orders;
    std::map<Key, Use> uses;

    static Key key(SessionId session, const ClientId& id) {
        return {static_cast<unsigned>(session), std::string(id.view())};
    }
    void begin_day() {
        std::erase_if(orders, [](const auto& entry) { return !entry.second.open; });
        std::erase_if(uses, [this](const auto& entry) {
            return entry.second.kind == Kind::known &&
                   !orders.contains(static_cast<uint64_t>(entry.second.order));
        });
    }
};

// Both, told the same.
class Twins {
public:
    explicit Twins(uint64_t seed) : random_(seed) {}

    ClientId fresh_id() { return ClientId("id-" + std::to_string(++ids_)); }
    SessionId some_session() { return static_cast<SessionId>(1 + below(random_, 5)); }

    // As an exchange gives ids: the slot of an order that is gone is used again.
    void accept() {
        const SessionId session = some_session();
        const ClientId client_id = fresh_id();
        begin_request(session, client_id);
        if (below(random_, 20) == 0) return;  // the exchange has not answered
        if (below(random_, 10) == 0) return refuse(session, client_id);
        uint32_t slot = static_cast<uint32_t>(slots_.size());
        if (free_.empty()) {
            slots_.push_back(0);
        } else {
            slot = free_.back();
            free_.pop_back();
        }
        Accepted event{};
        event.head.type = EventType::accepted;
        event.head.session = session;
        event.head.terms.time_in_force =
            below(random_, 8) == 0 ? TimeInForce::good_till_cancel : TimeInForce::day;
        event.order_id = order_id(slot, ++slots_[slot]);
        event.quantity = Quantity{10};
        event.client_id = client_id;
        orders.apply(++sequence_, event.head);
        oracle.orders[static_cast<uint64_t>(event.order_id)] = {
            event.order_id, session, client_id, true, event.head.terms.time_in_force};
        oracle.uses[Oracle::key(session, client_id)] = {Kind::known, event.order_id};
        live_.push_back(event.order_id);
    }

    void replace() {
        if (live_.empty()) return;
        const OrderId id = live_[below(random_, live_.size())];
        Oracle::Known& known = oracle.orders.at(static_cast<uint64_t>(id));
        Replaced event{};
        event.head.type = EventType::replaced;
        event.order_id = id;
        event.quantity = Quantity{10};
        event.client_id = fresh_id();
        begin_request(known.session, event.client_id);
        orders.apply(++sequence_, event.head);
        known.client_id = event.client_id;
        oracle.uses[Oracle::key(known.session, event.client_id)] = {Kind::known, id};
    }

    void cancel() {
        if (!live_.empty()) cancel_at(below(random_, live_.size()), CancelReason::requested);
    }

    void begin_day() {
        for (std::size_t i = live_.size(); i-- > 0;) {
            const auto& known = oracle.orders.at(static_cast<uint64_t>(live_[i]));
            if (known.time_in_force == TimeInForce::day) cancel_at(i, CancelReason::expired);
        }
        PhaseChanged event{};
        event.head.type = EventType::phase_changed;
        event.trading_day = ++day_;
        orders.apply(++sequence_, event.head);
        oracle.begin_day();
    }

    void forget_requests() {
        orders.forget_requests();
        std::erase_if(oracle.uses,
                      [](const auto& entry) { return entry.second.kind == Kind::in_flight; });
    }

    // Everything that was ever given out, and more.
    void compare() const {
        std::size_t different = 0;
        for (unsigned session = 1; session <= 5; ++session) {
            for (uint64_t i = 1; i <= ids_ + 100; ++i) {
                const ClientId id("id-" + std::to_string(i));
                const auto found = oracle.uses.find({session, std::string(id.view())});
                const Oracle::Use right =
                    found == oracle.uses.end() ? Oracle::Use{} : found->second;
                const ClientIdUse use = orders.use(static_cast<SessionId>(session), id);
                different += use.kind != right.kind || use.order != right.order ? 1 : 0;
            }
        }
        for (uint32_t slot = 0; slot < slots_.size() + 10; ++slot) {
            const uint32_t last = slot < slots_.size() ? slots_[slot] : 0;
            for (uint32_t generation = 1; generation <= last + 1; ++generation) {
                const OrderId id = order_id(slot, generation);
                const auto right = oracle.orders.find(static_cast<uint64_t>(id));
                const Order* order = orders.find(id);
                if (order == nullptr || right == oracle.orders.end()) {
                    different += (order == nullptr) != (right == oracle.orders.end()) ? 1 : 0;
                    continue;
                }
                different += order->id != id || order->session != right->second.session ||
                                     !(order->client_id == right->second.client_id) ||
                                     order->is_open() != right->second.open
                                 ? 1
                                 : 0;
            }
        }
        CHECK(different == 0);
    }
    uint64_t ids() const { return ids_; }
    std::size_t live() const { return live_.size(); }

    Orders orders;
    Oracle oracle;

private:
    void begin_request(SessionId session, const ClientId& client_id) {
        orders.begin_request(session, client_id);
        oracle.uses[Oracle::key(session, client_id)] = {Kind::in_flight, OrderId{}};
    }

    void refuse(SessionId session, const ClientId& client_id) {
        Rejected event{};
        event.head.type = EventType::rejected;
        event.head.session = session;
        event.command = CommandType::new_order;
        event.client_id = client_id;
        orders.apply(++sequence_, event.head);
        oracle.uses[Oracle::key(session, client_id)] = {Kind::known, OrderId{}};
    }

    void cancel_at(std::size_t i, CancelReason reason) {
        Oracle::Known& known = oracle.orders.at(static_cast<uint64_t>(live_[i]));
        Cancelled event{};
        event.head.type = EventType::cancelled;
        event.order_id = live_[i];
        event.reason = reason;
        if (reason == CancelReason::requested) {
            event.client_id = fresh_id();
            begin_request(known.session, event.client_id);
            oracle.uses[Oracle::key(known.session, event.client_id)] = {Kind::known, known.id};
        }
        orders.apply(++sequence_, event.head);
        known.open = false;
        free_.push_back(slot_of(live_[i]));
        live_[i] = live_.back();
        live_.pop_back();
    }

    Random random_;
    uint64_t ids_ = 0;
    uint64_t sequence_ = 0;
    uint32_t day_ = 20240101;
    std::vector<uint32_t> slots_;  // the generation of each
    std::vector<uint32_t> free_;
    std::vector<OrderId> live_;
};

}  // namespace

TEST_CASE("orders: a hundred times more ids than live orders, over days, are those of a map") {
    const uint64_t seed = GENERATE(1, 2, 3);
    INFO("seed " << seed);
    Random random(seed);
    Twins twins(seed);
    constexpr std::size_t live_max = 200;
    constexpr uint64_t ids_max = 100 * live_max;
    uint64_t compared = 0;
    while (twins.ids() < ids_max) {
        const std::size_t chance = below(random, 100);
        if (twins.live() < live_max && chance < 48) {
            twins.accept();
        } else if (chance < 60) {
            twins.replace();
        } else {
            twins.cancel();
        }
        if (below(random, 4'000) == 0) twins.begin_day();
        if (below(random, 9'000) == 0) twins.forget_requests();
        if (twins.ids() / 4'000 > compared) {
            compared = twins.ids() / 4'000;
            twins.compare();
        }
    }
    twins.begin_day();
    twins.compare();
    twins.begin_day();
    twins.compare();
}

TEST_CASE("orders: what the index finds is what a map finds, cleared and filled again") {
    const uint64_t seed = GENERATE(1, 2, 3);
    INFO("seed " << seed);
    Random random(seed);
    HashIndex index;
    Records<uint64_t> keys;
    std::unordered_map<uint64_t, uint32_t> oracle;
    // Few hashes for many keys, and parts that are full while others are empty.
    const auto hash = [](uint64_t key) {
        return mixed(key / 3, 0x9E3779B97F4A7C15) << (key % 2 * 20);
    };
    const auto place_of = [&](uint64_t key) {
        return index.find(hash(key), [&](uint32_t place) { return keys[place] == key; });
    };
    for (unsigned round = 0; round < 4; ++round) {
        for (unsigned i = 0; i < 50'000; ++i) {
            const uint64_t key = below(random, 60'000);
            const auto found = oracle.find(key);
            const uint32_t expected = found == oracle.end() ? HashIndex::none : found->second;
            if (place_of(key) != expected) FAIL("key " << key);
            if (found != oracle.end()) continue;
            const uint32_t place = keys.add(key);
            index.add(hash(key), place);
            oracle[key] = place;
        }
        index.clear();
        keys.shrink(0);
        oracle.clear();
    }
    CHECK(place_of(1) == HashIndex::none);
}

TEST_CASE("orders: a record stays where it is while others come") {
    Records<int> records;
    records.add(1);
    const int* const first = &records[0];
    for (int i = 2; i <= 100'000; ++i) records.add(i);

    CHECK(first == &records[0]);
    CHECK(records[0] == 1);
    CHECK(records[99'999] == 100'000);
}

TEST_CASE("orders: one session's ClOrdID is not another's") {
    Orders orders;
    orders.begin_request(static_cast<SessionId>(1), ClientId("a"));

    CHECK(orders.use(static_cast<SessionId>(1), ClientId("a")).kind == Kind::in_flight);
    CHECK(orders.use(static_cast<SessionId>(2), ClientId("a")).kind == Kind::unused);
    CHECK(orders.use(static_cast<SessionId>(1), ClientId("aa")).kind == Kind::unused);
}

}  // namespace carbonx::gateway
