#include "gateway/gateway.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "engine/api/check.h"
#include "gateway/account_messages.h"
#include "gateway/quickfix.h"
#include "gateway/reject_codes.h"
#include "gateway/tls.h"
#include "gateway/transport.h"

namespace carbonx::gateway {
namespace {

constexpr std::size_t events_a_poll = 4096;
constexpr std::size_t waiting_max = 10'000;  // messages of one session
constexpr std::size_t waiting_bytes_max = 4 << 20;
// A session's messages between two syncs: so many may come again after a power cut.
constexpr int messages_unsettled_max = 16'384;

}  // namespace

std::vector<SessionSettings> session_settings(const GatewaySettings& settings) {
    std::vector<SessionSettings> sessions;
    for (const FixSessionSettings& one : settings.sessions) {
        SessionSettings session;
        session.sender_comp_id = settings.comp_id;
        session.target_comp_id = one.comp_id;
        session.password_hash = one.password_hash;
        session.certificates = one.certificates;
        session.allowed_addresses = one.allowed_addresses;
        session.heartbeat_s_min = static_cast<int>(settings.heartbeat_min_s);
        session.heartbeat_s_max = static_cast<int>(settings.heartbeat_max_s);
        session.cancel_on_disconnect = one.cancel_on_disconnect;
        session.reset_accepted = one.reset_on_logon;
        session.is_stored_first = one.role == SessionRole::drop_copy;
        sessions.push_back(std::move(session));
    }
    return sessions;
}

namespace {

bool is_account_query(const MessageView& message) {
    const std::string_view type = message.msg_type();
    return type == FIX::MsgType_RequestForPositions || type == FIX::MsgType_CollateralInquiry;
}

bool is_answered_by_many(const MessageView& message) {
    return is_account_query(message) || message.msg_type() == FIX::MsgType_OrderMassStatusRequest;
}

bool is_cancel(const MessageView& message) {
    const std::string_view type = message.msg_type();
    return type == FIX::MsgType_OrderCancelRequest || type == FIX::MsgType_OrderMassCancelRequest;
}

// Of this gateway, beside those of others.
std::string own_file(const Settings& settings, const char* ending) {
    return "gateway-" + std::to_string(settings.gateway.number) + ending;
}

Source source_of(const Settings& settings) {
    return static_cast<Source>(index(Source::gateway) + settings.gateway.number - 1);
}

}  // namespace

std::unique_ptr<Network> listen(const GatewaySettings& settings, Sessions& sessions) {
    TransportSettings transport;
    transport.address = settings.listen.address;
    transport.port = settings.listen.port;
    if (settings.tls) {
        transport.tls_address = settings.tls->listen.address;
        transport.tls_port = settings.tls->listen.port;
        transport.tls = std::make_shared<TlsContext>(*settings.tls);
    }
    transport.connections_max = settings.connections_max;
    transport.connections_per_address_max = settings.connections_per_address_max;
    transport.logon_timeout = std::chrono::milliseconds(settings.logon_timeout_ms);
    transport.output_bytes_max = std::size_t{settings.output_queue_kib} * 1024;
    return std::make_unique<Transport>(transport, sessions);
}

Gateway::Gateway(const Settings& settings, const MakeNetwork& make_network, const DiskCalls& calls)
    : settings_(settings),
      calls_(calls),
      uptime_(settings, calls),
      perhaps_reported_(uptime_.start() == Start::after_power_cut),
      schedule_(settings.gateway.schedule, settings.utc_offset_minutes),
      link_(settings_),
      inbound_(directory_, orders_),
      outbound_(directory_, orders_, *this),
      changes_(directory_, orders_),
      trades_(directory_, orders_, outbound_.reports()),
      clients_(settings.gateway.sessions.size()),
      sessions_(session_settings(settings.gateway), sessions_directory(settings), *this,
                uptime_.start(), calls, own_file(settings, ".passwords")),
      disabled_(sessions_directory(settings) / own_file(settings, ".disabled"), calls),
      network_(make_network(settings_.gateway, sessions_)) {
    for (std::size_t i = 0; i < clients_.size(); ++i) {
        const FixSessionSettings& session = settings.gateway.sessions[i];
        clients_[i] = make_client(session, uptime_.start());
        if (!clients_[i].waiting->empty()) with_waiting_.push_back(static_cast<SessionIndex>(i));
        has_drop_copies_ = has_drop_copies_ || clients_[i].is_drop_copy;
    }
    if (perhaps_reported_) {
        spdlog::warn(
            "the machine went down while the gateway ran: what its sessions' stores have "
            "lost is reported again from the event log (97=Y)");
    } else if (uptime_.start() == Start::after_stop) {
        uptime_.begin();
    }
}

Gateway::~Gateway() = default;

Gateway::Client Gateway::make_client(const FixSessionSettings& session, Start start) const {
    Client client;
    client.comp_id = session.comp_id;
    client.is_drop_copy = session.role == SessionRole::drop_copy;
    client.throttle = Throttle(settings_.gateway.throttle.session);
    client.waiting = std::make_unique<WaitingMessages>(
        sessions_directory(settings_) / (session.comp_id + ".waiting"), start, calls_);
    return client;
}

std::size_t Gateway::poll(uint64_t monotonic_ns, uint64_t utc_ns) {
    monotonic_ns_ = monotonic_ns;
    utc_ns_ = utc_ns;
    sessions_.set_time(utc_ns);
    keep_schedule();
    link_.poll(monotonic_ns);
    if (!link_.is_attached()) return 0;
    link_.heartbeat(monotonic_ns);
    if (!venue_checked_) check_venue();
    if (link_.take_ring_replaced()) {
        spdlog::error("the engine has a new ring: requests in the old one may be lost");
        log_out_all("the exchange has restarted: ask for the status of what was not answered");
        orders_.forget_requests();
        for (Client& client : clients_) client.query_pending = false;
        open_ = false;
    }
    std::size_t work = read_events();
    stop_if_failed();
    if (!open_ && caught_up_) begin();
    if (open_) {
        if (caught_up_) settle();
        if (caught_up_) follow_sessions();
        ask_for_changes();
        work += serve_waiting() + tell_trades() + tell_states();
        if (!stopping_) work += network_->poll(TimePoint(std::chrono::nanoseconds(monotonic_ns)));
        log_out_abusers();
    }
    sessions_.write_stores();
    stop_if_failed();
    return work;
}

void Gateway::stop_if_failed() const {
    const std::string& failure = sessions_.failure();
    if (failure.empty()) return;
    throw std::runtime_error("stopped: " + failure + ": see to the cause, then start again");
}

// The stores' report keys are places in one venue's event log, and mean nothing in another's.
void Gateway::check_venue() {
    const std::filesystem::path file = sessions_directory(settings_) / "venue";
    const std::string venue = std::to_string(link_.events().venue());
    std::string stored;
    std::ifstream(file) >> stored;
    if (stored.empty()) replace_file(calls_, file, venue + "\n");
    if (!stored.empty() && stored != venue) {
        throw std::runtime_error(sessions_directory(settings_).string() +
                                 " holds the FIX sessions of another venue: move it away");
    }
    venue_checked_ = true;
}

std::string Gateway::obstacle() const {
    if (open_) return "";
    if (!link_.is_attached()) return "the engine is not there (" + link_.obstacle() + ")";
    return "the engine has not yet taken all that this gateway sent it, or its events are being "
           "read";
}

void Gateway::log_out_all(const std::string& text) {
    for (SessionIndex i = 0; i < clients_.size(); ++i) sessions_.logout(i, text);
    network_->flush();
}

std::size_t Gateway::read_events() {
    // All that was pushed is in the window of the engine that took it: read up to there. A window
    // that is being replaced lacks what a restarted engine has just taken.
    if (read_until_ == 0 && link_.is_drained() && (open_ || link_.events().is_current())) {
        read_until_ = link_.events().published();
        note_taken();
    }
    caught_up_ = false;
    for (std::size_t count = 0; count < events_a_poll; ++count) {
        const EventHead* event = link_.events().next();
        if (event == nullptr) {
            outbound_.on_idle();
            caught_up_ = read_until_ != 0 && link_.events().position() >= read_until_;
            if (caught_up_) read_until_ = 0;
            return count;
        }
        outbound_.on_event(link_.events().sequence(), *event);
        if (event->type == EventType::session_listed) {
            note_session(as_event<SessionListed>(*event).id);
        }
        changes_.on_event(*event);
        trades_.on_event(link_.events().sequence(), *event);
        if (event->type == EventType::session_changed) may_differ_ = true;
        if (event->type == EventType::phase_changed) on_phase(as_event<PhaseChanged>(*event));
        const bool is_of_counter =
            event->type == EventType::counter_halted || event->type == EventType::counter_resumed;
        if (is_of_counter) on_counter(*event);
    }
    return events_a_poll;
}

void Gateway::note_session(SessionId id) {
    const ListedSession* listed = directory_.session(id);
    if (listed == nullptr) return;
    const ParticipantId participant = listed->participant;
    if (audiences_.size() <= index(id)) audiences_.resize(index(id) + 1);
    Audience& audience = audiences_[index(id)];
    audience.participant = participant;
    audience.copies.clear();
    for (SessionIndex i = 0; i < clients_.size(); ++i) {
        const Client& client = clients_[i];
        const bool is_copy = client.is_drop_copy && client.id != SessionId{} &&
                             audiences_[index(client.id)].participant == participant;
        if (is_copy) audience.copies.push_back(i);
    }

    const auto session = sessions_.find(listed->name.view());
    if (!session || listed->source != source_of(settings_)) return;
    Client& client = clients_[*session];
    client.id = id;
    may_differ_ = true;
    audience.owner = *session;
    client.firm_throttle =
        &firm_throttles_.try_emplace(participant, settings_.gateway.throttle.firm).first->second;
    if (!client.is_drop_copy) return;
    for (Audience& other : audiences_) {
        if (other.participant == participant) other.copies.push_back(*session);
    }
}

void Gateway::begin() {
    check_reports();
    if (perhaps_reported_) {
        // Killed from here on, the next start takes the stores for whole: with what is reported
        // again (97=Y) in them.
        if (!sessions_.write_stores()) stop_if_failed();
        uptime_.begin();
    }
    perhaps_reported_ = false;
    for (SessionIndex i = 0; i < clients_.size(); ++i) note_first_day(i);
    may_differ_ = true;
    open_ = true;
    spdlog::info("open for brokers on port {}: {} events read", port(),
                 link_.events().position() - 1);
}

// From here on a day that begins is another one for the session.
void Gateway::note_first_day(SessionIndex session) {
    constexpr uint32_t before_the_first = 1;
    if (sessions_.trading_day(session) != 0) return;
    sessions_.note_day(session, std::max(trading_day_, before_the_first));
}

// What was reported must have happened: after a power cut an engine that keeps its journal in
// memory only, or was given an older directory, would give the same numbers to other events, and
// those would never be reported.
void Gateway::check_reports() const {
    const uint64_t end = link_.events().position();
    for (SessionIndex i = 0; i < clients_.size(); ++i) {
        const uint64_t reported = sessions_.last_report_key(i) / 2;
        if (reported < end) continue;
        throw std::runtime_error(
            "the engine has lost events: " + clients_[i].comp_id + " was told of event " +
            std::to_string(reported) + ", and its log ends at " + std::to_string(end - 1) +
            "; restore the whole data directory, or move " +
            sessions_directory(settings_).string() + " away and have brokers begin at 1");
    }
}

// What clients have sent by now was read by the engine, or waits.
void Gateway::note_taken() {
    for (const SessionIndex i : unsettled_) {
        const WaitingMessages& waiting = *clients_[i].waiting;
        clients_[i].taken = waiting.empty() ? sessions_.next_target_number(i)
                                            : static_cast<int>(waiting.front().arrival.msg_seq_num);
    }
}

// The events up to read_until_ are read, so what was taken then has its answers in the stores.
// After a power cut clients send again what came later; so a sync is due now and then, and when a
// day begins, since the ClOrdIDs of the last one are forgotten.
void Gateway::settle() {
    std::erase_if(unsettled_, [&](SessionIndex i) {
        Client& client = clients_[i];
        const int next = sessions_.next_target_number(i);
        if (client.taken > next) return false;  // it is from before a reset
        const int unsettled = client.taken - sessions_.settled_target(i);
        if (unsettled >= messages_unsettled_max || (client.settle_due && unsettled > 0)) {
            sessions_.settle(i, client.taken);
        }
        client.settle_due = false;
        client.is_unsettled = client.taken < next;
        return !client.is_unsettled;
    });
}

// It has sent something that is not noted as taken yet, or a day begins for it.
void Gateway::note_unsettled(SessionIndex session) {
    if (std::exchange(clients_[session].is_unsettled, true)) return;
    unsettled_.push_back(session);
}

void Gateway::stop(const std::string& text) {
    log_out_all(text);
    stopping_ = true;
}

bool Gateway::is_settled() {
    const auto nothing_waits = [](const Client& client) {
        return client.waiting->empty() && !client.trades;
    };
    return open_ && link_.is_drained() && link_.events().position() >= link_.events().published() &&
           std::all_of(clients_.begin(), clients_.end(), nothing_waits);
}

void Gateway::close() {
    CARBONX_CHECK(stopping_);
    sessions_.stop();
    uptime_.stop();
}

// A session that the exchange takes for connected and is not, or the other way round, is corrected:
// after a restart of either side, or when a command found the ring full.
void Gateway::follow_sessions() {
    if (!std::exchange(may_differ_, false)) return;
    for (Client& client : clients_) {
        if (client.id == SessionId{}) continue;
        if (directory_.session(client.id)->up != client.connected) push_session(client);
    }
}

bool Gateway::push_session(Client& client) {
    may_differ_ = true;
    if (!client.connected) {
        return link_.try_push(make_command<SessionDown>(client.id).head, true);
    }
    auto up = make_command<SessionUp>(client.id);
    up.grace_ns = uint64_t{settings_.gateway.cancel_grace_ms} * 1'000'000;
    up.cancel_on_disconnect = client.on_disconnect != OnDisconnect::keep;
    up.cancel_good_till_cancel = client.on_disconnect == OnDisconnect::cancel_all;
    return link_.try_push(up.head, true);
}

std::string Gateway::reason_to_refuse(SessionIndex session) {
    if (std::string reason = reason_to_stay_out(session); !reason.empty()) return reason;
    if (clients_[session].id == SessionId{}) {
        return "the session is not listed on the exchange yet: ask its operators";
    }
    if (link_.is_engine_silent(monotonic_ns_)) {
        return "the exchange does not answer at present: log on again in a moment";
    }
    return "";
}

// Where the ring is full, follow_sessions() does it later; the first orders may then be refused.
void Gateway::on_logon(SessionIndex session, OnDisconnect wish) {
    Client& client = clients_[session];
    client.connected = true;
    client.taken = 0;  // it may have begun at 1 again
    note_unsettled(session);
    client.on_disconnect = wish;
    const bool begun_anew = sessions_.next_sender_number(session) <= 2;  // above its Logon
    if (begun_anew) client.trades.reset();
    client.visit.begin(utc_ns_, sessions_.next_target_number(session),
                       sessions_.next_sender_number(session));
    push_session(client);
}

void Gateway::on_logout(SessionIndex session) {
    Client& client = clients_[session];
    client.connected = false;
    client.phase_request.clear();
    client.followed = {};
    client.visit.end(utc_ns_, sessions_.next_target_number(session),
                     sessions_.next_sender_number(session));
    client.query_subscribes = false;
    changes_.end(client.id);
    push_session(client);
}

// While the message is judged, the memory comes that tells whether its ClOrdID was used.
void Gateway::expect(SessionIndex session, const MessageView& message) {
    const std::string_view client_id = message[FIX::FIELD::ClOrdID];
    if (ClientId::fits(client_id)) orders_.prefetch(clients_[session].id, client_id);
}

void Gateway::on_message(SessionIndex session, const MessageView& message, const Arrival& arrival) {
    constexpr int other = 0;
    constexpr int not_authorized = 6;
    note_unsettled(session);
    const std::string_view type = message.msg_type();
    const bool is_of_users = type == FIX::MsgType_UserRequest;
    const bool is_only_listening = clients_[session].is_drop_copy;
    const bool is_answered_here = is_only_listening || is_of_users || is_about_market(type);
    if (is_answered_here && !admit(session, false)) {
        return reject(session, message, other, refusal_text(Reject::throttled));
    }
    if (is_only_listening && !is_of_users) {
        return reject(session, message, not_authorized, "a drop copy session only listens");
    }
    if (is_of_users) return change_password(session, message, arrival);
    if (is_about_market(type)) return answer_market(session, message);
    if (type == FIX::MsgType_TradeCaptureReportRequest) return answer_trades(session, message);

    WaitingMessages& waiting = *clients_[session].waiting;
    if (waiting.empty() && handle(session, message, arrival)) return;
    if (waiting.size() >= waiting_max || waiting.bytes() >= waiting_bytes_max) {
        return refuse(session, message, {Reject::exchange_busy, {}, false});
    }
    waiting.push({std::string(message.text()), arrival});
    if (waiting.size() == 1) with_waiting_.push_back(session);
}

bool Gateway::handle(SessionIndex session, const MessageView& message, const Arrival& arrival) {
    Client& client = clients_[session];
    const bool must_wait = is_answered_by_many(message) && client.query_pending;
    if (must_wait && !link_.is_engine_silent(monotonic_ns_)) return false;
    bool is_translated = false;
    try {
        const bool is_doubtful =
            arrival.poss_dup && arrival.msg_seq_num < sessions_.doubtful_below(session);
        const Translation translation =
            inbound_.translate(client.id, message, arrival, is_doubtful);
        is_translated = true;
        const bool asks_something = translation.kind == Translation::Kind::command ||
                                    translation.kind == Translation::Kind::status ||
                                    translation.kind == Translation::Kind::unsubscribe;
        if (asks_something && !admit(session, translation.essential)) {
            throw Refusal{Reject::throttled, {}, false};
        }
        if (is_answered_by_many(message)) check_debt(client);
        switch (translation.kind) {
            case Translation::Kind::command:
                enter(client, message, translation);
                break;
            case Translation::Kind::status:
                answer_status(session, message, translation.order);
                break;
            case Translation::Kind::wait:
                return false;
            case Translation::Kind::nothing:
                break;
            case Translation::Kind::unsubscribe:
                changes_.end(client.id);
                positions_unsubscribed(answer_, message, stamp().exec_id);
                answer(session);
                break;
        }
    } catch (const Refusal& refusal) {
        // What is no request was not counted yet, and its answer costs as much.
        const bool is_too_much = !is_translated && !admit(session, is_cancel(message));
        refuse(session, message, is_too_much ? Refusal{Reject::throttled, {}, false} : refusal);
    }
    return true;
}

void Gateway::enter(Client& client, const MessageView& message, const Translation& translation) {
    // A cancel that comes late is still right; an order that comes late may not be wanted any more.
    if (!translation.essential && link_.is_engine_silent(monotonic_ns_)) {
        throw Refusal{Reject::exchange_busy, "the exchange does not answer at present", false};
    }
    if (!link_.try_push(translation.command.head, translation.essential)) {
        throw Refusal{Reject::exchange_busy, {}, false};
    }
    const CommandHead& command = translation.command.head;
    client.query_pending = client.query_pending || is_answered_by_many(message);
    if (command.type == CommandType::account_query) {
        client.query_subscribes = message[FIX::FIELD::SubscriptionRequestType] == "1";
        return;
    }
    if (command.type == CommandType::order_status) return;  // has no ClOrdID
    orders_.begin_request(client.id, ClientId(message[FIX::FIELD::ClOrdID]));
}

bool Gateway::is_followed(SessionId session) const {
    if (index(session) >= audiences_.size()) return false;
    return audiences_[index(session)].owner.has_value() || has_drop_copies_;
}

bool Gateway::is_due(SessionId session, uint64_t report_key) const {
    if (index(session) >= audiences_.size()) return false;
    const Audience& audience = audiences_[index(session)];
    const auto lacks = [&](SessionIndex i) { return sessions_.last_report_key(i) < report_key; };
    return (audience.owner && lacks(*audience.owner)) ||
           std::any_of(audience.copies.begin(), audience.copies.end(), lacks);
}

// The copies first: killed between, the client's message comes again, and so the copy of an answer
// that has no event is never missing.
void Gateway::send(SessionId session, const MessageWriter& message, uint64_t report_key) {
    const Audience& audience = audiences_[index(session)];
    const auto lacks = [&](SessionIndex i) {
        return report_key == 0 || sessions_.last_report_key(i) < report_key;
    };
    if (message.msg_type() == FIX::MsgType_ExecutionReport && !audience.copies.empty()) {
        const std::string_view from = directory_.session(session)->name.view();
        for (const SessionIndex copy : audience.copies) {
            if (lacks(copy)) sessions_.send(copy, message, report_key, {perhaps_reported_, from});
        }
    }
    if (audience.owner && lacks(*audience.owner)) {
        sessions_.send(*audience.owner, message, report_key, {perhaps_reported_, {}});
    }
}

// Sent again only by FIX resend.
void Gateway::answer(SessionIndex session) { send(clients_[session].id, answer_, 0); }

void Gateway::refuse(SessionIndex session, const MessageView& request, const Refusal& refusal) {
    ++clients_[session].refused_count;
    if (is_account_query(request)) {
        refuse_query(answer_, request, refusal, stamp().exec_id);
    } else {
        outbound_.reports().refuse(answer_, clients_[session].id, request, refusal, stamp());
    }
    answer(session);
}

void Gateway::reject(SessionIndex session, const MessageView& request, int reason,
                     std::string_view text) {
    ++clients_[session].refused_count;
    answer_.begin(FIX::MsgType_BusinessMessageReject);
    answer_.add(FIX::FIELD::RefSeqNum, request[FIX::FIELD::MsgSeqNum]);
    answer_.add(FIX::FIELD::RefMsgType, request.msg_type());
    answer_.add(FIX::FIELD::BusinessRejectReason, reason);
    answer_.add(FIX::FIELD::Text, text);
    answer(session);
}

void Gateway::answer_status(SessionIndex session, const MessageView& request, OrderId order) {
    outbound_.reports().order(answer_, *orders_.find(order), 'I', stamp());
    const std::string_view request_id = request[FIX::FIELD::OrdStatusReqID];
    if (!request_id.empty()) answer_.add(FIX::FIELD::OrdStatusReqID, request_id);
    answer(session);
}

// Killed between the ring and the count of a message, the gateway finds its answer among the
// events, and knows its ClOrdID; not so when the day ends before the client sends it again.
void Gateway::begin_day(SessionIndex session) {
    clients_[session].settle_due = true;
    note_unsettled(session);
    const bool is_known = open_ || sessions_.trading_day(session) != 0;
    if (is_known) sessions_.begin_day(session, trading_day_);
}

// G and the time: above every one before, also over a restart.
Stamp Gateway::stamp() {
    last_stamp_ = std::max(last_stamp_ + 1, utc_ns_);
    return {"G" + std::to_string(last_stamp_), utc_ns_};
}

}  // namespace carbonx::gateway
