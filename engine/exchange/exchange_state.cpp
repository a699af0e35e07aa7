// The exchange's state, listed once: saved, loaded and hashed. See state.h.
#include "engine/api/version.h"
#include "engine/exchange/exchange.h"

namespace carbonx {
namespace {

constexpr uint64_t state_magic = 0x4554415453425843;  // "CXBSTATE" as it lies

// Every capacity, by its name.
template <class Of, class Work>
void for_each_capacity(Of& capacities, Work&& work) {
    work(capacities.participants, "participants");
    work(capacities.accounts, "accounts");
    work(capacities.projects, "projects");
    work(capacities.instruments, "instruments");
    work(capacities.counters, "counters");
    work(capacities.sessions, "sessions");
    work(capacities.lots, "lots");
    work(capacities.positions, "positions");
    work(capacities.ranges, "ranges");
    work(capacities.orders, "orders");
    work(capacities.levels, "levels");
}
static_assert(sizeof(Capacities) == 11 * sizeof(uint32_t), "every capacity is above");

}  // namespace

uint64_t Exchange::state_hash() const {
    StateHash hash;
    for_each_capacity(capacities_, [&](uint32_t room, const char*) { hash(room); });
    const_cast<Exchange*>(this)->state(hash);
    return hash.value();
}

void Exchange::save(StateWriter& writer) const {
    writer(state_magic);
    writer(state_version);
    for_each_capacity(capacities_, [&](uint32_t room, const char*) { writer(room); });
    const_cast<Exchange*>(this)->state(writer);
    writer.finish();
}

void Exchange::load(StateReader& reader) {
    CARBONX_CHECK(venue_ == 0 && time_ns_ == 0 && orders_.used_count() == 0);
    uint64_t magic = 0;
    uint32_t version = 0;
    reader(magic);
    reader.require(magic == state_magic, "it does not begin as one");
    reader(version);
    if (version < state_oldest || version > state_version) {
        throw std::runtime_error("the saved state has version " + std::to_string(version) +
                                 ", and this build reads " + std::to_string(state_oldest) + " to " +
                                 std::to_string(state_version) +
                                 ": use the build that wrote it, or an older state");
    }
    reader.set_version(version);
    for_each_capacity(capacities_, [&](uint32_t room, const char* name) {
        uint32_t saved = 0;
        reader(saved);
        if (saved == room) return;
        throw std::runtime_error("the saved state is of an exchange with room for " +
                                 std::to_string(saved) + " " + name + ", not " +
                                 std::to_string(room));
    });
    state(reader);
}

template <class Visit>
void Exchange::state(Visit& visit) {
    visit(venue_);
    visit(time_ns_);
    visit(phase_);
    visit(trading_day_);
    visit(rules_);
    visit.require(phase_ <= Phase::halted, "a phase that there is not");
    if (Visit::reads && (rules_ < rules_oldest || rules_ > rules_version)) {
        throw std::runtime_error("the saved state is of rules " + std::to_string(rules_) +
                                 ", and this build has rules " + std::to_string(rules_oldest) +
                                 " to " + std::to_string(rules_version) +
                                 ": use the build that wrote it");
    }
    for (SourceState& source : sources_) {
        visit(source.epoch);
        visit(source.consumed);
        visit(source.up);
    }
    participants_.state(visit);
    instruments_.state(visit);
    orders_.state(visit);
    for (std::size_t i = 1; i <= index(instruments_.last_counter()); ++i) {
        book_state(visit, static_cast<CounterId>(i), Side::buy);
        book_state(visit, static_cast<CounterId>(i), Side::sell);
    }
    ledger_.state(visit, index(participants_.last_account()),
                  index(instruments_.last_instrument()));
    if constexpr (Visit::reads) {
        for (uint32_t slot = 0; slot < orders_.used_count(); ++slot) {
            const Order& order = orders_[slot];
            visit.require(!order.live || order.level != no_slot, "an order in no book");
        }
        refresh_next_due();
    }
}

// The slots of one side's orders in order of priority, closed by no_slot.
template <class Visit>
void Exchange::book_state(Visit& visit, CounterId id, Side side) {
    if constexpr (Visit::reads) {
        Book& book = instruments_[id].book;
        uint32_t slot = no_slot;
        uint32_t before = no_slot;  // the level of the one before
        for (visit(slot); slot != no_slot; visit(slot)) {
            visit.require(slot < orders_.used_count(), "an order that does not exist");
            Order& order = orders_[slot];
            if (const char* wrong = wrong_with(order, id, side)) visit.refuse(wrong);
            order.level = instruments_[id].level_of(order.price);
            const bool behind = before == no_slot ||
                                (side == Side::buy ? order.level <= before : order.level >= before);
            visit.require(behind && !book.crosses(side, order.level), "a book out of order");
            before = order.level;
            book.add(orders_, slot);
            ++participants_[order.participant].open_orders;
        }
    } else {
        for_each(id, side, [&](uint32_t slot) { visit(slot); });
        visit(no_slot);
    }
}

// Why an order that was read cannot stand in this book; null when it can.
const char* Exchange::wrong_with(const Order& order, CounterId id, Side side) const {
    if (!order.live || order.level != no_slot) return "an order in a book that is none, or twice";
    if (order.counter != id || order.terms.side != side) return "an order in another's book";
    if (!participants_.known(order.session) || !participants_.known(order.account) ||
        !participants_.known(order.participant)) {
        return "an order of nobody";
    }
    const Counter& counter = instruments_[id];
    if (order.price.value < 1 || check_price(counter, order.price, order.quantity) != Reject::none)
        return "an order's price";
    if (order.leaves.value == 0 || order.leaves > order.quantity ||
        order.quantity > counter.quantity_max || order.fee_ppm > limits::fee_ppm_max) {
        return "an order's quantity or fee";
    }
    const bool rests = order.terms.type == OrderType::limit &&
                       order.terms.time_in_force <= TimeInForce::good_till_cancel;
    return rests ? nullptr : "an order that does not rest";
}

}  // namespace carbonx
