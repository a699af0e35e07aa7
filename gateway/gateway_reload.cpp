// The settings, read again while the gateway runs.
#include <algorithm>
#include <array>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "gateway/gateway.h"
#include "gateway/logon.h"
#include "gateway/tls.h"

namespace carbonx::gateway {
namespace {

// What is taken, beside the sessions; every other key needs a restart.
constexpr std::array changeable{"gateway.cancel_grace_ms", "gateway.heartbeat_max_s",
                                "gateway.heartbeat_min_s", "gateway.schedule.",
                                "gateway.throttle.",       "gateway.tls.certificate_chain",
                                "gateway.tls.client_ca",   "gateway.tls.private_key"};

// Whether TLS is listened for, and where, is not.
bool is_changeable(const std::string& key, bool has_tls) {
    if (key.starts_with("gateway.tls.") && !has_tls) return false;
    return std::any_of(changeable.begin(), changeable.end(),
                       [&](const char* begin) { return key.starts_with(begin); });
}

void take_limits(const GatewaySettings& from, GatewaySettings& to) {
    to.cancel_grace_ms = from.cancel_grace_ms;
    to.heartbeat_min_s = from.heartbeat_min_s;
    to.heartbeat_max_s = from.heartbeat_max_s;
    to.throttle = from.throttle;
}

using Written = std::map<std::string, std::string>;

std::vector<std::string> changed_keys(const Written& before, const Written& after, bool has_tls) {
    std::vector<std::string> told;
    const auto tell = [&](const std::string& key) {
        told.push_back(key + (is_changeable(key, has_tls) ? " changed" : " needs a restart"));
    };
    for (const auto& [key, text] : before) {
        const auto now = after.find(key);
        if (now == after.end() || now->second != text) tell(key);
    }
    for (const auto& [key, text] : after) {
        if (!before.contains(key)) tell(key);
    }
    return told;
}

}  // namespace

std::vector<std::string> Gateway::reload(const Settings& fresh) {
    GatewaySettings next = settings_.gateway;
    take_limits(fresh.gateway, next);
    next.sessions = fresh.gateway.sessions;
    for (const SessionSettings& one : session_settings(next)) validate(one);
    const bool has_tls = settings_.gateway.tls && fresh.gateway.tls;
    const auto tls = has_tls ? std::make_shared<TlsContext>(*fresh.gateway.tls) : nullptr;

    std::vector<std::string> told = changed_keys(settings_.written, fresh.written, has_tls);
    add_sessions(next, told);  // the last that may fail
    if (fresh.gateway.throttle != settings_.gateway.throttle) {
        change_throttles(fresh.gateway.throttle);
    }
    take_limits(fresh.gateway, settings_.gateway);
    if (tls && network_->change_tls(tls)) {
        told.emplace_back("the venue's certificate changed");
    }
    change_sessions(fresh.gateway.sessions, told);
    change_schedule(fresh.gateway.schedule);
    std::erase_if(settings_.written,
                  [&](const auto& one) { return is_changeable(one.first, has_tls); });
    for (const auto& [key, text] : fresh.written) {
        if (is_changeable(key, has_tls)) settings_.written[key] = text;
    }
    network_->flush();
    if (told.empty()) told.emplace_back("nothing has changed");
    return told;
}

// What has had reports, or would have had, begins at a start, which reads all events.
void Gateway::add_sessions(const GatewaySettings& next, std::vector<std::string>& told) {
    GatewaySettings added = next;
    std::erase_if(added.sessions, [&](const FixSessionSettings& one) {
        if (sessions_.find(one.comp_id)) return true;
        const auto marks = sessions_directory(settings_) / (one.comp_id + ".marks");
        const char* what = " added";
        if (one.role == SessionRole::drop_copy) {
            what = " needs a restart: a drop copy begins with its firm's first report";
        } else if (std::filesystem::exists(marks)) {
            what = " needs a restart: it was a session before, and has missed reports";
        }
        told.push_back("session " + one.comp_id + what);
        return std::string_view(what) != " added";
    });
    std::vector<Client> clients;
    try {
        for (const FixSessionSettings& one : added.sessions) {
            clients.push_back(make_client(one, Start::goes_on));
        }
        sessions_.add(session_settings(added));
    } catch (const std::system_error& error) {
        throw std::runtime_error(std::string("nothing was changed: ") + error.what());
    }
    for (std::size_t i = 0; i < clients.size(); ++i) {
        const auto session = static_cast<SessionIndex>(clients_.size());
        clients_.push_back(std::move(clients[i]));
        if (!clients_.back().waiting->empty()) with_waiting_.push_back(session);
        if (open_) note_first_day(session);
        settings_.gateway.sessions.push_back(added.sessions[i]);
        note_session(directory_.session(clients_.back().comp_id));
    }
}

void Gateway::change_sessions(const std::vector<FixSessionSettings>& listed,
                              std::vector<std::string>& told) {
    std::vector<FixSessionSettings>& all = settings_.gateway.sessions;
    for (SessionIndex i = 0; i < clients_.size(); ++i) {
        Client& client = clients_[i];
        const auto now = std::find_if(listed.begin(), listed.end(), [&](const auto& one) {
            return one.comp_id == client.comp_id;
        });
        const bool was_removed = std::exchange(client.removed, now == listed.end());
        if (client.removed) {
            if (was_removed) continue;
            sessions_.remove(i, "the session is not in the venue's settings any more");
            told.push_back("session " + client.comp_id + " removed; its store stays");
            continue;
        }
        FixSessionSettings taken = *now;
        taken.role = all[i].role;
        if (taken.role != now->role) {
            told.push_back("session " + client.comp_id + " needs a restart: its role has changed");
        }
        const bool is_other = !was_removed && all[i] != taken;
        if (was_removed) told.push_back("session " + client.comp_id + " is back");
        if (is_other) told.push_back("session " + client.comp_id + " changed");
        all[i] = taken;
    }
    const std::vector<SessionSettings> settings = session_settings(settings_.gateway);
    for (SessionIndex i = 0; i < clients_.size(); ++i) {
        if (!clients_[i].removed) sessions_.change(i, settings[i]);
    }
}

void Gateway::change_throttles(const ThrottleSettings& settings) {
    for (Client& client : clients_) client.throttle = Throttle(settings.session);
    for (auto& [participant, throttle] : firm_throttles_) throttle = Throttle(settings.firm);
}

// A new time of reset is kept from its next coming on, not for today's if that has passed.
void Gateway::change_schedule(const ScheduleSettings& settings) {
    const bool other_reset = settings.reset_minute != settings_.gateway.schedule.reset_minute;
    settings_.gateway.schedule = settings;
    schedule_ = Schedule(settings, settings_.utc_offset_minutes);
    schedule_minute_ = 0;
    reset_day_ = schedule_.reset_day(utc_ns_);
    if (!other_reset || reset_day_ == 0) return;
    for (SessionIndex i = 0; i < clients_.size(); ++i) sessions_.skip_reset(i, reset_day_);
}

}  // namespace carbonx::gateway
