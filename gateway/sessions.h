// The FIX sessions of the venue: who may log on, what was said, what is still to be said again.
//
// QuickFIX keeps the rules of the session layer; here are the passwords, the store, and the border
// to the rest of the gateway. Bytes come from and go to a Channel, which the transport implements.
// Orders that are in order in every respect (hot_path.h) and all that we tell go round QuickFIX,
// which costs thirty times as much.
//
// Threads: the gateway thread only, all of it.
// Always: a client whose password is not known to be right changes nothing and learns nothing; an
// application message is numbered and stored once, whether or not the client is there to hear it;
// nothing waits for a client, and a resend of any length takes bounded memory.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/message_view.h"
#include "gateway/message_writer.h"
#include "gateway/outgoing_message.h"
#include "gateway/passwords.h"
#include "gateway/uptime.h"

namespace carbonx::gateway {

using SessionIndex = uint32_t;  // the place of a session in the settings
using TimePoint = std::chrono::steady_clock::time_point;

// What becomes of a client's orders when it is gone.
enum class OnDisconnect : uint8_t { keep, cancel_day, cancel_all };

struct SessionSettings {
    std::string sender_comp_id = "CARBONX";      // ours
    std::string target_comp_id;                  // the client's: letters, digits, '.', '_', '-'
    std::string password_hash;                   // of 554: see engine/api/password.h
    std::vector<std::string> certificates;       // see engine/api/certificate.h
    std::vector<std::string> allowed_addresses;  // see engine/api/address.h; empty: any
    int heartbeat_s_min = 5;                     // bounds of 108
    int heartbeat_s_max = 60;
    bool cancel_on_disconnect = false;  // when the Logon does not say (5001)
    bool reset_accepted = false;        // Logon with 141=Y
    bool is_stored_first = false;       // a drop copy: its store is written before what it copies
};

// A client's connection. Calls never block and never call back.
class Channel {
public:
    virtual ~Channel() = default;
    virtual void send(std::string_view bytes) = 0;
    virtual void close() = 0;  // after what is queued; the channel is not used again
    virtual std::size_t queued_bytes() const = 0;
    // So much is queued that what comes now had better wait in the store.
    virtual bool is_behind() const = 0;
};

// The gateway's side. Any of these may call Sessions::send.
class SessionHandler {
public:
    virtual ~SessionHandler() = default;
    // Asked after a Logon's password was found right: the text of the Logout that refuses it all
    // the same; empty: let in.
    virtual std::string reason_to_refuse(SessionIndex) { return ""; }
    virtual void on_logon(SessionIndex session, OnDisconnect wish) = 0;
    virtual void on_logout(SessionIndex session) = 0;  // by Logout, loss of TCP or of heartbeats
    // Perhaps on_message() comes with this one in a moment: what it needs may be fetched.
    virtual void expect(SessionIndex, const MessageView&) {}
    // A message of a supported type, in sequence, with no unknown field. What is thrown
    // disconnects, and the client's resend brings the message again.
    virtual void on_message(SessionIndex session, const MessageView& message,
                            const Arrival& arrival) = 0;
};

// Who is at the other end of a connection, as far as the network knows.
struct Peer {
    std::string address;
    std::optional<bool> password_right = {};  // as Passwords::check told; else it is asked now
    std::string certificate = {};  // the fingerprint of the one it has shown, by TLS; or empty
};

// What became of a first message. Only `accepted` and `refused` touch a session: to the client the
// others are all the same, so that it learns nothing of who is known.
enum class LogonResult {
    accepted,
    refused,      // the client is who it says: answered by a Logout that says why
    not_a_logon,  // from here on: closed without an answer
    unknown_session,
    address_not_allowed,
    wrong_certificate,  // or none
    wrong_password,
    already_connected,
};

class Sessions {
public:
    // Opens every session's store below `directory`; each gateway has a passwords_file of its own
    // there. Throws std::runtime_error on bad settings or
    // a store that cannot be used.
    Sessions(const std::vector<SessionSettings>& settings, const std::filesystem::path& directory,
             SessionHandler& handler, Start start = Start::goes_on, const DiskCalls& calls = {},
             const std::string& passwords_file = "passwords");
    ~Sessions();
    Sessions(const Sessions&) = delete;
    Sessions& operator=(const Sessions&) = delete;

    std::size_t size() const { return sessions_.size(); }
    std::optional<SessionIndex> find(std::string_view target_comp_id) const;
    bool is_logged_on(SessionIndex session) const;

    // The time of what is sent from now on, ns since 1970.
    void set_time(uint64_t utc_ns) { utc_ns_ = utc_ns; }
    // Numbers, stores and sends an application message; without a client it waits in the store for
    // a resend. report_key: event sequence * 2 + side, or 0 for a message without an event.
    void send(SessionIndex session, const MessageWriter& message, uint64_t report_key,
              const Sending& how = {});
    // Writes what was sent into the stores. False: one has failed, so none of it may leave, and the
    // gateway must stop. The network calls it before bytes go out.
    bool write_stores();
    // Which store failed, and why; empty while none did.
    const std::string& failure() const { return failure_; }
    // The largest report key that was ever stored: events up to it need no report again.
    uint64_t last_report_key(SessionIndex session) const;
    int next_sender_number(SessionIndex session) const;
    int next_target_number(SessionIndex session) const;

    // Of the session's store: see SessionStore.
    uint64_t doubtful_below(SessionIndex session) const;
    // What the client resends is doubtful then: all of it, or what is below its last Logon.
    void begin_day(SessionIndex session, uint32_t trading_day);
    uint32_t trading_day(SessionIndex session) const;
    void note_day(SessionIndex session, uint32_t trading_day);
    int settled_target(SessionIndex session) const;
    void settle(SessionIndex session, int next_target);
    // Every store has everything on disk. Requires: nothing is sent any more.
    void stop();

    // Sends a Logout with the text, and closes.
    void logout(SessionIndex session, const std::string& text);
    // Sends a Logout with the text, and closes when the client has answered it, or after ten
    // seconds. Until then what it sends is taken as ever.
    void begin_logout(SessionIndex session, const std::string& text);

    // What changes while it runs. Places are kept: a session that is removed keeps its own, and its
    // store, but is a stranger to whoever would log on as it, until it is changed again.
    //
    // At the end of the list, all of them or none. Throws std::runtime_error. Requires: validate()
    // has found each right, and none is there.
    void add(const std::vector<SessionSettings>& settings);
    // From the next Logon on.
    void change(SessionIndex session, const SessionSettings& settings);
    void remove(SessionIndex session, const std::string& text);
    // See SessionStore. begin_anew requires: not connected.
    void begin_anew(SessionIndex session, uint32_t day);
    void skip_reset(SessionIndex session, uint32_t day);
    uint32_t reset_day(SessionIndex session) const;

    bool is_connected(SessionIndex session) const;
    const std::string& address(SessionIndex session) const;  // of the last connection, or empty
    std::size_t queued_bytes(SessionIndex session) const;    // not yet in the kernel
    // It has so much to read that what is sent now waits in its store.
    bool is_behind(SessionIndex session) const;

    Passwords& passwords() { return passwords_; }

    // Heartbeats once a second, the next piece of a resend under way, the next of the messages that
    // were held for each session, passwords checked.
    std::size_t poll(TimePoint now);

    // Whether the certificate alone shows that the client is that session's, so that no password is
    // to be checked.
    bool is_enough(std::string_view target_comp_id, const std::string& certificate) const;
    // For the transport. connect: the first message of a connection; if accepted, `session` is set
    // and the channel is in use until close() or disconnected().
    LogonResult connect(const std::string& logon, const Peer& peer, Channel& channel,
                        SessionIndex& session);
    // False: it took long, so others should have their turn.
    bool receive(SessionIndex session, std::string_view message);
    void disconnected(SessionIndex session);
    // Like disconnected, without telling anyone: the process is stopping.
    void abandon(SessionIndex session);

private:
    class Session;  // one of them; session.h

    Session& at(SessionIndex session) const;
    void list_password(const SessionSettings& settings);
    void note_failure(const Session& session);
    void beat(TimePoint now);
    std::size_t resend_some();
    std::size_t take_held();
    void write_stores(std::vector<Session*>& behind);

    const std::filesystem::path directory_;
    SessionHandler& handler_;
    const DiskCalls calls_;
    Passwords passwords_;
    std::vector<std::unique_ptr<Session>> sessions_;
    // Those whose stores are behind.
    std::vector<Session*> unwritten_first_;
    std::vector<Session*> unwritten_;
    std::deque<Session*> resending_;  // in turn
    std::vector<Session*> taking_;    // what they held
    std::string failure_;
    uint64_t utc_ns_ = 0;
    Timestamp sending_time_;
    TimePoint beats_begun_{};  // of this second; they are spread over it
    std::size_t beaten_ = 0;   // sessions that had theirs
};

}  // namespace carbonx::gateway
