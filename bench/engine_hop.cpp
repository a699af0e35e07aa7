#include "bench/engine_hop.h"

#include <stdexcept>

#include "engine/api/check.h"
#include "engine/api/process.h"

namespace carbonx::bench {
namespace {

constexpr int32_t cent = 100;  // in ten-thousandths

}  // namespace

EngineHop::EngineHop(const FixVenue& venue, unsigned brokers)
    : memory_(Memory::open(ring_file(venue.settings(), FixVenue::second_gateway))),
      ring_(memory_),
      events_(venue.settings().runtime_directory, venue.settings().data_directory, "bench"),
      broker_(brokers + 1) {
    ring_.heartbeat(monotonic_ns());
    CARBONX_CHECK(ring_.try_push(make_command<SessionUp>(static_cast<SessionId>(broker_)).head));
}

void EngineHop::catch_up() {
    ring_.heartbeat(monotonic_ns());
    while (events_.next() != nullptr) {
    }
}

void EngineHop::send() {
    auto order = make_command<NewOrder>(static_cast<SessionId>(broker_),
                                        static_cast<CounterId>(sent_ % counters + 1));
    order.account = static_cast<AccountId>(broker_ + 1);
    order.price = Price{static_cast<int32_t>(buy_price_cents + sent_ % prices) * cent};
    order.quantity = Quantity{1};
    order.terms.side = Side::buy;
    order.client_id = ClientId(std::to_string(++sent_));
    CARBONX_CHECK(ring_.try_push(order.head));
}

std::size_t EngineHop::poll() {
    std::size_t answered = 0;
    while (const EventHead* event = events_.next()) {
        if (event->session != static_cast<SessionId>(broker_)) continue;
        if (event->type == EventType::rejected)
            throw std::runtime_error("the engine refuses the order of the second gateway");
        if (event->type == EventType::accepted) ++answered;
    }
    return answered;
}

}  // namespace carbonx::bench
