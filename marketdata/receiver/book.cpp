#include "marketdata/receiver/book.h"

#include <algorithm>

namespace carbonx::marketdata {

std::vector<BookLevel>::iterator BookSide::find(uint32_t price) {
    return std::lower_bound(
        levels_.begin(), levels_.end(), price ^ flip_,
        [this](const BookLevel& level, uint32_t rank) { return (level.price ^ flip_) < rank; });
}

const BookOrder* Orders::find(uint64_t reference) const {
    const auto slot = index_.find(reference);
    return slot ? &slots_[*slot] : nullptr;
}

void Orders::add(BookOrder order, BookSide& side) {
    uint32_t slot = free_;
    if (slot == none) {
        slot = static_cast<uint32_t>(slots_.size());
        slots_.emplace_back();
    } else {
        free_ = slots_[slot].behind;
    }
    auto level = side.find(order.price);
    if (level == side.levels_.end() || level->price != order.price) {
        level = side.levels_.insert(level, {order.price, 0, 0, none, none});
    }
    order.ahead = level->last;
    order.behind = none;
    (level->last == none ? level->first : slots_[level->last].behind) = slot;
    level->last = slot;
    ++level->order_count;
    level->quantity += order.quantity;
    slots_[slot] = order;
    index_.insert(order.reference, slot);
}

void Orders::reduce(const BookOrder& order, uint32_t quantity, BookSide& side) {
    const auto slot = static_cast<uint32_t>(&order - slots_.data());
    const auto level = side.find(order.price);
    level->quantity -= quantity;
    slots_[slot].quantity -= quantity;
    if (slots_[slot].quantity > 0) return;
    unlink(slot, *level);
    if (level->order_count == 0) side.levels_.erase(level);
}

void Orders::unlink(uint32_t slot, BookLevel& level) {
    BookOrder& order = slots_[slot];
    (order.ahead == none ? level.first : slots_[order.ahead].behind) = order.behind;
    (order.behind == none ? level.last : slots_[order.behind].ahead) = order.ahead;
    --level.order_count;
    index_.erase(order.reference);
    order.behind = free_;
    free_ = slot;
}

}  // namespace carbonx::marketdata
