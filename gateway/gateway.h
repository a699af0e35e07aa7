// The gateway, assembled: brokers' FIX sessions on one side, the exchange's ring and event log on
// the other.
//
// At start it reads every event since the first and so knows every order; what its sessions' stores
// say was reported is not reported again. Only then does it let brokers in. After a power cut the
// stores may be behind what brokers have: reports that they lack are sent again, with PossResend.
//
// Threads: one, which steps it with poll().
// Always: it holds no truth of the market; killed at any instruction and started again, each report
// is sent once and in order, and no order is entered twice.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/settings.h"
#include "gateway/directory.h"
#include "gateway/disabled.h"
#include "gateway/exchange_link.h"
#include "gateway/holding_changes.h"
#include "gateway/inbound.h"
#include "gateway/network.h"
#include "gateway/news.h"
#include "gateway/orders.h"
#include "gateway/outbound.h"
#include "gateway/password_tries.h"
#include "gateway/schedule.h"
#include "gateway/security_status.h"
#include "gateway/session_status.h"
#include "gateway/sessions.h"
#include "gateway/throttle.h"
#include "gateway/trade_history.h"
#include "gateway/uptime.h"
#include "gateway/waiting.h"

namespace carbonx::gateway {

inline std::filesystem::path sessions_directory(const Settings& settings) {
    return settings.data_directory / "sessions";
}

// TCP, as the settings say. Throws std::runtime_error.
std::unique_ptr<Network> listen(const GatewaySettings& settings, Sessions& sessions);

std::vector<SessionSettings> session_settings(const GatewaySettings& settings);

class Gateway final : private SessionHandler, private ReportSink {
public:
    // Opens the sessions' stores and the port, and lets nobody in yet. Throws std::runtime_error.
    explicit Gateway(const Settings& settings, const MakeNetwork& make_network = listen,
                     const DiskCalls& calls = {});
    ~Gateway() override;

    // Does what there is to do and returns how much. monotonic_ns as the engine's heartbeat, utc_ns
    // since 1970. Throws std::runtime_error when it cannot go on: a store that fails, another
    // venue.
    std::size_t poll(uint64_t monotonic_ns, uint64_t utc_ns);
    // Logs everyone out, with this text, and lets nobody in any more.
    void stop(const std::string& text);
    // Whether the exchange has answered all that brokers sent, and the answers are stored.
    bool is_settled();
    // Makes that durable, so that the machine may be switched off. Requires: stop() was called, and
    // is_settled() said so after it. The gateway is not used again.
    void close();

    bool is_open() const { return open_; }  // brokers are let in
    // What it waits for while it is not open, for the log.
    std::string obstacle() const;
    bool has_engine() const { return link_.is_attached(); }
    uint16_t port() const { return network_->port(); }

    // What operators ask, between two polls. Each throws std::runtime_error with a sentence for
    // them, and then nothing has changed.
    std::vector<SessionStatus> sessions() const;
    // It is logged out and not let in until it is enabled, over restarts too.
    void disable(const std::string& comp_id, const std::string& reason);
    void enable(const std::string& comp_id);
    void log_out(const std::string& comp_id, const std::string& reason);
    // Both its sequences begin at 1.
    void reset(const std::string& comp_id);
    // As News, to one that is logged on, or with an empty CompID to all; how many were told.
    std::size_t notify(const std::string& comp_id, const Notice& notice);
    // Takes what may change while it runs; tells what has changed, a line each.
    std::vector<std::string> reload(const Settings& fresh);

private:
    // One FIX session of the settings.
    struct Client {
        std::string comp_id;
        std::unique_ptr<WaitingMessages> waiting;
        SessionId id{};  // 0 until the exchange lists it for this gateway
        bool connected = false;
        OnDisconnect on_disconnect = OnDisconnect::keep;
        StatusSubscriptions followed;   // counters
        std::string phase_request;      // TradSesReqID of its subscription, empty for none
        int taken = 0;                  // every message below was done when read_until_ was set
        bool is_unsettled = false;      // among unsettled_
        bool settle_due = false;        // a trading day has begun
        bool query_pending = false;     // AN, BB or AF, and the exchange has not answered
        bool query_subscribes = false;  // that one, to changes
        std::optional<TradeHistory::Answer> trades;  // what AD asked for is being told
        bool is_drop_copy = false;
        Throttle throttle;
        Throttle* firm_throttle = nullptr;  // of all sessions of its participant, while id is set
        uint32_t throttled = 0;             // messages refused in the second that began then
        uint64_t throttled_since_ns = 0;
        Visit visit;
        uint64_t refused_count = 0;     // messages, by the gateway itself
        uint64_t throttled_count = 0;   // of them for coming too fast
        bool removed = false;           // from the settings
        bool password_pending = false;  // BE, and it is being hashed
        PasswordTries password_tries;
    };
    // Who is told of a session's orders.
    struct Audience {
        ParticipantId participant{};
        std::optional<SessionIndex> owner;  // none: another gateway's
        std::vector<SessionIndex> copies;   // drop copies of its firm
    };

    // SessionHandler.
    std::string reason_to_refuse(SessionIndex session) override;
    void on_logon(SessionIndex session, OnDisconnect wish) override;
    void on_logout(SessionIndex session) override;
    void expect(SessionIndex session, const MessageView& message) override;
    void on_message(SessionIndex session, const MessageView& message,
                    const Arrival& arrival) override;

    // ReportSink.
    bool is_followed(SessionId session) const override;
    bool is_due(SessionId session, uint64_t report_key) const override;
    void send(SessionId session, const MessageWriter& message, uint64_t report_key) override;
    void on_query_answered(const AccountState& answer) override;
    void on_query_refused(const Rejected& refusal) override;
    void on_orders_told(SessionId session, std::size_t count) override;

    // The schedule, and who may log on (gateway_schedule.cpp).
    void keep_schedule();
    void keep_closed();
    void keep_reset();
    // False: its messages must be answered first.
    bool reset_for_today(SessionIndex session);
    void begin_anew(SessionIndex session);
    std::string reason_to_stay_out(SessionIndex session) const;

    // What operators ask (gateway_operations.cpp).
    SessionIndex session_of(const std::string& comp_id) const;
    std::string state_of(SessionIndex session) const;
    Client make_client(const FixSessionSettings& session, Start start) const;
    // The settings, read again (gateway_reload.cpp).
    void add_sessions(const GatewaySettings& next, std::vector<std::string>& told);
    void change_sessions(const std::vector<FixSessionSettings>& listed,
                         std::vector<std::string>& told);
    void change_throttles(const ThrottleSettings& settings);
    void change_schedule(const ScheduleSettings& settings);

    void check_venue();
    void stop_if_failed() const;
    std::size_t read_events();
    void note_session(SessionId id);
    void begin_day(SessionIndex session);
    void note_first_day(SessionIndex session);
    void begin();
    void check_reports() const;
    void log_out_all(const std::string& text);
    void note_taken();
    void settle();
    void note_unsettled(SessionIndex session);
    void follow_sessions();
    bool push_session(Client& client);
    // What has waited (gateway_waiting.cpp).
    std::size_t serve_waiting();
    // Requires: waiting_ holds it.
    bool handle_waiting(SessionIndex session, const Arrival& arrival);
    // False: the message must wait.
    bool handle(SessionIndex session, const MessageView& message, const Arrival& arrival);
    void enter(Client& client, const MessageView& message, const Translation& translation);
    // Sends what answer_ holds: it has no event, so no key.
    void answer(SessionIndex session);
    void answer_status(SessionIndex session, const MessageView& request, OrderId order);
    void refuse(SessionIndex session, const MessageView& request, const Refusal& refusal);
    // BusinessMessageReject j; reason: 380.
    void reject(SessionIndex session, const MessageView& request, int reason,
                std::string_view text);
    // What is asked about the market (gateway_market.cpp).
    static bool is_about_market(std::string_view type);
    void answer_market(SessionIndex session, const MessageView& request);
    void answer_security_list(SessionIndex session, const MessageView& request);
    void answer_definition(SessionIndex session, const MessageView& request);
    void answer_state(SessionIndex session, const MessageView& request);
    void answer_phase(SessionIndex session, const MessageView& request);
    void on_phase(const PhaseChanged& event);
    void on_counter(const EventHead& event);
    void tell_state(SessionIndex session, CounterId counter, uint64_t time_ns);
    std::size_t tell_states();
    // Holdings, cash and trade history (gateway_queries.cpp).
    Client* asking(SessionId session);
    void answer_trades(SessionIndex session, const MessageView& request);
    std::size_t tell_trades();
    // How much they may send (gateway_throttle.cpp).
    // False: the session, or its firm, sends too much.
    bool admit(SessionIndex session, bool is_cancel);
    void log_out_abusers();
    // Throws Refusal while what the session was answered with is not paid.
    void check_debt(Client& client);
    // Who they are (gateway_users.cpp).
    void change_password(SessionIndex session, const MessageView& request, const Arrival& arrival);
    void on_password(SessionIndex session, const std::string& request_id, bool changed);
    // status: UserStatus (926).
    void answer_user(SessionIndex session, std::string_view request_id, int status,
                     std::string_view text);
    void ask_for_changes();
    Stamp stamp();  // of what has no event

    Settings settings_;  // its sessions by SessionIndex, those that were removed among them
    const DiskCalls calls_;
    Uptime uptime_;
    uint64_t monotonic_ns_ = 0;
    uint64_t utc_ns_ = 0;
    uint64_t last_stamp_ = 0;
    bool venue_checked_ = false;
    bool open_ = false;
    bool stopping_ = false;
    uint32_t trading_day_ = 0;
    bool perhaps_reported_;  // events that are read now; the stores may have lost their reports
    uint64_t read_until_ =
        0;  // place in the event log that must be reached to be caught up; 0 not known
    bool caught_up_ = false;  // nothing more to read, and the engine has read all that we pushed
    Schedule schedule_;
    uint64_t schedule_minute_ = 0;  // that it was kept for last
    uint32_t reset_day_ = 0;        // of the schedule
    bool reset_under_way_ = false;
    MessageWriter answer_;  // the one that is being made
    MessageView waiting_;   // the first of a session's waiting messages
    ExchangeLink link_;
    Directory directory_;
    Orders orders_;
    Inbound inbound_;
    Outbound outbound_;
    HoldingChanges changes_;
    TradeHistory trades_;
    const std::shared_ptr<const void> alive_ = std::make_shared<char>();
    std::deque<SessionIndex> telling_trades_;  // those with `trades`, in turn
    std::vector<Client> clients_;              // by SessionIndex
    // A poll costs nothing for the others.
    std::vector<SessionIndex> with_waiting_;  // messages
    std::vector<SessionIndex> unsettled_;     // what they sent is not noted as taken
    std::vector<SessionIndex> abusers_;       // refused too often within a second
    bool may_differ_ = false;                 // what the exchange takes for connected, and what is
    bool states_due_ = false;                 // of some that follow counters
    std::vector<Audience> audiences_;         // by SessionId
    std::map<ParticipantId, Throttle> firm_throttles_;
    bool has_drop_copies_ = false;
    Sessions sessions_;
    DisabledSessions disabled_;
    const std::unique_ptr<Network> network_;
};

}  // namespace carbonx::gateway
