// Fuzzing of a whole session: whatever a client that is logged on says, each message that is FIX
// and in order gets an answer or takes its number, and what we say is FIX.
//
// Input: messages, separated by newlines. Each is given the header that it lacks (34, 49, 56, 52),
// so that most of them are in order, or, after a '!', goes as it is, with the right length and
// checksum, or, after a '?', as bytes.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "engine/api/check.h"
#include "engine/api/process.h"
#include "gateway/dictionary.h"
#include "gateway/framing.h"
#include "gateway/quickfix.h"
#include "gateway/session_rules.h"
#include "gateway/sessions.h"
#include "tests/fuzz/fuzz_market.h"
#include "tests/secret.h"

namespace carbonx::gateway {
namespace {

constexpr std::size_t body_bytes_max = 8 * 1024;

// Looks at what it is sent, and forgets it.
struct Listener final : Channel {
    std::size_t heard = 0;
    bool closed = false;

    void send(std::string_view bytes) override {
        CARBONX_CHECK(!closed);
        ++heard;
        const Frame frame = next_frame(bytes, 1 << 20);
        CARBONX_CHECK(frame.kind == Frame::Kind::message && frame.skipped == 0);
        CARBONX_CHECK(frame.size == bytes.size());
    }
    void close() override { closed = true; }
    std::size_t queued_bytes() const override { return 0; }
    bool is_behind() const override { return false; }
};

// Answers every message, as the gateway does; its commands go nowhere.
class Answers final : public SessionHandler {
public:
    Sessions* sessions = nullptr;

    void on_logon(SessionIndex, OnDisconnect) override {}
    void on_logout(SessionIndex) override {}
    void on_message(SessionIndex session, const MessageView& message,
                    const Arrival& arrival) override {
        const std::string_view type = message.msg_type();
        CARBONX_CHECK(is_supported_inbound(type));
        try {
            const bool by_gateway = type == "x" || type == "g" || type == "AD";
            if (!by_gateway) market_.inbound.translate(fuzz::broker1, message, arrival);
        } catch (const Refusal&) {
        }
        answer_.begin("8");
        answer_.add(FIX::FIELD::ExecID, "1");
        sessions->send(session, answer_, 0);
    }

private:
    const fuzz::Market market_;
    MessageWriter answer_;
};

class Table {
public:
    Table() {
        spdlog::set_level(spdlog::level::off);
        std::filesystem::create_directories(directory_);
        SessionSettings settings;
        settings.target_comp_id = "BROKER1";
        settings.password_hash = tests::secret_hash;
        settings.reset_accepted = true;
        DiskCalls calls;
        calls.sync = [](int) { return 0; };
        calls.sync_directory = [](int) { return 0; };
        sessions_ = std::make_unique<Sessions>(std::vector{settings}, directory_, answers_,
                                               Start::goes_on, calls);
        answers_.sessions = sessions_.get();
    }
    ~Table() {
        sessions_.reset();
        std::filesystem::remove_all(directory_);
    }

    void play(std::string_view input) {
        sessions_->set_time(utc_ns());
        Listener listener;
        log_on(listener);
        while (!input.empty() && !listener.closed) {
            const std::size_t end = std::min(input.find('\n'), input.size());
            say(input.substr(0, end), listener);
            input.remove_prefix(std::min(end + 1, input.size()));
        }
        if (!listener.closed) sessions_->disconnected(0);
        CARBONX_CHECK(sessions_->write_stores());
    }

private:
    void log_on(Listener& listener) {
        fuzz::frame(
            "35=A\x01"
            "34=1\x01"
            "49=BROKER1\x01"
            "56=CARBONX\x01"
            "52=" +
                now() +
                "\x01"
                "98=0\x01"
                "108=30\x01"
                "141=Y\x01"
                "554=secret\x01",
            text_);
        SessionIndex session = 0;
        CARBONX_CHECK(sessions_->connect(text_, {"127.0.0.1", true}, listener, session) ==
                      LogonResult::accepted);
        CARBONX_CHECK(sessions_->next_target_number(0) == 2);
    }

    std::string now() { return std::string(time_.text(utc_ns())); }

    void say(std::string_view line, Listener& listener) {
        const char how = line.empty() ? ' ' : line[0];
        if (how == '?') {
            text_ = line.substr(1);
            const Frame frame = next_frame(text_, body_bytes_max);
            if (frame.kind != Frame::Kind::message) return;
            text_ = text_.substr(frame.skipped, frame.size);
        } else {
            fields_ = how == '!' ? line.substr(1) : line;
            if (!fields_.ends_with('\x01')) fields_ += '\x01';
            if (how != '!') complete();
            if (fields_.size() > body_bytes_max) return;
            fuzz::frame(fields_, text_);
        }
        const int number = sessions_->next_target_number(0);
        const std::size_t heard = listener.heard;
        sessions_->receive(0, text_);
        if (!listener.closed) check_answered(number, listener.heard > heard);
    }

    // Adds what is missing of the header, behind 35.
    void complete() {
        const std::size_t end = fields_.find('\x01') + 1;
        const std::string rest = fields_.substr(end);
        fields_.resize(end);
        const auto add = [&](const char* tag, const std::string& value) {
            if (!find_field(rest, tag)) fields_.append(tag).append(value).append("\x01");
        };
        add("34=", std::to_string(sessions_->next_target_number(0)));
        add("49=", "BROKER1");
        add("56=", "CARBONX");
        add("52=", now());
        fields_ += rest;
    }

    // What text_ was must show, if the session goes on.
    void check_answered(int number, bool answered) {
        FIX::Message message;
        try {
            message = FIX::Message(text_, *dictionary_, true);
        } catch (const FIX::InvalidMessage&) {
            // Garbled: ignored, and the gap shows.
            CARBONX_CHECK(sessions_->next_target_number(0) == number && !answered);
            return;
        }
        const std::string& type = type_of(message);
        if (number_of(message) != number || type == FIX::MsgType_SequenceReset) return;
        // By more than one where those behind it were held.
        CARBONX_CHECK(sessions_->next_target_number(0) > number);
        const bool may_be_silent = has_flag(message.getHeader(), FIX::FIELD::PossDupFlag) ||
                                   type == FIX::MsgType_Heartbeat || type == FIX::MsgType_Reject ||
                                   type == FIX::MsgType_BusinessMessageReject;
        CARBONX_CHECK(answered || may_be_silent);
    }

    const std::filesystem::path directory_ =
        std::filesystem::temp_directory_path() / ("session_fuzz." + std::to_string(::getpid()));
    const std::shared_ptr<FIX::DataDictionary> dictionary_ = load_dictionary();
    Answers answers_;
    std::unique_ptr<Sessions> sessions_;
    Timestamp time_;
    std::string fields_;
    std::string text_;
};

}  // namespace
}  // namespace carbonx::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
    static carbonx::gateway::Table table;
    table.play({reinterpret_cast<const char*>(data), size});
    return 0;
}
