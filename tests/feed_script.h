// Events as the engine would write them, made by hand, in an event log of its own: what the feed's
// tests read. Every method appends one event, releases it and gives its sequence.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "engine/api/log.h"
#include "engine/api/settings.h"
#include "tests/example_listings.h"

namespace carbonx::tests {

// A directory that is gone when the test ends.
class ScratchDirectory {
public:
    ScratchDirectory() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "carbonx-feed-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~ScratchDirectory() { std::filesystem::remove_all(path_); }
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

class FeedScript {
public:
    static constexpr uint32_t window_slots = 1U << 17;
    // 01:00 UTC, which is 09:00 in Hong Kong, on 2026-11-23.
    static constexpr uint64_t nine_o_clock_ns = 1'795'395'600'000'000'000;

    explicit FeedScript(const std::filesystem::path& directory)
        : directory_(directory),
          memory_(
              Memory::create(event_log::window_file(directory), event_log::bytes(window_slots))),
          writer_((event_log::format(memory_, window_slots, 7), memory_), true) {
        Configured configured;
        configured.venue = 7;
        configured.capacities.orders = 4096;
        append(configured);
    }

    const std::filesystem::path& directory() const { return directory_; }
    uint64_t time_ns = nine_o_clock_ns;  // of the next event

    uint64_t list_project(const ListProject& listing) {
        ProjectListed event;
        event.id = static_cast<ProjectId>(++projects_);
        event.listing = listing;
        return append(event);
    }
    uint64_t list_instrument(const ListInstrument& listing) {
        InstrumentListed event;
        event.id = static_cast<InstrumentId>(++instruments_);
        event.listing = listing;
        return append(event);
    }
    uint64_t list_instrument(uint32_t round_lot, std::string_view name = "V415024") {
        ListInstrument listing;
        listing.name = Text<8>(name);
        listing.round_lot = Quantity{round_lot};
        return list_instrument(listing);
    }
    // Of the instrument listed last.
    uint64_t list_counter(const ListCounter& listing, Price band_low, Price band_high) {
        CounterListed event;
        event.head.counter = static_cast<CounterId>(++counters_);
        event.band_low = band_low;
        event.band_high = band_high;
        event.listing = listing;
        event.listing.instrument = static_cast<InstrumentId>(instruments_);
        return append(event);
    }
    uint64_t list_counter(std::string_view symbol) {
        ListCounter listing;
        listing.symbol = Symbol(symbol);
        return list_counter(listing, {}, {});
    }
    // A project, its instrument, and counters 1 and 2 of it: V415024H and V415024C.
    void list_example() {
        list_project(example_project());
        list_instrument(example_instrument());
        for (const Currency currency : {Currency::hkd, Currency::cnh}) {
            list_counter(example_counter(currency), example_band_low, example_band_high);
        }
    }
    uint64_t change_labels(uint16_t instrument, uint32_t labels, uint32_t previous) {
        LabelsChanged event;
        event.instrument = InstrumentId{instrument};
        event.labels = labels;
        event.previous = previous;
        return append(event);
    }
    uint64_t change_phase(Phase phase, uint32_t trading_day = 20261123) {
        PhaseChanged event;
        event.previous = phase_;
        event.phase = phase_ = phase;
        event.trading_day = trading_day;
        return append(event);
    }
    uint64_t halt(uint16_t counter, std::string_view reason) {
        CounterHalted event;
        event.head.counter = CounterId{counter};
        event.reason = Text<4>(reason);
        return append(event);
    }
    uint64_t resume(uint16_t counter) {
        CounterResumed event;
        event.head.counter = CounterId{counter};
        return append(event);
    }
    uint64_t change_reference(uint16_t counter, Price reference = {}, Price band_low = {},
                              Price band_high = {}) {
        ReferenceChanged event;
        event.head.counter = CounterId{counter};
        event.reference = reference;
        event.band_low = band_low;
        event.band_high = band_high;
        return append(event);
    }
    uint64_t tick() { return append(Ticked{}); }
    // A part of the answer to an account query; on a counter, which the exchange would not say.
    template <class T>
    uint64_t answer_query(T event) {
        event.head.session = SessionId{9};
        event.head.counter = CounterId{1};
        event.account = AccountId{77};
        return append(event);
    }

    // Of an order: its slot, and where and what it is.
    struct Order {
        uint32_t slot = 0;
        uint16_t counter = 1;
        Side side = Side::buy;
        int32_t price = 0;
        uint32_t quantity = 0;
        uint64_t reference = 0;  // on the feed; kept by who needs it
    };
    uint64_t accept(const Order& order, bool resting) {
        auto event = about<Accepted>(order, resting ? uint8_t{flag_resting} : uint8_t{0});
        event.order_id = id(order);
        event.account = AccountId{77};
        event.price = Price{order.price};
        event.quantity = Quantity{order.quantity};
        event.client_id = ClientId("private");
        return append(event);
    }
    uint64_t restate(const Order& order) {
        auto event = about<Restated>(order, flag_resting);
        event.order_id = id(order);
        event.account = AccountId{77};
        event.price = Price{order.price};
        event.leaves = Quantity{order.quantity};
        return append(event);
    }
    uint64_t rest(const Order& order) {
        auto event = about<Rested>(order, 0);
        event.order_id = id(order);
        event.price = Price{order.price};
        event.leaves = Quantity{order.quantity};
        return append(event);
    }
    uint64_t trade(const Order& maker, const Order& taker, uint32_t quantity) {
        auto event = about<Trade>(taker, 0);
        event.maker = id(maker);
        event.taker = id(taker);
        event.price = Price{maker.price};
        event.quantity = Quantity{quantity};
        return append(event);
    }
    uint64_t cancel(const Order& order, CancelReason reason = CancelReason::requested) {
        auto event = about<Cancelled>(order, 0);
        event.order_id = id(order);
        event.leaves = Quantity{order.quantity};
        event.reason = reason;
        return append(event);
    }
    // The order as it is after the replace.
    uint64_t replace(const Order& order, uint8_t flags) {
        auto event = about<Replaced>(order, flags);
        event.order_id = id(order);
        event.price = Price{order.price};
        event.quantity = event.leaves = Quantity{order.quantity};
        return append(event);
    }

private:
    static OrderId id(const Order& order) { return order_id(order.slot, 1); }
    template <class T>
    T about(const Order& order, uint8_t flags) {
        T event;
        event.head.terms.side = order.side;
        event.head.flags = flags;
        event.head.counter = CounterId{order.counter};
        event.head.session = SessionId{9};
        return event;
    }
    template <class T>
    uint64_t append(T event) {
        event.head.command = ++commands_;
        event.head.time_ns = time_ns;
        const uint64_t sequence = writer_.append(event);
        writer_.publish();
        event_log::header(memory_).durable_command.store(commands_, std::memory_order_release);
        return sequence;
    }

    const std::filesystem::path directory_;
    const Memory memory_;
    EventWriter writer_;
    uint64_t commands_ = 0;
    uint16_t projects_ = 0;
    uint16_t instruments_ = 0;
    uint16_t counters_ = 0;
    Phase phase_ = Phase::closed;
};

// A market that moves by chance, within the rules that the feed relies on. Two counters, one
// session.
class RandomMarket {
public:
    RandomMarket(FeedScript& script, uint64_t seed) : script_(script), random_(seed) {
        script.list_example();
    }

    void open(uint32_t trading_day = 20261123) {
        script_.change_phase(Phase::pre_open, trading_day);
        for (FeedScript::Order& order : standing_) order.reference = script_.restate(order);
        script_.change_phase(Phase::continuous, trading_day);
    }
    void close(uint32_t trading_day = 20261123) {
        while (standing_.size() > 5) cancel(CancelReason::expired);
        script_.change_phase(Phase::closed, trading_day);
    }
    void act(std::size_t times) {
        for (; times > 0; --times) {
            script_.time_ns += 1 + random_() % 100'000'000;
            const uint64_t dice = random_() % 100;
            if (standing_.size() < 10 || (dice < 40 && standing_.size() < 1000)) {
                standing_.push_back(fresh());
                standing_.back().reference = script_.accept(standing_.back(), true);
            } else if (dice < 60) {
                cancel(CancelReason::requested);
            } else if (dice < 75) {
                replace();
            } else {
                trade();
            }
        }
    }
    // The books as they should be, in the specification's form: a later reference stands behind.
    std::string books_text() const {
        std::vector<FeedScript::Order> orders = standing_;
        const auto rank = [](const FeedScript::Order& order) {
            const bool buy = order.side == Side::buy;
            return std::tuple(order.counter == 1, !buy, buy ? -order.price : order.price,
                              order.reference);  // V415024C comes before V415024H
        };
        std::sort(orders.begin(), orders.end(),
                  [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
        std::string text;
        for (const FeedScript::Order& order : orders) {
            char line[64];
            std::snprintf(line, sizeof line, "%s %c %d.%04d %u %lu\n",
                          order.counter == 1 ? "V415024H" : "V415024C",
                          order.side == Side::buy ? 'B' : 'S', order.price / 10'000,
                          order.price % 10'000, order.quantity, order.reference);
            text += line;
        }
        return text;
    }

private:
    FeedScript::Order fresh() {
        FeedScript::Order order;
        order.slot = free_.empty() ? slots_++ : free_.back();
        if (!free_.empty()) free_.pop_back();
        order.counter = static_cast<uint16_t>(1 + random_() % 2);
        order.side = random_() % 2 == 0 ? Side::buy : Side::sell;
        order.price = price(order.side);
        order.quantity = 1 + static_cast<uint32_t>(random_() % 500);
        return order;
    }
    int32_t price(Side side) {
        const auto away = static_cast<int32_t>(1 + random_() % 20) * 100;
        return 100'000 + (side == Side::buy ? -away : away);
    }
    std::size_t any() { return random_() % standing_.size(); }
    void drop(std::size_t at) {
        free_.push_back(standing_[at].slot);
        standing_.erase(standing_.begin() + static_cast<std::ptrdiff_t>(at));
    }
    void cancel(CancelReason reason) {
        const std::size_t at = any();
        script_.cancel(standing_[at], reason);
        drop(at);
    }
    void replace() {
        FeedScript::Order& order = standing_[any()];
        if (random_() % 2 == 0) {
            order.quantity = 1 + static_cast<uint32_t>(random_() % order.quantity);
            script_.replace(order, flag_priority_kept);
        } else {
            order.price = price(order.side);
            order.reference = script_.replace(order, flag_resting);
        }
    }
    void trade() {
        const std::size_t at = any();
        FeedScript::Order& maker = standing_[at];
        FeedScript::Order taker = fresh();
        taker.counter = maker.counter;
        taker.side = opposite(maker.side);
        script_.accept(taker, false);
        const uint32_t quantity = std::min(maker.quantity, taker.quantity);
        script_.trade(maker, taker, quantity);
        maker.quantity -= quantity;
        taker.quantity -= quantity;
        if (maker.quantity == 0) drop(at);
        if (taker.quantity > 0) {
            script_.cancel(taker, CancelReason::remainder);
        }
        free_.push_back(taker.slot);
    }

    FeedScript& script_;
    std::mt19937_64 random_;
    std::vector<FeedScript::Order> standing_;
    std::vector<uint32_t> free_;
    uint32_t slots_ = 0;
};

}  // namespace carbonx::tests
