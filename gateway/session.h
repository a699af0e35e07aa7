// One FIX session: what its client said and was told, judged by QuickFIX and by session_rules.h.
//
// Threads: the gateway thread only.
// Always: what is sent is stored first; a resend goes out in pieces, and meanwhile nothing live.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "gateway/held_messages.h"
#include "gateway/quickfix.h"
#include "gateway/session_log.h"
#include "gateway/session_rules.h"
#include "gateway/sessions.h"
#include "gateway/store.h"

namespace carbonx::gateway {

// QuickFIX calls it by the private bases; `fix_` comes last among the members, because its
// constructor and destructor already do.
class Sessions::Session final : private FIX::Application,
                                private FIX::Responder,
                                private FIX::MessageStoreFactory {
public:
    Session(Sessions& sessions, SessionIndex index, const SessionSettings& settings,
            const std::filesystem::path& directory, const FIX::DataDictionaryProvider& provider,
            SessionHandler& handler, Start start, const DiskCalls& calls);
    const SessionSettings& settings() const { return settings_; }
    const SessionStore& store() const { return store_; }
    SessionStore& store() { return store_; }
    bool is_logged_on() const { return logged_on_; }

    void change(const SessionSettings& settings);
    void remove() { removed_ = true; }
    bool is_removed() const { return removed_; }
    bool is_connected() const { return channel_ != nullptr; }
    const std::string& address() const { return address_; }
    std::size_t queued_bytes() const { return channel_ != nullptr ? channel_->queued_bytes() : 0; }
    // Requires: connected.
    bool is_behind() const { return resend_.next != 0 || channel_->is_behind(); }

    void send(const MessageWriter& message, uint64_t report_key, const Sending& how);

    // False: the store failed.
    bool write_store();
    void begin_day(uint32_t trading_day);
    void logout(const std::string& text);
    void begin_logout(const std::string& text);
    // Once a second, while it is connected.
    void beat(TimePoint now);
    // The next piece of a resend. False: none is under way any more.
    bool resend_more(std::size_t& work);
    // The next of what was held. False: there is none whose turn it is.
    bool take_more();

    // Requires: the client is who it says.
    LogonResult connect(const std::string& logon, const std::string& address, Channel& channel);
    bool receive(std::string_view message);  // false: it went through QuickFIX
    void disconnected();
    void abandon() { channel_ = nullptr; }

private:
    // What a client asked for again, or is too far behind to be sent, and has not got yet.
    // Meanwhile live messages are stored but not sent: they follow in turn as resends, so that the
    // client never sees a number out of order.
    struct Resend {
        int next = 0;  // 0: none under way
        int last = 0;
        int held_from =
            0;  // the first that was never sent; 0: none is, else it goes on to the newest
    };

    struct LogoutUnderWay {
        int waits_at = 0;      // the number of the client's, above a gap; 0 for none
        bool is_sent = false;  // ours, which the client has not answered
        TimePoint until{};     // set by the next beat
    };
    static constexpr uint32_t faults_max = 1'000;    // in a second
    static constexpr uint32_t fault_lines_max = 10;  // of the log, in a second

    static FIX::TimeRange always();
    void note_unwritten();
    void note_resending();
    void note_taking();
    // What is thrown within is the client's fault, or the end of its connection.
    template <class Work>
    void guard(Work work);
    int next_target() const { return store_.getNextTargetMsgSeqNum(); }
    Expected expected() const;

    const FIX::DataDictionary& dictionary() const {
        return fix_.getDataDictionaryProvider().getSessionDataDictionary(id_.getBeginString());
    }
    // Throws FIX::InvalidMessage if it is garbled.
    FIX::Message parsed(const std::string& text);

    // What is wanted again, or comes out of turn, is not for here.
    bool receive_hot(std::string_view message);
    void receive_slow(const std::string& text, bool was_held);
    void process(const FIX::Message& message);
    void reject(const FIX::Message& message, const Verdict& verdict);

    // Its turn comes when the gap below it is filled.
    void hold(const FIX::Message& message, const std::string& text);
    // Some of them: one that takes long is all of a turn, as in the transport.
    void take_held();

    // One more message that is not as it should be. Whether the log may have a line about it.
    bool note_fault() { return ++faults_ <= fault_lines_max; }
    void end_faults();
    void end_overdue_logout(TimePoint now);
    const std::string& name() const { return settings_.target_comp_id; }

    LogonResult refuse(const std::string& reason, const std::string& address);
    OnDisconnect wish(const FIX::Message& logon) const;

    // QuickFIX judges the request, and is then left nothing to send: what is wanted goes out from
    // here, piece by piece and as it was. A request during a resend widens it: nothing is
    // forgotten, and asking often costs little.
    void take_resend(FIX::Message& request);
    void continue_resend();

    // The last message that was stored.
    void send_stored(std::string_view message);

    // FIX::Responder.
    bool send(const std::string& message) override;
    void disconnect() override;

    // FIX::Application.
    void onCreate(const FIX::SessionID&) override {}
    void toAdmin(FIX::Message& message, const FIX::SessionID&) override;
    void toApp(FIX::Message&, const FIX::SessionID&) override;

    void onLogon(const FIX::SessionID&) override;
    void onLogout(const FIX::SessionID&) override;
    void fromAdmin(const FIX::Message& message, const FIX::SessionID&) override;
    void fromApp(const FIX::Message& message, const FIX::SessionID&) override;

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
    uint64_t logon_number_ = 0;  // of the last Logon
    OnDisconnect on_disconnect_ = OnDisconnect::keep;
    HeldMessages held_;
    LogoutUnderWay logout_;
    bool heard_ = false;   // anything at all from the client since the last beat
    uint32_t faults_ = 0;  // messages since then that were garbled or rejected
    Resend resend_;
    bool is_unwritten_ = false;  // among sessions_.unwritten_
    bool is_resending_ = false;  // among sessions_.resending_
    bool is_taking_ = false;     // among sessions_.taking_
    MessageView incoming_;
    FIX::Session fix_;
};

}  // namespace carbonx::gateway
