// A journal's commands in batches: see command_batch.h.
#include "engine/command_batch.h"

namespace carbonx {

const CommandBatch* BatchReader::next() {
    if (failure_) std::rethrow_exception(failure_);
    batch_.slots.clear();
    batch_.places.clear();
    try {
        fill();
    } catch (...) {
        if (batch_.size() == 0) throw;
        failure_ = std::current_exception();
    }
    return batch_.size() > 0 ? &batch_ : nullptr;
}

void BatchReader::fill() {
    while (batch_.slots.size() < batch_slots) {
        const CommandHead* command = reader_.next();
        if (command == nullptr) return;
        if (batch_.places.empty()) batch_.first = reader_.sequence();
        batch_.places.push_back(static_cast<uint32_t>(batch_.slots.size()));
        const auto* slots = reinterpret_cast<const Slot*>(command);
        for (unsigned i = 0; i < command->slots; ++i) batch_.slots.push_back(slots[i]);
    }
}

}  // namespace carbonx
