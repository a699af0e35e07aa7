// SecurityStatus f: whether a counter may be traded now, and if not, why; and who follows which
// counters.
//
// Threads: the gateway thread only.
// Always: a session follows a counter once, and at most `counters_max` of them.
#pragma once

#include <map>
#include <optional>
#include <string_view>

#include "gateway/directory.h"
#include "gateway/message_view.h"
#include "gateway/message_writer.h"
#include "gateway/reports.h"

namespace carbonx::gateway {

// request_id: SecurityStatusReqID (324). unsolicited: a change that e subscribed to (325=Y).
void security_status(MessageWriter& message, const Directory& directory, const Counter& counter,
                     std::string_view request_id, bool unsolicited, uint64_t time_ns);
void refuse_status(MessageWriter& message, const MessageView& request, const Refusal& refusal,
                   uint64_t time_ns);

// What one session follows (263=1).
class StatusSubscriptions {
public:
    static constexpr std::size_t counters_max = 1'000;

    // In place of an earlier one for the counter. False: there are too many.
    bool begin(CounterId counter, const ClientId& request_id) {
        if (ids_.size() >= counters_max && !ids_.contains(counter)) return false;
        ids_[counter] = request_id;
        return true;
    }
    void end(CounterId counter) { ids_.erase(counter); }
    // The request's; nullptr where the counter is not followed.
    const ClientId* find(CounterId counter) const {
        const auto found = ids_.find(counter);
        return found == ids_.end() ? nullptr : &found->second;
    }

    // The market's phase has changed: all of them are due.
    void note_all() { due_from_ = CounterId{}; }
    // The next that is; nothing when all were told.
    std::optional<CounterId> next_due() {
        if (!due_from_) return std::nullopt;
        const auto next = ids_.upper_bound(*due_from_);
        due_from_ = next == ids_.end() ? std::nullopt : std::optional(next->first);
        return due_from_;
    }

private:
    std::map<CounterId, ClientId> ids_;
    std::optional<CounterId> due_from_;  // what follows it is due
};

}  // namespace carbonx::gateway
