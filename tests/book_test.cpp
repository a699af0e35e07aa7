// The book's data structures, each against something plain.

#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "engine/exchange/book.h"
#include "tests/world.h"

using namespace carbonx;
using carbonx::tests::World;

TEST_CASE("level bits: the next level in use is found above and below, whatever the size") {
    for (const uint32_t levels :
         {1U, 63U, 64U, 65U, 4'095U, 4'097U, 300'000U, limits::band_levels_max}) {
        std::vector<uint64_t> words(LevelBits::words(levels));
        LevelBits bits(words.data(), levels);
        std::set<uint32_t> plain;
        std::mt19937 random(levels);
        for (int i = 0; i < 20'000; ++i) {
            const auto level = static_cast<uint32_t>(random() % levels);
            if (random() % 2 == 0) {
                bits.set(level);
                plain.insert(level);
            } else {
                bits.clear(level);
                plain.erase(level);
            }
            const auto from = static_cast<uint32_t>(random() % levels);
            const auto above = plain.upper_bound(from);
            const auto below = plain.lower_bound(from);
            REQUIRE(bits.above(from) == (above == plain.end() ? no_slot : *above));
            REQUIRE(bits.below(from) == (below == plain.begin() ? no_slot : *std::prev(below)));
        }
    }
}

TEST_CASE("tick divider: divides every price by every tick as the processor does") {
    std::mt19937 random(7);
    for (const int32_t tick : {1, 2, 3, 7, 10, 100, 500, 9'999, 1'000'000, 2'000'000'000}) {
        const TickDivider divider{Price{tick}};
        for (int i = 0; i < 20'000; ++i) {
            const auto price = static_cast<int32_t>(random() % 2'000'000'001);
            REQUIRE(divider.ticks(Price{price}) == static_cast<uint32_t>(price / tick));
            REQUIRE(divider.divides(Price{price}) == (price % tick == 0));
        }
    }
}

TEST_CASE("orders: an id of an order that is gone never finds another, in 100 times the capacity") {
    constexpr uint32_t capacity = 64;
    Orders orders(capacity);
    std::set<OrderId> gone;
    std::vector<uint32_t> live;
    std::mt19937 random(11);
    for (uint32_t i = 0; i < capacity * 100; ++i) {
        if (orders.full() || (!live.empty() && random() % 3 == 0)) {
            const std::size_t pick = random() % live.size();
            gone.insert(orders.id(live[pick]));
            orders.give_back(live[pick]);
            live.erase(live.begin() + static_cast<std::ptrdiff_t>(pick));
            continue;
        }
        live.push_back(orders.take());
        REQUIRE(gone.count(orders.id(live.back())) == 0);
        REQUIRE(orders.find(orders.id(live.back())) == live.back());
    }
    for (const OrderId id : gone) REQUIRE(orders.find(id) == no_slot);
    REQUIRE(orders.live_count() == live.size());
}

TEST_CASE("book: after every command the best prices are those of the orders that rest") {
    World world;
    std::mt19937 random(3);
    std::vector<OrderId> ids;
    for (int i = 0; i < 5'000; ++i) {
        if (random() % 3 != 0 || ids.empty()) {
            const Side side = random() % 2 == 0 ? Side::buy : Side::sell;
            const int32_t price = 95'000 + static_cast<int32_t>(random() % 100) * 100;
            const SessionId session = side == Side::sell ? World::alpha : World::beta;
            world.apply(
                world.order(session, side, price, 1 + static_cast<uint32_t>(random() % 50)));
            ids.push_back(world.event<Accepted>(0).order_id);
        } else {
            OrderView view;
            const std::size_t pick = random() % ids.size();
            if (world.exchange.find(ids[pick], view)) {
                auto cancel = make_command<CancelOrder>(view.session, view.counter);
                cancel.order_id = view.id;
                cancel.client_id = ClientId("c");
                world.apply(cancel);
            }
            ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(pick));
        }
        const Counter& counter = world.exchange.instruments()[World::counter];
        int32_t best[2] = {0, INT32_MAX};
        for (const OrderId id : ids) {
            OrderView view;
            if (!world.exchange.find(id, view)) continue;
            if (view.terms.side == Side::buy)
                best[0] = std::max(best[0], view.price.value);
            else
                best[1] = std::min(best[1], view.price.value);
        }
        REQUIRE(best[0] < best[1]);
        REQUIRE(counter.book.has(Side::buy) == (best[0] > 0));
        REQUIRE(counter.book.has(Side::sell) == (best[1] < INT32_MAX));
        if (best[0] > 0) REQUIRE(counter.book.best(Side::buy) == counter.level_of(Price{best[0]}));
        if (best[1] < INT32_MAX)
            REQUIRE(counter.book.best(Side::sell) == counter.level_of(Price{best[1]}));
    }
}
