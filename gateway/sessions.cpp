#include "gateway/sessions.h"

#include <algorithm>
#include <stdexcept>

#include "engine/api/check.h"
#include "gateway/dictionary.h"
#include "gateway/framing.h"
#include "gateway/logon.h"
#include "gateway/session.h"

namespace carbonx::gateway {
namespace {

FIX::DataDictionaryProvider dictionary_provider() {
    FIX::DataDictionaryProvider provider;
    const auto dictionary = load_dictionary();
    provider.addTransportDataDictionary(FIX::BeginString(FIX::BeginString_FIX44), dictionary);
    return provider;
}

}  // namespace

Sessions::Sessions(const std::vector<SessionSettings>& settings,
                   const std::filesystem::path& directory, SessionHandler& handler, Start start,
                   const DiskCalls& calls, const std::string& passwords_file)
    : directory_(directory),
      handler_(handler),
      calls_(calls),
      passwords_(directory / passwords_file, calls) {
    const FIX::DataDictionaryProvider provider = dictionary_provider();
    for (const SessionSettings& one : settings) {
        validate(one);
        if (find(one.target_comp_id)) {
            throw std::runtime_error("session " + one.target_comp_id + ": listed twice");
        }
        list_password(one);
        const auto index = static_cast<SessionIndex>(sessions_.size());
        sessions_.push_back(std::make_unique<Session>(*this, index, one, directory, provider,
                                                      handler, start, calls));
    }
}

Sessions::~Sessions() = default;

Sessions::Session& Sessions::at(SessionIndex session) const { return *sessions_.at(session); }

std::optional<SessionIndex> Sessions::find(std::string_view target_comp_id) const {
    for (std::size_t i = 0; i < sessions_.size(); ++i) {
        const bool is_it = sessions_[i]->settings().target_comp_id == target_comp_id;
        if (is_it) return static_cast<SessionIndex>(i);
    }
    return std::nullopt;
}

bool Sessions::is_logged_on(SessionIndex session) const { return at(session).is_logged_on(); }

void Sessions::send(SessionIndex session, const MessageWriter& message, uint64_t report_key,
                    const Sending& how) {
    at(session).send(message, report_key, how);
}

bool Sessions::write_stores() {
    write_stores(unwritten_first_);
    write_stores(unwritten_);
    return failure_.empty();
}

void Sessions::write_stores(std::vector<Session*>& behind) {
    for (Session* session : behind) {
        // What it copies must not be stored without it.
        if (failure_.empty() && !session->write_store()) note_failure(*session);
    }
    behind.clear();
}

void Sessions::note_failure(const Session& session) {
    failure_ = "the session store of " + session.settings().target_comp_id + ": " +
               session.store().write_failure();
}

uint64_t Sessions::last_report_key(SessionIndex session) const {
    return at(session).store().last_report_key();
}

int Sessions::next_sender_number(SessionIndex session) const {
    return at(session).store().getNextSenderMsgSeqNum();
}

int Sessions::next_target_number(SessionIndex session) const {
    return at(session).store().getNextTargetMsgSeqNum();
}

uint64_t Sessions::doubtful_below(SessionIndex session) const {
    return at(session).store().doubtful_below();
}

void Sessions::begin_day(SessionIndex session, uint32_t trading_day) {
    at(session).begin_day(trading_day);
}

uint32_t Sessions::trading_day(SessionIndex session) const {
    return at(session).store().trading_day();
}

void Sessions::note_day(SessionIndex session, uint32_t trading_day) {
    at(session).store().note_day(trading_day);
}

int Sessions::settled_target(SessionIndex session) const {
    return at(session).store().settled_target();
}

void Sessions::settle(SessionIndex session, int next_target) {
    at(session).store().settle(next_target);
}

void Sessions::stop() {
    for (const auto& session : sessions_) session->store().stop();
}

void Sessions::logout(SessionIndex session, const std::string& text) { at(session).logout(text); }

void Sessions::add(const std::vector<SessionSettings>& settings) {
    const FIX::DataDictionaryProvider provider = dictionary_provider();
    std::vector<std::unique_ptr<Session>> added;
    for (const SessionSettings& one : settings) {
        const auto index = static_cast<SessionIndex>(sessions_.size() + added.size());
        added.push_back(std::make_unique<Session>(*this, index, one, directory_, provider, handler_,
                                                  Start::goes_on, calls_));
    }
    for (const SessionSettings& one : settings) list_password(one);
    std::move(added.begin(), added.end(), std::back_inserter(sessions_));
}

void Sessions::change(SessionIndex session, const SessionSettings& settings) {
    Session& changed = at(session);
    if (changed.is_removed() || changed.settings().password_hash != settings.password_hash) {
        list_password(settings);
    }
    changed.change(settings);
}

void Sessions::list_password(const SessionSettings& settings) {
    if (settings.password_hash.empty()) return passwords_.unlist(settings.target_comp_id);
    passwords_.list(settings.target_comp_id, settings.password_hash);
}

void Sessions::remove(SessionIndex session, const std::string& text) {
    at(session).logout(text);
    at(session).remove();
    passwords_.unlist(at(session).settings().target_comp_id);
}

void Sessions::begin_anew(SessionIndex session, uint32_t day) {
    CARBONX_CHECK(!is_connected(session));
    at(session).store().begin_anew(day);
}

void Sessions::skip_reset(SessionIndex session, uint32_t day) {
    at(session).store().skip_reset(day);
}

uint32_t Sessions::reset_day(SessionIndex session) const { return at(session).store().reset_day(); }

bool Sessions::is_connected(SessionIndex session) const { return at(session).is_connected(); }

const std::string& Sessions::address(SessionIndex session) const { return at(session).address(); }

std::size_t Sessions::queued_bytes(SessionIndex session) const {
    return at(session).queued_bytes();
}

bool Sessions::is_behind(SessionIndex session) const {
    return is_connected(session) && at(session).is_behind();
}

void Sessions::begin_logout(SessionIndex session, const std::string& text) {
    at(session).begin_logout(text);
}

std::size_t Sessions::poll(TimePoint now) {
    beat(now);
    return passwords_.poll() + take_held() + resend_some();
}

// One piece a poll, which takes some hundreds of us: a thousand at once would keep everyone
// waiting.
std::size_t Sessions::resend_some() {
    std::size_t pieces = 0;
    for (std::size_t left = resending_.size(); left > 0 && pieces == 0; --left) {
        Session* session = resending_.front();
        resending_.pop_front();
        if (session->resend_more(pieces)) resending_.push_back(session);
    }
    return pieces;
}

std::size_t Sessions::take_held() {
    const std::size_t work = taking_.size();
    std::erase_if(taking_, [](Session* session) { return !session->take_more(); });
    return work;
}

bool Sessions::is_enough(std::string_view target_comp_id, const std::string& certificate) const {
    const auto found = find(target_comp_id);
    return found && !at(*found).is_removed() && needs_no_password(at(*found).settings()) &&
           is_certificate_right(at(*found).settings(), certificate);
}

// QuickFIX takes some 50 us for each: a thousand at once would keep everyone waiting.
void Sessions::beat(TimePoint now) {
    constexpr std::chrono::nanoseconds second = std::chrono::seconds(1);
    const auto elapsed = std::min<std::chrono::nanoseconds>(now - beats_begun_, second);
    const std::size_t due = sessions_.size() * static_cast<std::size_t>(elapsed.count()) /
                            static_cast<std::size_t>(second.count());
    for (; beaten_ < due; ++beaten_) sessions_[beaten_]->beat(now);
    if (elapsed < second) return;
    beats_begun_ = now;
    beaten_ = 0;
}

LogonResult Sessions::connect(const std::string& logon, const Peer& peer, Channel& channel,
                              SessionIndex& session) {
    if (find_field(logon, "35=") != "A") return LogonResult::not_a_logon;
    const std::string_view comp_id = find_field(logon, "49=").value_or("");
    const std::string_view password = find_field(logon, "554=").value_or("");
    const bool right =
        peer.password_right ? *peer.password_right : passwords_.is_right(comp_id, password);
    const auto found = find(comp_id);
    if (!found || at(*found).is_removed() || find_field(logon, "8=") != FIX::BeginString_FIX44 ||
        find_field(logon, "56=") != at(*found).settings().sender_comp_id) {
        return LogonResult::unknown_session;
    }
    session = *found;
    if (!is_address_allowed(at(session).settings(), peer.address)) {
        return LogonResult::address_not_allowed;
    }
    if (!is_certificate_right(at(session).settings(), peer.certificate)) {
        return LogonResult::wrong_certificate;
    }
    if (!right && !needs_no_password(at(session).settings())) return LogonResult::wrong_password;
    return at(session).connect(logon, peer.address, channel);
}

bool Sessions::receive(SessionIndex session, std::string_view message) {
    return at(session).receive(message);
}

void Sessions::disconnected(SessionIndex session) { at(session).disconnected(); }

void Sessions::abandon(SessionIndex session) { at(session).abandon(); }

}  // namespace carbonx::gateway
