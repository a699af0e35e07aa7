#include "gateway/sessions.h"

#include <algorithm>
#include <stdexcept>

#include "engine/api/check.h"
#include "gateway/admin_messages.h"
#include "gateway/dictionary.h"
#include "gateway/framing.h"
#include "gateway/held_messages.h"
#include "gateway/hot_path.h"
#include "gateway/logon.h"
#include "gateway/quickfix.h"
#include "gateway/session_log.h"
#include "gateway/session_rules.h"
#include "gateway/store.h"

namespace carbonx::gateway {
namespace {

constexpr std::size_t resend_piece_bytes = 128 * 1024;  // put into a channel's queue at once
constexpr std::size_t resend_low_water = 64 * 1024;     // the queue that asks for the next piece
// For the client to fill the gap below its Logout, or to answer ours.
constexpr std::chrono::seconds logout_patience{10};

FIX::DataDictionaryProvider dictionary_provider() {
    FIX::DataDictionaryProvider provider;
    const auto dictionary = load_dictionary();
    provider.addTransportDataDictionary(FIX::BeginString(FIX::BeginString_FIX44), dictionary);
    return provider;
}

}  // namespace

// One session. QuickFIX calls it by the private bases; `fix_` comes last among the members, because
// its constructor and destructor already do.
class Sessions::Session final : private FIX::Application,
                                private FIX::Responder,
                                private FIX::MessageStoreFactory {
public:
    Session(Sessions& sessions, SessionIndex index, const SessionSettings& settings,
            const std::filesystem::path& directory, const FIX::DataDictionaryProvider& provider,
            SessionHandler& handler, Start start, const DiskCalls& calls)
        : sessions_(sessions),
          index_(index),
          handler_(handler),
          settings_(settings),
          store_(directory, settings.target_comp_id, start, calls),
          log_(settings.target_comp_id),
          outgoing_(settings.sender_comp_id, settings.target_comp_id),
          id_(FIX::BeginString_FIX44, settings.sender_comp_id, settings.target_comp_id),
          fix_(*this, *this, id_, provider, always(), 0, &log_) {
        fix_.setCheckLatency(false);  // session_rules.h does, when a message arrives
    }

    const SessionSettings& settings() const { return settings_; }
    const SessionStore& store() const { return store_; }
    SessionStore& store() { return store_; }
    bool is_logged_on() const { return logged_on_; }

    void change(const SessionSettings& settings) {
        settings_ = settings;
        removed_ = false;
    }
    void remove() { removed_ = true; }
    bool is_removed() const { return removed_; }
    bool is_connected() const { return channel_ != nullptr; }
    const std::string& address() const { return address_; }
    std::size_t queued_bytes() const { return channel_ != nullptr ? channel_->queued_bytes() : 0; }

    void send(const MessageWriter& message, uint64_t report_key, const Sending& how) {
        const std::string_view bytes =
            outgoing_.message(message, store_.getNextSenderMsgSeqNum(),
                              sessions_.sending_time_.text(sessions_.utc_ns_), how);
        if (!store_.append(bytes, report_key)) return sessions_.note_failure(*this);
        note_unwritten();
        if (channel_ == nullptr || !fix_.isLoggedOn()) return;
        log_.onOutgoing(bytes);
        send_stored(bytes);
    }

    // False: the store failed.
    bool write_store() {
        is_unwritten_ = false;
        return store_.write();
    }

    void logout(const std::string& text) {
        if (channel_ == nullptr) return;
        note_unwritten();
        FIX::Message message = logout_message(text);
        fix_.send(message);
        fix_.disconnect();
    }

    void begin_logout(const std::string& text) {
        if (channel_ == nullptr || logout_.is_sent) return;
        note_unwritten();
        FIX::Message message = logout_message(text);
        fix_.send(message);
        logout_ = {0, true, {}};
    }

    std::size_t poll(bool heartbeat, TimePoint now) {
        if (channel_ == nullptr) return 0;
        if (heartbeat) beat(now);
        const bool due =
            resend_.next != 0 && channel_ != nullptr && channel_->queued_bytes() < resend_low_water;
        if (due) continue_resend();
        return due ? 1 : 0;
    }

    // Requires: the client is who it says.
    LogonResult connect(const std::string& logon, const std::string& address, Channel& channel) {
        if (channel_ != nullptr) return LogonResult::already_connected;

        FIX::Message message;
        try {
            message = parsed(logon);
        } catch (const FIX::InvalidMessage&) {
            return LogonResult::not_a_logon;  // garbled
        }
        channel_ = &channel;
        address_ = address;
        note_unwritten();
        resend_ = {};
        held_.clear();
        logout_ = {};
        fix_.setResponder(this);
        std::string reason = reason_to_refuse(settings_, logon);
        if (reason.empty()) reason = reason_invalid(message, expected(), FIX::UtcTimeStamp());
        if (reason.empty()) reason = handler_.reason_to_refuse(index_);
        if (!reason.empty()) return refuse(reason, address);

        const int number = number_of(message);
        const bool is_ahead =
            number > next_target() && !has_flag(message, FIX::FIELD::ResetSeqNumFlag);
        log_.onIncoming(logon);
        store_.allow_reset(settings_.reset_accepted);
        fix_.next(message, FIX::UtcTimeStamp());
        store_.allow_reset(false);
        if (!logged_on_) {
            return refuse("the Logon is not valid: " + log_.last_rejection(), address);
        }
        if (is_ahead) {  // QuickFIX has asked for what is missing
            held_.keep(number, logon);
            held_.note_asked(next_target(), number - 1);
        }
        store_.end_doubt_at(static_cast<uint64_t>(number));
        return LogonResult::accepted;
    }

    void receive(std::string_view message) {
        note_unwritten();
        try {
            if (!receive_hot(message)) receive_slow(std::string(message), false);
            if (!held_.empty() || logout_.waits_at != 0) take_held();
        } catch (const FIX::InvalidMessage& error) {
            // Garbled, by checksum or by structure: as if it had never come. The gap shows it.
            spdlog::warn("fix {}: garbled message ignored: {}", name(), error.what());
        } catch (const std::exception& error) {
            spdlog::error("fix {}: disconnected: {}", name(), error.what());
            fix_.disconnect();
        }
    }

    void disconnected() {
        channel_ = nullptr;
        fix_.disconnect();
    }

    void abandon() { channel_ = nullptr; }

private:
    // What a client asked for again, or is too far behind to be sent, and has not got yet.
    // Meanwhile live messages are stored but not sent: they follow in turn as resends, so that the
    // client never sees a number out of order.
    struct Resend {
        int next = 0;  // 0: none under way
        int last = 0;
        bool is_live_held = false;  // then it goes on to the newest message
    };

    struct LogoutUnderWay {
        int waits_at = 0;      // the number of the client's, above a gap; 0 for none
        bool is_sent = false;  // ours, which the client has not answered
        TimePoint until{};     // set by the next beat
    };

    static FIX::TimeRange always() {
        return FIX::TimeRange(FIX::UtcTimeOnly(0, 0, 0), FIX::UtcTimeOnly(0, 0, 0));
    }

    void note_unwritten() {
        if (is_unwritten_) return;
        is_unwritten_ = true;
        sessions_.unwritten_.push_back(this);
    }

    int next_target() const { return store_.getNextTargetMsgSeqNum(); }
    Expected expected() const {
        return {settings_.target_comp_id, settings_.sender_comp_id, next_target()};
    }

    // Throws FIX::InvalidMessage if it is garbled.
    FIX::Message parsed(const std::string& text) {
        const FIX::DataDictionaryProvider& provider = fix_.getDataDictionaryProvider();
        return FIX::Message(text, provider.getSessionDataDictionary(id_.getBeginString()), true);
    }

    // What is wanted again, or comes out of turn, is not for here.
    bool receive_hot(std::string_view message) {
        if (!logged_on_) return false;
        const uint64_t now_ms = sessions_.utc_ns_ / 1'000'000;
        const auto number = static_cast<uint64_t>(next_target());
        if (!incoming_.parse(message) ||
            !is_hot(incoming_,
                    {settings_.target_comp_id, settings_.sender_comp_id, number, now_ms})) {
            return false;
        }
        heard_ = true;
        log_.onIncoming(message);
        handler_.on_message(index_, incoming_, {number, false, false});
        store_.incrNextTargetMsgSeqNum();
        return true;
    }

    void receive_slow(const std::string& text, bool was_held) {
        const FIX::Message message = parsed(text);
        heard_ = true;
        log_.onIncoming(text);
        if (logout_.is_sent && type_of(message) == FIX::MsgType_Logout) {
            if (number_of(message) == next_target()) store_.incrNextTargetMsgSeqNum();
            return fix_.disconnect();
        }
        const Verdict verdict = judge(message, expected(), FIX::UtcTimeStamp(), was_held);
        switch (verdict.kind) {
            case Verdict::Kind::process:
                return process(message);
            case Verdict::Kind::count:
                return store_.incrNextTargetMsgSeqNum();
            case Verdict::Kind::ignore:
                return;
            case Verdict::Kind::hold:
                return hold(message, text);
            case Verdict::Kind::reject:
                return reject(message, verdict);
            case Verdict::Kind::reject_and_log_out:
                reject(message, verdict);
                [[fallthrough]];
            case Verdict::Kind::log_out:
                spdlog::error("fix {}: logged out: {}", name(), verdict.text);
                return logout(verdict.text);
        }
    }

    void process(const FIX::Message& message) {
        const std::string& type = type_of(message);
        const bool is_of_users = type.starts_with('U');
        if (!is_of_users && (!is_fix44_application(type) || is_supported_inbound(type))) {
            return fix_.next(message, FIX::UtcTimeStamp());
        }
        FIX::Message answer = unsupported_type(message);
        fix_.send(answer);
        store_.incrNextTargetMsgSeqNum();
    }

    void reject(const FIX::Message& message, const Verdict& verdict) {
        spdlog::warn("fix {}: message {} rejected: {} ({})", name(), number_of(message),
                     verdict.text, verdict.tag);
        FIX::Message answer = reject_message(message, verdict);
        fix_.send(answer);
        const bool counts =
            number_of(message) == next_target() && type_of(message) != FIX::MsgType_SequenceReset;
        if (counts) store_.incrNextTargetMsgSeqNum();
    }

    // Its turn comes when the gap below it is filled.
    void hold(const FIX::Message& message, const std::string& text) {
        const std::string& type = type_of(message);
        const bool again = has_flag(message.getHeader(), FIX::FIELD::PossDupFlag);
        // First its answer, then our own request, or both sides might wait for each other.
        if (type == FIX::MsgType_ResendRequest && !again) fix_.next(message, FIX::UtcTimeStamp());
        if (channel_ == nullptr) return;
        if (!held_.keep(number_of(message), text)) {
            return logout("too many messages ahead of MsgSeqNum");
        }
        if (type == FIX::MsgType_Logout && !again) logout_ = {number_of(message), false, {}};
        if (!held_.must_ask(next_target(), number_of(message), again)) return;
        FIX::Message request = resend_request(next_target());
        fix_.send(request);
    }

    void take_held() {
        while (channel_ != nullptr) {
            const auto held = held_.take(next_target());
            if (!held) break;
            // These were answered when they came.
            const std::string_view type = find_field(*held, "35=").value_or("");
            if (type == FIX::MsgType_Logon || type == FIX::MsgType_ResendRequest) {
                store_.incrNextTargetMsgSeqNum();
            } else if (!receive_hot(*held)) {
                receive_slow(*held, true);
            }
        }
        // It was not sent again, but filled with the gap.
        if (logout_.waits_at != 0 && next_target() > logout_.waits_at) logout("");
    }

    // Once a second.
    void beat(TimePoint now) {
        note_unwritten();
        if (heard_) fix_.next(sign_of_life(id_, next_target()), FIX::UtcTimeStamp());
        heard_ = false;
        fix_.next(FIX::UtcTimeStamp());
        if (logout_.waits_at != 0 || logout_.is_sent) end_overdue_logout(now);
    }

    void end_overdue_logout(TimePoint now) {
        if (logout_.until == TimePoint()) logout_.until = now + logout_patience;
        if (now < logout_.until) return;
        if (!logout_.is_sent) return logout("");  // what it leaves out is asked for at next logon
        spdlog::warn("fix {}: our Logout was not answered", name());
        fix_.disconnect();
    }

    const std::string& name() const { return settings_.target_comp_id; }

    LogonResult refuse(const std::string& reason, const std::string& address) {
        spdlog::warn("fix {}: logon from {} refused: {}", name(), address, reason);
        logout(reason);  // unless QuickFIX has said why and closed
        return LogonResult::refused;
    }

    OnDisconnect wish(const FIX::Message& logon) const {
        const bool is_told = logon.isSetField(tag::cancel_on_disconnect);
        const std::string by_settings = settings_.cancel_on_disconnect ? "Y" : "N";
        const std::string text = is_told ? logon.getField(tag::cancel_on_disconnect) : by_settings;
        if (text == "G") return OnDisconnect::cancel_all;
        return text == "Y" ? OnDisconnect::cancel_day : OnDisconnect::keep;
    }

    // QuickFIX judges the request, and is then left nothing to send: what is wanted goes out from
    // here, piece by piece and as it was. A request during a resend widens it: nothing is
    // forgotten, and asking often costs little.
    void take_resend(FIX::Message& request) {
        const int begin = whole_number(request, FIX::FIELD::BeginSeqNo);
        const int end = whole_number(request, FIX::FIELD::EndSeqNo);
        const int newest = store_.getNextSenderMsgSeqNum() - 1;
        if (begin < 1 || begin > newest) throw FIX::IncorrectTagValue(FIX::FIELD::BeginSeqNo);
        const int last = end == 0 || end > newest ? newest : end;
        if (last < begin) throw FIX::IncorrectTagValue(FIX::FIELD::EndSeqNo);

        const bool under_way = resend_.next != 0;
        resend_.next = under_way ? std::min(resend_.next, begin) : begin;
        resend_.last = std::max(resend_.last, last);
        static constexpr int nothing = -1;
        request.setField(FIX::EndSeqNo(nothing));
        continue_resend();
    }

    void continue_resend() {
        if (!store_.write()) return sessions_.note_failure(*this);
        if (resend_.is_live_held) resend_.last = store_.getNextSenderMsgSeqNum() - 1;
        const int last =
            std::min(store_.last_within(resend_.next, resend_piece_bytes), resend_.last);
        std::vector<std::string> messages;
        store_.get(resend_.next, last, messages);
        const std::string_view now = sessions_.sending_time_.text(sessions_.utc_ns_);
        MessageView stored;
        int next = resend_.next;
        const auto fill_gap = [&](int end) {
            if (next < end) channel_->send(outgoing_.gap_fill(next, end, now));
        };
        for (const std::string& message : messages) {
            stored.parse(message);
            // Of the session's own messages only a Reject is worth hearing again.
            const bool is_reject = stored.msg_type() == FIX::MsgType_Reject;
            if (!is_reject && !is_fix44_application(stored.msg_type())) continue;
            const auto number = static_cast<int>(OutgoingMessage::number_of(stored));
            fill_gap(number);
            channel_->send(outgoing_.again(stored, now));
            next = number + 1;
        }
        fill_gap(last + 1);
        resend_.next = last + 1;
        if (last == resend_.last) resend_ = {};
    }

    // The last message that was stored.
    void send_stored(std::string_view message) {
        const bool must_wait = resend_.next != 0 || channel_->is_behind();
        if (must_wait) {
            const std::string_view msg_type = find_field(message, "35=").value_or("");
            if (msg_type != "5" && msg_type != "2") {
                if (resend_.next == 0) resend_.next = store_.getNextSenderMsgSeqNum() - 1;
                resend_.is_live_held = true;
                return;
            }
        }
        channel_->send(message);
    }

    // FIX::Responder.
    bool send(const std::string& message) override {
        if (channel_ == nullptr) return false;
        send_stored(message);
        return true;
    }

    void disconnect() override {
        if (channel_ != nullptr) channel_->close();
        channel_ = nullptr;
    }

    // FIX::Application.
    void onCreate(const FIX::SessionID&) override {}
    void toAdmin(FIX::Message&, const FIX::SessionID&) override {}
    void toApp(FIX::Message&, const FIX::SessionID&) override {}

    void onLogon(const FIX::SessionID&) override {
        logged_on_ = true;
        spdlog::info("fix {}: logged on, next numbers {} out, {} in", name(),
                     store_.getNextSenderMsgSeqNum(), store_.getNextTargetMsgSeqNum());
        handler_.on_logon(index_, on_disconnect_);
    }

    void onLogout(const FIX::SessionID&) override {
        if (!logged_on_) return;
        logged_on_ = false;
        spdlog::info("fix {}: logged out, next numbers {} out, {} in", name(),
                     store_.getNextSenderMsgSeqNum(), store_.getNextTargetMsgSeqNum());
        handler_.on_logout(index_);
    }

    void fromAdmin(const FIX::Message& message, const FIX::SessionID&) override {
        const std::string& msg_type = message.getHeader().getField(FIX::FIELD::MsgType);
        if (msg_type == FIX::MsgType_Logon) {
            on_disconnect_ = wish(message);
        } else if (msg_type == FIX::MsgType_ResendRequest) {
            take_resend(const_cast<FIX::Message&>(message));
        }
    }

    void fromApp(const FIX::Message& message, const FIX::SessionID&) override {
        const FIX::Header& header = message.getHeader();
        const std::string& msg_type = header.getField(FIX::FIELD::MsgType);
        if (!is_supported_inbound(msg_type)) throw FIX::UnsupportedMessageType();
        if (msg_type == FIX::MsgType_BusinessMessageReject) {
            spdlog::warn("fix {}: the client rejects: {}", name(), message.toString());
            return;
        }
        FIX::MsgSeqNum number;
        header.getField(number);
        const std::string text = message.toString();
        handler_.on_message(
            index_, MessageView(text),
            {static_cast<uint64_t>(number.getValue()), has_flag(header, FIX::FIELD::PossDupFlag),
             has_flag(header, FIX::FIELD::PossResend)});
    }

    // FIX::MessageStoreFactory: the store is ours.
    FIX::MessageStore* create(const FIX::SessionID&) override { return &store_; }
    void destroy(FIX::MessageStore*) override {}

    // Constant after construction.
    Sessions& sessions_;
    const SessionIndex index_;
    SessionHandler& handler_;

    SessionSettings settings_;
    bool removed_ = false;  // from the settings
    SessionStore store_;
    SessionLog log_;
    OutgoingMessage outgoing_;
    const FIX::SessionID id_;
    Channel* channel_ = nullptr;  // while connected
    std::string address_;         // of the last connection
    bool logged_on_ = false;
    OnDisconnect on_disconnect_ = OnDisconnect::keep;
    HeldMessages held_;
    LogoutUnderWay logout_;
    bool heard_ = false;  // anything at all from the client since the last beat
    Resend resend_;
    bool is_unwritten_ = false;  // among sessions_.unwritten_
    MessageView incoming_;
    FIX::Session fix_;
};

Sessions::Sessions(const std::vector<SessionSettings>& settings,
                   const std::filesystem::path& directory, SessionHandler& handler, Start start,
                   const DiskCalls& calls)
    : directory_(directory),
      handler_(handler),
      calls_(calls),
      passwords_(directory / "passwords", calls) {
    const FIX::DataDictionaryProvider provider = dictionary_provider();
    for (const SessionSettings& one : settings) {
        validate(one);
        if (find(one.target_comp_id)) {
            throw std::runtime_error("session " + one.target_comp_id + ": listed twice");
        }
        passwords_.list(one.target_comp_id, one.password_hash);
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
    for (Session* session : unwritten_) {
        if (!session->write_store()) note_failure(*session);
    }
    unwritten_.clear();
    return failure_.empty();
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
    for (const SessionSettings& one : settings) {
        passwords_.list(one.target_comp_id, one.password_hash);
    }
    std::move(added.begin(), added.end(), std::back_inserter(sessions_));
}

void Sessions::change(SessionIndex session, const SessionSettings& settings) {
    Session& changed = at(session);
    if (changed.is_removed() || changed.settings().password_hash != settings.password_hash) {
        passwords_.list(settings.target_comp_id, settings.password_hash);
    }
    changed.change(settings);
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

void Sessions::begin_logout(SessionIndex session, const std::string& text) {
    at(session).begin_logout(text);
}

std::size_t Sessions::poll(TimePoint now) {
    const bool heartbeat = now >= heartbeat_at_;
    if (heartbeat) heartbeat_at_ = now + std::chrono::seconds(1);
    std::size_t work = passwords_.poll();
    for (const auto& session : sessions_) work += session->poll(heartbeat, now);
    return work;
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
    if (!right) return LogonResult::wrong_password;
    return at(session).connect(logon, peer.address, channel);
}

void Sessions::receive(SessionIndex session, std::string_view message) {
    at(session).receive(message);
}

void Sessions::disconnected(SessionIndex session) { at(session).disconnected(); }

void Sessions::abandon(SessionIndex session) { at(session).abandon(); }

}  // namespace carbonx::gateway
