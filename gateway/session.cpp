#include "gateway/session.h"

#include <algorithm>
#include <utility>

#include "engine/api/check.h"
#include "gateway/admin_messages.h"
#include "gateway/dictionary.h"
#include "gateway/flaw.h"
#include "gateway/framing.h"
#include "gateway/hot_path.h"
#include "gateway/logon.h"

namespace carbonx::gateway {
namespace {

constexpr std::size_t resend_piece_bytes = 128 * 1024;  // put into a channel's queue at once
constexpr std::size_t resend_low_water = 64 * 1024;     // the queue that asks for the next piece
constexpr int held_a_turn = 256;
constexpr auto fields_max = static_cast<std::ptrdiff_t>(MessageView::fields_max);
// For the client to fill the gap below its Logout, or to answer ours.
constexpr std::chrono::seconds logout_patience{10};

}  // namespace

Sessions::Session::Session(Sessions& sessions, SessionIndex index, const SessionSettings& settings,
                           const std::filesystem::path& directory,
                           const FIX::DataDictionaryProvider& provider, SessionHandler& handler,
                           Start start, const DiskCalls& calls)
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

void Sessions::Session::change(const SessionSettings& settings) {
    settings_ = settings;
    removed_ = false;
}

void Sessions::Session::send(const MessageWriter& message, uint64_t report_key,
                             const Sending& how) {
    const std::string_view bytes =
        outgoing_.message(message, store_.getNextSenderMsgSeqNum(),
                          sessions_.sending_time_.text(sessions_.utc_ns_), how);
    if (!store_.append(bytes, report_key)) return sessions_.note_failure(*this);
    note_unwritten();
    if (channel_ == nullptr || !fix_.isLoggedOn()) return;
    log_.onOutgoing(bytes);
    send_stored(bytes);
}

bool Sessions::Session::write_store() {
    is_unwritten_ = false;
    return store_.write();
}

void Sessions::Session::begin_day(uint32_t trading_day) {
    store_.begin_day(trading_day, logged_on_ ? logon_number_ : UINT64_MAX);
}

void Sessions::Session::logout(const std::string& text) {
    if (channel_ == nullptr) return;
    note_unwritten();
    FIX::Message message = logout_message(text);
    fix_.send(message);
    fix_.disconnect();
}

void Sessions::Session::begin_logout(const std::string& text) {
    if (channel_ == nullptr || logout_.is_sent) return;
    note_unwritten();
    FIX::Message message = logout_message(text);
    fix_.send(message);
    logout_ = {0, true, {}};
}

bool Sessions::Session::resend_more(std::size_t& work) {
    is_resending_ = channel_ != nullptr && resend_.next != 0;
    if (!is_resending_ || channel_->queued_bytes() >= resend_low_water) return is_resending_;
    continue_resend();
    ++work;
    return true;
}

LogonResult Sessions::Session::connect(const std::string& logon, const std::string& address,
                                       Channel& channel) {
    if (channel_ != nullptr) return LogonResult::already_connected;

    FIX::Message message;
    try {
        message = parsed(logon);
    } catch (const std::exception&) {
        return LogonResult::not_a_logon;  // garbled
    }
    channel_ = &channel;
    address_ = address;
    note_unwritten();
    resend_ = {};
    held_.clear();
    logout_ = {};
    faults_ = 0;
    fix_.setResponder(this);
    std::string reason;
    if (const auto flaw = flaw_of(logon)) reason = flaw->text;
    if (reason.empty()) reason = reason_to_refuse(settings_, logon);
    if (reason.empty()) reason = reason_invalid(message, expected(), FIX::UtcTimeStamp());
    if (reason.empty() && too_great_number(logon, dictionary()) != 0) reason = "a number too great";
    if (reason.empty()) reason = handler_.reason_to_refuse(index_);
    if (!reason.empty()) return refuse(reason, address);

    const int number = number_of(message);
    const bool is_ahead = number > next_target() && !has_flag(message, FIX::FIELD::ResetSeqNumFlag);
    log_.onIncoming(logon);
    store_.allow_reset(settings_.reset_accepted);
    try {
        fix_.next(message, FIX::UtcTimeStamp());
    } catch (const std::exception& error) {
        spdlog::error("fix {}: its Logon was not taken: {}", name(), error.what());
        store_.allow_reset(false);
        return refuse("the Logon could not be taken", address);
    }
    store_.allow_reset(false);
    if (!logged_on_) {
        return refuse("the Logon is not valid: " + log_.last_rejection(), address);
    }
    if (is_ahead) {  // QuickFIX has asked for what is missing
        held_.keep(number, logon);
        held_.note_asked(next_target(), number - 1);
    }
    logon_number_ = static_cast<uint64_t>(number);
    store_.end_doubt_at(logon_number_);
    return LogonResult::accepted;
}

bool Sessions::Session::receive(std::string_view message) {
    bool was_hot = false;
    guard([&] {
        was_hot = receive_hot(message);
        if (!was_hot) receive_slow(std::string(message), false);
        if (!held_.empty() || logout_.waits_at != 0) take_held();
    });
    return was_hot;
}

bool Sessions::Session::take_more() {
    if (channel_ != nullptr) guard([&] { take_held(); });
    is_taking_ = channel_ != nullptr && held_.has(next_target());
    return is_taking_;
}

template <class Work>
void Sessions::Session::guard(Work work) {
    note_unwritten();
    try {
        work();
    } catch (const FIX::InvalidMessage& error) {
        // Garbled, by checksum or by structure: as if it had never come. The gap shows it.
        if (note_fault()) spdlog::warn("fix {}: garbled message ignored: {}", name(), error.what());
    } catch (const std::exception& error) {
        spdlog::error("fix {}: disconnected: {}", name(), error.what());
        fix_.disconnect();
    }
    if (faults_ > faults_max) logout("too many messages that are garbled or rejected");
}

void Sessions::Session::disconnected() {
    channel_ = nullptr;
    fix_.disconnect();
}

FIX::TimeRange Sessions::Session::always() {
    return FIX::TimeRange(FIX::UtcTimeOnly(0, 0, 0), FIX::UtcTimeOnly(0, 0, 0));
}

void Sessions::Session::note_unwritten() {
    if (is_unwritten_) return;
    is_unwritten_ = true;
    auto& behind = settings_.is_stored_first ? sessions_.unwritten_first_ : sessions_.unwritten_;
    behind.push_back(this);
}

void Sessions::Session::note_resending() {
    if (is_resending_) return;
    is_resending_ = true;
    sessions_.resending_.push_back(this);
}

void Sessions::Session::note_taking() {
    if (is_taking_) return;
    is_taking_ = true;
    sessions_.taking_.push_back(this);
}

Expected Sessions::Session::expected() const {
    return {settings_.target_comp_id, settings_.sender_comp_id, next_target()};
}

FIX::Message Sessions::Session::parsed(const std::string& text) {
    const FIX::DataDictionaryProvider& provider = fix_.getDataDictionaryProvider();
    return FIX::Message(text, provider.getSessionDataDictionary(id_.getBeginString()), true);
}

bool Sessions::Session::receive_hot(std::string_view message) {
    if (!logged_on_) return false;
    const uint64_t now_ms = sessions_.utc_ns_ / 1'000'000;
    const auto number = static_cast<uint64_t>(next_target());
    if (!incoming_.parse(message)) return false;
    handler_.expect(index_, incoming_);
    if (!is_hot(incoming_, {settings_.target_comp_id, settings_.sender_comp_id, number, now_ms})) {
        return false;
    }
    heard_ = true;
    log_.onIncoming(message);
    handler_.on_message(index_, incoming_, {number, false, false});
    store_.incrNextTargetMsgSeqNum();
    return true;
}

void Sessions::Session::receive_slow(const std::string& text, bool was_held) {
    const FIX::Message message = parsed(text);
    heard_ = true;
    const std::optional<Flaw> flaw = flaw_of(text);
    // A password might stand under a tag that is not masked.
    if (!flaw) log_.onIncoming(text);
    if (logout_.is_sent && type_of(message) == FIX::MsgType_Logout) {
        if (number_of(message) == next_target()) store_.incrNextTargetMsgSeqNum();
        return fix_.disconnect();
    }
    Verdict verdict = judge(message, expected(), FIX::UtcTimeStamp(), was_held);
    if (flaw) verdict = with_flaw(std::move(verdict), *flaw);
    switch (verdict.kind) {
        case Verdict::Kind::process:
            if (const int tag = too_great_number(text, dictionary()); tag != 0) {
                constexpr int reason = FIX::SessionRejectReason_INCORRECT_DATA_FORMAT_FOR_VALUE;
                return reject(message, {Verdict::Kind::reject, reason, tag, "a number too great"});
            }
            // None of ours is so long, and the views of those behind us would be empty.
            if (std::count(text.begin(), text.end(), '\x01') > fields_max) {
                constexpr int reason = FIX::SessionRejectReason_OTHER;
                return reject(message, {Verdict::Kind::reject, reason, 0,
                                        "more than " + std::to_string(fields_max) + " fields"});
            }
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

void Sessions::Session::process(const FIX::Message& message) {
    const std::string& type = type_of(message);
    const bool is_of_users = type.starts_with('U');
    if (!is_of_users && (!is_fix44_application(type) || is_supported_inbound(type))) {
        return fix_.next(message, FIX::UtcTimeStamp());
    }
    FIX::Message answer = unsupported_type(message);
    fix_.send(answer);
    store_.incrNextTargetMsgSeqNum();
}

void Sessions::Session::reject(const FIX::Message& message, const Verdict& verdict) {
    if (faults_ < fault_lines_max) {
        spdlog::warn("fix {}: message {} rejected: {} ({})", name(), number_of(message),
                     verdict.text, verdict.tag);
    }
    FIX::Message answer = reject_message(message, verdict);
    fix_.send(answer);
    const bool counts =
        number_of(message) == next_target() && type_of(message) != FIX::MsgType_SequenceReset;
    if (counts) store_.incrNextTargetMsgSeqNum();
}

void Sessions::Session::hold(const FIX::Message& message, const std::string& text) {
    const std::string& type = type_of(message);
    const bool again = has_flag(message.getHeader(), FIX::FIELD::PossDupFlag);
    // First its answer, then our own request, or both sides might wait for each other.
    if (type == FIX::MsgType_ResendRequest && !again) {
        if (const auto flaw = flaw_of(text)) {
            reject(message, with_flaw({Verdict::Kind::process}, *flaw));
        } else {
            fix_.next(message, FIX::UtcTimeStamp());
        }
    }
    if (channel_ == nullptr) return;
    if (!held_.keep(number_of(message), text)) {
        return logout("too many messages ahead of MsgSeqNum");
    }
    if (type == FIX::MsgType_Logout && !again) logout_ = {number_of(message), false, {}};
    if (held_.has(next_target())) return;  // nothing is missing below it: its turn is coming
    if (!held_.must_ask(next_target(), number_of(message), again)) return;
    FIX::Message request = resend_request(next_target());
    fix_.send(request);
}

void Sessions::Session::take_held() {
    for (int count = 0; count < held_a_turn && channel_ != nullptr; ++count) {
        const auto held = held_.take(next_target());
        if (!held) break;
        // These were answered when they came.
        const std::string_view type = find_field(*held, "35=").value_or("");
        if (type == FIX::MsgType_Logon || type == FIX::MsgType_ResendRequest) {
            store_.incrNextTargetMsgSeqNum();
        } else if (!receive_hot(*held)) {
            receive_slow(*held, true);
            break;
        }
    }
    if (channel_ != nullptr && held_.has(next_target())) note_taking();
    // It was not sent again, but filled with the gap.
    if (logout_.waits_at != 0 && next_target() > logout_.waits_at) logout("");
}

void Sessions::Session::end_faults() {
    if (faults_ > fault_lines_max) {
        spdlog::warn("fix {}: {} more messages were garbled or rejected", name(),
                     faults_ - fault_lines_max);
    }
    faults_ = 0;
}

void Sessions::Session::beat(TimePoint now) {
    if (channel_ == nullptr) return;
    note_unwritten();
    end_faults();
    if (heard_) fix_.next(sign_of_life(id_, next_target()), FIX::UtcTimeStamp());
    heard_ = false;
    fix_.next(FIX::UtcTimeStamp());
    if (logout_.waits_at != 0 || logout_.is_sent) end_overdue_logout(now);
}

void Sessions::Session::end_overdue_logout(TimePoint now) {
    if (logout_.until == TimePoint()) logout_.until = now + logout_patience;
    if (now < logout_.until) return;
    if (!logout_.is_sent) return logout("");  // what it leaves out is asked for at next logon
    spdlog::warn("fix {}: our Logout was not answered", name());
    fix_.disconnect();
}

LogonResult Sessions::Session::refuse(const std::string& reason, const std::string& address) {
    spdlog::warn("fix {}: logon from {} refused: {}", name(), address, reason);
    logout(reason);  // unless QuickFIX has said why and closed
    return LogonResult::refused;
}

OnDisconnect Sessions::Session::wish(const FIX::Message& logon) const {
    const bool is_told = logon.isSetField(tag::cancel_on_disconnect);
    const std::string by_settings = settings_.cancel_on_disconnect ? "Y" : "N";
    const std::string text = is_told ? logon.getField(tag::cancel_on_disconnect) : by_settings;
    if (text == "G") return OnDisconnect::cancel_all;
    return text == "Y" ? OnDisconnect::cancel_day : OnDisconnect::keep;
}

void Sessions::Session::take_resend(FIX::Message& request) {
    const int begin = whole_number(request, FIX::FIELD::BeginSeqNo);
    const int end = whole_number(request, FIX::FIELD::EndSeqNo);
    const int newest = store_.getNextSenderMsgSeqNum() - 1;
    if (begin < 1 || begin > newest) throw FIX::IncorrectTagValue(FIX::FIELD::BeginSeqNo);
    const int last = end == 0 || end > newest ? newest : end;
    if (last < begin) throw FIX::IncorrectTagValue(FIX::FIELD::EndSeqNo);

    const bool under_way = resend_.next != 0;
    resend_.next = under_way ? std::min(resend_.next, begin) : begin;
    resend_.last = std::max(resend_.last, last);
    note_resending();
    static constexpr int nothing = -1;
    request.setField(FIX::EndSeqNo(nothing));
    // Others that are at it have their turn, and who asks often has one.
    const bool is_alone = sessions_.resending_.size() == 1;
    if (is_alone && channel_->queued_bytes() < resend_low_water) continue_resend();
}

void Sessions::Session::continue_resend() {
    sessions_.write_stores(sessions_.unwritten_first_);
    if (!sessions_.failure_.empty()) return;
    if (!store_.write()) return sessions_.note_failure(*this);
    note_unwritten();
    if (resend_.held_from != 0) resend_.last = store_.getNextSenderMsgSeqNum() - 1;
    const int last = std::min(store_.last_within(resend_.next, resend_piece_bytes), resend_.last);
    std::vector<std::string> messages;
    store_.get(resend_.next, last, messages);
    const std::string_view now = sessions_.sending_time_.text(sessions_.utc_ns_);
    MessageView stored;
    int next = resend_.next;
    const auto fill_gap = [&](int end) {
        if (next < end) channel_->send(outgoing_.gap_fill(next, end, now));
    };
    for (const std::string& message : messages) {
        CARBONX_CHECK(stored.parse_begin(message));
        const auto number = static_cast<int>(OutgoingMessage::number_of(stored));
        const std::string_view type = stored.msg_type();
        // Of the session's own messages only a Reject is worth hearing again, and a sign of life
        // that was not sent yet.
        const bool is_sign_of_life =
            type == FIX::MsgType_Heartbeat || type == FIX::MsgType_TestRequest;
        const bool is_new =
            is_sign_of_life && resend_.held_from != 0 && number >= resend_.held_from;
        const bool is_again = type == FIX::MsgType_Reject || is_fix44_application(type);
        if (!is_new && !is_again) continue;
        fill_gap(number);
        channel_->send(is_new ? message : outgoing_.again(stored, now));
        next = number + 1;
    }
    fill_gap(last + 1);
    resend_.next = last + 1;
    if (resend_.held_from != 0) resend_.held_from = std::max(resend_.held_from, resend_.next);
    if (last == resend_.last) resend_ = {};
}

void Sessions::Session::send_stored(std::string_view message) {
    if (is_behind()) {
        const std::string_view msg_type = find_field(message, "35=").value_or("");
        if (msg_type != "5" && msg_type != "2") {
            const int number = store_.getNextSenderMsgSeqNum() - 1;
            if (resend_.next == 0) resend_.next = number;
            if (resend_.held_from == 0) resend_.held_from = number;
            note_resending();
            return;
        }
    }
    channel_->send(message);
}

bool Sessions::Session::send(const std::string& message) {
    if (channel_ == nullptr) return false;
    send_stored(message);
    return true;
}

void Sessions::Session::disconnect() {
    if (channel_ != nullptr) channel_->close();
    channel_ = nullptr;
}

// A rejection by QuickFIX or by process().
void Sessions::Session::toApp(FIX::Message&, const FIX::SessionID&) {
    static_cast<void>(note_fault());
}

void Sessions::Session::toAdmin(FIX::Message& message, const FIX::SessionID&) {
    if (type_of(message) == FIX::MsgType_Reject) static_cast<void>(note_fault());
}

void Sessions::Session::onLogon(const FIX::SessionID&) {
    logged_on_ = true;
    spdlog::info("fix {}: logged on, next numbers {} out, {} in", name(),
                 store_.getNextSenderMsgSeqNum(), store_.getNextTargetMsgSeqNum());
    handler_.on_logon(index_, on_disconnect_);
}

void Sessions::Session::onLogout(const FIX::SessionID&) {
    if (!logged_on_) return;
    logged_on_ = false;
    spdlog::info("fix {}: logged out, next numbers {} out, {} in", name(),
                 store_.getNextSenderMsgSeqNum(), store_.getNextTargetMsgSeqNum());
    handler_.on_logout(index_);
}

void Sessions::Session::fromAdmin(const FIX::Message& message, const FIX::SessionID&) {
    const std::string& msg_type = message.getHeader().getField(FIX::FIELD::MsgType);
    if (msg_type == FIX::MsgType_Logon) {
        on_disconnect_ = wish(message);
    } else if (msg_type == FIX::MsgType_ResendRequest) {
        take_resend(const_cast<FIX::Message&>(message));
    } else if (msg_type == FIX::MsgType_Reject && note_fault()) {
        spdlog::warn("fix {}: the client rejects: {}", name(),
                     without_passwords(message.toString()));
    }
}

void Sessions::Session::fromApp(const FIX::Message& message, const FIX::SessionID&) {
    const FIX::Header& header = message.getHeader();
    const std::string& msg_type = header.getField(FIX::FIELD::MsgType);
    if (!is_supported_inbound(msg_type)) throw FIX::UnsupportedMessageType();
    if (msg_type == FIX::MsgType_BusinessMessageReject) {
        if (note_fault()) {
            spdlog::warn("fix {}: the client rejects: {}", name(),
                         without_passwords(message.toString()));
        }
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

}  // namespace carbonx::gateway
