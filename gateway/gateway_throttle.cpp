// How much brokers may send: the gateway's part of the throttle.
#include <spdlog/spdlog.h>

#include "gateway/gateway.h"
#include "gateway/reject_codes.h"

namespace carbonx::gateway {

bool Gateway::admit(SessionIndex session, bool is_cancel) {
    Client& client = clients_[session];
    TokenBucket& own = client.throttle.bucket(is_cancel);
    if (take(own, client.firm_throttle->bucket(is_cancel), monotonic_ns_)) return true;
    if (monotonic_ns_ - client.throttled_since_ns >= 1'000'000'000) {
        client.throttled_since_ns = monotonic_ns_;
        client.throttled = 0;
    }
    ++client.throttled;
    ++client.throttled_count;
    const uint32_t most = settings_.gateway.throttle.refused_max;
    if (most != 0 && client.throttled == most + 1) abusers_.push_back(session);
    return false;
}

void Gateway::log_out_abusers() {
    for (const SessionIndex session : abusers_) {
        clients_[session].throttled = 0;
        spdlog::warn("fix {}: logged out: it kept sending too much", clients_[session].comp_id);
        sessions_.logout(session, refusal_text(Reject::throttled));
    }
    abusers_.clear();
}

// Who was told much may ask for more when the bucket has filled again.
void Gateway::check_debt(Client& client) {
    if (client.throttle.answers().has_one(monotonic_ns_)) return;
    throw Refusal{Reject::throttled, "too many answers in a second: ask again in a moment", false};
}

}  // namespace carbonx::gateway
