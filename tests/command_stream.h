// A seeded stream of commands, good and bad, of every kind: what a busy, clumsy and sometimes
// malicious market would send. It looks at the reference to aim at orders and lots that exist.
//
// Threads: one. Always: the same seed, shape and answers give the same commands, on any machine.
#pragma once

#include <cstring>
#include <random>
#include <set>
#include <vector>

#include "tests/reference.h"

namespace carbonx::tests {

// What world a stream makes.
struct Shape {
    uint32_t participants = 6;
    uint32_t sessions = 8;
    uint32_t instruments = 3;
    uint32_t round_lot = 1;       // of every second instrument; the others have 1
    int32_t tick = 100;           // of every second counter; the others have 1 or 50
    uint32_t ticks_around = 6;    // how far from the last price orders usually are
    uint32_t quantity_most = 40;  // usual order size, in lots
    int64_t cash_each = 500'000'000'0000;
    uint32_t credits_each = 50'000;
    uint32_t open_orders_max = 200;
    uint32_t bad_percent = 15;  // how many commands are wrong on purpose
    Capacities capacities;
};

class CommandStream {
public:
    CommandStream(uint64_t seed, const Shape& shape);

    // The next command, stamped with its source and time.
    Command next(const Reference& reference);
    // What the last command led to.
    void observe(const std::vector<Event>& events);

private:
    uint64_t below(uint64_t bound) { return random_() % bound; }
    bool percent(uint64_t chance) { return below(100) < chance; }
    bool bad() { return percent(shape_.bad_percent) && percent(20); }
    template <class Id>
    Id any(std::size_t count) {  // one beyond the last, or 0, now and then
        if (bad()) return static_cast<Id>(percent(50) ? 0 : count + 1 + below(3));
        return static_cast<Id>(below(std::max<std::size_t>(count, 1)) + 1);
    }
    template <class T>
    void put(const T& command, Source source) {
        Command room{};
        std::memcpy(static_cast<void*>(&room), &command, sizeof command);
        room.head.source = source;
        made_.push_back(room);
    }
    bool heal();
    void list_world();
    void deposit_to_all();
    void add_counter(InstrumentId instrument, Currency currency, uint32_t number);

    void new_order(const Reference& reference);
    void cancel_order(const Reference& reference);
    void replace_order(const Reference& reference);
    void mass_cancel(const Reference& reference);
    void order_status(const Reference& reference);
    void account_query(const Reference& reference);
    void sessions(const Reference& reference);
    void sources();
    void phases(const Reference& reference);
    void halts(const Reference& reference);
    void kill_switch(const Reference& reference);
    void labels(const Reference& reference);
    void credits(const Reference& reference);
    void cash(const Reference& reference);
    void listings(const Reference& reference);
    void wrong_source(const Reference& reference);

    const Reference::Order* aim(const Reference& reference);
    Price price_near(CounterId counter);
    Quantity quantity_for(CounterId counter);
    ClientId client_id();

    struct CounterShape {
        InstrumentId instrument{};
        Price tick;
        Price last;
        uint32_t round_lot = 1;
    };
    struct SessionShape {
        ParticipantId participant{};
        Source gateway{};
    };

    const Shape shape_;
    std::mt19937_64 random_;
    std::vector<Command> queue_;  // to be given first, last one first
    std::vector<Command> made_;
    std::vector<CounterShape> counters_;
    std::vector<SessionShape> sessions_;
    std::vector<std::vector<AccountId>> accounts_;  // of each participant
    std::vector<OrderId> stale_;                    // orders that were, of late
    std::set<SessionId> down_;
    std::set<ParticipantId> disabled_;
    std::set<CounterId> halted_;
    uint64_t time_ns_ = 1'795'000'000'000'000'000;
    uint64_t next_serial_ = 1;
    uint32_t day_ = 20261123;
    uint32_t names_ = 0;
    uint64_t client_ids_ = 0;
};

}  // namespace carbonx::tests
