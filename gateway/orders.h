// Every order of the day, as the events told: what the gateway knows of an order when it reports
// it.
//
// Threads: the gateway thread only.
// Always: an order's state is that after the last event applied. Orders that are done, and every
// ClOrdID that was used, stay until the next trading day begins; good-till-cancel orders stay as
// long as they are open. Memory: the day's orders.
#pragma once

#include <string_view>
#include <unordered_map>

#include "engine/api/event.h"

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
    // Takes what an order's event says; leaves other events alone.
    void apply(uint64_t sequence, const EventHead& event);

    // nullptr: not an order of this gateway's day. The pointer holds until the next apply().
    const Order* find(OrderId id) const;
    ClientIdUse use(SessionId session, const ClientId& client_id) const;

    // A request with this ClOrdID has gone to the exchange.
    void begin_request(SessionId session, const ClientId& client_id);
    // The exchange will never answer what is in flight: those ClOrdIDs were not used.
    void forget_requests();

private:
    struct ClientIdKey {
        ClientId client_id;
        SessionId session{};
        bool operator==(const ClientIdKey&) const = default;
    };
    struct Hash {
        std::size_t operator()(const ClientIdKey& key) const {
            const std::string_view bytes(key.client_id.bytes.data(), key.client_id.bytes.size());
            return std::hash<std::string_view>()(bytes) * 31 + index(key.session);
        }
    };

    Order* at(OrderId id);
    void note(SessionId session, const ClientId& client_id, OrderId order);
    void accept(uint64_t sequence, const Accepted& event);
    void execute(OrderId id, const Trade& event);
    void begin_day();

    std::unordered_map<OrderId, Order> orders_;
    std::unordered_map<ClientIdKey, ClientIdUse, Hash> uses_;
    uint32_t trading_day_ = 0;
};

}  // namespace carbonx::gateway
