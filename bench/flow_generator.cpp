#include "bench/flow_generator.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <list>
#include <map>
#include <unordered_map>

#include "engine/api/check.h"

namespace carbonx::bench {
namespace {

// xoshiro256**, seeded by splitmix64.
class Random {
public:
    explicit Random(uint64_t seed) {
        for (uint64_t& word : state_) word = mix(seed);
    }
    uint64_t next() {
        const uint64_t result = rotate(state_[1] * 5, 7) * 9;
        const uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = rotate(state_[3], 45);
        return result;
    }
    // Uniform in [0, bound); the bias of at most bound / 2^32 does not matter here.
    uint32_t below(uint32_t bound) {
        return static_cast<uint32_t>(((next() >> 32) * uint64_t{bound}) >> 32);
    }
    bool chance(uint32_t per_mille) { return below(1000) < per_mille; }

private:
    static uint64_t mix(uint64_t& seed) {
        uint64_t z = (seed += 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
    static uint64_t rotate(uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }

    uint64_t state_[4];
};

// A bijection on 64 bits (the finaliser of MurmurHash3).
uint64_t scramble(uint64_t x) {
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccd;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53;
    x ^= x >> 33;
    return x;
}

constexpr uint8_t index_of(FlowSide side) { return static_cast<uint8_t>(side); }
constexpr FlowSide other(FlowSide side) {
    return side == FlowSide::buy ? FlowSide::sell : FlowSide::buy;
}

struct Totals {
    uint64_t trades = 0;
    uint64_t quantity = 0;
    uint64_t notional = 0;
};

struct ReferenceOrder {
    uint64_t id;
    int64_t price;
    uint32_t quantity;
    FlowSide side;
    uint32_t live_place;  // in ReferenceBook::live
};

// Price-time priority in its plainest form.
class ReferenceBook {
public:
    int64_t fair = 0;

    uint32_t live_count() const { return static_cast<uint32_t>(live_.size()); }

    bool best(FlowSide side, int64_t& price) const {
        const auto& levels = levels_[index_of(side)];
        if (levels.empty()) return false;
        price = side == FlowSide::buy ? levels.rbegin()->first : levels.begin()->first;
        return true;
    }

    void rest(uint64_t id, FlowSide side, int64_t price, uint32_t quantity) {
        Resting& resting = by_id_[id];
        resting.order = {id, price, quantity, side, live_count()};
        Queue& queue = levels_[index_of(side)][price];
        resting.place = queue.insert(queue.end(), &resting.order);
        live_.push_back(&resting.order);
        recent_[recent_count_++ % recent_room] = id;
    }

    void remove(uint64_t id) {
        const auto found = by_id_.find(id);
        const Resting& resting = found->second;
        auto& levels = levels_[index_of(resting.order.side)];
        const auto level = levels.find(resting.order.price);
        level->second.erase(resting.place);
        if (level->second.empty()) levels.erase(level);
        live_[resting.order.live_place] = live_.back();
        live_[resting.order.live_place]->live_place = resting.order.live_place;
        live_.pop_back();
        by_id_.erase(found);
    }

    // Matches at the resting orders' prices; what remains rests.
    void add(uint64_t id, FlowSide side, int64_t limit, uint32_t quantity, Totals& totals) {
        int64_t price = 0;
        while (quantity > 0 && best(other(side), price) &&
               (side == FlowSide::buy ? price <= limit : price >= limit)) {
            ReferenceOrder& maker = *levels_[index_of(other(side))][price].front();
            const uint32_t traded = std::min(quantity, maker.quantity);
            totals.trades += 1;
            totals.quantity += traded;
            totals.notional += static_cast<uint64_t>(price) * traded;
            quantity -= traded;
            maker.quantity -= traded;
            if (maker.quantity == 0) remove(maker.id);
        }
        if (quantity > 0) rest(id, side, limit, quantity);
    }

    ReferenceOrder pick(Random& random) const {
        if (random.chance(600)) {
            for (int attempt = 0; attempt < 4; ++attempt) {
                const auto found = by_id_.find(recent_[random.below(recent_room)]);
                if (found != by_id_.end()) return found->second.order;
            }
        }
        return *live_[random.below(live_count())];
    }

private:
    static constexpr uint32_t recent_room = 256;
    using Queue = std::list<ReferenceOrder*>;
    struct Resting {
        ReferenceOrder order;
        Queue::iterator place;
    };

    std::map<int64_t, Queue> levels_[2];
    std::unordered_map<uint64_t, Resting> by_id_;
    std::vector<ReferenceOrder*> live_;  // in no order, for uniform picks
    uint64_t recent_[recent_room] = {};  // ids of the orders that rested last
    uint32_t recent_count_ = 0;
};

class Generator {
public:
    explicit Generator(const FlowOptions& options)
        : options_(options), random_(options.seed), books_(options.instruments) {
        uint64_t weight = 0;
        for (uint32_t i = 0; i < options.instruments; ++i) {
            books_[i].fair =
                int64_t{options.start_price} + int64_t{random_.below(options.start_price / 10 + 1)};
            weights_.push_back(weight += 1'000'000'000ULL / (i + 1));
        }
    }

    Flow run() {
        Flow flow;
        flow_ = &flow;
        flow.records.reserve(options_.operations + uint64_t{options_.live} * options_.instruments);
        for (uint32_t i = 0; i < options_.live; ++i) {
            for (uint32_t symbol = 0; symbol < options_.instruments; ++symbol) {
                add_passive(symbol);
            }
        }
        const uint64_t prefill = flow.records.size();
        while (flow.records.size() < prefill + options_.operations) step();
        fill_header(flow, prefill);
        return flow;
    }

private:
    FlowSide coin() { return static_cast<FlowSide>(random_.below(2)); }
    uint32_t typical_quantity() { return 1 + random_.below(100); }

    uint64_t new_id() {
        const uint64_t id = next_id_++;
        return options_.scrambled_ids ? scramble(id) : id;
    }

    uint32_t pick_symbol() {
        if (options_.instruments == 1) return 0;
        const uint64_t drawn = random_.next() % weights_.back();
        return static_cast<uint32_t>(std::upper_bound(weights_.begin(), weights_.end(), drawn) -
                                     weights_.begin());
    }

    // Distance behind the touch: geometric body, uniform tail.
    int64_t depth() {
        if (random_.chance(250)) return random_.below(64);
        int64_t ticks = 0;
        while (ticks < 40 && random_.chance(800)) ++ticks;
        return ticks;
    }

    // A price that cannot cross. The touch is the better of the fair price and the best own quote,
    // but never reaches the opposite quote.
    int64_t passive_price(const ReferenceBook& book, FlowSide side) {
        const int64_t sign = side == FlowSide::buy ? 1 : -1;
        int64_t touch = book.fair - sign;
        int64_t own = 0;
        int64_t opposite = 0;
        if (book.best(side, own) && (own - touch) * sign < 0) {
            touch = own + (random_.chance(125) ? sign : 0);
        }
        int64_t price = touch - sign * depth();
        if (book.best(other(side), opposite) && (price - opposite) * sign >= 0)
            price = opposite - sign;
        return std::max<int64_t>(price, 1);
    }

    void emit(FlowOperation operation, uint64_t id, uint32_t symbol, FlowSide side, int64_t price,
              uint32_t quantity, uint8_t flags) {
        flow_->records.push_back({id, price, quantity, symbol,
                                  static_cast<uint32_t>(flow_->records.size()), operation, side, 0,
                                  flags});
    }

    void add(uint32_t symbol, FlowSide side, int64_t price, uint32_t quantity, uint8_t flags) {
        ReferenceBook& book = books_[symbol];
        const uint64_t id = new_id();
        const uint64_t before = book.live_count();
        emit(FlowOperation::add, id, symbol, side, price, quantity, flags);
        book.add(id, side, price, quantity, totals_);
        live_ += book.live_count() - before;
        live_max_ = std::max(live_max_, live_);
    }

    void add_passive(uint32_t symbol) {
        const FlowSide side = coin();
        const uint32_t quantity = typical_quantity();  // the order of the draws makes the bytes
        add(symbol, side, passive_price(books_[symbol], side), quantity, 0);
    }

    void cancel(uint32_t symbol, const ReferenceOrder& order) {
        emit(FlowOperation::cancel, order.id, symbol, order.side, order.price, order.quantity, 0);
        books_[symbol].remove(order.id);
        --live_;
    }

    void modify(uint32_t symbol) {
        ReferenceBook& book = books_[symbol];
        const ReferenceOrder order = book.pick(random_);
        const int64_t price = passive_price(book, order.side);
        if (price == order.price) return cancel(symbol, order);  // it would not be a new price
        const uint32_t quantity = random_.chance(500) ? typical_quantity() : order.quantity;
        emit(FlowOperation::modify, order.id, symbol, order.side, price, quantity, 0);
        book.remove(order.id);
        book.rest(order.id, order.side, price, quantity);
    }

    void aggressive(uint32_t symbol) {
        const ReferenceBook& book = books_[symbol];
        int64_t bid = 0;
        int64_t ask = 0;
        const bool has_bid = book.best(FlowSide::buy, bid);
        const bool has_ask = book.best(FlowSide::sell, ask);
        FlowSide side = coin();
        if (has_ask && ask <= book.fair) {
            side = FlowSide::buy;
        } else if (has_bid && bid >= book.fair) {
            side = FlowSide::sell;
        }
        if (!(side == FlowSide::buy ? has_ask : has_bid)) side = other(side);
        const int64_t through = random_.below(4);
        const int64_t price = side == FlowSide::buy ? ask + through : bid - through;
        add(symbol, side, std::max<int64_t>(price, 1), 1 + random_.below(200),
            flow_flag_aggressive);
    }

    void step() {
        const uint32_t symbol = pick_symbol();
        ReferenceBook& book = books_[symbol];
        if (random_.chance(options_.volatility)) book.fair += random_.chance(500) ? 1 : -1;
        book.fair = std::max<int64_t>(book.fair, 200);
        // The controller moves up to 60 per mille between passive adds and cancels.
        const int64_t live = options_.live;
        const int64_t error = int64_t{book.live_count()} - live;
        const int64_t shift = std::clamp<int64_t>(error * 600 / live, -60, 60);
        const int64_t drawn = random_.below(1000);
        if (drawn < 450 - shift || book.live_count() < 16) {
            add_passive(symbol);
        } else if (drawn < 850) {
            cancel(symbol, book.pick(random_));
        } else if (drawn < 950) {
            modify(symbol);
        } else {
            aggressive(symbol);
        }
    }

    void fill_header(Flow& flow, uint64_t prefill) const {
        FlowHeader& header = flow.header;
        std::memcpy(header.magic, "FLOWGEN1", sizeof(header.magic));
        header.version = 1;
        header.record_bytes = sizeof(FlowRecord);
        header.count = flow.records.size();
        header.prefill = prefill;
        header.seed = options_.seed;
        header.instruments = options_.instruments;
        header.flags = options_.scrambled_ids ? 1 : 0;
        header.price_min = std::numeric_limits<int64_t>::max();
        header.price_max = std::numeric_limits<int64_t>::min();
        for (const FlowRecord& record : flow.records) {
            header.price_min = std::min(header.price_min, record.price);
            header.price_max = std::max(header.price_max, record.price);
        }
        header.live_max = live_max_;
        header.trades = totals_.trades;
        header.traded_quantity = totals_.quantity;
        header.traded_notional = totals_.notional;
        header.live_at_end = live_;
        header.live_target = options_.live;
    }

    const FlowOptions options_;
    Random random_;
    std::vector<ReferenceBook> books_;
    std::vector<uint64_t> weights_;  // cumulative
    Flow* flow_ = nullptr;
    Totals totals_;
    uint64_t next_id_ = 1;
    uint64_t live_ = 0;
    uint64_t live_max_ = 0;
};

}  // namespace

Flow generate_flow(const FlowOptions& options) {
    CARBONX_CHECK(options.operations > 0 && options.instruments > 0);
    CARBONX_CHECK(options.live > 0 && options.start_price > 0);
    return Generator(options).run();
}

}  // namespace carbonx::bench
