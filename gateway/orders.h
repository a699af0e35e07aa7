// Every order of the day, as the events told: what the gateway knows of an order when it reports
// it.
//
// Threads: the gateway thread only.
// Always: an order's state is that after the last event applied. Orders that are done, and every
// ClOrdID that was used, stay until the next trading day begins; good-till-cancel orders stay as
// long as they are open. Memory: some 150 bytes for each of the day's orders, which the next day
// uses again; it grows without a stall.
#pragma once

#include <cstring>

#include "engine/api/event.h"
#include "gateway/hash_index.h"
#include "gateway/records.h"

namespace carbonx::gateway {

struct Order {
    enum class State : uint8_t { open, filled, cancelled, expired };

    OrderId id{};
    AccountId account{};
    SessionId session{};
    CounterId counter{};
    OrderTerms terms;
    State state = State::open;
    Price price;        // of a market order its collar
    Quantity quantity;  // total
    Quantity executed;
    int64_t notional = 0;    // of what was executed: ten-thousandths of the currency
    uint64_t reference = 0;  // the ITCH order reference; 0 while not in the book
    ClientId client_id;      // of the new order, or of the last replace

    bool is_open() const { return state == State::open; }
    Quantity leaves() const { return is_open() ? quantity - executed : Quantity{}; }
};

// What a ClOrdID stands for.
struct ClientIdUse {
    enum class Kind : uint8_t {
        unused,
        in_flight,  // sent to the exchange, which has not answered
        known,      // used: by an order, or by a request about one
    };
    Kind kind = Kind::unused;
    OrderId order{};  // 0: of no order (a refused one, a mass cancel)
};

class Orders {
public:
    Orders();

    // Takes what an order's event says; leaves other events alone.
    void apply(uint64_t sequence, const EventHead& event);

    // nullptr: not an order of this gateway's day. The pointer holds until the next apply().
    const Order* find(OrderId id) const;
    ClientIdUse use(SessionId session, const ClientId& client_id) const;
    // That use() is asked soon. Requires: ClientId::fits(client_id).
    void prefetch(SessionId session, std::string_view client_id) const {
        uses_by_id_.prefetch(hash(session, ClientId(client_id)));
    }

    // A request with this ClOrdID has gone to the exchange.
    void begin_request(SessionId session, const ClientId& client_id);
    // The exchange will never answer what is in flight: those ClOrdIDs were not used.
    void forget_requests();

private:
    static constexpr uint32_t none = HashIndex::none;

    struct Use {
        ClientId client_id;
        SessionId session{};
        ClientIdUse::Kind kind{};
        uint32_t order = none;  // its place in orders_
    };

    // Of all bytes: a ClOrdID has no NUL in it, and is padded with them.
    uint64_t hash(SessionId session, const ClientId& client_id) const {
        uint64_t a, b;
        uint32_t c;
        std::memcpy(&a, client_id.bytes.data(), sizeof a);
        std::memcpy(&b, client_id.bytes.data() + sizeof a, sizeof b);
        std::memcpy(&c, client_id.bytes.data() + sizeof a + sizeof b, sizeof c);
        const uint64_t rest = uint64_t{c} << 32 | index(session);
        return mixed(mixed(a ^ seed_, b ^ odd_) ^ seed_, rest ^ odd_);
    }
    uint64_t hash(OrderId id) const { return mixed(static_cast<uint64_t>(id) ^ seed_, odd_); }

    Order* at(OrderId id);
    uint32_t place_of(OrderId id) const;
    void note_place(OrderId id, uint32_t place);
    uint32_t place_of(SessionId session, const ClientId& client_id, uint64_t hash) const;
    bool is_open(uint32_t order) const { return order != none && orders_[order].is_open(); }
    void note(SessionId session, const ClientId& client_id, ClientIdUse::Kind kind, uint32_t order);
    void note_known(SessionId session, const ClientId& client_id, uint32_t order);
    void accept(uint64_t sequence, const Accepted& event);
    void execute(OrderId id, const Trade& event);
    void begin_day();
    template <class Keep>
    void keep_uses(Keep keep);

    const uint64_t seed_, odd_;
    Records<Order> orders_;
    Records<uint32_t> latest_;  // by slot of the OrderId: the place of the last order that had it
    HashIndex earlier_;         // the orders that had a slot before that one
    Records<Use> uses_;
    HashIndex uses_by_id_;
    uint32_t trading_day_ = 0;
};

}  // namespace carbonx::gateway
