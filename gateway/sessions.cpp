#include "gateway/sessions.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "gateway/dictionary.h"
#include "gateway/framing.h"
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
// Messages above the expected number, held until the gap is filled.
constexpr std::size_t held_max = 10'000;
constexpr std::size_t held_bytes_max = 4 << 20;
// For the client to fill the gap below its Logout, or to answer ours.
constexpr std::chrono::seconds logout_patience{10};

// QuickFIX's own reading of it wraps around.
int whole_number(const FIX::FieldMap& fields, int tag) {
    const auto number = int_of(fields, tag);
    if (!number) throw FIX::IncorrectDataFormat(tag);
    return *number;
}

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
          settings_(settings),
          handler_(handler),
          store_(directory, settings.target_comp_id, start, calls),
          log_(settings.target_comp_id),
          outgoing_(settings.sender_comp_id, settings.target_comp_id),
          id_(FIX::BeginString_FIX44, settings.sender_comp_id, settings.target_comp_id),
          fix_(*this, *this, id_, provider, always(), 0, &log_) {
        fix_.setCheckLatency(false);  // session_rules.h does, also for what is held meanwhile
    }

    const SessionSettings& settings() const { return settings_; }
    const SessionStore& store() const { return store_; }
    SessionStore& store() { return store_; }
    bool is_logged_on() const { return logged_on_; }

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
        send_logout(text);
        fix_.disconnect();
    }

    std::size_t poll(bool heartbeat, TimePoint now) {
        if (channel_ == nullptr) return 0;
        if (heartbeat) {
            note_unwritten();
            if (heard_) show_alive();
            if (channel_ != nullptr) fix_.next(FIX::UtcTimeStamp());
            end_overdue_logout(now);
        }
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
        note_unwritten();
        resend_ = {};
        gap_ = {};
        held_.clear();
        held_bytes_ = 0;
        logout_ = {};
        fix_.setResponder(this);
        std::string reason = reason_to_refuse(settings_, logon);
        if (reason.empty()) reason = handler_.reason_to_refuse(index_);
        if (reason.empty()) reason = reason_invalid(message, expected(), FIX::UtcTimeStamp());
        if (!reason.empty()) return refuse(reason, address);

        const int number = number_of(message);
        const bool is_ahead = number > store_.getNextTargetMsgSeqNum() &&
                              !has_flag(message, FIX::FIELD::ResetSeqNumFlag);
        store_.allow_reset(settings_.reset_accepted);
        log_.onIncoming(logon);
        fix_.next(message, FIX::UtcTimeStamp());
        store_.allow_reset(false);
        if (!logged_on_) {
            return refuse("the Logon is not valid: " + log_.last_rejection(), address);
        }
        if (is_ahead) {  // QuickFIX has asked for what is missing
            keep(number, logon);
            gap_ = {store_.getNextTargetMsgSeqNum(), number - 1};
        }
        store_.end_doubt_at(static_cast<uint64_t>(number));
        return LogonResult::accepted;
    }

    void receive(std::string_view message) {
        note_unwritten();
        try {
            if (receive_hot(message)) return;
            receive_one(std::string(message), false);
            take_held();
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

    // What the client was asked to send again: from the first number, at least up to the last.
    struct Gap {
        int first = 0;
        int last = 0;
    };

    struct LogoutUnderWay {
        int waits_at = 0;  // the client's, above a gap; 0 for none
        bool is_sent = false;
        TimePoint deadline{};
    };

    static FIX::TimeRange always() {
        return FIX::TimeRange(FIX::UtcTimeOnly(0, 0, 0), FIX::UtcTimeOnly(0, 0, 0));
    }

    void note_unwritten() {
        if (is_unwritten_) return;
        is_unwritten_ = true;
        sessions_.unwritten_.push_back(this);
    }

    // What comes out of turn, or while the session ends, is QuickFIX's.
    bool receive_hot(std::string_view message) {
        const bool is_usual = logged_on_ && held_.empty() && !logout_.is_sent;
        const auto number = static_cast<uint64_t>(store_.getNextTargetMsgSeqNum());
        const uint64_t now_ms = sessions_.utc_ns_ / 1'000'000;
        if (!is_usual || !incoming_.parse(message) ||
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

    const std::string& name() const { return settings_.target_comp_id; }

    LogonResult refuse(const std::string& reason, const std::string& address) {
        spdlog::warn("fix {}: logon from {} refused: {}", name(), address, reason);
        logout(reason);  // unless QuickFIX has said why and closed
        return LogonResult::refused;
    }

    Expected expected() const {
        return {settings_.target_comp_id, settings_.sender_comp_id,
                store_.getNextTargetMsgSeqNum()};
    }

    // Throws FIX::InvalidMessage if it is garbled.
    FIX::Message parsed(const std::string& text) const {
        const FIX::DataDictionaryProvider& provider =
            const_cast<FIX::Session&>(fix_).getDataDictionaryProvider();
        return FIX::Message(text, provider.getSessionDataDictionary(id_.getBeginString()), true);
    }

    void receive_one(const std::string& text, bool was_held) {
        const FIX::Message message = parsed(text);
        heard_ = true;
        if (!was_held) log_.onIncoming(text);
        if (logout_.is_sent && type_of(message) == FIX::MsgType_Logout) {
            if (number_of(message) == expected().msg_seq_num) store_.incrNextTargetMsgSeqNum();
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
        const bool is_users_own = type.starts_with('U');
        if (is_users_own || (is_fix44_application(type) && !is_supported_inbound(type))) {
            return reject_type(message);
        }
        fix_.next(message, FIX::UtcTimeStamp());
    }

    // Takes what waited above a gap that is filled now.
    void take_held() {
        while (channel_ != nullptr && !held_.empty()) {
            const int next = store_.getNextTargetMsgSeqNum();
            const auto first = held_.begin();
            if (first->first > next) break;
            const std::string text = std::move(first->second);
            held_bytes_ -= text.size();
            const bool is_next = first->first == next;
            held_.erase(first);
            if (!is_next) continue;  // the gap fill was for this one too
            // Both were answered when they came.
            const std::string_view type = find_field(text, "35=").value_or("");
            if (type == FIX::MsgType_Logon || type == FIX::MsgType_ResendRequest) {
                store_.incrNextTargetMsgSeqNum();
            } else {
                receive_one(text, true);
            }
        }
        if (logout_.waits_at != 0 && store_.getNextTargetMsgSeqNum() > logout_.waits_at) {
            logout("");
        }
    }

    void keep(int number, const std::string& text) {
        std::string& kept = held_[number];
        held_bytes_ += text.size() - kept.size();
        kept = text;
    }

    void hold(const FIX::Message& message, const std::string& text) {
        const int number = number_of(message);
        const std::string& type = type_of(message);
        const bool again = has_flag(message.getHeader(), FIX::FIELD::PossDupFlag);
        const bool wants_resend = type == FIX::MsgType_ResendRequest && !again;
        // First its answer, then our own request, or both sides might wait.
        if (wants_resend) fix_.next(message, FIX::UtcTimeStamp());
        if (channel_ == nullptr) return;
        keep(number, text);
        if (held_.size() > held_max || held_bytes_ > held_bytes_max) {
            return logout("too many messages ahead of MsgSeqNum");
        }
        if (type == FIX::MsgType_Logout && !again) logout_.waits_at = number;
        // A resend that skips something is asked for again, once from each number.
        const int next = store_.getNextTargetMsgSeqNum();
        const bool is_asked = next <= gap_.last && !(again && next > gap_.first);
        if (is_asked && !wants_resend) return;
        gap_ = {next, std::max(gap_.last, number - 1)};
        FIX::Message request = of_type(FIX::MsgType_ResendRequest);
        request.setField(FIX::BeginSeqNo(next));
        request.setField(FIX::EndSeqNo(0));
        fix_.send(request);
    }

    void reject(const FIX::Message& message, const Verdict& verdict) {
        spdlog::warn("fix {}: message {} rejected: {} ({})", name(), number_of(message),
                     verdict.text, verdict.tag);
        FIX::Message reject = of_type(FIX::MsgType_Reject);
        reject.setField(FIX::RefSeqNum(number_of(message)));
        reject.setField(FIX::RefTagID(verdict.tag));
        reject.setField(FIX::RefMsgType(type_of(message)));
        reject.setField(FIX::SessionRejectReason(verdict.reason));
        reject.setField(FIX::Text(verdict.text));
        fix_.send(reject);
        const bool counts = number_of(message) == expected().msg_seq_num &&
                            type_of(message) != FIX::MsgType_SequenceReset;
        if (counts) store_.incrNextTargetMsgSeqNum();
    }

    void reject_type(const FIX::Message& message) {
        FIX::Message reject = of_type(FIX::MsgType_BusinessMessageReject);
        reject.setField(FIX::RefSeqNum(number_of(message)));
        reject.setField(FIX::RefMsgType(type_of(message)));
        reject.setField(FIX::BusinessRejectReason(FIX::BusinessRejectReason_UNKNOWN_MESSAGE_TYPE));
        reject.setField(FIX::Text(FIX::BusinessRejectReason_UNSUPPORTED_MESSAGE_TYPE_TEXT));
        fix_.send(reject);
        store_.incrNextTargetMsgSeqNum();
    }

    void send_logout(const std::string& text) {
        note_unwritten();
        FIX::Message message = of_type(FIX::MsgType_Logout);
        if (!text.empty()) message.setField(FIX::Text(text));
        fix_.send(message);
    }

    void end_overdue_logout(TimePoint now) {
        if (channel_ == nullptr || (logout_.waits_at == 0 && !logout_.is_sent)) return;
        if (logout_.deadline == TimePoint()) logout_.deadline = now + logout_patience;
        if (now < logout_.deadline) return;
        if (!logout_.is_sent) return logout("");
        spdlog::warn("fix {}: our Logout was not answered", name());
        fix_.disconnect();
    }

    static FIX::Message of_type(const char* type) {
        FIX::Message message;
        message.getHeader().setField(FIX::MsgType(type));
        return message;
    }

    // As if the client had sent it, for QuickFIX alone. Its number is below any expected one, so it
    // is not counted.
    FIX::Message as_from_client(const char* type) const {
        FIX::Message message = of_type(type);
        FIX::Header& header = message.getHeader();
        header.setField(id_.getBeginString());
        header.setField(FIX::FIELD::BodyLength, "0");
        header.setField(FIX::SenderCompID(settings_.target_comp_id));
        header.setField(FIX::TargetCompID(settings_.sender_comp_id));
        header.setField(FIX::MsgSeqNum(0));
        header.setField(FIX::SendingTime());
        message.getTrailer().setField(FIX::FIELD::CheckSum, "000");
        return message;
    }

    // QuickFIX has not seen all that has come, and would ask whether the client lives. A reset to
    // the number that it expects changes nothing but the time.
    void show_alive() {
        heard_ = false;
        FIX::Message message = as_from_client(FIX::MsgType_SequenceReset);
        message.setField(FIX::NewSeqNo(store_.getNextTargetMsgSeqNum()));
        fix_.next(message, FIX::UtcTimeStamp());
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
        constexpr int nothing = -1;
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
            if (!is_fix44_application(stored.msg_type())) continue;
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
    const SessionSettings settings_;
    SessionHandler& handler_;

    SessionStore store_;
    SessionLog log_;
    OutgoingMessage outgoing_;
    const FIX::SessionID id_;
    Channel* channel_ = nullptr;  // while connected
    bool logged_on_ = false;
    OnDisconnect on_disconnect_ = OnDisconnect::keep;
    std::map<int, std::string> held_;  // messages above the expected number
    std::size_t held_bytes_ = 0;
    Gap gap_;
    LogoutUnderWay logout_;
    bool heard_ = false;  // since the last poll that beats: anything at all from the client
    Resend resend_;
    bool is_unwritten_ = false;  // among sessions_.unwritten_
    MessageView incoming_;
    FIX::Session fix_;
};

Sessions::Sessions(const std::vector<SessionSettings>& settings,
                   const std::filesystem::path& directory, SessionHandler& handler, Start start,
                   const DiskCalls& calls)
    : passwords_(directory / "passwords", calls) {
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
    if (!found || find_field(logon, "8=") != FIX::BeginString_FIX44 ||
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
