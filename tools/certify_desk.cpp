#include "tools/certify_desk.h"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "engine/api/process.h"
#include "tools/fix_client.h"
#include "tools/fix_message.h"

namespace carbonx::tools {

namespace asio = boost::asio;

namespace {

constexpr uint64_t second_ns = 1'000'000'000;

std::string with_separators(std::string text, char from, char to) {
    std::replace(text.begin(), text.end(), from, to);
    return text;
}

unsigned checksum(std::string_view bytes) {
    unsigned sum = 0;
    for (const char c : bytes) sum += static_cast<unsigned char>(c);
    return sum % 256;
}

struct Wanted {
    std::string tag;
    std::string value;
};

// `tag=value|tag=value|`
std::vector<Wanted> split_fields(const std::string& text) {
    std::vector<Wanted> fields;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('|', at), text.size());
        const std::string field = text.substr(at, end - at);
        const std::size_t equals = field.find('=');
        if (!field.empty()) fields.push_back({field.substr(0, equals), field.substr(equals + 1)});
        at = end + 1;
    }
    return fields;
}

bool has_value(const Heard& message, const Wanted& wanted) {
    const int tag = std::stoi(wanted.tag);
    if (wanted.value == "-") return !message.has(tag);
    const std::string value = message[tag];
    if (!wanted.value.ends_with('*')) return value == wanted.value;
    return !value.empty() && value.starts_with(wanted.value.substr(0, wanted.value.size() - 1));
}

}  // namespace

std::string Heard::operator[](int tag) const {
    const std::string key = fix_separator + std::to_string(tag) + "=";
    const std::size_t at = bytes_.find(key);
    if (at == bytes_.npos) return "";
    const std::size_t begin = at + key.size();
    return bytes_.substr(begin, bytes_.find(fix_separator, begin) - begin);
}

std::size_t Heard::count(int tag) const {
    const std::string key = fix_separator + std::to_string(tag) + "=";
    std::size_t result = 0;
    for (std::size_t at = bytes_.find(key); at != bytes_.npos; at = bytes_.find(key, at + 1)) {
        ++result;
    }
    return result;
}

int Heard::number() const { return std::stoi("0" + (*this)[34]); }

std::string Heard::shown() const {
    const std::size_t begin = std::min(bytes_.find("35="), bytes_.size());
    std::string text = with_separators(bytes_.substr(begin), fix_separator, '|');
    return text.substr(0, text.rfind("10="));
}

std::string sealed(const std::string& fields, const std::string& begin_string) {
    std::string message =
        with_separators("8=" + begin_string + "|9=" + std::to_string(fields.size()) + "|" + fields,
                        '|', fix_separator);
    const std::string sum = std::to_string(1000 + checksum(message)).substr(1);
    return message + "10=" + sum + fix_separator;
}

std::string fix_now(int seconds) {
    const auto shift = static_cast<int64_t>(second_ns) * seconds;
    return fix_time(static_cast<uint64_t>(static_cast<int64_t>(utc_ns()) + shift));
}

std::string sent_again() { return "43=Y|122=" + fix_now() + "|"; }

void require(bool condition, const std::string& otherwise) {
    if (!condition) throw StepFailed(otherwise);
}

void require_fields(const Heard& message, const std::string& type, const std::string& fields) {
    if (message[35] != type) {
        throw StepFailed("expected 35=" + type + ", heard " + message.shown());
    }
    for (const Wanted& wanted : split_fields(fields)) {
        if (has_value(message, wanted)) continue;
        const std::string expected =
            wanted.value == "-" ? "no " + wanted.tag : wanted.tag + "=" + wanted.value;
        throw StepFailed("expected " + expected + ", heard " + message.shown());
    }
}

void Desk::trade_in(const std::string& symbol, const std::string& price) {
    settings_.symbol = symbol;
    settings_.price = price;
}

void Desk::connect() {
    drop();
    socket_.emplace(io_);
    boost::system::error_code error;
    boost::system::error_code unresolved;
    asio::ip::tcp::resolver resolver(io_);
    asio::connect(*socket_,
                  resolver.resolve(settings_.host, std::to_string(settings_.port), unresolved),
                  error);
    if (error) {
        socket_.reset();
        throw std::runtime_error("no FIX gateway at " + settings_.host + ":" +
                                 std::to_string(settings_.port) + " (" + error.message() +
                                 "): start the venue first, or name another with --host, --port");
    }
    socket_->set_option(asio::ip::tcp::no_delay(true));
}

void Desk::drop() {
    boost::system::error_code ignored;
    if (socket_) socket_->close(ignored);
    socket_.reset();
    input_.clear();
    logged_on_ = false;
}

std::string Desk::logon_body(int heartbeat_s) const {
    const int interval = heartbeat_s == 0 ? settings_.heartbeat_s : heartbeat_s;
    return "98=0|108=" + std::to_string(interval) + "|553=" + settings_.comp_id +
           "|554=" + settings_.password + "|";
}

void Desk::log_on(const std::string& more) {
    connect();
    next_out = next_in = 1;
    say({.type = "A", .body = logon_body() + "141=Y|" + more});
    expect("A", "34=1|98=0|141=Y|108=" + std::to_string(settings_.heartbeat_s));
    logged_on_ = true;
}

Heard Desk::come_back(const std::string& more) {
    connect();
    say({.type = "A", .body = logon_body() + more});
    Heard logon = expect("A", "98=0|141=-");
    logged_on_ = true;
    return logon;
}

void Desk::log_out() {
    say({.type = "5"});
    expect("5");
    drop();
}

std::string Desk::text_of(const Said& said) const {
    const int number = said.number == 0 ? next_out : said.number;
    return sealed("35=" + said.type +
                      "|49=" + (said.sender.empty() ? settings_.comp_id : said.sender) +
                      "|56=" + (said.target.empty() ? settings_.target : said.target) +
                      "|34=" + std::to_string(number) +
                      "|52=" + (said.sending_time.empty() ? fix_now() : said.sending_time) + "|" +
                      said.head + said.body,
                  said.begin_string);
}

void Desk::say(const Said& said) {
    raw(text_of(said));
    if (said.number == 0) ++next_out;
}

void Desk::raw(const std::string& bytes) {
    require(socket_.has_value(), "the venue has closed the connection");
    boost::system::error_code error;
    asio::write(*socket_, asio::buffer(bytes), error);
    // What the venue said before it closed is still to be heard.
}

std::string Desk::next_id() {
    // Unique over the day and over all runs: milliseconds since 2020, and a count.
    static const uint64_t begin = utc_ns() / 1'000'000 - 1'577'836'800'000;
    static int count = 0;
    return "C" + std::to_string(begin) + "-" + std::to_string(++count);
}

std::string Desk::order_body(const std::string& id, const std::string& fields) const {
    std::vector<Wanted> body = {
        {"11", id},  {"1", settings_.account}, {"55", settings_.symbol}, {"54", "1"}, {"38", "10"},
        {"40", "2"}, {"44", settings_.price},  {"60", fix_now()}};
    for (const Wanted& field : split_fields(fields)) {
        const auto usual = std::find_if(body.begin(), body.end(),
                                        [&](const Wanted& one) { return one.tag == field.tag; });
        if (usual == body.end()) {
            body.push_back(field);
        } else {
            usual->value = field.value;
        }
    }
    std::string text;
    for (const Wanted& field : body) {
        if (field.value != "-") text += field.tag + "=" + field.value + "|";
    }
    return text;
}

std::string Desk::order(const std::string& fields) {
    const std::string id = next_id();
    say({.type = "D", .body = order_body(id, fields)});
    return id;
}

std::string Desk::cancel(const std::string& original, const std::string& fields) {
    const std::string id = next_id();
    const std::string usual = "41=" + original + "|1=-|38=-|40=-|44=-|";
    say({.type = "F", .body = order_body(id, usual + fields)});
    return id;
}

std::string Desk::replace(const std::string& original, const std::string& fields) {
    const std::string id = next_id();
    say({.type = "G", .body = order_body(id, "41=" + original + "|1=-|" + fields)});
    return id;
}

Heard Desk::hear() {
    while (true) {
        const std::optional<Heard> message = hear_any(settings_.timeout_ms);
        if (!message) {
            throw StepFailed(socket_ ? "no answer within " +
                                           std::to_string(settings_.timeout_ms / 1000) + " seconds"
                                     : "the venue closed the connection instead of an answer");
        }
        const std::string type = (*message)[35];
        if (type == "1") {
            say({.type = "0", .body = "112=" + (*message)[112] + "|"});
        } else if (type != "0" || message->has(112)) {
            return *message;
        }
    }
}

std::optional<Heard> Desk::hear_any(int timeout_ms) {
    const uint64_t deadline = monotonic_ns() + static_cast<uint64_t>(timeout_ms) * 1'000'000;
    while (true) {
        const auto message = first_message(input_);
        require(message.has_value(), "the venue does not speak FIX 4.4");
        if (!message->empty()) {
            const std::string bytes(*message);
            input_.erase(0, bytes.size());
            return heard(bytes);
        }
        const uint64_t now = monotonic_ns();
        if (!socket_ || now >= deadline) return std::nullopt;
        const auto left_ms = static_cast<int>((deadline - now) / 1'000'000) + 1;
        if (!wait_readable({socket_->native_handle()}, left_ms)) continue;
        char bytes[64 * 1024];
        boost::system::error_code error;
        const std::size_t got = socket_->read_some(asio::buffer(bytes), error);
        input_.append(bytes, got);
        if (error) {
            socket_.reset();
            logged_on_ = false;
        }
    }
}

Heard Desk::heard(const std::string& bytes) {
    Heard message(bytes);
    const std::string_view before = std::string_view(bytes).substr(0, bytes.rfind("10="));
    require(message[10] == std::to_string(1000 + checksum(before)).substr(1),
            "the checksum is wrong: " + message.shown());
    require(message[49] == settings_.target && message[56] == settings_.comp_id,
            "not the names of this session: " + message.shown());
    check_number(message);
    return message;
}

void Desk::check_number(const Heard& message) {
    if (message[43] == "Y") return;
    const int number = message.number();
    const bool may_be_ahead = message[35] == "A" || message[35] == "5";
    require(number == next_in || (may_be_ahead && number > next_in),
            "34=" + std::to_string(next_in) + " is next, heard " + message.shown());
    next_in = number + 1;
}

Heard Desk::expect(const std::string& type, const std::string& fields) {
    Heard message = hear();
    require_fields(message, type, fields);
    return message;
}

void Desk::expect_nothing() {
    const std::string id = next_id();
    say({.type = "AF", .body = "584=" + id + "|585=7|"});
    while (true) {
        const Heard message = hear();
        if (message[584] != id) throw StepFailed("expected nothing, heard " + message.shown());
        if (message[912] == "Y") return;
    }
}

void Desk::expect_takes(int number) {
    require(next_out == number, "this client's own number is not " + std::to_string(number));
    const std::string id = next_id();
    say({.type = "1", .body = "112=" + id + "|"});
    expect("0", "112=" + id);
}

void Desk::expect_closed_without_a_word() {
    const std::optional<Heard> message = hear_any(settings_.timeout_ms);
    if (message) throw StepFailed("expected no word, heard " + message->shown());
    require(!socket_, "the connection stays open");
}

void Desk::expect_logout(const std::string& text) {
    expect("5", text.empty() ? "" : "58=" + text);
    const std::optional<Heard> more = hear_any(settings_.timeout_ms);
    require(!more, more ? "expected the end, heard " + more->shown() : "");
    require(!socket_, "the connection stays open after the Logout");
}

void Desk::cancel_all() {
    const std::string id = next_id();
    say({.type = "q", .body = "11=" + id + "|530=7|60=" + fix_now() + "|"});
    while (true) {
        const Heard message = hear();
        if (message[35] != "r" || message[11] != id) continue;
        return require_fields(message, "r", "531=7|530=7");
    }
}

}  // namespace carbonx::tools
