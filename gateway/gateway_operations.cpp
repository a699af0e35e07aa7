// What operators ask of the running gateway.
#include <stdexcept>

#include "gateway/gateway.h"

namespace carbonx::gateway {

SessionIndex Gateway::session_of(const std::string& comp_id) const {
    if (const auto found = sessions_.find(comp_id)) return *found;
    throw std::runtime_error("no session is called " + comp_id + ": `sessions` lists them");
}

std::string Gateway::state_of(SessionIndex session) const {
    const Client& client = clients_[session];
    if (client.removed) return "removed";
    if (disabled_.reason(client.comp_id) != nullptr) return "disabled";
    if (client.connected) return "logged_on";
    return client.id == SessionId{} ? "unlisted" : "logged_out";
}

std::vector<SessionStatus> Gateway::sessions() const {
    std::vector<SessionStatus> all;
    for (SessionIndex i = 0; i < clients_.size(); ++i) {
        const Client& client = clients_[i];
        SessionStatus& one = all.emplace_back();
        one.comp_id = client.comp_id;
        if (const ListedSession* listed = directory_.session(client.id)) {
            one.firm = directory_.participant_name(listed->participant);
        }
        one.role = client.is_drop_copy ? "drop_copy" : "order_entry";
        one.state = state_of(i);
        one.address = sessions_.address(i);
        one.since_ns = client.visit.since_ns;
        one.next_in = sessions_.next_target_number(i);
        one.next_out = sessions_.next_sender_number(i);
        one.queued_bytes = sessions_.queued_bytes(i);
        one.waiting = client.waiting->size();
        one.messages_in = client.visit.messages_in(one.next_in);
        one.messages_out = client.visit.messages_out(one.next_out);
        one.refused = client.refused_count;
        one.throttled = client.throttled_count;
    }
    return all;
}

void Gateway::disable(const std::string& comp_id, const std::string& reason) {
    const SessionIndex session = session_of(comp_id);
    disabled_.disable(comp_id, reason);
    sessions_.logout(session, reason_to_stay_out(session));
    network_->flush();
}

void Gateway::enable(const std::string& comp_id) {
    session_of(comp_id);
    if (disabled_.reason(comp_id) == nullptr) {
        throw std::runtime_error(comp_id + " is not disabled: its broker may log on");
    }
    disabled_.enable(comp_id);
}

void Gateway::log_out(const std::string& comp_id, const std::string& reason) {
    const SessionIndex session = session_of(comp_id);
    if (!sessions_.is_logged_on(session)) {
        throw std::runtime_error(comp_id + " is not logged on: there is nothing to do");
    }
    sessions_.logout(session, reason);
    network_->flush();
}

void Gateway::reset(const std::string& comp_id) {
    const SessionIndex session = session_of(comp_id);
    if (sessions_.is_connected(session)) {
        throw std::runtime_error(comp_id + " is logged on: log it out first");
    }
    if (const std::size_t waiting = clients_[session].waiting->size(); waiting > 0) {
        throw std::runtime_error(std::to_string(waiting) + " messages of " + comp_id +
                                 " wait for the exchange: reset it when `sessions` shows none");
    }
    begin_anew(session);
}

std::size_t Gateway::notify(const std::string& comp_id, const Notice& notice) {
    SessionIndex first = 0;
    auto end = static_cast<SessionIndex>(clients_.size());
    if (!comp_id.empty()) {
        first = session_of(comp_id);
        end = first + 1;
        if (!clients_[first].connected) throw std::runtime_error(comp_id + " is not logged on");
    }
    std::size_t told = 0;
    for (SessionIndex i = first; i < end; ++i) {
        if (!clients_[i].connected) continue;
        write_news(answer_, notice, utc_ns_);
        answer(i);
        ++told;
    }
    return told;
}

}  // namespace carbonx::gateway
