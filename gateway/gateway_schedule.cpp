// The gateway's day: opening hours, and the daily reset of the sequence numbers.
//
// Each session's marks say which day it was reset for, in the write that resets it. So a kill or a
// power cut between two sessions, or within one, is gone on from, and no day is reset twice.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "gateway/gateway.h"

namespace carbonx::gateway {
namespace {

constexpr uint64_t minute_ns = 60'000'000'000;

}  // namespace

void Gateway::keep_schedule() {
    const uint64_t minute = utc_ns_ / minute_ns;
    if (minute == schedule_minute_ && !reset_under_way_) return;
    schedule_minute_ = minute;
    if (!schedule_.is_open(utc_ns_)) keep_closed();
    reset_day_ = schedule_.reset_day(utc_ns_);
    if (reset_day_ != 0) keep_reset();
}

void Gateway::keep_closed() {
    for (SessionIndex i = 0; i < clients_.size(); ++i) {
        if (sessions_.is_connected(i)) sessions_.logout(i, reason_to_stay_out(i));
    }
    network_->flush();
}

// One session a poll while brokers trade, since each waits for the disk. At the start all, before
// events are read: what happened while the gateway was down is told under the new numbers.
void Gateway::keep_reset() {
    reset_under_way_ = false;
    for (SessionIndex i = 0; i < clients_.size(); ++i) {
        const uint32_t done = sessions_.reset_day(i);
        if (done == 0) sessions_.skip_reset(i, reset_day_);  // there was no schedule before
        if (done == 0 || done >= reset_day_) continue;
        const bool is_reset = reset_for_today(i);
        if (!is_reset || open_) reset_under_way_ = true;
        if (is_reset && open_) return;
    }
}

bool Gateway::reset_for_today(SessionIndex session) {
    if (sessions_.is_connected(session)) {
        sessions_.logout(session, "daily reset: both sequence numbers begin at 1, log on again");
        network_->flush();
    }
    if (!clients_[session].waiting->empty()) return false;
    begin_anew(session);
    return true;
}

void Gateway::begin_anew(SessionIndex session) {
    // No day is reset for twice, though the clock has gone back behind it.
    sessions_.begin_anew(session, std::max(reset_day_, sessions_.reset_day(session)));
    clients_[session].taken = 0;
    clients_[session].trades.reset();
    spdlog::info("fix {}: both sequence numbers begin at 1", clients_[session].comp_id);
}

std::string Gateway::reason_to_stay_out(SessionIndex session) const {
    if (const std::string* reason = disabled_.reason(clients_[session].comp_id)) {
        return "the session is disabled: " + *reason;
    }
    if (!schedule_.is_open(utc_ns_)) {
        return "closed: log on from " + schedule_.next_opening(utc_ns_);
    }
    if (reset_day_ != 0 && sessions_.reset_day(session) < reset_day_) {
        return "the daily reset is under way: log on again in a moment";
    }
    return "";
}

}  // namespace carbonx::gateway
