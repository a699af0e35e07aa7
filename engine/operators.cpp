#include "engine/operators.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/asio.hpp>
#include <chrono>
#include <cstring>
#include <vector>

#include "engine/api/operator_peer.h"
#include "engine/api/process.h"
#include "engine/engine.h"
#include "engine/text/text.h"

namespace carbonx {
namespace asio = boost::asio;
namespace operators {

namespace {

template <class T>
constexpr Verb verb(std::string_view name) {
    static_assert(is_command<T>);
    return {T::type, name, static_cast<uint8_t>(sizeof(T) / limits::slot_bytes)};
}

constexpr std::array verbs{
    verb<MassCancel>("mass_cancel"),
    verb<ListParticipant>("list_participant"),
    verb<ListAccount>("list_account"),
    verb<ListSession>("list_session"),
    verb<ListProject>("list_project"),
    verb<ListInstrument>("list_instrument"),
    verb<ListCounter>("list_counter"),
    verb<DepositCredits>("deposit_credits"),
    verb<WithdrawCredits>("withdraw_credits"),
    verb<DepositCash>("deposit_cash"),
    verb<WithdrawCash>("withdraw_cash"),
    verb<SetPhase>("set_phase"),
    verb<HaltCounter>("halt_counter"),
    verb<ResumeCounter>("resume_counter"),
    verb<DisableParticipant>("disable_participant"),
    verb<EnableParticipant>("enable_participant"),
    verb<ChangeLabels>("change_labels"),
};

}  // namespace

const Verb* verb_of(CommandType type) {
    const auto found = std::find_if(verbs.begin(), verbs.end(),
                                    [&](const Verb& verb) { return verb.type == type; });
    return found == verbs.end() ? nullptr : &*found;
}

}  // namespace operators

using operators::Kind;
using operators::MessageHead;
using Stream = asio::local::stream_protocol;
using asio::use_awaitable;

class Operators::Server {
public:
    Server(const Settings& settings, Engine& engine, std::function<std::string()> status)
        : settings_(settings),
          engine_(engine),
          status_(std::move(status)),
          ring_(engine.operators_ring()),
          events_(settings.runtime_directory, settings.data_directory, "operators",
                  engine.log().published.load()),
          acceptor_(context_) {
        const auto file = operator_socket(settings);
        std::filesystem::remove(file);  // of an engine that was killed; a living one holds the lock
        acceptor_.open();
        acceptor_.bind(Stream::endpoint(file.string()));
        acceptor_.listen();
        asio::co_spawn(context_, accept(), asio::detached);
        asio::co_spawn(context_, keep_up(), asio::detached);
    }
    ~Server() {
        std::error_code ignored;
        std::filesystem::remove(operator_socket(settings_), ignored);
    }

    void run() { context_.run(); }
    void stop() { context_.stop(); }

private:
    asio::awaitable<void> accept();
    asio::awaitable<void> keep_up();
    asio::awaitable<void> serve(Stream::socket socket);
    asio::awaitable<void> command(Stream::socket& socket, const std::string& who,
                                  const operators::Verb& verb, const Command& asked);
    asio::awaitable<void> say(Stream::socket& socket, Kind kind, const std::string& text);
    asio::awaitable<void> pause(uint32_t microseconds = 100);
    void read_events(uint64_t begin, uint64_t end, std::string* answer);
    static std::string outcome(const std::string& answer);
    static void append(std::string& message, Kind kind, uint64_t sequence, const void* data,
                       std::size_t bytes);

    const Settings& settings_;
    Engine& engine_;
    const std::function<std::string()> status_;
    RingProducer ring_;
    EventReader events_;
    bool busy_ = false;  // a command is under way
    asio::io_context context_{1};
    Stream::acceptor acceptor_;
};

asio::awaitable<void> Operators::Server::accept() {
    while (true) {
        boost::system::error_code refused;
        Stream::socket socket =
            co_await acceptor_.async_accept(asio::redirect_error(use_awaitable, refused));
        if (refused) {
            spdlog::warn("an operator could not be let in: {}", refused.message());
            co_await pause(100'000);
            continue;
        }
        asio::co_spawn(context_, serve(std::move(socket)), [](const std::exception_ptr& failure) {
            try {
                if (failure) std::rethrow_exception(failure);
            } catch (const std::exception& error) {
                spdlog::debug("an operator's connection ended: {}", error.what());
            }
        });
    }
}

// Stays near the head of the event log between commands.
asio::awaitable<void> Operators::Server::keep_up() {
    while (true) {
        co_await pause(5'000);
        if (!busy_) read_events(0, 0, nullptr);
    }
}

asio::awaitable<void> Operators::Server::serve(Stream::socket socket) {
    const OperatorPeer peer = operator_peer(socket.native_handle(), settings_, "engine");
    const std::string& who = peer.name;
    if (who.empty()) {
        spdlog::warn("somebody came as an operator and was refused: {}", peer.refusal);
        co_await say(socket, Kind::refused, peer.refusal);
        co_return;
    }
    while (true) {
        MessageHead head;
        co_await asio::async_read(socket, asio::buffer(&head, sizeof head), use_awaitable);
        Command asked{};
        if (head.bytes > sizeof asked) {
            co_await say(socket, Kind::refused, "no request is that long");
            co_return;
        }
        co_await asio::async_read(socket, asio::buffer(&asked, head.bytes), use_awaitable);
        if (head.kind == Kind::status) {
            co_await say(socket, Kind::text, status_());
        } else if (head.kind != Kind::command) {
            co_await say(socket, Kind::refused, "no such kind of request");
        } else if (const operators::Verb* verb = operators::verb_of(asked.head.type);
                   verb == nullptr || head.bytes != verb->slots * limits::slot_bytes) {
            co_await say(socket, Kind::refused, "operators do not send such a command");
        } else if (const std::string text = text_with_control(asked.head); !text.empty()) {
            // SOH in it would end a field of FIX, and what follows would be taken for others.
            co_await say(socket, Kind::refused, text + " has a control character: leave it out");
        } else {
            asked.head.slots = verb->slots;
            asked.head.session = SessionId{};
            co_await command(socket, who, *verb, asked);
        }
    }
}

// Hands the command to the engine, and sends the events that it caused once they are durable.
asio::awaitable<void> Operators::Server::command(Stream::socket& socket, const std::string& who,
                                                 const operators::Verb& verb,
                                                 const Command& asked) {
    while (busy_) co_await pause();
    if (!ring_.try_push(asked.head, true)) {
        co_await say(socket, Kind::refused, "the engine takes no commands now: see status");
        co_return;
    }
    const uint64_t place = ring_.pushed();
    const SequencerStatus& status = engine_.status();
    std::string answer;
    busy_ = true;
    while (status.answered.load(std::memory_order_acquire) < place)
        co_await pause();  // pairs with Sequencer
    const uint64_t end = status.answer_end.load(std::memory_order_relaxed);
    while (true) {
        read_events(status.answer_begin.load(std::memory_order_relaxed), end, &answer);
        if (events_.position() >= end) break;
        co_await pause();
    }
    // The next operator's turn comes before this one has read its answer.
    busy_ = false;
    spdlog::info("operator {}: {}: {}", who, verb.name, outcome(answer));
    append(answer, Kind::done, place, "", 0);
    co_await asio::async_write(socket, asio::buffer(answer), use_awaitable);
}

// Reads what is there, up to end (0: no end), and puts the events from begin on into the answer.
void Operators::Server::read_events(uint64_t begin, uint64_t end, std::string* answer) {
    constexpr int at_once = 10'000;  // then others get their turn
    for (int i = 0; i < at_once && (end == 0 || events_.position() < end); ++i) {
        const EventHead* event = events_.next();
        if (event == nullptr) return;
        if (answer == nullptr || events_.sequence() < begin) continue;
        append(*answer, Kind::event, events_.sequence(), event, event->slots * limits::slot_bytes);
    }
}

// What became of a command: "command 17 done" or "command 17 already_listed".
std::string Operators::Server::outcome(const std::string& answer) {
    std::string_view word = "done";
    Event event{};
    for (std::size_t at = 0; at < answer.size();) {
        MessageHead head;
        std::memcpy(&head, answer.data() + at, sizeof head);
        std::memcpy(static_cast<void*>(&event), answer.data() + at + sizeof head, head.bytes);
        if (event.head.type == EventType::refused)
            word = name(as_event<Refused>(event.head).reason);
        if (event.head.type == EventType::rejected)
            word = name(as_event<Rejected>(event.head).reason);
        at += sizeof head + head.bytes;
    }
    return "command " + std::to_string(event.head.command) + " " + std::string(word);
}

asio::awaitable<void> Operators::Server::pause(uint32_t microseconds) {
    asio::steady_timer timer(context_, std::chrono::microseconds(microseconds));
    co_await timer.async_wait(use_awaitable);
}

void Operators::Server::append(std::string& message, Kind kind, uint64_t sequence, const void* data,
                               std::size_t bytes) {
    const MessageHead head{kind, static_cast<uint32_t>(bytes), sequence};
    message.append(reinterpret_cast<const char*>(&head), sizeof head);
    message.append(static_cast<const char*>(data), bytes);
}

asio::awaitable<void> Operators::Server::say(Stream::socket& socket, Kind kind,
                                             const std::string& text) {
    std::string message;
    append(message, kind, 0, text.data(), text.size());
    co_await asio::async_write(socket, asio::buffer(message), use_awaitable);
}

Operators::Operators(const Settings& settings, Engine& engine, std::function<std::string()> status)
    : server_(std::make_unique<Server>(settings, engine, std::move(status))) {}
Operators::~Operators() = default;
void Operators::run() { server_->run(); }
void Operators::stop() { server_->stop(); }

}  // namespace carbonx
